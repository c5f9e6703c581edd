#include "policy/cli/report_database/history_reader.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "policy/base/diagnostic.h"
#include "policy/report/digest.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

namespace {

using sqlite::Statement;
using sqlite::Use;

// A receiver or a flow that is missing or damaged; remembered, so that it is counted once.
constexpr std::uint32_t kUnusable = IdMap::kNone - 1;

// Reads a stored flow; refuses the row if flow_of() could not have made it.
report::Flow read_flow(StoredRow& row) {
  report::FlowRow stored;
  stored.source = row.octets(1, "source");
  if (stored.source.size() != 4 && stored.source.size() != 16)
    row.refuse("source has " + std::to_string(stored.source.size()) + " octets, not 4 or 16");
  stored.header_from = row.text(2, "header_from");
  stored.envelope_from = row.text(3, "envelope_from");
  stored.verdict = static_cast<std::uint8_t>(row.number(4, "verdict", 0, 3));
  stored.results = row.text(5, "results", kMostResults);
  report::Flow out = report::from_row(stored);
  if (out.signatures.size() > report::kMaxResults || out.spf.size() > report::kMaxResults)
    row.refuse("results hold more than " + std::to_string(report::kMaxResults) + " of one kind");
  else if (report::results_text(out) != stored.results)
    row.refuse("results " + in_quotes(stored.results.substr(0, 40)) + " are not readable");
  return out;
}

}  // namespace

StoredReport read_report(StoredRow& row, int first) {
  StoredReport out;
  out.id = row.id(first, "id");
  out.kind = row.number(first + 1, "kind", 1, 3);
  out.organisation = row.id(first + 2, "organisation");
  out.report_id = row.text(first + 3, "report_id");
  out.begin = row.number(first + 4, "begin", 0, kMostTime);
  out.end = row.number(first + 5, "end", 0, kMostTime);
  out.day = row.day(first + 6);
  out.policy = row.number(first + 7, "policy", 0, kMostId);
  out.messages = row.number(first + 8, "messages", 0, kMostStored);
  return out;
}

report::History HistoryReader::read(const std::string& domain, std::int64_t id) {
  out_.domain = domain;
  domain_ = id;
  read_reports();
  read_facts();
  read_flows();
  drop_facts_without_flow();
  read_policies();
  read_tls_days();
  read_tls_faults();
  read_failures();
  return std::move(out_);
}

void HistoryReader::read_reports() {
  Statement list =
      database_.prepare((std::string("SELECT ") + kReportColumns + " FROM report WHERE domain = ?").c_str());
  list.bind(0, domain_);
  while (list.next()) {
    StoredRow row(list, "report");
    StoredReport report = read_report(row);
    if (!row.is_sound(damage_)) continue;
    report_places_.set(report.id, static_cast<std::uint32_t>(reports_.size()));
    reports_.push_back(std::move(report));
  }
}

const StoredReport* HistoryReader::report_of(std::int64_t id, ReportKind kind) const {
  const std::uint32_t place = report_places_.find(id);
  if (place == IdMap::kNone || reports_[place].kind != static_cast<std::int64_t>(kind)) return nullptr;
  return &reports_[place];
}

// Returns nullopt if there is no such name, or if it is damaged.
const std::string* HistoryReader::name(std::int64_t id) {
  const auto [known, is_new] = names_.try_emplace(id);
  std::optional<std::string>& out = known->second;
  if (!is_new) return out ? &*out : nullptr;
  Statement find = database_.prepare("SELECT text FROM name WHERE id = ?");
  find.bind(0, id);
  if (find.next()) {
    StoredRow row(find, "name");
    std::string text = row.text(0, "text");
    if (row.is_sound(damage_)) out = std::move(text);
  }
  return out ? &*out : nullptr;
}

// Returns the place of a name in the history's receivers, or kUnusable.
std::uint32_t HistoryReader::receiver(std::int64_t id) {
  if (const std::uint32_t known = receiver_places_.find(id); known != IdMap::kNone) return known;
  const std::string* text = name(id);
  const auto place = text == nullptr ? kUnusable : static_cast<std::uint32_t>(out_.receivers.size());
  if (text != nullptr) out_.receivers.push_back(*text);
  receiver_places_.set(id, place);
  return place;
}

