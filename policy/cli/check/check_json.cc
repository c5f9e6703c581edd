#include "policy/cli/check/check_output.h"

namespace emailauth::cli {

namespace {

using nlohmann::ordered_json;

ordered_json tree_of(const check::SpfNode& node) {
  ordered_json out;
  if (!node.term.empty()) out["term"] = node.term;
  out["name"] = node.name;
  if (!node.record.empty()) out["record"] = node.record;
  out["lookups"] = node.lookups;
  out["void_lookups"] = node.void_lookups;
  if (!node.note.empty()) out["note"] = node.note;
  for (const check::SpfNode& child : node.below) out["terms"].push_back(tree_of(child));
  return out;
}

ordered_json name_or_null(const std::optional<Name>& name) {
  return name ? ordered_json(name->to_string()) : ordered_json(nullptr);
}

ordered_json dmarc_of(const check::DmarcReport& dmarc) {
  ordered_json out;
  if (dmarc.record.empty()) return out;
  out["record"] = dmarc.record;
  out["at"] = dmarc.at.to_string();
  out["policy"] = to_text(dmarc.policy);
  out["subdomain_policy"] = to_text(dmarc.subdomain_policy);
  out["organisation_by_tree_walk"] = name_or_null(dmarc.organisation_by_walk);
  out["organisation_by_public_suffix_list"] = name_or_null(dmarc.organisation_by_list);
  return out;
}

ordered_json dkim_of(const check::DkimReport& dkim) {
  ordered_json keys = ordered_json::array();
  for (const check::DkimReport::Key& key : dkim.keys) {
    ordered_json one = {{"selector", key.selector.to_string()},
                        {"type", key.type},
                        {"bits", key.bits},
                        {"revoked", key.revoked},
                        {"testing", key.testing}};
    if (key.alias) one["cname"] = key.alias->to_string();
    keys.push_back(std::move(one));
  }
  ordered_json out = {{"keys", std::move(keys)}, {"selectors_looked_for", dkim.looked_for}};
  if (!dkim.any_selector.empty()) out["other_selectors"] = dkim.any_selector;
  return out;
}

void add_facts(const check::DomainReport& report, ordered_json& out) {
  out["dnssec"] = to_text(report.dnssec);
  for (const auto& [name, state] : report.depends_on) out["dnssec_on_the_way"][name.to_string()] = to_text(state);
  out["mx"] = ordered_json::array();
  for (const Name& host : report.mx.hosts) out["mx"].push_back(host.to_string());
  if (report.spf.tree)
    out["spf"] = tree_of(report.spf.tree->root);
  else if (!report.spf.record.empty())
    out["spf"] = {{"record", report.spf.record}};
  if (ordered_json dmarc = dmarc_of(report.dmarc); !dmarc.is_null()) out["dmarc"] = std::move(dmarc);
  out["dkim"] = dkim_of(report.dkim);
  if (!report.services.bimi.empty()) out["bimi"] = report.services.bimi;
  if (!report.services.mta_sts.empty()) out["mta_sts"] = report.services.mta_sts;
  if (!report.services.tls_rpt.empty()) out["tls_rpt"] = report.services.tls_rpt;
  out["hosted_by"] = ordered_json::array();
  for (const check::Host& host : report.hosts)
    out["hosted_by"].push_back({{"service", host.service}, {"part", host.part}, {"evidence", host.evidence}});
}

}  // namespace

ordered_json to_json(const check::Finding& finding) {
  return {{"name", finding.kind->name},
          {"severity", to_text(finding.severity())},
          {"at", finding.where},
          {"what", finding.what},
          {"why", finding.why},
          {"instead", finding.todo.text()},
          {"reference", finding.kind->reference}};
}

ordered_json to_json(const check::DomainReport& report) {
  ordered_json out = {{"domain", report.domain.to_string()}};
  if (report.answered) add_facts(report, out);
  out["findings"] = ordered_json::array();
  for (const check::Finding& finding : report.findings.all()) out["findings"].push_back(to_json(finding));
  return out;
}

}  // namespace emailauth::cli
