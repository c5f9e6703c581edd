// policy/check/spf_tree.h - An SPF record with everything it includes.
//
// Follows each term that costs a DNS query, as a receiver does for a stranger for whom
// nothing matches, and counts (RFC 7208, 4.6.4). Bounded, whatever others publish.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/check/subject.h"
#include "policy/spf/record.h"

namespace emailauth::check {

struct SpfNode {
  std::string term;    // "include:_spf.example.com"; "" at the root
  std::string name;    // the name that is queried: macros replaced as for a stranger
  std::string record;  // the SPF record found there; "" if the term has none
  std::string note;    // worth knowing: "NXDOMAIN", the value that a macro asks for
  int lookups = 0;     // terms that cost a DNS query, with everything below
  int void_lookups = 0;
  std::vector<SpfNode> below;
};

struct SpfTree {
  SpfNode root;
  bool passes_everybody = false;
  std::optional<spf::Qualifier> all;  // of the record, or of the one it redirects to
  bool followed = true;               // false: the tree was cut because it has no end
};

// Adds findings about what the record leads to; those about its own terms are in spf_terms.h.
SpfTree follow_spf(const Subject& subject, const spf::Record& record);

// Returns what the macros of a term stand for, one after another: "the client's address".
std::string explain_macros(const spf::MacroString& text);

}  // namespace emailauth::check
