#include <fmt/format.h>

#include <algorithm>

#include "policy/base/inert_text.h"
#include "policy/cli/reports/show_output.h"

namespace emailauth::cli {

namespace {

using Json = nlohmann::ordered_json;
using report::AuthenticationReport;
using report::NamedVolume;
using report::SourceReport;

Json json_of(const report::Volume& volume) {
  return {{"messages", volume.mails},
          {"dmarc_pass", volume.passed},
          {"spf_aligned", volume.spf},
          {"dkim_aligned", volume.dkim}};
}

Json json_of(const std::vector<NamedVolume>& volumes) {
  Json out = Json::array();
  for (const NamedVolume& one : volumes) {
    Json row{{"name", one.name}};
    row.update(json_of(one.volume));
    out.push_back(std::move(row));
  }
  return out;
}

Json json_of(const std::vector<report::DayVolume>& days) {
  Json out = Json::array();
  for (const report::DayVolume& day : days) {
    Json row{{"day", to_string(day.day)}};
    row.update(json_of(day.volume));
    out.push_back(std::move(row));
  }
  return out;
}

Json selectors_of(const SourceReport& source) {
  Json out = Json::array();
  for (const NamedVolume& one : source.selectors)
    out.push_back({{"name", one.name}, {"messages", one.volume.mails}, {"verified", one.volume.dkim}});
  return out;
}

Json json_of(const SourceReport& source) {
  Json out{{"kind", source.source.kind == report::SourceKind::possible ? "possible" : to_text(source.source.kind)},
           {"id", source.source.id},
           {"name", source.source.name},
           {"confidence", to_string(source.source.confidence)},
           {"evidence", source.source.evidence},
           {"in_policy", source.enabled}};
  out.update(json_of(source.volume));
  Json& dispositions = out["dispositions"] = Json::object();
  for (std::size_t i = 0; i < source.dispositions.size(); ++i) {
    const std::string_view name = to_text(static_cast<report::Disposition>(i));
    if (source.dispositions[i] > 0)
      dispositions[name.empty() ? "unspecified" : std::string(name)] = source.dispositions[i];
  }
  Json& why = out["why"] = Json::object();
  for (std::size_t i = 0; i < source.why.size(); ++i) {
    if (source.why[i] > 0) why[std::string(to_token(static_cast<report::Why>(i)))] = source.why[i];
  }
  out["first_seen"] = to_string(source.first_seen);
  out["last_seen"] = to_string(source.last_seen);
  out["new"] = source.is_new;
  out["vanished"] = source.has_vanished;
  out["addresses"] = json_of(source.addresses);
  out["selectors"] = selectors_of(source);
  out["return_paths"] = json_of(source.return_paths);
  out["receivers"] = json_of(source.receivers);
  out["days"] = json_of(source.days);
  return out;
}

// RFC 4180; a cell that a spreadsheet would read as a formula gets an apostrophe.
std::string cell(std::string_view text) {
  const std::string shown = inert(text);
  std::string out = "\"";
  if (!shown.empty() && std::string_view("=+-@").find(shown.front()) != std::string_view::npos) out += '\'';
  for (const char c : shown) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace

Json to_json(const AuthenticationReport& report) {
  Json out{{"domain", report.domain},
           {"since", to_string(report.since)},
           {"until", to_string(report.until)},
           {"first_stored", report.any_stored ? Json(to_string(report.first_stored)) : Json()},
           {"last_stored", report.any_stored ? Json(to_string(report.last_stored)) : Json()}};
  out.update(json_of(report.total));
  out["policies"] = report.policies;
  Json& sources = out["sources"] = Json::array();
  for (const SourceReport& source : report.sources) sources.push_back(json_of(source));
  out["days"] = json_of(report.days);
  out["receivers"] = json_of(report.receivers);
  Json faults = Json::array();
  for (const report::TlsFault& fault : report.tls_faults)
    faults.push_back({{"result_type", fault.result_type}, {"host", fault.receiving_host}, {"sessions", fault.count}});
  out["tls"] = {{"successes", report.tls_successes}, {"failures", report.tls_failures}, {"faults", faults}};
  out["failure_reports"] = report.failure_reports;
  return out;
}

Shown to_csv(const AuthenticationReport& report) {
  Shown out =
      Shown::of("domain,kind,id,name,confidence,in_policy,day,messages,dmarc_pass,spf_aligned,dkim_aligned\r\n");
  for (const SourceReport& source : report.sources) {
    const std::string head =
        fmt::format("{},{},{},{},{},{}", cell(report.domain), cell(to_text(source.source.kind)), cell(source.source.id),
                    cell(source.source.name), to_string(source.source.confidence), source.enabled ? "yes" : "no");
    for (const report::DayVolume& day : source.days) {
      out += Shown::of("{},{},{},{},{},{}\r\n", head, to_string(day.day), day.volume.mails, day.volume.passed,
                       day.volume.spf, day.volume.dkim);
    }
  }
  return out;
}

}  // namespace emailauth::cli
