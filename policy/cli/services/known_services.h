// policy/cli/services/known_services.h - What is known before DNS is asked: sending services, and
// DKIM selectors from everywhere.
#pragma once

#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/files/sender_policy.h"

namespace emailauth::cli {

struct KnownServices {
  std::vector<SenderPolicy> senders;    // of the policy directory
  std::vector<SenderPolicy> catalogue;  // of the catalogue
  std::vector<Name> selectors;          // those named first; each once, relative
};

struct WantedServices {
  std::string directory;               // of policies; "": none
  std::string catalogue;               // a folder of sender files; "": none
  std::vector<std::string> selectors;  // named one by one
  std::string selectors_file;          // and in a file, one a line; "": none
};

// The error quotes what is no selector, or names the folder or file.
Result<KnownServices> known_services(const WantedServices& wanted);

// The selectors to look for: `named`, and those of all senders of the directory.
// The error quotes a name that is no selector.
Result<std::vector<Name>> selectors_to_look_for(const std::string& directory, const std::vector<std::string>& named);

// Adds those that are not there yet.
void add_new(const std::vector<Name>& names, std::vector<Name>& out);

}  // namespace emailauth::cli
