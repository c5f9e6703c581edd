// policy/check/spf_tree.h - An SPF record with everything it includes.
//
// Follows each term that asks DNS, as a receiver does for a stranger for whom
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
  std::string name;    // what is asked for: macros replaced as for a stranger
  std::string record;  // the SPF record found there; "" when the term has none
  std::string note;    // what is worth knowing: "NXDOMAIN", what a macro asks for
  int lookups = 0;     // terms that ask DNS, with everything below
  int void_lookups = 0;
  std::vector<SpfNode> below;
};

struct SpfTree {
  SpfNode root;
  bool passes_everybody = false;
  std::optional<spf::Qualifier> all;  // of the record, or of the one it redirects to
  bool followed = true;               // false: the tree was cut, there is no end to it
};

// Adds findings about what the record leads to; about its own terms: spf_terms.h.
SpfTree follow_spf(const Subject& subject, const spf::Record& record);

// "the client's address": what the macros of a term stand for, one after another.
std::string explain_macros(const spf::MacroString& text);

}  // namespace emailauth::check
