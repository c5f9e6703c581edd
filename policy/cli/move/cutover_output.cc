#include "policy/cli/move/cutover_output.h"
#include "policy/cli/terminal/remark_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/base/count.h"
#include "policy/cli/terminal/terminal.h"

namespace emailauth::cli {

using cutover::ArrivalReport;
using cutover::CutoverFinding;
using cutover::CutoverReport;
using nlohmann::ordered_json;

namespace {

Shown lines_of(const std::vector<CutoverFinding>& findings, const char* refused) {
  Shown out;
  for (const CutoverFinding& finding : findings) {
    const bool refuse = finding.weight == CutoverFinding::Weight::refuse;
    const std::string word = fmt::format("{:<7}", refuse ? refused : "change");
    out += Shown::of("{} {:<8} {}: {}\n", refuse ? coloured(word, Colour::red) : Shown(word), finding.part,
                     finding.where, finding.what);
    out += why_and_todo(finding, 17);
  }
  return out;
}

std::size_t refusals(const std::vector<CutoverFinding>& findings) {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [](const CutoverFinding& f) {
    return f.weight == CutoverFinding::Weight::refuse;
  }));
}

Shown subdomains_of(const Publication& wanted) {
  if (wanted.subdomains.empty()) return {};
  std::string out = "Each of these moves by itself:";
  for (const Name& name : wanted.subdomains) out += " " + name.to_string();
  return Shown::of("{}\n", out);
}

ordered_json findings_of(const std::vector<CutoverFinding>& findings) {
  ordered_json out = ordered_json::array();
  for (const CutoverFinding& finding : findings) {
    const bool refuse = finding.weight == CutoverFinding::Weight::refuse;
    ordered_json one{{"weight", refuse ? "refuse" : "change"},
                     {"part", finding.part},
                     {"where", finding.where},
                     {"what", finding.what}};
    if (!finding.todo.empty()) one["do"] = finding.todo.text();
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Shown to_text(const Publication& wanted, const CutoverReport& report, const std::string& directory) {
  Shown out = lines_of(report.findings, "refuse");
  out += Shown::of("{} looked for, {} live: {}\n", count_of(report.selectors, "selector"), report.live_selectors.size(),
                   report.live_selectors.empty() ? "none" : fmt::format("{}", fmt::join(report.live_selectors, " ")));
  out += Shown::of("{} judged by both sides\n", count_of(report.addresses, "address", "addresses"));
  out += subdomains_of(wanted);
  const std::string domain = wanted.domain.to_string();
  if (report.safe()) {
    CommandLine records({"emailauth", "records"});
    records.operand(domain);
    if (wanted.way == PointBy::cname) records.option("--way", "cname");
    return out + Shown::of("{}: nothing is in the way\nnext: {}\n", domain, in_directory(records, directory).text());
  }
  return out + Shown::of("{}: {} to fix before anything is changed\n", domain, refusals(report.findings));
}

Shown to_text(const Publication& wanted, const ArrivalReport& report) {
  Shown out = lines_of(report.findings, "fix");
  out += Shown::of("{} of {} in place, by {}; {} of name servers queried; {}\n", report.in_place,
                   count_of(report.records, "record"), report.way == PointBy::ns ? "delegation" : "CNAME",
                   count_of(report.servers, "address", "addresses"),
                   report.validated ? "DNSSEC validated" : "DNSSEC not validated (--trust-anchor does)");
  out += subdomains_of(wanted);
  const std::string domain = wanted.domain.to_string();
  if (report.good()) return out + Shown::of("{}: the move works\n", domain);
  return out + Shown::of("{}: {} to fix\n", domain, report.findings.size());
}

ordered_json to_json(const Publication& wanted, const CutoverReport& report) {
  ordered_json out{{"domain", wanted.domain.to_string()}, {"safe", report.safe()}};
  out["findings"] = findings_of(report.findings);
  out["selectors"] = {{"looked_for", report.selectors}, {"live", report.live_selectors}};
  out["addresses"] = report.addresses;
  out["subdomains"] = ordered_json::array();
  for (const Name& name : wanted.subdomains) out["subdomains"].push_back(name.to_string());
  return out;
}

ordered_json to_json(const Publication& wanted, const ArrivalReport& report) {
  ordered_json out{{"domain", wanted.domain.to_string()}, {"good", report.good()}};
  out["findings"] = findings_of(report.findings);
  out["way"] = report.way == PointBy::ns ? "ns" : "cname";
  out["records"] = {{"in_place", report.in_place}, {"wanted", report.records}};
  out["servers"] = report.servers;
  out["validated"] = report.validated;
  return out;
}

}  // namespace emailauth::cli
