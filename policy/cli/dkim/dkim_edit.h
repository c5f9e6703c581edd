// policy/cli/dkim/dkim_edit.h - The DKIM keys of one domain, as in its policy file, and changes to them.
//
// Owns how a key is written in JSON. PolicyEdit owns the file and must outlive this object.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/cli/write/policy_edit.h"
#include "policy/records/dkim_key.h"

namespace emailauth::cli {

class DkimEdit {
 public:
  // The error says that no file has the domain, or what is wrong with its "dkim".
  static Result<DkimEdit> open(PolicyEdit& edit, const std::string& domain);

  const Name& domain() const { return domain_; }
  // The keys on disk; a key keeps its index while others are added.
  const std::vector<DkimKey>& keys() const { return keys_; }
  // Returns the index of a selector; nullopt if no key has it.
  std::optional<std::size_t> find(const Name& selector) const;

  // Adds a key with those members that are set: type, public key or CNAME, sender, flags, state and dates.
  std::optional<Error> add(const DkimKey& key);
  // Sets or removes a member, such as "state", of the key at `index`.
  std::optional<Error> set(std::size_t index, const std::string& member, const std::string& text);
  std::optional<Error> remove(std::size_t index, const std::string& member);

 private:
  DkimEdit(PolicyEdit& edit, Name domain) : edit_(&edit), domain_(std::move(domain)) {}

  PolicyEdit* edit_;
  Name domain_;
  std::vector<DkimKey> keys_;
};

// Returns the keys in the object of a domain. The error is the first thing that is wrong with them.
Result<std::vector<DkimKey>> keys_in(const JsonValue& domain, const std::string& file);

// Returns {"selector": "s1", "type": "rsa", …}, on one line.
std::string key_json(const DkimKey& key);

}  // namespace emailauth::cli
