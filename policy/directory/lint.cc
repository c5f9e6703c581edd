#include "policy/directory/lint.h"

#include <algorithm>
#include <optional>
#include <set>

#include "policy/records/report_uri.h"

namespace emailauth {

namespace {

constexpr std::size_t kLongestName = 253;  // characters, RFC 7208, 7.3

std::string text_of(std::string_view labels) { return to_presentation(std::string(labels) + '\0'); }

// Returns the characters of a question about an IPv6 address, with nothing chosen by a sender.
std::size_t shortest_v6_question(const SpfTemplate& t, std::size_t domain_length) {
  std::size_t length = domain_length + 1 + t.view_apex().to_string().size();
  for (const TemplateElement& element : t.left()) {
    switch (element.kind) {
      case TemplateElement::Kind::literal: length += element.label.size() + 1; break;
      case TemplateElement::Kind::address: length += 64; break;
      case TemplateElement::Kind::version: length += 4; break;
      case TemplateElement::Kind::chosen: length += 2; break;
    }
  }
  return length;
}

class Advisor {
 public:
  explicit Advisor(const Snapshot& snapshot) : snapshot_(snapshot) {}

  Diagnostics run() {
    check_templates();
    check_reports();
    for (const auto& unit : snapshot_.units) {
      for (const SpfRules& rules : unit->unit->spf_rules()) check_senders(*unit->unit, rules);
      for (const Domain& domain : unit->unit->domains()) check_domain(*unit, domain);
    }
    return std::move(found_);
  }

 private:
  void say(Severity severity, std::string file, std::uint32_t line, std::string pointer, std::string message) {
    found_.push_back({severity, std::move(file), line, std::move(pointer), std::move(message)});
  }

  void check_templates() {
    for (const TemplateText& text : snapshot_.responder->policy.spf_templates) {
      for (const ResponderZone& zone : snapshot_.responder->zones) {
        for (const SpfView& view : zone.views) {
          for (const SpfTemplate& t : view.templates()) {
            if (t.text() == text.text) check_template(text, view, t);
          }
        }
      }
    }
  }

  void check_template(const TemplateText& text, const SpfView& view, const SpfTemplate& t) {
    const auto say_here = [&](Severity severity, const std::string& what) {
      say(severity, std::string(kResponderFile), text.line, text.pointer, in_quotes(text.text) + what);
    };
    const std::string safe_one = "\"%{ir}.%{v}.%{d}." + view.apex().to_string() + "\"";
    if (t.is_unsafe()) {
      say_here(Severity::warning,
               " can be forged, and \"unsafe_exists_templates\" accepts it: a HELO or local part with a label of 230 "
               "characters makes some receivers cut the name (RFC 7208, 7.3) until an address that the forger chose is "
               "at its left end, and any client passes for any domain that publishes the term; have owners publish " +
                   safe_one + ", then remove it");
    }
    if (t.has_chosen()) {
      say_here(
          Severity::advice,
          " contains a part that a sender can choose: some verifiers never ask for odd HELOs and local parts, such as "
          "\"[192.0.2.1]\", so that authorised mail fails (RFC 7208, 7.3 advises against it)" +
              std::string(view.is_certain(t) ? "" : "; terms of pass-through senders take one lookup more") +
              "; recommend a term without it to new owners");
    } else if (!view.is_certain(t)) {
      say_here(Severity::advice,
               " makes names that can be read in two ways: then terms of pass-through senders take one lookup more; "
               "recommend " +
                   safe_one + " to new owners");
    }
  }

  void check_reports() {
    const ResponderPolicy& policy = snapshot_.responder->policy;
    const std::optional<Name> host = mailto_domain(policy.report_mailbox);
    if (!host) return;
    const ResponderZone* home = nullptr;
    bool has_node = false;
    for (const ResponderZone& zone : snapshot_.responder->zones) {
      if (zone.report_host) home = &zone;
      has_node = has_node || zone.report_node;
    }
    if (!has_node) {
      say(Severity::advice, std::string(kResponderFile), 0, "/report_mailbox",
          "nothing here answers \"_report._dmarc." + host->to_string() +
              "\": receivers send no reports there for other domains (RFC 9990, 4); add that zone, or publish the "
              "records where " +
              in_quotes(host->to_string()) + " lives");
    } else if (home != nullptr && policy.report_mx.empty()) {
      say(Severity::warning, std::string(kResponderFile), 0, "/report_mailbox",
          in_quotes(host->to_string()) +
              " is answered here and has no mail exchanger: reports cannot arrive; write \"report_mx\": "
              "[\"mx1.provider.net\"]");
    }
  }

