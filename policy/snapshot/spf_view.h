// policy/snapshot/spf_view.h - The names below one view apex, and what they ask.
//
// A view is a set of templates whose names end alike. It takes a query name
// apart: which domain, which template, which address. Whether that address may
// send is decided elsewhere (policy/files/sender_table.h).
//
// Some names do not tell for certain whose address they hold: a sender chose part of
// them, or they can be read in two ways. Terms of vendors, which restate the address of
// the *name*, are not handed out for these. The receiver is sent on to a name below
// "_safe", made of its own macros and nothing else, where they are:
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

// In front of a view apex: the names that receivers are sent on to.
inline constexpr std::string_view kSafeLabel = "_safe";

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
  bool fits_both_widths = false;              // question: 4 labels and 32 can be read as its address
};

class SpfView {
 public:
  explicit SpfView(Name apex) : apex_(std::move(apex)) {}

  // Adds a template that ends in this view's apex. The error names the template
  // that asks for the same names, or the "exists:" template whose names it could
  // take for questions about another address. Templates with more literal labels win.
  std::optional<Error> add(const SpfTemplate& added);

  const Name& apex() const { return apex_; }
  const std::vector<SpfTemplate>& templates() const { return templates_; }

  // True when every name that is read as a question of `t`, one of templates(),
  // holds the client's address: terms of vendors may be expanded for it.
  bool is_certain(const SpfTemplate& t) const { return certainty_[index_of(t)] == Certainty::always; }

  // The same of one name, for a question of this view.
  bool is_certain(const SpfOutcome& outcome) const {
    const Certainty certainty = certainty_[index_of(*outcome.spf_template)];
    return certainty == Certainty::always || (certainty == Certainty::in_one_width && !outcome.fits_both_widths);
  }

  // The view at kSafeLabel in front of the apex; nullptr when all templates that
  // answer with text are certain. Its one template is certain and no operator's.
  const SpfView* safe() const { return safe_.get(); }
  // True of such a view itself.
  bool is_safe() const { return is_safe_; }

  // "include:%{ir}.%{v}.example.com._safe._spf.provider.net". `domain` is dotted
  // text; `version` may be one of version_label() to ask clients of that family only.
  // "" when there is no safe(), and when the name of an IPv6 client would be too long.
  std::string safe_term(std::string_view domain, std::string_view version = "%{v}") const;

  // Takes apart the first `count` labels of `name`, those left of the apex.
  // Requires 1 <= count. `name` must be in lower case.
  SpfOutcome resolve(const NameView& name, std::size_t count, const DomainIndex& domains) const;

  // A name that fits both widths is read as an IPv6 client's question by resolve(). This
  // is what it asks when it is an IPv4 client's; nothing when that is about no domain of ours.
  std::optional<SpfOutcome> read_as_v4(const SpfTemplate& t, const NameView& name, std::size_t count,
                                       const DomainIndex& domains) const;

  // The label of `domain` that is a literal of a template, or kSafeLabel at its end, so that questions
  // about the domain would be read as questions about something else; "" if none.
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
  std::vector<Certainty> certainty_;    // of each of these
  std::shared_ptr<const SpfView> safe_;
  std::vector<std::string> stops_;  // literal labels left of a domain, lower case, sorted
  bool is_safe_ = false;
  bool has_adjacent_ = false;
  bool has_static_ = false;
};

}  // namespace emailauth
