// policy/cli/services/known_services.h - What is known before DNS is queried: sending services, and
// DKIM selectors from all sources.
#pragma once

#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/files/sender_policy.h"

namespace emailauth::cli {

struct KnownServices {
  std::vector<SenderPolicy> senders;    // of the policy directory
  std::vector<SenderPolicy> catalogue;  // of the catalogue
  std::vector<Name> selectors;          // the named ones first; each once, relative
};

struct WantedServices {
  std::string directory;               // of policies; "": none
  std::string catalogue;               // a folder of sender files; "": none
  std::vector<std::string> selectors;  // named one by one
  std::string selectors_file;          // and in a file, one per line; "": none
};

// The error quotes what is not a selector, or names the folder or file.
Result<KnownServices> known_services(const WantedServices& wanted);

// Returns the selectors to look for: `named`, and those of all senders of the directory.
// The error quotes a name that is not a selector.
Result<std::vector<Name>> selectors_to_look_for(const std::string& directory, const std::vector<std::string>& named);

// Adds those that `out` does not have yet.
void add_new(const std::vector<Name>& names, std::vector<Name>& out);

}  // namespace emailauth::cli
