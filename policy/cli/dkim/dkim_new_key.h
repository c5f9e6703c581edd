// policy/cli/dkim/dkim_new_key.h - A new key pair on its way into the world: its private half to
// a file or standard output, its public half into a policy.
//
// Owns that both are written or neither: ^C waits for the end.
#pragma once

#include <optional>
#include <string>

#include "policy/cli/dkim/dkim_edit.h"
#include "policy/cli/dkim/dkim_private_key.h"

namespace emailauth::cli {

struct NewKey {
  DkimKey entry;  // pending, as the policy gets it
  DkimPrivateKey pair;
  std::optional<FilePlace> file;  // for the private half; none: standard output
};

// Makes a pair and adds its public half to the edit. Opens the folder of `file`, where the private half is to go
// ("": standard output).
Result<NewKey> make_key(DkimEdit& edit, DkimKey entry, int bits, const std::string& file);

// Writes the private halves, then the edit; removes the files again when that fails.
std::optional<Error> write_with_keys(const PolicyEdit& edit, const std::vector<NewKey>& keys);

}  // namespace emailauth::cli