  void check_senders(const DomainUnit& unit, const SpfRules& rules) {
    for (const SenderReference& reference : rules.policy.senders) {
      const std::size_t index = snapshot_.senders->index_of(reference.sender);
      if (index == SenderSet::npos) continue;
      const SenderTable::Sender& sender = snapshot_.senders->senders()[index];
      if (!sender.resolved && sender.passthrough.empty() && sender.has_spf) {
        say(Severity::warning, unit.file(), reference.line, reference.pointer,
            "the networks of " + in_quotes(sender.id) +
                " are not known: its mail fails SPF; run \"emailauth senders refresh\"");
      }
      if (!sender.aligns_spf && sender.aligns_dkim) {
        say(Severity::advice, unit.file(), reference.line, reference.pointer,
            in_quotes(sender.id) +
                " sends with a return path of its own: enabling it for SPF does nothing for DMARC; rely on its DKIM "
                "signature");
      }
    }
  }

  void check_domain(const LinkedUnit& linked, const Domain& domain) {
    const DomainUnit& unit = *linked.unit;
    const std::string name = text_of(unit.name(domain));
    const LinkedSpf* spf = domain.spf < 0 ? nullptr : linked.spf[static_cast<std::size_t>(domain.spf)].get();
    if (spf != nullptr) check_lengths(unit, domain, name, *spf);
    const bool enforced = domain.dmarc != nullptr && domain.dmarc->p != DmarcAction::none && !domain.dmarc->testing;
    if (domain.bimi != nullptr && !enforced) {
      say(Severity::advice, unit.file(), domain.line, "",
          in_quotes(name) +
              " has \"bimi\" without an enforced DMARC policy: no receiver shows the logo; set \"p\" to \"quarantine\" "
              "or \"reject\"");
    }
  }

  void check_lengths(const DomainUnit& unit, const Domain& domain, const std::string& name, const LinkedSpf& spf) {
    for (const ResponderZone& zone : snapshot_.responder->zones) {
      for (const SpfView& view : zone.views) {
        check_is_seen(unit, domain, name, view);
        for (const SpfTemplate& t : view.templates()) {
          check_length(unit, domain, name, t);
          if (view.safe() == nullptr) check_terms_are_passed_on(unit, domain, name, t, spf);
        }
        if (view.safe() == nullptr || spf.passthrough.empty()) continue;
        check_is_seen(unit, domain, name, *view.safe());
        check_length(unit, domain, name, view.safe()->templates().front());
      }
    }
  }

  void check_is_seen(const DomainUnit& unit, const Domain& domain, const std::string& name, const SpfView& view) {
    const std::string hidden = view.hidden_by(*Name::parse(name));
    if (hidden.empty()) return;
    say(Severity::warning, unit.file(), domain.line, "",
        in_quotes(name) + " cannot be queried below " + in_quotes(view.apex().to_string()) + ": its label " +
            in_quotes(hidden) + " is a label of a template; give it an alias");
  }

  void check_length(const DomainUnit& unit, const Domain& domain, const std::string& name, const SpfTemplate& t) {
    if (!t.has_address()) return;
    const std::size_t length = shortest_v6_question(t, name.size());
    const std::size_t limit = t.kind() == SpfTermKind::exists ? kMaybeCutLength - 1 : kLongestName;
    if (length <= limit) return;
    say(Severity::warning, unit.file(), domain.line, "",
        in_quotes(name) + " is too long for " + in_quotes(t.text()) + ": an IPv6 question has " +
            std::to_string(length) + " characters of " + std::to_string(limit) +
            "; give it an alias, or use a shorter zone");
  }

  // A vendor's terms are not used for the address in a name that may have been cut.
  void check_terms_are_passed_on(const DomainUnit& unit, const Domain& domain, const std::string& name,
                                 const SpfTemplate& t, const LinkedSpf& spf) {
    if (!t.has_address() || t.kind() == SpfTermKind::exists) return;
    const std::size_t length = shortest_v6_question(t, name.size());
    const bool all_pass_on = std::all_of(spf.passthrough.begin(), spf.passthrough.end(),
                                         [](const CompiledPassthrough* term) { return term->is_same_for_all(); });
    if (all_pass_on || length < kMaybeCutLength || length > kLongestName) return;
    say(Severity::warning, unit.file(), domain.line, "",
        in_quotes(name) + " is too long for pass-through senders under " + in_quotes(t.text()) +
            ": an IPv6 question has " + std::to_string(length) + " characters, and from " +
            std::to_string(kMaybeCutLength) +
            " on it may have been cut, so that their terms are left out; give it an alias, or use a shorter zone");
  }

  const Snapshot& snapshot_;
  Diagnostics found_;
};

}  // namespace

Diagnostics advise(const Snapshot& snapshot) { return Advisor(snapshot).run(); }

}  // namespace emailauth
