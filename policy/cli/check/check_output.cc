#include "policy/cli/check/check_output.h"
#include "policy/cli/terminal/remark_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/base/count.h"
#include "policy/base/some_of.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace {

using check::DomainReport;
using check::Finding;
using check::SpfNode;

constexpr std::array kHeadings = {"Domain", "Mail servers", "SPF", "DMARC", "DKIM", "BIMI, MTA-STS, TLS-RPT"};

// Returns the heading for a finding, by the beginning of its name.
struct Place {
  std::string_view prefix;
  std::size_t heading;
};
constexpr Place kPlaces[] = {{"domain-", 0}, {"dns", 0},   {"mx-", 1},   {"rdns-", 1},    {"spf-", 2},
                             {"dmarc-", 3},  {"dkim-", 4}, {"bimi-", 5}, {"mta-sts-", 5}, {"tls-rpt-", 5}};

bool stands_under(std::size_t heading, const Finding& finding) {
  return std::any_of(std::begin(kPlaces), std::end(kPlaces), [&](const Place& place) {
    return place.heading == heading && finding.kind->name.starts_with(place.prefix);
  });
}

// Shows a record unchanged, whoever published it.
std::string visible(const std::string& record) { return spf::visible_text(record, 1000); }

Shown record_line(const std::string& record) { return Shown::of("  {}\n", visible(record)); }

std::string count(std::size_t number, const char* what) { return count_of(number, what); }

// Shows the part of the record that is meant, with a caret below it, as compilers do.
Shown excerpt_text(const check::Excerpt& excerpt) {
  constexpr std::size_t kBefore = 40;
  constexpr std::size_t kShown = 100;
  if (excerpt.record.empty()) return {};
  const std::string_view record = excerpt.record;
  const std::size_t begin = excerpt.offset > kBefore ? excerpt.offset - kBefore : 0;
  const auto seen = [](std::string_view text) { return spf::visible_text(text, text.size()); };
  const std::size_t space = seen(record.substr(begin, excerpt.offset - begin)).size();
  const std::size_t room = std::min(excerpt.length, begin + kShown - excerpt.offset);
  const std::size_t marked = std::max<std::size_t>(seen(record.substr(excerpt.offset, room)).size(), 1);
  return Shown::of("    | {}\n    | {}{}\n", seen(record.substr(begin, kShown)), std::string(space, ' '),
                   coloured("^" + std::string(marked - 1, '~'), Colour::green));
}

Shown row(const check::FindingKind& kind) {
  return Shown::of("{:<28} {:<8} {}\n", kind.name, to_text(kind.severity), kind.reference);
}

void add_tree(Shown& out, const SpfNode& node, const std::string& margin) {
  for (std::size_t i = 0; i < node.below.size(); ++i) {
    const SpfNode& child = node.below[i];
    const bool last = i + 1 == node.below.size();
    out += Shown::of("{}{}{}  {}", margin, last ? "`-- " : "|-- ", child.term,
                     count(static_cast<std::size_t>(child.lookups), "lookup"));
    if (child.void_lookups > 0) out += Shown::of(", {} void", child.void_lookups);
    if (!child.note.empty()) out += Shown::of("  ({})", child.note);
    out += Shown::of("\n");
    add_tree(out, child, margin + (last ? "    " : "|   "));
  }
}

Shown spf_text(const DomainReport& report) {
  if (report.spf.record.empty()) return {};
  Shown out = record_line(report.spf.record);
  if (!report.spf.tree) return out;
  const SpfNode& root = report.spf.tree->root;
  out += Shown::of("  {} of 10 lookups, {} of 2 void lookups\n", root.lookups, root.void_lookups);
  add_tree(out, root, "  ");
  return out;
}

Shown dmarc_text(const DomainReport& report) {
  if (report.dmarc.record.empty()) return {};
  Shown out = record_line(report.dmarc.record);
  if (report.dmarc.at != report.domain) out += Shown::of("  inherited from {}\n", report.dmarc.at.to_string());
  return out;
}

