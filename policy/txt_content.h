// policy/txt_content.h - TXT text in presentation form (RFC 1035, 5.1).
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Quoted character-strings of at most 255 octets, with every octet that could
// be misread escaped: "v=spf1 -all" becomes "\"v=spf1 -all\"". A longer text is
// cut behind a space where it has one near the end (SPF: between terms, RFC
// 7208, 3.3), else after 255 octets (DKIM keys). Never empty.
std::string to_txt_content(std::string_view text);

}  // namespace emailauth
