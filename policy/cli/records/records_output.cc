#include "policy/cli/records/records_output.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/records/txt_content.h"
#include "policy/spf/record.h"

namespace emailauth::cli {

namespace {

std::string fqdn(const Name& name) { return name.is_root() ? "." : name.to_string() + "."; }

// As in a zone file: texts in quotes, names with their final dot.
std::string content(RecordType type, const std::string& data) {
  return type == RecordType::txt ? to_txt_content(data) : data == "." ? data : data + ".";
}

std::string place(const RrsetKey& key) { return fmt::format("{} {}", fqdn(key.name), to_text(key.type)); }

const RrsetState* state_of(const PublishedRrset& rrset, const RecordsPlan& plan) {
  if (plan.state == nullptr) return nullptr;
  for (std::size_t i = 0; i < plan.wanted.rrsets.size(); ++i) {
    if (plan.wanted.rrsets[i].key == rrset.key) return &plan.state->rrsets[i];
  }
  return nullptr;
}

void add_removals(const PublishedRrset& rrset, const RrsetState* state, std::vector<Change>& out) {
  const auto add = [&out](const RrsetKey& key, std::uint32_t ttl, const std::vector<std::string>& data, bool asked) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const Change& change) {
      return change.kind == Change::Kind::remove && change.key == key;
    });
    if (!known) out.push_back({Change::Kind::remove, key, ttl, data, {}, asked});
  };
  if (state == nullptr) {
    for (const RrsetKey& key : rrset.remove) add(key, 0, {}, false);
    return;
  }
  for (const FoundRrset& found : state->remove) add(found.key, found.ttl, found.data, true);
}

Change publish(const PublishedRrset& rrset, const RrsetState* state) {
  Change change{Change::Kind::publish, rrset.key, kPublishedTtl, rrset.data, {}, state != nullptr};
  if (state != nullptr) change.keep = state->keep;
  std::erase_if(change.keep, [](const std::string& text) { return spf::Record::has_version(text); });
  return change;
}

std::string line_of(const Change& change, const std::string& data) {
  return fmt::format("{} {} IN {} {}", fqdn(change.key.name), change.ttl, to_text(change.key.type),
                     content(change.key.type, data));
}

// A record is published at this very name.
bool owns(const PublicationStep& step, const Name& name) {
  return std::any_of(step.publish.begin(), step.publish.end(),
                     [&](const PublishedRrset* rrset) { return rrset->key.name == name; });
}

// For reading: one change for the types of a name that DNS was not queried for.
std::string other_types(const std::vector<Change>& changes, std::size_t& at) {
  std::string out;
  while (at + 1 < changes.size() && changes[at + 1].kind == Change::Kind::remove && !changes[at].asked &&
         changes[at + 1].key.name == changes[at].key.name) {
    out += fmt::format(" or {}", to_text(changes[++at].key.type));
  }
  return out;
}

CommandLine pdnsutil(std::string_view verb) { return CommandLine({"pdnsutil", verb}); }

// Returns a name or the data of a record for pdnsutil, which reads what begins with "-" as an option, and "\045" as
// "-".
std::string dns_operand(const std::string& text) { return text.starts_with('-') ? "\\045" + text.substr(1) : text; }

Shown line_of(const CommandLine& command) { return Shown::of("{}\n", command.text()); }

// Lists the records of a name that others filled, one line each: the first ones, as many as a person reads.
std::vector<std::string> record_lines(const RrsetKey& key, const std::vector<std::string>& all) {
  constexpr std::size_t kMostRecords = 10;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(all.size(), kMostRecords); ++i)
    out.push_back(place(key) + " " + printable(content(key.type, all[i])));
  if (all.size() > kMostRecords) out.push_back(fmt::format("{} and {} more", place(key), all.size() - kMostRecords));
  return out;
}

// Returns "remove: s1._domainkey.example.com. TXT", with its content if that is known.
std::vector<std::string> in_words(const Change& change, const std::string& others) {
  const std::string what =
      change.kind == Change::Kind::lower ? fmt::format("set TTL {}: ", change.ttl) : std::string("remove: ");
  if (change.data.empty()) return {what + place(change.key) + others + ", if it exists"};
  std::vector<std::string> out = record_lines(change.key, change.data);
  for (std::string& line : out) line.insert(0, what);
  return out;
}

// The commands of the step on DNSSEC, on the server of these policies.
std::vector<CommandLine> signing_commands(const PublicationStep& step) {
  std::vector<CommandLine> out;
  if (step.sign.empty()) return out;
  out.push_back(pdnsutil("secure-zone"));
  for (const Name& zone : step.sign) out.front().operand(dns_operand(zone.to_string()));
  for (const Name& zone : step.sign) out.push_back(pdnsutil("export-zone-ds").operand(dns_operand(zone.to_string())));
  return out;
}

