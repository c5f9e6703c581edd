// policy/cli/dkim/dkim_new_key.h - A new key pair: its private half goes to a file or to standard output, its public
// half into a policy.
//
// Writes both or neither: ^C waits until that is done.
#pragma once

#include <optional>
#include <string>

#include "policy/cli/dkim/dkim_edit.h"
#include "policy/cli/dkim/dkim_private_key.h"

namespace emailauth::cli {

struct NewKey {
  DkimKey entry;  // pending, as it is added to the policy
  DkimPrivateKey pair;
  std::optional<FilePlace> file;  // for the private half; nullopt: standard output
};

// Makes a pair and adds its public half to the edit. Opens the folder of `file`, to which the private half will be
// written ("": standard output).
Result<NewKey> make_key(DkimEdit& edit, DkimKey entry, int bits, const std::string& file);

// Writes the private halves, then the edit. Removes the files again if that fails.
std::optional<Error> write_with_keys(const PolicyEdit& edit, const std::vector<NewKey>& keys);

}  // namespace emailauth::cli
