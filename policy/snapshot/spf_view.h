// policy/snapshot/spf_view.h - The names below one view apex, and what each of them asks.
//
// A view is a set of templates whose names end alike. It takes a query name apart: which domain, which template, which
// address. Whether that address may send is decided elsewhere (policy/files/sender_table.h).
//
// Some names do not show for certain whose address they contain: a sender chose part of them, or they can be read in
// two ways. Terms of vendors, which restate the address in the *name*, are never in the answers to these. The answer
// sends the receiver on to a name below "_safe", made of the receiver's own macros and nothing else, whose answer has
// them:
//
//     5.9.8.7._ip.mta.example._ehlo.example.com._spf.provider.net
//         v=spf1 include:%{ir}.%{v}.example.com._safe._spf.provider.net -all
//
// Works on wire labels in lower case; labels are octets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/snapshot/domain_index.h"
#include "policy/template/spf_template.h"

namespace emailauth {

// Precedes a view apex in the names that receivers are sent on to.
inline constexpr std::string_view kSafeLabel = "_safe";

// What a name below a view apex means.
struct SpfOutcome {
  enum class Kind : std::uint8_t {
    missing,     // not a domain of ours: NXDOMAIN
    empty,       // an empty non-terminal: NODATA
    unparsable,  // below a domain of ours, but not a question: never authorised
    question,    // may `address` send for `node`?
    fixed,       // asks for a static record of `node`
    page,        // asks for a further page of it, which the leftmost label names
  };
  Kind kind = Kind::missing;
  const SpfTemplate* spf_template = nullptr;  // question, fixed, unparsable
  const DomainIndex::Node* node = nullptr;    // whose SPF policy decides
  std::optional<IpAddress> address;           // question
  std::size_t domain_begin = 0;               // label of the name where the policy's domain begins
  bool bounded = false;                       // one of a limited number of names, all found in policy files
  bool fits_both_widths = false;              // question: both 4 and 32 labels can be read as its address
};

class SpfView {
 public:
  explicit SpfView(Name apex) : apex_(std::move(apex)) {}

  // Adds a template that ends in this view's apex; templates with more literal labels win. The error names the template
  // that makes the same names, or the "exists:" template whose names could be taken for questions about another
  // address.
  std::optional<Error> add(const SpfTemplate& added);

  const Name& apex() const { return apex_; }
  const std::vector<SpfTemplate>& templates() const { return templates_; }

  // Returns true if every name that is read as a question to `t`, one of templates(), contains the client's address:
  // terms of vendors may be expanded for it.
  bool is_certain(const SpfTemplate& t) const { return certainty_[index_of(t)] == Certainty::always; }

  // The same for one name, a question to this view.
  bool is_certain(const SpfOutcome& outcome) const {
    const Certainty certainty = certainty_[index_of(*outcome.spf_template)];
    return certainty == Certainty::always || (certainty == Certainty::in_one_width && !outcome.fits_both_widths);
  }

  // Returns the view at kSafeLabel before the apex, or nullptr if all templates that answer with text are certain. Its
  // only template is certain and not one of the operator's.
  const SpfView* safe() const { return safe_.get(); }
  // Returns true for such a view itself.
  bool is_safe() const { return is_safe_; }

  // Returns "include:%{ir}.%{v}.example.com._safe._spf.provider.net". `domain` is dotted text; `version` may be one of
  // version_label() to address clients of that family only. Returns "" if there is no safe(), or if the name of an IPv6
  // client would be too long.
  std::string safe_term(std::string_view domain, std::string_view version = "%{v}") const;

  // Takes apart the first `count` labels of `name`, those left of the apex.
  // Requires 1 <= count, and `name` in lower case.
  SpfOutcome resolve(const NameView& name, std::size_t count, const DomainIndex& domains) const;

  // resolve() reads a name that fits both widths as an IPv6 client's question. This returns what the name asks if the
  // client uses IPv4, or nullopt if that is not about a domain of ours.
  std::optional<SpfOutcome> read_as_v4(const SpfTemplate& t, const NameView& name, std::size_t count,
                                       const DomainIndex& domains) const;

  // Returns the label of `domain` that is a literal of a template, or kSafeLabel at its end, so that questions
  // about the domain would be read as questions about something else; "" if there is none.
  std::string hidden_by(const Name& domain) const;

 private:
  // Whether the address in a name is the client's.
  enum class Certainty : std::uint8_t { never, in_one_width, always };
  std::size_t index_of(const SpfTemplate& t) const { return static_cast<std::size_t>(&t - templates_.data()); }
  Certainty certainty_of(const SpfTemplate& t) const;
  bool is_stop(std::string_view label) const;
  std::size_t region_begin(const NameView& name, std::size_t count) const;
  bool asks_for(const SpfTemplate& t, const NameView& name, std::size_t count) const;
  std::string without_stops(std::vector<std::string> labels) const;
  std::string shared_question(const SpfTemplate& from, const SpfTemplate& to) const;
  std::optional<Error> clash_of(const SpfTemplate& added, const SpfTemplate& other) const;
  void find_certainty();
  static std::optional<SpfOutcome> read_adjacent(const SpfTemplate& t, bool nibbles, const NameView& name,
                                                 std::size_t begin, std::size_t count, const DomainIndex& domains);
  std::optional<SpfOutcome> resolve_adjacent(const NameView& name, std::size_t count, const DomainIndex& domains) const;
  SpfOutcome resolve_domain_only(const NameView& name, std::size_t count, const DomainIndex& domains) const;
  struct LeftSide;
  LeftSide read_left_of(const NameView& name, std::size_t begin) const;
  SpfOutcome resolve_left_of(const NameView& name, std::size_t begin, std::size_t count,
                             const DomainIndex& domains) const;
  SpfOutcome not_a_question(const SpfPolicyHit& hit, const SpfTemplate* likely) const;

  Name apex_;
  std::vector<SpfTemplate> templates_;  // more literal labels first
  std::vector<Certainty> certainty_;    // one for each template
  std::shared_ptr<const SpfView> safe_;
  std::vector<std::string> stops_;  // literal labels left of a domain, lower case, sorted
  bool is_safe_ = false;
  bool has_adjacent_ = false;
  bool has_static_ = false;
};

}  // namespace emailauth
