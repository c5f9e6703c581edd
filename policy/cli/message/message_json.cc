#include <nlohmann/json.hpp>

#include "policy/base/utc_time.h"
#include "policy/cli/message/message_output.h"

namespace emailauth::cli {

namespace {

using Json = nlohmann::ordered_json;
using message::MessageReport;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json time_or_null(const std::optional<std::int64_t>& time) { return time ? Json(to_rfc3339(*time)) : Json(); }

Json origin_json(const MessageReport& report) {
  const message::Envelope& envelope = report.envelope;
  Json out{{"client", envelope.client ? Json(envelope.client->to_string()) : Json()},
           {"helo", envelope.helo},
           {"mail_from", or_null(envelope.mail_from)},
           {"hop", envelope.hop},
           {"hops", envelope.hops}};
  if (report.reverse) {
    const message::ReverseName& name = *report.reverse;
    out["name"] = {{"name", name.name}, {"confirmed", name.confirmed}, {"failed", name.failed}};
  }
  if (envelope.hop != 0) {
    const message::Received& hop = envelope.received;
    out["tls"] = {
        {"encrypted", hop.encrypted()}, {"version", hop.tls}, {"cipher", hop.cipher}, {"protocol", hop.protocol}};
  }
  return out;
}

Json spf_json(const std::optional<spf::Evaluation>& evaluation) {
  if (!evaluation) return Json();
  return {
      {"result", spf::to_string(evaluation->verdict)}, {"domain", evaluation->domain}, {"reason", evaluation->reason}};
}

Json signature_json(const message::SignatureReport& one) {
  Json out{{"result", message::to_text(one.result)},
           {"reason", one.reason},
           {"domain", one.name.domain},
           {"selector", one.name.selector}};
  if (one.signature) {
    const message::DkimSignature& signature = *one.signature;
    out["algorithm"] = signature.algorithm;
    out["canonicalization"] =
        std::string(message::to_text(signature.header)) + "/" + std::string(message::to_text(signature.body));
    out["identity"] = signature.identity;
    out["signed_fields"] = signature.fields;
    out["body_length"] = or_null(signature.length);
    out["signed_at"] = time_or_null(signature.signed_at);
    out["valid_until"] = time_or_null(signature.valid_until);
    out["key_bits"] = one.key_bits != 0 ? Json(one.key_bits) : Json();
    out["key_testing"] = one.testing;
  }
  out["remarks"] = one.remarks;
  return out;
}

Json dmarc_json(const message::DmarcVerdict& verdict) {
  Json alignments = Json::array();
  for (const message::Alignment& one : verdict.alignments)
    alignments.push_back({{"by", one.identifier.dkim ? "dkim" : "spf"},
                          {"domain", one.identifier.domain.to_string()},
                          {"result", one.identifier.result},
                          {"aligned", one.aligned},
                          {"why", one.why}});
  const bool found = !verdict.record.empty();
  return {{"domain", verdict.author.to_string()},
          {"result", message::to_text(verdict.result)},
          {"reason", verdict.reason},
          {"record", verdict.record},
          {"record_at", found ? Json(verdict.at.to_string()) : Json()},
          {"organisation", verdict.organisation.to_string()},
          {"tag", found ? Json(verdict.tag) : Json()},
          {"asked", found ? Json(emailauth::to_text(verdict.asked)) : Json()},
          {"applied", found ? Json(emailauth::to_text(verdict.action)) : Json()},
          {"testing", verdict.testing},
          {"strict", {{"dkim", verdict.strict_dkim}, {"spf", verdict.strict_spf}}},
          {"identifiers", alignments}};
}

}  // namespace

Json to_json(const JudgedMail& mail) {
  const MessageReport& report = mail.report;
  Json out{{"outcome", message::to_text(report.outcome)},
           {"because", report.because},
           {"from", report.authors},
           {"at", to_rfc3339(mail.now)},
           {"origin", origin_json(report)},
           {"spf", {{"helo", spf_json(report.spf_helo)}, {"mail_from", spf_json(report.spf_mail_from)}}}};
  out["sender"] = Json();
  if (mail.source)
    out["sender"] = {{"kind", report::to_text(mail.source->kind)},
                     {"id", mail.source->id},
                     {"name", mail.source->name},
                     {"confidence", to_string(mail.source->confidence)},
                     {"evidence", mail.source->evidence}};
  out["dkim"] = Json::array();
  for (const message::SignatureReport& one : report.dkim.signatures) out["dkim"].push_back(signature_json(one));
  Json sets = Json::array();
  for (const message::ArcSet& set : report.arc.sets)
    sets.push_back({{"instance", set.instance}, {"domain", set.domain}, {"selector", set.selector}, {"cv", set.cv}});
  out["arc"] = {{"verified", false}, {"sets", sets}, {"problem", report.arc.problem}};
  out["dmarc"] = Json::array();
  for (const message::DmarcVerdict& verdict : report.dmarc) out["dmarc"].push_back(dmarc_json(verdict));
  out["key_dates"] = mail.key_dates;
  out["remarks"] = report.remarks;
  return out;
}

}  // namespace emailauth::cli
