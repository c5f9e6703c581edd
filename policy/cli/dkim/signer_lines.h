// policy/cli/dkim/signer_lines.h - What signers are told so that they use a key.
#pragma once

#include <string>

#include "policy/cli/terminal/shown.h"
#include "policy/records/dkim_key.h"

namespace emailauth::cli {

// Lines for OpenDKIM's KeyTable and SigningTable and for rspamd's dkim_signing module.
// `file` is where the private key lies.
Shown signer_lines(const DkimKey& key, const Name& domain, const std::string& file);

}  // namespace emailauth::cli