// Keeps sums exact, whoever wrote the numbers.
bool HistoryReader::adds_up(std::int64_t count) {
  if (count > kMostTotal - total_) return false;
  total_ += count;
  return true;
}

void HistoryReader::read_facts() {
  Statement facts = database_.prepare(
      "SELECT day, receiver, flow, disposition, count FROM fact WHERE domain = ? ORDER BY domain, day, receiver, flow, "
      "disposition");
  facts.bind(0, domain_);
  std::uint32_t flows = 0;
  Day last{};
  while (facts.next()) {
    StoredRow row(facts, "fact");
    report::Fact fact;
    fact.day = row.day(0);
    const std::int64_t from = row.id(1, "receiver");
    const std::int64_t flow = row.id(2, "flow");
    fact.disposition = row.disposition(3);
    const std::int64_t count = row.number(4, "count", 0, kMostStored);
    if (fact.day < last) row.refuse("day " + to_string(fact.day) + " is out of order");
    if (!row.is_sound(damage_)) continue;
    last = fact.day;
    fact.receiver = receiver(from);
    if (fact.receiver == kUnusable) row.refuse("receiver " + std::to_string(from) + " has no name");
    if (!adds_up(count)) row.refuse("count " + std::to_string(count) + " is more than is possible with the others");
    if (!row.is_sound(damage_)) continue;
    fact.count = static_cast<std::uint64_t>(count);
    fact.flow = flow_places_.find(flow);
    if (fact.flow == IdMap::kNone) flow_places_.set(flow, fact.flow = flows++);
    out_.facts.push_back(fact);
  }
  out_.flows.resize(flows);
  flow_is_read_.resize(flows);
}

// If most flows belong to this domain, a scan over all is quicker than looking each up.
void HistoryReader::read_flows() {
  constexpr const char* kColumns = "SELECT id, source, header_from, envelope_from, verdict, results FROM flow";
  const auto take = [&](const Statement& statement) {
    StoredRow row(statement, "flow");
    const std::uint32_t place = flow_places_.find(row.id(0, "id"));
    if (place == IdMap::kNone) return;
    report::Flow flow = read_flow(row);
    if (!row.is_sound(damage_)) return;
    out_.flows[place] = std::move(flow);
    flow_is_read_[place] = true;
  };
  const std::vector<std::int64_t> wanted = flow_places_.ids();
  if (wanted.empty()) return;
  if (static_cast<std::uint64_t>(wanted.back() - wanted.front()) < wanted.size() * 4) {
    Statement scan = database_.prepare((std::string(kColumns) + " WHERE id BETWEEN ? AND ?").c_str());
    scan.bind(0, wanted.front()).bind(1, wanted.back());
    while (scan.next()) take(scan);
    return;
  }
  Statement find = database_.prepare((std::string(kColumns) + " WHERE id = ?").c_str());
  for (const std::int64_t id : wanted) {
    Use use(find);
    use->bind(0, id);
    if (use->next()) take(find);
  }
}

void HistoryReader::drop_facts_without_flow() {
  if (std::find(flow_is_read_.begin(), flow_is_read_.end(), false) == flow_is_read_.end()) return;
  std::vector<std::uint32_t> moved(out_.flows.size(), kUnusable);
  std::vector<report::Flow> kept;
  for (std::size_t i = 0; i < out_.flows.size(); ++i) {
    if (!flow_is_read_[i]) continue;
    moved[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(out_.flows[i]));
  }
  out_.flows = std::move(kept);
  std::erase_if(out_.facts, [&](report::Fact& fact) {
    fact.flow = moved[fact.flow];
    if (fact.flow == kUnusable) damage_.add("fact: its flow is missing or damaged");
    return fact.flow == kUnusable;
  });
}

void HistoryReader::read_policies() {
  std::vector<std::tuple<Day, std::int64_t, std::int64_t>> seen;  // day, organisation, policy
  for (const StoredReport& report : reports_) {
    if (report.kind == static_cast<std::int64_t>(ReportKind::aggregate) && report.policy != 0)
      seen.emplace_back(report.day, report.organisation, report.policy);
  }
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  for (const auto& [day, organisation, policy] : seen) {
    const std::string* text = name(policy);
    const std::uint32_t from = receiver(organisation);
    if (text == nullptr || from == kUnusable)
      damage_.add("report: its policy or organisation has no name");
    else
      out_.policies.push_back({day, from, *text});
  }
}

