// policy/base/usual_directory.h - Where policy files are, unless a setting says otherwise.
#pragma once

namespace emailauth {

// The default of `emailauth-dir` in pdns.conf and of `policies` in emailauth.conf.
inline constexpr char kUsualDirectory[] = "/etc/powerdns/emailauth";

}  // namespace emailauth
