#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/reports/show_output.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

namespace {

using report::AuthenticationReport;
using report::NamedVolume;
using report::SourceReport;
using report::Volume;

constexpr std::size_t kTextReceivers = 10;
constexpr std::size_t kTextStrangers = 15;  // sources that are neither services nor the owner's

// Returns the number of characters on the screen, where one column is enough for each that we print.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = width_of(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

Colour colour_of(double pass_percent) {
  return pass_percent >= 95 ? Colour::green : pass_percent >= 50 ? Colour::yellow : Colour::red;
}

// One character per day (or per few days): how much of the mail passed.
std::string trend(const std::vector<report::DayVolume>& days, Day since, Day until) {
  constexpr int kColumns = 60;
  constexpr const char* kLevels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto span = static_cast<int>((until - since).count()) + 1;
  const int columns = std::min(span, kColumns);
  std::vector<Volume> sums(static_cast<std::size_t>(columns));
  for (const report::DayVolume& day : days)
    sums[static_cast<std::size_t>((day.day - since).count() * columns / span)].add(day.volume);
  std::string out;
  for (const Volume& sum : sums) {
    const auto level = static_cast<std::size_t>(std::min(7.0, sum.pass_percent() * 8 / 100));
    out += sum.mails == 0 ? "·" : kLevels[level];
  }
  return out;
}

void add_source(const SourceReport& source, Shown& out) {
  const Volume& volume = source.volume;
  const std::string pass = volume.mails == 0 ? "-" : report::percent_text(volume.pass_percent());
  out += Shown::of("  {} {:>11}  {}  {:>6}  {:>6}  {}\n", padded(printable(source.source.name), 32),
                   grouped(volume.mails), coloured(fmt::format("{:>6}", pass), colour_of(volume.pass_percent())),
                   report::percent_text(volume.spf, volume.mails), report::percent_text(volume.dkim, volume.mails),
                   remarks_of(source));
  for (const std::string& reason : reasons_of(source)) out += Shown::of("      {}\n", reason);
}

void add_group(const AuthenticationReport& report, const char* title, report::SourceKind kind, std::size_t most,
               Shown& out) {
  std::vector<const SourceReport*> group;
  for (const SourceReport& source : report.sources) {
    if (source.source.kind == kind) group.push_back(&source);
  }
  if (group.empty()) return;
  out += Shown::of("\n{}   messages    pass     SPF    DKIM\n", coloured(padded(title, 34), Colour::bold));
  for (std::size_t i = 0; i < group.size() && i < most; ++i) add_source(*group[i], out);
  if (group.size() > most) out += Shown::of("  … and {} more; --json and --csv have all\n", group.size() - most);
}

void add_tls(const AuthenticationReport& report, Shown& out) {
  if (report.tls_successes + report.tls_failures == 0) return;
  out += Shown::of("\nTLS to your mail servers: {} of {} sessions failed\n", grouped(report.tls_failures),
                   grouped(report.tls_successes + report.tls_failures));
  for (std::size_t i = 0; i < report.tls_faults.size() && i < kTextReceivers; ++i) {
    const report::TlsFault& fault = report.tls_faults[i];
    out += Shown::of("  {:>11}  {} at {}\n", grouped(fault.count), printable(fault.result_type),
                     fault.receiving_host.empty() ? "an unnamed host" : printable(fault.receiving_host));
  }
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

std::string remarks_of(const SourceReport& source) {
  std::string out;
  const auto add = [&out](const std::string& remark) { out += (out.empty() ? "" : ", ") + remark; };
  if (source.source.kind == report::SourceKind::service && !source.enabled) add("not in the policy");
  if (source.is_new) add("new since " + to_string(source.first_seen));
  if (source.has_vanished) add("last seen " + to_string(source.last_seen));
  return out;
}

std::string nothing_reported(const AuthenticationReport& report) {
  if (!report.any_stored) return "there are no aggregate reports about the domain";
  return "no messages were reported in this time; reports reach from " + to_string(report.first_stored) + " to " +
         to_string(report.last_stored);
}

std::vector<std::string> reasons_of(const SourceReport& source) {
  std::vector<std::pair<std::uint64_t, std::string>> reasons;
  for (std::size_t i = 0; i < source.why.size(); ++i) {
    if (source.why[i] > 0)
      reasons.emplace_back(
          source.why[i], fmt::format("{} ({})", report::to_text(static_cast<report::Why>(i)), grouped(source.why[i])));
  }
  std::stable_sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> out;
  for (auto& [count, text] : reasons) out.push_back(std::move(text));
  return out;
}

Shown to_text(const AuthenticationReport& report) {
  Shown out = Shown::of("{}, {} to {}\n", coloured("Who sends as " + report.domain, Colour::bold),
                        to_string(report.since), to_string(report.until));
  if (report.total.mails == 0) out += Shown::of("{}\n", nothing_reported(report));
  if (report.total.mails > 0) {
    out += Shown::of("{} {}, {} passed DMARC (SPF {}, DKIM {})\n", grouped(report.total.mails),
                     word_for(report.total.mails, "message", "messages"),
                     report::percent_text(report.total.pass_percent()),
                     report::percent_text(report.total.spf, report.total.mails),
                     report::percent_text(report.total.dkim, report.total.mails));
    out += Shown::of("passing day by day: {}\n", trend(report.days, report.since, report.until));
  }
  if (!report.policies.empty())
    out += Shown::of("policy that receivers saw last: {}\n", printable(report.policies.back()));
  constexpr std::size_t kAll = 10000;
  add_group(report, "Your own servers", report::SourceKind::internal, kAll, out);
  add_group(report, "Services", report::SourceKind::service, kAll, out);
  add_group(report, "Forwarders (your mail, passed on)", report::SourceKind::forwarder, kTextStrangers, out);
  add_group(report, "Possible senders", report::SourceKind::possible, kTextStrangers, out);
  add_group(report, "Unknown", report::SourceKind::unknown, kTextStrangers, out);
  if (!report.receivers.empty()) {
    out += Shown::of("\n{}   messages    pass\n", coloured(padded("Receivers", 34), Colour::bold));
    for (std::size_t i = 0; i < report.receivers.size() && i < kTextReceivers; ++i) {
      const NamedVolume& one = report.receivers[i];
      out += Shown::of("  {} {:>11}  {:>6}\n", padded(printable(one.name), 32), grouped(one.volume.mails),
                       report::percent_text(one.volume.pass_percent()));
    }
  }
  add_tls(report, out);
  if (report.failure_reports > 0) out += Shown::of("\n{} failure reports\n", grouped(report.failure_reports));
  return out;
}

}  // namespace emailauth::cli
