// policy/cli/move/import_write.h - Writes an imported policy: checked as the server would, whole or not at all, and
// never over an existing file.
#pragma once

#include <optional>
#include <string>

#include "policy/base/result.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

// Returns the first error that a server would find in the text of a domain file by itself.
std::optional<std::string> check_policy_text(const std::string& domain, const std::string& text);

// Adds domains/<domain>.json to a policy directory. Refuses a policy that the server would not accept together with
// the other files there. Returns the file's name.
Result<std::string> write_into_directory(const std::string& directory, const Name& domain, const std::string& text);

// Creates a file that must not exist yet.
Result<std::string> write_new_file(const std::string& path, const std::string& text);

}  // namespace emailauth::cli