// "example.com: what its owner publishes, once (domains/example.com.json:1)".
std::string title(const RecordsPlan& plan) {
  return fmt::format("{}: what its owner publishes, once ({}:{})", plan.wanted.domain.to_string(), plan.wanted.file,
                     plan.wanted.line);
}

// Writes a step in words. Lines that a zone accepts unchanged begin with `record`, others with `comment`.
Shown step_lines(const PublicationStep& step, const RecordsPlan& plan, const std::string& comment,
                 const std::string& record) {
  Shown out;
  for (const std::string& note : step.notes) out += Shown::of("{}{}\n", comment, note);
  const std::vector<Change> changes = changes_of(step, plan);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    if (change.kind == Change::Kind::publish) {
      for (const std::string& data : change.data) out += Shown::of("{}{}\n", record, line_of(change, data));
      continue;
    }
    for (const std::string& line : in_words(change, other_types(changes, i)))
      out += Shown::of("{}  {}\n", comment, line);
  }
  for (const CommandLine& command : signing_commands(step)) out += Shown::of("{}  {}\n", comment, command.text());
  return out;
}

// Returns a name as pdnsutil expects it: relative to its zone.
std::string relative(const Name& name, const Name& zone) {
  if (name == zone) return "@";
  const std::string text = name.to_string();
  return dns_operand(text.substr(0, text.size() - zone.to_string().size() - 1));
}

CommandLine of_zone(std::string_view verb, const Name& zone) {
  return pdnsutil(verb).operand(dns_operand(zone.to_string()));
}

CommandLine of_rrset(std::string_view verb, const Change& change, const Name& zone) {
  return of_zone(verb, zone).operand(relative(change.key.name, zone)).operand(to_text(change.key.type));
}

CommandLine replace_command(const Change& change, const Name& zone) {
  CommandLine out = of_rrset("replace-rrset", change, zone).operand(std::to_string(change.ttl));
  for (const std::vector<std::string>& all : {change.keep, change.data}) {
    for (const std::string& data : all) out.operand(dns_operand(content(change.key.type, data)));
  }
  return out;
}

// A delegation in a zone that may be signed. An NSEC of the delegation's own name proves that it has no DS record, and
// a name gets that only from rectify-zone: until then validators would treat everything below as forged. So the name is
// given a record before that if it has none, and keeps one until the delegation was rectified.
Shown delegate_lines(const Change& change, const std::vector<Change>& changes, const RecordsPlan& plan) {
  const bool has_text = std::any_of(changes.begin(), changes.end(), [&](const Change& other) {
    return other.kind == Change::Kind::remove && other.key == RrsetKey{change.key.name, RecordType::txt};
  });
  const Shown rectify = line_of(of_zone("rectify-zone", plan.zone));
  const Shown delegation = line_of(replace_command(change, plan.zone)) + rectify;
  if (has_text) return delegation;
  const Change text{
      Change::Kind::publish, {change.key.name, RecordType::txt}, kLoweredTtl, {"to be delegated"}, {}, true};
  return line_of(replace_command(text, plan.zone)) + rectify + delegation +
         line_of(of_rrset("delete-rrset", text, plan.zone));
}

Shown pdnsutil_lines(const Change& change, const RecordsPlan& plan) {
  const bool text = change.key.type == RecordType::txt;
  // Texts of a name are replaced together.
  const bool spf = text && change.key.name == plan.wanted.domain;
  switch (change.kind) {
    case Change::Kind::lower: return line_of(replace_command(change, plan.zone));
    case Change::Kind::remove: return spf ? Shown() : line_of(of_rrset("delete-rrset", change, plan.zone));
    case Change::Kind::publish: break;
  }
  if (!spf || change.asked) return line_of(replace_command(change, plan.zone));
  return Shown::of(
      "# adds: if there is a \"v=spf1\" record already, use --live, or remove it: {}\n"
      "{}\n",
      of_zone("edit-zone", plan.zone).text(),
      of_rrset("add-record", change, plan.zone)
          .operand(std::to_string(change.ttl))
          .operand(content(change.key.type, change.data.front()))
          .text());
}

