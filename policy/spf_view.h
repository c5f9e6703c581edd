// policy/spf_view.h - The names below one view apex, and what they ask.
//
// A view is a set of templates whose names end alike. It takes a query name
// apart: which domain, which template, which address. Whether that address may
// send is decided elsewhere (policy/sender_table.h).
//
// Works on wire labels in lower case; labels are octets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/domain_index.h"
#include "policy/spf_template.h"

namespace emailauth {

// What a name below a view apex is.
struct SpfOutcome {
  enum class Kind : std::uint8_t {
    missing,     // no domain of ours: NXDOMAIN
    empty,       // a node on the way: NODATA
    unparsable,  // below a domain of ours, but no question: never authorised
    question,    // `address` asks, about `node`
    fixed,       // a static record of `node` is asked for
    page,        // a further page of it: the leftmost label says which
  };
  Kind kind = Kind::missing;
  const SpfTemplate* spf_template = nullptr;  // question, fixed, unparsable
  const DomainIndex::Node* node = nullptr;    // whose SPF policy decides
  std::optional<IpAddress> address;           // question
  std::size_t domain_begin = 0;               // label of the name where the policy's domain begins
  bool bounded = false;                       // one of few names: policy files know it
};

class SpfView {
 public:
  explicit SpfView(Name apex) : apex_(std::move(apex)) {}

  // Adds a template that ends in this view's apex. The error names the template
  // that asks for the same names. Templates with more literal labels win.
  std::optional<Error> add(const SpfTemplate& added);

  const Name& apex() const { return apex_; }
  const std::vector<SpfTemplate>& templates() const { return templates_; }

  // Takes apart the first `count` labels of `name`, those left of the apex.
  // Requires 1 <= count. `name` must be in lower case.
  SpfOutcome resolve(const NameView& name, std::size_t count, const DomainIndex& domains) const;

  // The label of `domain` that is a literal of a template, so that questions
  // about the domain would be read as questions about what is right of it; "" if none.
  std::string hidden_by(const Name& domain) const;

 private:
  bool is_stop(std::string_view label) const;
  std::size_t region_begin(const NameView& name, std::size_t count) const;
  bool asks_for(const SpfTemplate& t, const NameView& name, std::size_t count) const;
  std::string shared_question(const SpfTemplate& from, const SpfTemplate& to) const;
  std::optional<SpfOutcome> resolve_adjacent(const NameView& name, std::size_t count, const DomainIndex& domains) const;
  SpfOutcome resolve_domain_only(const NameView& name, std::size_t count, const DomainIndex& domains) const;
  struct LeftSide;
  LeftSide read_left_of(const NameView& name, std::size_t begin) const;
  SpfOutcome resolve_left_of(const NameView& name, std::size_t begin, std::size_t count,
                             const DomainIndex& domains) const;
  SpfOutcome not_a_question(const SpfPolicyHit& hit, const SpfTemplate* likely) const;

  Name apex_;
  std::vector<SpfTemplate> templates_;  // more literal labels first
  std::vector<std::string> stops_;      // literal labels left of a domain, lower case, sorted
  bool has_adjacent_ = false;
  bool has_static_ = false;
};

}  // namespace emailauth
