#include <fmt/format.h>

#include <algorithm>

#include "policy/base/count.h"
#include "policy/cli/reports/html_parts.h"
#include "policy/cli/reports/show_output.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

namespace {

using report::AuthenticationReport;
using report::NamedVolume;
using report::SourceReport;
using report::Volume;

constexpr std::size_t kPageStrangers = 50;  // sources that are neither services nor the owner's
constexpr std::size_t kPageReceivers = 25;
constexpr std::size_t kMostDetails = 20;  // addresses, selectors of one source

// A cell of a table, with its heading repeated for narrow screens.
std::string cell(const char* label, const std::string& content, const char* kind = "n") {
  return fmt::format(R"(<td class="{}" data-label="{}">{}</td>)", kind, label, content);
}

std::string volume_cells(const Volume& volume) {
  return cell("Messages", grouped(volume.mails)) +
         cell("Passed", volume.mails == 0 ? "–" : report::percent_text(volume.pass_percent()) + pass_bar(volume)) +
         cell("SPF", report::percent_text(volume.spf, volume.mails)) +
         cell("DKIM", report::percent_text(volume.dkim, volume.mails));
}

std::string tile(const std::string& number, const std::string& text) {
  return fmt::format("<li><b>{}</b>{}</li>", html_escape(number), html_escape(text));
}

std::string head_of(const AuthenticationReport& report) {
  const std::string title = "Who sends as " + html_escape(report.domain);
  return fmt::format(
      R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>{0}, {1} to {2}</title><style>{3}</style></head>
<body><header><h1>{0}</h1><p class="soft">{1} to {2}, as receivers report it</p></header><main>
)",
      title, to_string(report.since), to_string(report.until), html_style());
}

std::string tiles_of(const AuthenticationReport& report) {
  const Volume& total = report.total;
  const auto legitimate =
      static_cast<std::size_t>(std::count_if(report.sources.begin(), report.sources.end(), [](const SourceReport& one) {
        return one.is_legitimate() && one.volume.mails > 0;
      }));
  std::string out = R"(<ul class="tiles">)" + tile(grouped(total.mails), "messages");
  out += tile(total.mails == 0 ? "–" : report::percent_text(total.pass_percent()), "passed DMARC");
  out += tile(std::to_string(legitimate), "services and own servers");
  out += tile(grouped(report.receivers.size()), "receivers reported");
  if (report.policy) out += tile(std::string(to_text(report.policy->p)), "is the policy that receivers see");
  return out + "</ul>";
}

std::string days_of(const AuthenticationReport& report) {
  if (report.days.empty()) return "<p>" + nothing_reported(report) + "</p>\n";
  std::string out = R"(<section aria-labelledby="by-day"><h2 id="by-day">Day by day</h2>)";
  out += R"(<p class="key soft" aria-hidden="true"><i></i><span>passed</span><i></i><span>failed</span></p>)";
  out += day_chart(report.days, report.since, report.until);
  out +=
      "<details><summary>The same as a table</summary><table><thead><tr><th scope=\"col\">Day</th><th scope=\"col\" "
      "class=\"n\">Messages</th><th scope=\"col\" class=\"n\">Passed</th><th scope=\"col\" class=\"n\">SPF</th><th "
      "scope=\"col\" class=\"n\">DKIM</th></tr></thead><tbody>";
  for (const report::DayVolume& day : report.days)
    out += fmt::format(R"(<tr><th scope="row">{}</th>{}</tr>)", to_string(day.day), volume_cells(day.volume));
  return out + "</tbody></table></details></section>\n";
}

std::string list_of(const char* title, const std::vector<NamedVolume>& names, bool verified) {
  if (names.empty()) return {};
  std::string out = fmt::format("<p class=\"soft\">{}</p><ul>", title);
  for (std::size_t i = 0; i < names.size() && i < kMostDetails; ++i) {
    const NamedVolume& one = names[i];
    out += verified ? fmt::format("<li>{}: {} {}, {} verified</li>", html_escape(one.name), grouped(one.volume.mails),
                                  word_for(one.volume.mails, "message", "messages"),
                                  report::percent_text(one.volume.dkim, one.volume.mails))
                    : fmt::format("<li>{}: {} {}, {} passed</li>", html_escape(one.name), grouped(one.volume.mails),
                                  word_for(one.volume.mails, "message", "messages"),
                                  report::percent_text(one.volume.pass_percent()));
  }
  if (names.size() > kMostDetails) out += "<li>… and more</li>";
  return out + "</ul>";
}

