#include "policy/report/digest.h"

#include <algorithm>
#include <numeric>

#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

constexpr std::uint8_t kDkimPasses = 1;
constexpr std::uint8_t kSpfPasses = 2;

// Joins rows that do not differ in anything that is kept.
std::vector<FlowCount> joined(std::vector<FlowCount> rows) {
  const auto less = [](const FlowCount& a, const FlowCount& b) {
    return std::tie(a.flow, a.disposition) < std::tie(b.flow, b.disposition);
  };
  std::sort(rows.begin(), rows.end(), less);
  std::vector<FlowCount> out;
  for (FlowCount& row : rows) {
    if (!out.empty() && !less(out.back(), row))
      out.back().count += row.count;
    else
      out.push_back(std::move(row));
  }
  return out;
}

void add_tag(std::string& out, std::string_view tag, std::string_view value) {
  if (value.empty()) return;
  if (!out.empty()) out += "; ";
  ((out += tag) += '=') += value;
}

std::string_view letter(Alignment alignment) {
  switch (alignment) {
    case Alignment::unspecified: return "";
    case Alignment::relaxed: return "r";
    case Alignment::strict: return "s";
  }
  return {};
}

}  // namespace

FlowRow to_row(const Flow& flow) {
  const auto& octets = flow.source.octets();
  FlowRow out;
  out.source.assign(octets.begin(), octets.begin() + address_bits(flow.source.family()) / 8);
  out.header_from = flow.header_from;
  out.envelope_from = flow.envelope_from;
  out.verdict = static_cast<std::uint8_t>((flow.dkim_pass ? kDkimPasses : 0) | (flow.spf_pass ? kSpfPasses : 0));
  out.results = results_text(flow);
  return out;
}

Flow from_row(const FlowRow& row) {
  Flow out;
  std::array<std::uint8_t, 16> octets{};
  std::copy_n(row.source.begin(), std::min<std::size_t>(row.source.size(), 16), octets.begin());
  std::uint32_t v4 = 0;
  for (std::size_t i = 0; i < 4; ++i) v4 = v4 << 8 | octets[i];
  out.source = row.source.size() == 4 ? IpAddress::v4(v4) : IpAddress::v6(octets);
  out.header_from = row.header_from;
  out.envelope_from = row.envelope_from;
  out.dkim_pass = (row.verdict & kDkimPasses) != 0;
  out.spf_pass = (row.verdict & kSpfPasses) != 0;
  parse_results(row.results, out);
  return out;
}

std::uint64_t AggregateDigest::messages() const {
  return std::accumulate(flows.begin(), flows.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const FlowCount& row) { return sum + row.count; });
}

AggregateDigest digest_of(const AggregateReport& report, OrganizationalDomains& organizations) {
  AggregateDigest out;
  out.key = {ascii_lower(report.organisation), report.policy.domain, report.id, report.begin};
  out.end = report.end;
  out.day = day_of(report.begin + (report.end - report.begin) / 2);
  out.policy = policy_text(report.policy);
  std::vector<FlowCount> rows;
  rows.reserve(report.records.size());
  for (const AggregateRecord& record : report.records)
    rows.push_back({to_row(flow_of(record, report.policy, organizations)), record.disposition, record.count});
  out.flows = joined(std::move(rows));
  return out;
}

ReportKey key_of(const TlsReport& report) {
  return {ascii_lower(report.organisation), report.domain(), report.id, report.begin};
}

std::string policy_text(const PublishedPolicy& policy) {
  std::string out;
  add_tag(out, "p", to_text(policy.p));
  add_tag(out, "sp", to_text(policy.sp));
  add_tag(out, "np", to_text(policy.np));
  add_tag(out, "adkim", letter(policy.adkim));
  add_tag(out, "aspf", letter(policy.aspf));
  add_tag(out, "t", policy.testing ? "y" : "");
  if (const auto percent = whole_number(policy.pct); percent && *percent < 100)
    add_tag(out, "pct", std::to_string(*percent));
  return out;
}

}  // namespace emailauth::report
