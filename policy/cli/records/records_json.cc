#include "policy/cli/records/records_output.h"

namespace emailauth::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string_view to_text(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::lower: return "lower";
    case Change::Kind::remove: return "remove";
    case Change::Kind::publish: return "publish";
  }
  return "";
}

Json key_of(const RrsetKey& key) { return {{"name", key.name.to_string()}, {"type", emailauth::to_text(key.type)}}; }

Json changes_json(const PublicationStep& step, const RecordsPlan& plan) {
  Json out = Json::array();
  for (const Change& change : changes_of(step, plan)) {
    Json row{{"do", to_text(change.kind)}};
    row.update(key_of(change.key));
    if (change.ttl > 0) row["ttl"] = change.ttl;
    row["data"] = change.data;
    if (!change.keep.empty()) row["keep"] = change.keep;
    out.push_back(std::move(row));
  }
  for (const Name& name : step.sign) out.push_back({{"do", "sign"}, {"name", name.to_string()}});
  return out;
}

Json found_json(const std::vector<FoundRrset>& all) {
  Json out = Json::array();
  for (const FoundRrset& found : all) {
    Json row = key_of(found.key);
    row["ttl"] = found.ttl;
    row["data"] = found.data;
    out.push_back(std::move(row));
  }
  return out;
}

Json record_json(const PublishedRrset& rrset, const RrsetState* state) {
  Json out{{"part", emailauth::to_text(rrset.part)}};
  out.update(key_of(rrset.key));
  out["ttl"] = kPublishedTtl;
  out["data"] = rrset.data;
  out["why"] = rrset.why;
  if (state == nullptr) return out;
  out["state"] = emailauth::to_text(state->state);
  if (!state->detail.empty()) out["detail"] = state->detail;
  out["remove"] = found_json(state->remove);
  return out;
}

}  // namespace

Json to_json(const RecordsPlan& plan) {
  const Publication& wanted = plan.wanted;
  Json out{{"domain", wanted.domain.to_string()},
           {"zone", plan.zone.to_string()},
           {"mode", wanted.blocked ? "blocked" : "sending"},
           {"way", wanted.way == PointBy::ns ? "ns" : "cname"},
           {"file", wanted.file},
           {"line", wanted.line}};
  out["records"] = Json::array();
  for (std::size_t i = 0; i < wanted.rrsets.size(); ++i) {
    out["records"].push_back(record_json(wanted.rrsets[i], plan.state == nullptr ? nullptr : &plan.state->rrsets[i]));
  }
  out["steps"] = Json::array();
  for (const PublicationStep& step : plan.steps) {
    out["steps"].push_back({{"do", step.heading}, {"notes", step.notes}, {"changes", changes_json(step, plan)}});
  }
  out["subdomains"] = Json::array();
  for (const Name& name : wanted.subdomains) out["subdomains"].push_back(name.to_string());
  out["problems"] = wanted.problems;
  if (plan.state != nullptr) {
    out["lost_selectors"] = found_json(plan.state->lost_selectors);
    out["complete"] = plan.state->complete();
  }
  return out;
}

}  // namespace emailauth::cli
