// policy/template/template_match.h - Does this name fit that template?
//
// Works on wire labels in lower case. Knows nothing of policies: the caller
// says where in the name the domain begins.
#pragma once

#include <optional>

#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"
#include "policy/template/spf_template.h"

namespace emailauth {

struct TemplateMatch {
  std::optional<IpAddress> address;
  // Adjacent templates: the label where the domain begins.
  std::size_t domain_begin = 0;
};

// Fits labels [0, count) of the name to all elements left of the domain. The
// address, when there is one, is at the left end behind literals and %{v} only, with
// exactly 4 or 32 labels; runs that a sender chose may hold anything.
std::optional<TemplateMatch> match_left(const SpfTemplate& t, const NameView& name, std::size_t count);

// The same for templates that are adjacent ("%{ir}.%{d}"); `nibbles` says which
// of the two widths to try: a name may fit both. At least one label is left for
// the domain.
std::optional<TemplateMatch> match_adjacent(const SpfTemplate& t, const NameView& name, std::size_t count,
                                            bool nibbles);

// True when labels [0, count) are literals that stand right before the domain
// and more belongs in front of them: an empty non-terminal.
bool is_literal_ancestor(const SpfTemplate& t, const NameView& name, std::size_t count);

// True when the element right before the domain is this label.
bool stops_at(const SpfTemplate& t, std::string_view label);

}  // namespace emailauth
