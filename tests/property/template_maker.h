// tests/property/template_maker.h - Random SPF terms that point at a responder.
//
// Owns how terms are made up and taken apart; the loader decides whether one may be
// served. Knows nothing about SpfTemplate.
//
//     exists: %{ir} . 0 . %{v} . %{h2} . _x . %{d} . _spf.provider.net
//             '----------- left ------------'  |     apex
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/spf/macro_string.h"
#include "tests/property/dice.h"

namespace emailauth::property {

// A term taken apart.
struct Term {
  std::string kind;                          // "include:", "redirect=", "exists:"
  std::vector<spf::MacroString::Part> left;  // literals have their dots
  spf::Macro domain;
  std::string apex;  // with the dot before it

  // Parses a term that has %{d} or %{o}: the last %{d}, otherwise the last %{o}, is the domain. The term must be valid.
  static Term parse(std::string_view text);

  bool uses(char letter) const;
};

// "exists: i L h L d": the term without its literals, for counting. "r" after a letter: reversed.
std::string shape(const Term& term);
// Returns whether the address is followed by a literal, the version, a chosen part or the domain, and whether there are
// chosen parts: "exists, address.chosen". There are some thirty of these.
std::string shape_class(const Term& term);

// Returns true for %{h}, %{l}, %{s}, and for %{o} or %{d} if they are not the domain: what a sender can choose.
bool is_chosen(const spf::Macro& macro);

class TemplateMaker {
 public:
  // `apexes` are the endings of terms.
  TemplateMaker(Dice& dice, std::vector<std::string> apexes);

  // A term that may or may not be served. Literals recur in the terms of one maker.
  std::string make();

 private:
  std::string literal();
  std::string address();
  std::string chosen();
  std::string macro(char letter, bool may_drop_labels);

  Dice& dice_;
  std::vector<std::string> apexes_;
  std::vector<std::string> literals_;
};

}  // namespace emailauth::property
