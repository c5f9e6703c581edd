#include "policy/cli/message/mail_source.h"

#include <algorithm>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"

namespace emailauth::cli {

namespace {

report::Flow flow_of(const message::MessageReport& mail, const message::DmarcVerdict& verdict) {
  report::Flow out;
  if (mail.envelope.client) out.source = *mail.envelope.client;
  out.header_from = verdict.author.to_string();
  out.envelope_from = mail.envelope.mail_from.value_or("");
  for (const message::Alignment& one : verdict.alignments) {
    if (!one.aligned || !one.identifier.passes) continue;
    (one.identifier.dkim ? out.dkim_pass : out.spf_pass) = true;
  }
  for (const message::SignatureReport& one : mail.dkim.signatures) {
    if (!one.signature) continue;
    out.signatures.push_back({one.signature->domain.to_string(), one.signature->selector.to_string(),
                              report::parse_auth_result(message::to_text(one.result))});
  }
  if (mail.spf_mail_from) {
    out.spf.push_back({ascii_lower(mail.spf_mail_from->domain), report::SpfScope::mfrom,
                       report::parse_auth_result(spf::to_string(mail.spf_mail_from->verdict))});
  }
  return out;
}

}  // namespace

std::optional<report::Source> source_of(const message::MessageReport& mail, const report::KnownSources& known) {
  if (mail.dmarc.size() != 1) return std::nullopt;
  report::KnownSources with_name = known;
  if (mail.envelope.client && mail.reverse && mail.reverse->confirmed) {
    if (const auto name = Name::parse(mail.reverse->name)) with_name.names.emplace(*mail.envelope.client, *name);
  }
  return report::SourceIdentifier(with_name).identify(flow_of(mail, mail.dmarc.front()));
}

std::vector<std::string> key_dates(const message::MessageReport& mail, const DomainKnowledge& knowledge,
                                   std::int64_t now) {
  std::vector<std::string> out;
  if (!knowledge.policy || !knowledge.policy->dkim) return out;
  for (const message::SignatureReport& one : mail.dkim.signatures) {
    if (!one.signature || one.signature->domain.to_string() != knowledge.known.domain) continue;
    for (const DkimKey& key : knowledge.policy->dkim->keys) {
      if (key.selector != one.signature->selector || !key.created) continue;
      const auto days = (day_of(now) - *key.created).count();
      out.push_back("the key " + in_quotes(key.selector.to_string()) + " of the policy was created " +
                    to_string(*key.created) + ", " + count_of(days, "day") + " before");
    }
  }
  return out;
}

}  // namespace emailauth::cli