void HistoryReader::read_tls_days() {
  struct Sums {
    std::int64_t successes = 0;
    std::int64_t failures = 0;
  };
  std::map<std::tuple<Day, std::uint32_t, std::string>, Sums> sums;  // by day, receiver and type
  Statement list = database_.prepare(
      "SELECT tls_policy.report, type, successes, failures FROM report JOIN tls_policy ON tls_policy.report = "
      "report.id "
      "WHERE report.domain = ?");
  list.bind(0, domain_);
  while (list.next()) {
    StoredRow row(list, "tls_policy");
    const StoredReport* report = report_of(row.id(0, "report"), ReportKind::tls);
    const std::string type = row.text(1, "type");
    const std::int64_t successes = row.number(2, "successes", 0, kMostStored);
    const std::int64_t failures = row.number(3, "failures", 0, kMostStored);
    const std::uint32_t from = report == nullptr ? kUnusable : receiver(report->organisation);
    if (from == kUnusable) row.refuse("its report is not a TLS report, or is damaged");
    if (!adds_up(successes) || !adds_up(failures)) row.refuse("sessions are more than is possible with the others");
    if (!row.is_sound(damage_)) continue;
    Sums& sum = sums[{report->day, from, type}];
    sum.successes += successes;
    sum.failures += failures;
  }
  for (const auto& [key, sum] : sums) {
    const auto& [day, from, type] = key;
    out_.tls.push_back({day, out_.receivers[from], type, static_cast<std::uint64_t>(sum.successes),
                        static_cast<std::uint64_t>(sum.failures)});
  }
}

void HistoryReader::read_tls_faults() {
  std::map<std::tuple<Day, std::string, std::string>, std::int64_t> sums;  // by day, result and host
  Statement list = database_.prepare(
      "SELECT tls_failure.report, result_type, receiving_host, count FROM report JOIN tls_failure "
      "ON tls_failure.report = report.id WHERE report.domain = ?");
  list.bind(0, domain_);
  while (list.next()) {
    StoredRow row(list, "tls_failure");
    const StoredReport* report = report_of(row.id(0, "report"), ReportKind::tls);
    const std::string result = row.text(1, "result_type");
    const std::string host = row.text(2, "receiving_host");
    const std::int64_t count = row.number(3, "count", 0, kMostStored);
    if (report == nullptr) row.refuse("its report is not a TLS report, or is damaged");
    if (!adds_up(count)) row.refuse("sessions are more than is possible with the others");
    if (row.is_sound(damage_)) sums[{report->day, result, host}] += count;
  }
  for (const auto& [key, sum] : sums)
    out_.tls_faults.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), static_cast<std::uint64_t>(sum)});
  std::stable_sort(out_.tls_faults.begin(), out_.tls_faults.end(),
                   [](const report::TlsFault& a, const report::TlsFault& b) {
                     return a.day != b.day ? a.day < b.day : a.count > b.count;
                   });
}

void HistoryReader::read_failures() {
  Statement list = database_.prepare(
      "SELECT failure.report, source, auth_failure FROM report JOIN failure ON failure.report = report.id "
      "WHERE domain = ? ORDER BY day, report.id");
  list.bind(0, domain_);
  while (list.next()) {
    StoredRow row(list, "failure");
    const StoredReport* report = report_of(row.id(0, "report"), ReportKind::failure);
    const std::string source = row.text(1, "source");
    const std::string auth_failure = row.text(2, "auth_failure", kMostText);
    const std::uint32_t from = report == nullptr ? kUnusable : receiver(report->organisation);
    if (from == kUnusable) row.refuse("its report is not a failure report, or is damaged");
    if (!row.is_sound(damage_)) continue;
    out_.failures.push_back({report->day, out_.receivers[from], source, auth_failure});
  }
  std::stable_sort(out_.failures.begin(), out_.failures.end(),
                   [](const report::FailureSeen& a, const report::FailureSeen& b) { return a.day < b.day; });
}

}  // namespace emailauth::cli
