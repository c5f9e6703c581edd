// policy/cli/dkim/signer_lines.h - The configuration that makes signers use a key.
#pragma once

#include <string>

#include "policy/cli/terminal/shown.h"
#include "policy/records/dkim_key.h"

namespace emailauth::cli {

// Returns lines for OpenDKIM's KeyTable and SigningTable and for rspamd's dkim_signing module.
// `file` is the file of the private key.
Shown signer_lines(const DkimKey& key, const Name& domain, const std::string& file);

}  // namespace emailauth::cli
