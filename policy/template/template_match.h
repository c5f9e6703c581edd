// policy/template/template_match.h - Tests whether a name fits a template.
//
// Works on wire labels in lower case. Knows nothing about policies: the caller says where in the name the domain
// begins.
#pragma once

#include <optional>

#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"
#include "policy/template/spf_template.h"

namespace emailauth {

struct TemplateMatch {
  std::optional<IpAddress> address;
  // For adjacent templates: the label where the domain begins.
  std::size_t domain_begin = 0;
};

// Fits labels [0, count) of the name to all elements left of the domain. The address, if there is one, is at the left
// end, after literals and %{v} only, with exactly 4 or 32 labels; parts that a sender chose may contain anything.
std::optional<TemplateMatch> match_left(const SpfTemplate& t, const NameView& name, std::size_t count);

// The same for adjacent templates ("%{ir}.%{d}"). `nibbles` says which of the two widths to try: a name may fit both.
// Leaves at least one label for the domain.
std::optional<TemplateMatch> match_adjacent(const SpfTemplate& t, const NameView& name, std::size_t count,
                                            bool nibbles);

// Returns true for an empty non-terminal: labels [0, count) are the literals right before the domain, and the template
// has more elements to their left.
bool is_literal_ancestor(const SpfTemplate& t, const NameView& name, std::size_t count);

// Returns true if the element right before the domain is this label.
bool stops_at(const SpfTemplate& t, std::string_view label);

}  // namespace emailauth
