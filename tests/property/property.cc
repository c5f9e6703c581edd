#include "tests/property/property.h"

#include <algorithm>

#include "policy/spf/target_name.h"
#include "policy/spf/visible_text.h"
#include "tests/property/template_maker.h"

namespace emailauth::property {

namespace {

// Under exists:, names of this length may have been cut, and are not answered.
constexpr std::size_t kMaybeCut = 190;

bool looks_like_an_address(const std::string& label) {
  return label == "in-addr" || label == "ip6" || (label.size() == 1 && label.find_first_of("0123456789abcdef") == 0) ||
         label.find_first_not_of("0123456789") == std::string::npos;
}

// The labels that templates of the same view have left of the domain.
Labels view_labels(const World& world, const std::string& apex) {
  Labels labels;
  for (const std::string& text : world.spec().templates) {
    const Term term = Term::parse(text);
    if (term.apex != apex) continue;
    if (term.uses('v')) labels.insert(labels.end(), {"in-addr", "ip6"});
    for (const auto& part : term.left) {
      const auto* literal = std::get_if<std::string>(&part);
      for (std::string& label : split(literal != nullptr ? *literal : "")) labels.push_back(ascii_lower(label));
    }
  }
  return labels;
}

// Whether a template of the same view has an address next to the domain: a label of one ends the domain, too.
bool has_addresses_beside_domains(const World& world, const std::string& apex) {
  const auto& templates = world.spec().templates;
  return std::any_of(templates.begin(), templates.end(), [&](const std::string& text) {
    const Term term = Term::parse(text);
    return term.apex == apex && shape_class(term).find("address.domain") != std::string::npos;
  });
}

// A label of the sender's domain that is one of a template ends the domain (SpfView::hidden_by()): what is right of
// it decides, a domain of the same owner.
bool is_granted_by_ancestor(const World& world, const Case& c, const Name& domain) {
  const std::string apex = Term::parse(c.published).apex;
  const Labels ends = view_labels(world, apex);
  const bool addresses_end = has_addresses_beside_domains(world, apex);
  NameView labels;
  if (!labels.assign(domain.wire())) return false;
  for (std::size_t i = 0; i + 1 < labels.label_count(); ++i) {
    const std::string label(labels.label(i));
    const bool ends_domain =
        std::find(ends.begin(), ends.end(), label) != ends.end() || (addresses_end && looks_like_an_address(label));
    if (!ends_domain) continue;
    if (world.grants(Name::from_wire(labels.wire_from(i + 1)).value(), c.client)) return true;
  }
  return false;
}

// A sender may write a dot into a label ("\\.good.example"). pyspf asks for the record of that name, and then writes
// the label as more than one into the names of the record: what is right of the dot decides, a name of the same owner.
bool is_granted_behind_a_dot(const World& world, const Case& c, const Name& domain) {
  NameView labels;
  if (!labels.assign(domain.wire())) return false;
  for (std::size_t i = 0; i + 1 < labels.label_count(); ++i) {
    const std::string_view label = labels.label(i);
    const std::size_t dot = label.rfind('.');
    if (dot == std::string_view::npos) continue;
    const Name above = Name::from_wire(labels.wire_from(i + 1)).value();
    const Result<Name> written = dot + 1 < label.size() ? above.with_label(label.substr(dot + 1)) : above;
    if (written && world.grants(*written, c.client)) return true;
  }
  return false;
}

// Returns the domain whose policy is asked for.
Name asked_domain(const Case& c, const Name& sender) { return c.alias ? Name::parse(*c.alias).value() : sender; }

bool is_granted(const World& world, const Case& c, const Name& sender) {
  if (world.is_in_our_zones(sender)) return world.grants_somewhere(c.client) || world.hands_on_terms();
  const Name domain = asked_domain(c, sender);
  return world.grants(domain, c.client) || is_granted_by_ancestor(world, c, domain) ||
         is_granted_behind_a_dot(world, c, domain);
}

// No label of the domain can be mistaken for one of a template, a view or an address.
bool is_plain(const World& world, const std::string& domain) {
  Labels taken;
  for (const std::string& text : world.spec().templates) {
    const Term term = Term::parse(text);
    for (const auto& part : term.left) {
      const auto* literal = std::get_if<std::string>(&part);
      for (std::string& label : split(literal != nullptr ? *literal : "")) taken.push_back(ascii_lower(label));
    }
    for (std::string& label : split(term.apex)) taken.push_back(ascii_lower(label));
  }
  // A template with the literal "ip6" takes the questions to one with %{v}.
  const bool has_version_literal = std::any_of(
      taken.begin(), taken.end(), [](const std::string& label) { return label == "in-addr" || label == "ip6"; });
  if (has_version_literal && world.spec().templates.size() > 1) return false;
  const Labels labels = split(domain);
  return std::none_of(labels.begin(), labels.end(), [&](const std::string& label) {
    return looks_like_an_address(label) || std::find(taken.begin(), taken.end(), label) != taken.end();
  });
}

bool must_pass(const World& world, const Case& c, const Name& sender, bool was_long) {
  if (c.attack != Attack::none || !is_granted(world, c, sender)) return false;
  const Name domain = asked_domain(c, sender);
  const Term term = Term::parse(c.published);
  const bool exists = term.kind == "exists:";
  if (exists && was_long) return false;
  if (!is_plain(world, domain.to_string()) || !is_plain(world, sender.to_string())) return false;
  // A static record stops at what one vendor refuses, before the vendors that follow.
  if (!term.uses('i') && (!world.has_static_record(domain) || world.is_refused_by_a_vendor(c.client))) return false;
  return world.lists(domain, c.client) || !exists;  // a grant by a vendor alone needs a text that can pass it on
}

std::string quoted(const std::string& text) { return spf::quoted_text(text, 600); }

}  // namespace

Trial try_case(const World& world, const Case& c, Verifier& verifier, Answerer answerer) {
  WorldDns dns(world, owners_record(c), answerer);
  Trial trial;
  trial.judgement = verifier.judge(c, dns);
  if (const std::optional<Name>& sender = dns.first_name()) {
    trial.is_granted = is_granted(world, c, *sender);
    const bool is_ours = world.is_in_our_zones(*sender);
    trial.is_by_ancestor = trial.is_granted && !is_ours && !world.grants(asked_domain(c, *sender), c.client);
    trial.is_by_name = is_ours && !world.grants_somewhere(c.client);
    trial.must_pass = must_pass(world, c, *sender, dns.longest_name() >= kMaybeCut);
  }
  trial.asked = dns.asked();
  trial.was_generous = dns.was_generous();
  return trial;
}

std::string describe(const Finding& found, Verifier& verifier, Answerer answerer) {
  std::string why;
  const std::optional<World> world = World::build(found.spec, why);
  if (!world) return "  the loader refuses this world: " + why;
  const Case& c = found.message;
  const Trial trial = try_case(*world, c, verifier, answerer);
  std::string out = "  template: " + c.published + "\n  owners' record: " + owners_record(c) + "\n";
  out += "  responder.json: " + responder_json(found.spec) + "\n";
  for (const std::string& text : domain_jsons(found.spec)) out += "  domain: " + text + "\n";
  for (const std::string& text : sender_jsons(found.spec)) out += "  sender: " + text + "\n";
  for (std::size_t i = 0; i < found.spec.senders.size(); ++i) {
    out += "  " + vendor_zone(i) + " says yes to:";
    for (const std::string& network : found.spec.senders[i].granted) out += " " + network;
    out += "\n";
  }
  out += "  client: " + c.client.to_string() + " (" + std::string(to_text(c.client_kind)) + ")\n";
  out += "  helo: " + quoted(c.helo) + "\n  sender: " + quoted(c.sender) + "\n";
  for (const WorldDns::Asked& asked : trial.asked) {
    out += "  asked: " + std::string(to_text(asked.type)) + " " + asked.name + " -> " + asked.answer + "\n";
  }
  return out + "  verdict: " + trial.judgement.verdict + " (" + trial.judgement.detail + ")\n";
}

}  // namespace emailauth::property