std::string details_of(const AuthenticationReport& report, const SourceReport& source) {
  std::string out = fmt::format("<details><summary>{}</summary>", html_escape(source.source.name));
  out += spark_line(source.days, report.since, report.until);
  out += fmt::format("<p>Confidence {}; first seen {}, last seen {}.</p><ul>", to_string(source.source.confidence),
                     to_string(source.first_seen), to_string(source.last_seen));
  for (const std::string& evidence : source.source.evidence) out += "<li>" + html_escape(evidence) + "</li>";
  out += "</ul>";
  out += list_of("Signatures for the domain", source.selectors, true);
  out += list_of("Return paths", source.return_paths, false);
  out += list_of("Addresses", source.addresses, false);
  return out + list_of("Receivers", source.receivers, false) + "</details>\n";
}

std::string row_of(const SourceReport& source) {
  std::string reasons;
  for (const std::string& reason : reasons_of(source)) reasons += (reasons.empty() ? "" : "<br>") + html_escape(reason);
  const std::string remarks = remarks_of(source);
  return fmt::format(R"(<tr><th scope="row">{}{}</th>{}{}</tr>)", html_escape(source.source.name),
                     remarks.empty() ? "" : "<span class=\"mark\">" + html_escape(remarks) + "</span>",
                     volume_cells(source.volume), cell("Why mail fails", reasons, "wide"));
}

std::string group_of(const AuthenticationReport& report, const char* title, const char* about, report::SourceKind kind,
                     std::size_t most) {
  std::string rows;
  std::string details;
  std::size_t count = 0;
  for (const SourceReport& source : report.sources) {
    if (source.source.kind != kind || ++count > most) continue;
    rows += row_of(source);
    details += details_of(report, source);
  }
  if (count == 0) return {};
  const std::string more = count > most ? fmt::format("<p class=\"soft\">… and {} more</p>", count - most) : "";
  return fmt::format(
      R"(<section><h2>{}</h2><table><caption>{}</caption><thead><tr><th scope="col">Source</th><th scope="col" class="n">Messages</th><th scope="col" class="n">Passed</th><th scope="col" class="n">SPF</th><th scope="col" class="n">DKIM</th><th scope="col">Why mail fails</th></tr></thead><tbody>{}</tbody></table>{}{}</section>
)",
      title, about, rows, more, details);
}

std::string receivers_of(const AuthenticationReport& report) {
  if (report.receivers.empty()) return {};
  std::string out =
      R"(<section><h2>Receivers</h2><table><caption>Who reports, and how much of the mail passed there</caption><thead><tr><th scope="col">Receiver</th><th scope="col" class="n">Messages</th><th scope="col" class="n">Passed</th><th scope="col" class="n">SPF</th><th scope="col" class="n">DKIM</th></tr></thead><tbody>)";
  for (std::size_t i = 0; i < report.receivers.size() && i < kPageReceivers; ++i)
    out += fmt::format(R"(<tr><th scope="row">{}</th>{}</tr>)", html_escape(report.receivers[i].name),
                       volume_cells(report.receivers[i].volume));
  return out + "</tbody></table></section>\n";
}

std::string tls_of(const AuthenticationReport& report) {
  const std::uint64_t sessions = report.tls_successes + report.tls_failures;
  if (sessions == 0) return {};
  std::string out = fmt::format("<section><h2>TLS to your mail servers</h2><p>{} of {} sessions failed.</p><ul>",
                                grouped(report.tls_failures), grouped(sessions));
  for (std::size_t i = 0; i < report.tls_faults.size() && i < kMostDetails; ++i) {
    const report::TlsFault& fault = report.tls_faults[i];
    out += fmt::format("<li>{} at {}: {} sessions</li>", html_escape(fault.result_type),
                       fault.receiving_host.empty() ? "an unnamed host" : html_escape(fault.receiving_host),
                       grouped(fault.count));
  }
  return out + "</ul></section>\n";
}

}  // namespace

std::string to_html(const AuthenticationReport& report) {
  using report::SourceKind;
  constexpr std::size_t kAll = 10000;
  std::string out = head_of(report) + tiles_of(report) + days_of(report);
  out += group_of(report, "Your own servers", "In the policy’s netblocks, or signed with its own keys",
                  SourceKind::internal, kAll);
  out += group_of(report, "Services", "In the policy or the catalogue", SourceKind::service, kAll);
  out += group_of(report, "Forwarders", "They pass on your mail: DKIM survives, SPF does not", SourceKind::forwarder,
                  kPageStrangers);
  out += group_of(report, "Possible senders",
                  "Authenticated, but by a domain that we do not know: yours, if you know them", SourceKind::possible,
                  kPageStrangers);
  out += group_of(report, "Unknown", "Nothing about this mail is authenticated: mostly forged", SourceKind::unknown,
                  kPageStrangers);
  out += receivers_of(report) + tls_of(report);
  if (report.failure_reports > 0)
    out += fmt::format("<p>{} failure reports arrived in this time.</p>\n", grouped(report.failure_reports));
  return out + "</main><footer><p class=\"soft\">Created by emailauth reports show.</p></footer></body></html>\n";
}

}  // namespace emailauth::cli
