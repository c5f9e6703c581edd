// policy/import/import.h - Turns what a domain publishes now into the policy that keeps it.
//
// Owns which records become which keys of a domain file, and the account of what
// could not be kept. The caller provides DNS (Dns); this room knows nothing of files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policy/base/remark.h"
#include "policy/dns/dns.h"
#include "policy/files/sender_policy.h"
#include "policy/net/seen_address.h"

namespace emailauth::importing {

struct ImportNote : Remark {
  // lost: what works today would not work with the policy alone. needed: the policy
  // is right, and something is to be done before it can be used. note: to know.
  enum class Kind : std::uint8_t { lost, needed, note };
  Kind kind = Kind::note;
  std::string part;   // "SPF", "DKIM" …
  std::string where;  // the name whose record it is
};

struct ImportOptions {
  std::string directory;                    // what --policies named, for the commands in `todo` to repeat
  std::vector<Name> selectors;              // DKIM selectors to look for, relative
  std::vector<Name> subdomains;             // relative; checked in addition to the common ones
  std::span<const SenderPolicy> senders;    // of the policy directory
  std::span<const SenderPolicy> catalogue;  // other known services
  std::span<const std::string> own_terms;   // SPF templates of this responder
  std::span<const SeenAddress> seen;        // tried on terms that do not reveal their list
};

struct Import {
  bool exists = true;                    // false: there is no such domain
  std::string policy;                    // JSON text with a line end; "" if DNS failed or the domain does not exist
  std::vector<ImportNote> notes;         // "lost" notes first
  std::vector<std::string> failures;     // "TXT at _dmarc.example.com: SERVFAIL": if any, nothing is known for sure
  std::vector<std::string> new_senders;  // ids from the catalogue that the directory lacks

  bool complete() const;  // nothing lost, nothing needed
};

Import import_domain(Dns& dns, const Name& domain, const ImportOptions& options);

// Returns the subdomains that are checked without being named: "mail", "news" …
std::vector<Name> common_subdomains();

}  // namespace emailauth::importing