// Lists what is in place, one line per record.
Shown state_lines(const RecordsPlan& plan, const std::string& prefix) {
  Shown out;
  if (plan.state == nullptr) return out;
  std::size_t in_place = 0;
  for (std::size_t i = 0; i < plan.wanted.rrsets.size(); ++i) {
    const RrsetState& state = plan.state->rrsets[i];
    in_place += state.state == InPlace::yes;
    const Colour colour = state.state == InPlace::yes ? Colour::green : Colour::red;
    const std::string word = fmt::format("{:<8}", to_text(state.state));
    out += Shown::of("{}{}  {:<7}  {}{}{}\n", prefix, prefix.empty() ? coloured(word, colour) : Shown(word),
                     to_text(plan.wanted.rrsets[i].part), place(plan.wanted.rrsets[i].key),
                     state.detail.empty() ? "" : ": ", state.detail);
    for (const FoundRrset& found : state.remove) {
      for (const std::string& line : record_lines(found.key, found.data))
        out += Shown::of("{}          remove   {} (TTL {})\n", prefix, line, found.ttl);
    }
  }
  for (const FoundRrset& lost : plan.state->lost_selectors) {
    out += Shown::of("{}lost      DKIM     {} is in use and not in the policy; add it before the delegation\n", prefix,
                     place(lost.key));
  }
  return out + Shown::of("{}{} of {} in place\n", prefix, in_place, plan.wanted.rrsets.size());
}

std::string subdomain_line(const Publication& wanted) {
  constexpr std::size_t kShown = 10;
  std::string out;
  for (std::size_t i = 0; i < std::min(wanted.subdomains.size(), kShown); ++i) {
    out += (i == 0 ? "" : ", ") + wanted.subdomains[i].to_string();
  }
  if (wanted.subdomains.size() > kShown) out += fmt::format(" and {} more", wanted.subdomains.size() - kShown);
  return out;
}

}  // namespace

std::vector<Change> changes_of(const PublicationStep& step, const RecordsPlan& plan) {
  std::vector<Change> out;
  for (const FoundRrset& found : step.lower)
    out.push_back({Change::Kind::lower, found.key, kLoweredTtl, found.data, {}, true});
  for (const PublishedRrset* rrset : step.publish) {
    const RrsetState* state = state_of(*rrset, plan);
    const bool delegation = rrset->key.type == RecordType::ns;
    if (!delegation) add_removals(*rrset, state, out);
    out.push_back(publish(*rrset, state));
    if (delegation) add_removals(*rrset, state, out);
  }
  // An old delegation hides the aliases below it until it is removed.
  std::stable_partition(out.begin(), out.end(), [&](const Change& change) {
    return change.kind != Change::Kind::remove || change.key.type != RecordType::ns || owns(step, change.key.name);
  });
  return out;
}

Shown to_text(const RecordsPlan& plan) {
  Shown out = Shown::of("{}\n", coloured(title(plan), Colour::bold)) + state_lines(plan, "");
  std::size_t number = 0;
  for (const PublicationStep& step : plan.steps) {
    out += Shown::of("{}. {}\n", ++number, coloured(step.heading, Colour::bold));
    out += step_lines(step, plan, "   ", "     ");
  }
  if (!plan.wanted.subdomains.empty()) {
    out += Shown::of("Each of these publishes its own records: {}\n", subdomain_line(plan.wanted));
  }
  return out;
}

Shown to_zone_lines(const RecordsPlan& plan) {
  Shown out = Shown::of("; {}\n", title(plan)) + state_lines(plan, "; ");
  std::size_t number = 0;
  for (const PublicationStep& step : plan.steps) {
    out += Shown::of("; {}. {}\n", ++number, step.heading) + step_lines(step, plan, ";    ", "");
  }
  return out;
}

Shown to_pdnsutil(const RecordsPlan& plan) {
  Shown out = Shown::of("# {}\n", title(plan)) + state_lines(plan, "# ");
  std::size_t number = 0;
  for (const PublicationStep& step : plan.steps) {
    out += Shown::of("# {}. {}\n", ++number, step.heading);
    for (const std::string& note : step.notes) out += Shown::of("#    {}\n", note);
    const std::vector<Change> changes = changes_of(step, plan);
    for (const Change& change : changes) {
      const bool delegates = change.kind == Change::Kind::publish && change.key.type == RecordType::ns;
      out += delegates ? delegate_lines(change, changes, plan) : pdnsutil_lines(change, plan);
    }
    if (!changes.empty())
      out += line_of(of_zone("increase-serial", plan.zone)) + line_of(of_zone("rectify-zone", plan.zone));
    for (const CommandLine& command : signing_commands(step)) out += Shown::of("#    {}\n", command.text());
    for (const Name& name : step.sign) {
      const CommandLine command = of_zone("add-record", plan.zone)
                                      .operand(relative(name, plan.zone))
                                      .operand("DS")
                                      .operand(std::to_string(kPublishedTtl))
                                      .operand("<key tag> 13 2 <digest>");
      out += Shown::of("#    {}\n", command.text());
    }
  }
  return out;
}

}  // namespace emailauth::cli
