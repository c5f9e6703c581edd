#include "policy/cli/records_output.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/cli/terminal.h"
#include "policy/diagnostic.h"
#include "policy/shell_word.h"
#include "policy/spf/record.h"
#include "policy/txt_content.h"

namespace emailauth::cli {

namespace {

std::string fqdn(const Name& name) { return name.to_string() + "."; }

// As in a zone file: texts in quotes, names with their final dot.
std::string content(RecordType type, const std::string& data) {
  return type == RecordType::txt ? to_txt_content(data) : data + ".";
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

// For reading: one change for the types of a name of which DNS was not asked.
std::string other_types(const std::vector<Change>& changes, std::size_t& at) {
  std::string out;
  while (at + 1 < changes.size() && changes[at + 1].kind == Change::Kind::remove && !changes[at].asked &&
         changes[at + 1].key.name == changes[at].key.name) {
    out += fmt::format(" or {}", to_text(changes[++at].key.type));
  }
  return out;
}

// "remove: s1._domainkey.example.com. TXT", with its content when that is known.
std::vector<std::string> in_words(const Change& change, const std::string& others) {
  const std::string what =
      change.kind == Change::Kind::lower ? fmt::format("set TTL {}: ", change.ttl) : std::string("remove: ");
  if (change.data.empty()) return {what + place(change.key) + others + ", if it is there"};
  std::vector<std::string> out;
  for (const std::string& data : change.data)
    out.push_back(what + place(change.key) + " " + content(change.key.type, data));
  return out;
}

// The commands of the step on DNSSEC, on the server of these policies.
std::vector<std::string> signing_lines(const PublicationStep& step) {
  std::vector<std::string> out;
  if (step.sign.empty()) return out;
  out.emplace_back("pdnsutil secure-zone");
  for (const Name& zone : step.sign) out.front() += " " + zone.to_string();
  for (const Name& zone : step.sign) out.push_back("pdnsutil export-zone-ds " + zone.to_string());
  return out;
}

// "example.com: what its owner publishes, once (domains/example.com.json:1)".
std::string title(const RecordsPlan& plan) {
  return fmt::format("{}: what its owner publishes, once ({}:{})", plan.wanted.domain.to_string(), plan.wanted.file,
                     plan.wanted.line);
}

// A step in words; lines that a zone takes as they are have `record` in front, others `comment`.
std::string step_lines(const PublicationStep& step, const RecordsPlan& plan, const std::string& comment,
                       const std::string& record) {
  std::string out;
  for (const std::string& note : step.notes) out += comment + note + "\n";
  const std::vector<Change> changes = changes_of(step, plan);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    if (change.kind == Change::Kind::publish) {
      for (const std::string& data : change.data) out += record + line_of(change, data) + "\n";
      continue;
    }
    for (const std::string& line : in_words(change, other_types(changes, i))) out += comment + "  " + line + "\n";
  }
  for (const std::string& line : signing_lines(step)) out += comment + "  " + line + "\n";
  return out;
}

// A name as pdnsutil takes it: relative to its zone.
std::string relative(const Name& name, const Name& zone) {
  if (name == zone) return "@";
  const std::string text = name.to_string();
  return shell_word(text.substr(0, text.size() - zone.to_string().size() - 1));
}

std::string command(std::string_view verb, const Change& change, const Name& zone) {
  return fmt::format("pdnsutil {} {} {} {}", verb, zone.to_string(), relative(change.key.name, zone),
                     to_text(change.key.type));
}

std::string replace_command(const Change& change, const Name& zone) {
  std::string out = fmt::format("{} {}", command("replace-rrset", change, zone), change.ttl);
  for (const std::vector<std::string>& all : {change.keep, change.data}) {
    for (const std::string& data : all) {
      const std::string text = content(change.key.type, data);
      out += " " + (change.key.type == RecordType::txt ? shell_quoted(text) : shell_word(text));
    }
  }
  return out;
}

// A delegation, in a zone that may be signed. That there is no DS record is proven by an NSEC of the delegation's own
// name, and a name gets one by rectify-zone only: validators would take all below for forged until then. So the name
// is given a record before, when it has none, and keeps one until the delegation was rectified.
std::string delegate_lines(const Change& change, const std::vector<Change>& changes, const RecordsPlan& plan) {
  const bool has_text = std::any_of(changes.begin(), changes.end(), [&](const Change& other) {
    return other.kind == Change::Kind::remove && other.key == RrsetKey{change.key.name, RecordType::txt};
  });
  const std::string rectify = fmt::format("pdnsutil rectify-zone {}\n", plan.zone.to_string());
  const std::string delegation = replace_command(change, plan.zone) + "\n" + rectify;
  if (has_text) return delegation;
  const Change text{
      Change::Kind::publish, {change.key.name, RecordType::txt}, kLoweredTtl, {"to be delegated"}, {}, true};
  return replace_command(text, plan.zone) + "\n" + rectify + delegation + command("delete-rrset", text, plan.zone) +
         "\n";
}

std::string pdnsutil_lines(const Change& change, const RecordsPlan& plan) {
  const bool text = change.key.type == RecordType::txt;
  // Texts of a name are replaced together.
  const bool spf = text && change.key.name == plan.wanted.domain;
  switch (change.kind) {
    case Change::Kind::lower: return replace_command(change, plan.zone) + "\n";
    case Change::Kind::remove: return spf ? "" : command("delete-rrset", change, plan.zone) + "\n";
    case Change::Kind::publish: break;
  }
  if (!spf || change.asked) return replace_command(change, plan.zone) + "\n";
  return fmt::format(
      "# adds; if there is a \"v=spf1\" record already take it out: pdnsutil edit-zone {}, or ask with --live\n"
      "{} {} {}\n",
      plan.zone.to_string(), command("add-record", change, plan.zone), change.ttl,
      shell_quoted(content(change.key.type, change.data.front())));
}

// What is in place, one line a record.
std::string state_lines(const RecordsPlan& plan, const std::string& prefix) {
  std::string out;
  if (plan.state == nullptr) return out;
  std::size_t in_place = 0;
  for (std::size_t i = 0; i < plan.wanted.rrsets.size(); ++i) {
    const RrsetState& state = plan.state->rrsets[i];
    in_place += state.state == InPlace::yes;
    const Colour colour = state.state == InPlace::yes ? Colour::green : Colour::red;
    const std::string word = fmt::format("{:<8}", to_text(state.state));
    out += fmt::format("{}{}  {:<7}  {}{}{}\n", prefix, prefix.empty() ? coloured(word, colour) : word,
                       to_text(plan.wanted.rrsets[i].part), place(plan.wanted.rrsets[i].key),
                       state.detail.empty() ? "" : ": ", state.detail);
    for (const FoundRrset& found : state.remove) {
      for (const std::string& data : found.data) {
        out += fmt::format("{}          remove   {} {} (TTL {})\n", prefix, place(found.key),
                           content(found.key.type, data), found.ttl);
      }
    }
  }
  for (const FoundRrset& lost : plan.state->lost_selectors) {
    out += fmt::format("{}lost      DKIM     {} is in use and not in the policy; add it before the delegation\n",
                       prefix, place(lost.key));
  }
  return out + fmt::format("{}{} of {} in place\n", prefix, in_place, plan.wanted.rrsets.size());
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
  // An old delegation hides the aliases below it until it goes.
  std::stable_partition(out.begin(), out.end(), [&](const Change& change) {
    return change.kind != Change::Kind::remove || change.key.type != RecordType::ns || owns(step, change.key.name);
  });
  return out;
}

std::string to_text(const RecordsPlan& plan) {
  std::string out = coloured(title(plan), Colour::bold) + "\n" + state_lines(plan, "");
  std::size_t number = 0;
  for (const PublicationStep& step : plan.steps) {
    out += fmt::format("{}. {}\n", ++number, coloured(step.heading, Colour::bold));
    out += step_lines(step, plan, "   ", "     ");
  }
  if (!plan.wanted.subdomains.empty()) {
    out += fmt::format("Each of these publishes records of its own: {}\n", subdomain_line(plan.wanted));
  }
  return out;
}

std::string to_zone_lines(const RecordsPlan& plan) {
  std::string out = "; " + title(plan) + "\n" + state_lines(plan, "; ");
  std::size_t number = 0;
  for (const PublicationStep& step : plan.steps) {
    out += fmt::format("; {}. {}\n", ++number, step.heading) + step_lines(step, plan, ";    ", "");
  }
  return out;
}

std::string to_pdnsutil(const RecordsPlan& plan) {
  std::string out = "# " + title(plan) + "\n" + state_lines(plan, "# ");
  std::size_t number = 0;
  const std::string zone = plan.zone.to_string();
  for (const PublicationStep& step : plan.steps) {
    out += fmt::format("# {}. {}\n", ++number, step.heading);
    for (const std::string& note : step.notes) out += "#    " + note + "\n";
    const std::vector<Change> changes = changes_of(step, plan);
    for (const Change& change : changes) {
      const bool delegates = change.kind == Change::Kind::publish && change.key.type == RecordType::ns;
      out += delegates ? delegate_lines(change, changes, plan) : pdnsutil_lines(change, plan);
    }
    if (!changes.empty()) out += fmt::format("pdnsutil increase-serial {0}\npdnsutil rectify-zone {0}\n", zone);
    for (const std::string& line : signing_lines(step)) out += "#    " + line + "\n";
    for (const Name& name : step.sign) {
      out += fmt::format("#    pdnsutil add-record {} {} DS {} '<key tag> 13 2 <digest>'\n", zone,
                         relative(name, plan.zone), kPublishedTtl);
    }
  }
  return out;
}

}  // namespace emailauth::cli