Shown dkim_text(const DomainReport& report) {
  Shown out;
  for (const check::DkimReport::Key& key : report.dkim.keys) {
    const std::string what = key.revoked     ? "revoked"
                             : key.bits == 0 ? "cannot be read"
                                             : fmt::format("{} {} bits", key.type, key.bits);
    out += Shown::of("  {}: {}{}{}\n", key.selector.to_string(), what, key.testing ? ", testing" : "",
                     key.alias ? ", CNAME " + key.alias->to_string() : "");
  }
  if (!report.dkim.any_selector.empty())
    out += Shown::of("  every other selector: {}\n", visible(report.dkim.any_selector));
  return out;
}

Shown mx_text(const DomainReport& report) {
  if (report.mx.null_mx) return Shown::of("  null MX: accepts no mail\n");
  constexpr std::size_t kHosts = 20;
  if (report.mx.hosts.empty()) return {};
  return Shown::of("  MX {}\n", some_of(report.mx.hosts, kHosts, [](const Name& host) { return host.to_string(); }));
}

Shown domain_text(const DomainReport& report) {
  Shown out;
  if (report.dnssec != Validation::unknown) out += Shown::of("  DNSSEC: {}\n", to_text(report.dnssec));
  for (const Validation state : {Validation::secure, Validation::insecure, Validation::bogus}) {
    std::string names;
    for (const auto& [name, of_name] : report.depends_on) {
      if (of_name == state) names += (names.empty() ? "" : ", ") + name.to_string();
    }
    if (state != report.dnssec && !names.empty()) out += Shown::of("    {}: {}\n", to_text(state), names);
  }
  for (const check::Host& host : report.hosts)
    out += Shown::of("  {} by {}: {}\n", host.part, printable(host.service), printable(host.evidence));
  return out;
}

Shown services_text(const DomainReport& report) {
  Shown out;
  for (const std::string* record : {&report.services.bimi, &report.services.mta_sts, &report.services.tls_rpt}) {
    if (!record->empty()) out += record_line(*record);
  }
  return out;
}

}  // namespace

Shown summary(const check::Findings& findings) {
  std::array<std::size_t, 3> counts{};
  for (const Finding& finding : findings.all())
    counts.at(static_cast<std::size_t>(finding.severity())) += finding.number();
  if (findings.all().empty()) return coloured("nothing found", Colour::green);
  Shown out;
  for (const Severity severity : {Severity::error, Severity::warning}) {
    const std::size_t number = counts.at(static_cast<std::size_t>(severity));
    if (number > 0)
      out += Shown(out.empty() ? "" : ", ") +
             coloured(count(number, std::string(to_text(severity)).c_str()), colour_of(severity));
  }
  if (counts[0] > 0) out += Shown::of("{}{} of advice", out.empty() ? "" : ", ", count(counts[0], "piece"));
  return out;
}

Shown to_text(const Finding& finding) {
  return Shown::of(
      "  {} at {}: {}\n{}{}    see: {}\n",
      coloured(fmt::format("{}[{}]", to_text(finding.severity()), finding.kind->name), colour_of(finding.severity())),
      finding.where, finding.what, excerpt_text(finding.excerpt), why_and_todo(finding, 4), finding.kind->reference);
}

Shown to_text(const DomainReport& report) {
  Shown out = Shown::of("{}: {}\n", coloured(report.domain.to_string(), Colour::bold), summary(report.findings));
  const std::array facts = {domain_text(report), mx_text(report),   spf_text(report),
                            dmarc_text(report),  dkim_text(report), services_text(report)};
  for (std::size_t i = 0; i < facts.size(); ++i) {
    Shown found;
    for (const Finding& finding : report.findings.all()) {
      if (stands_under(i, finding)) found += to_text(finding);
    }
    const Shown& there = report.answered ? facts.at(i) : Shown();
    if (there.empty() && found.empty()) continue;
    out += Shown::of("{}\n{}{}", kHeadings.at(i), there, found);
  }
  return out;
}

Shown list_of_findings() {
  Shown out;
  for (const check::FindingKind* kind : check::finding_kinds()) out += row(*kind);
  return out;
}

Shown list_of_bimi_findings() {
  Shown out;
  for (const check::FindingKind& kind : check::kMailFindings) {
    if (kind.name.starts_with("bimi-")) out += row(kind);
  }
  for (const check::FindingKind& kind : check::kBimiFindings) out += row(kind);
  return out;
}

}  // namespace emailauth::cli
