#include "policy/check/dmarc_meaning.h"
#include "policy/import/import_context.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

namespace {

constexpr const char* kDmarcPart = "DMARC";

void say_who_answers(const ImportContext& context, const Name& where) {
  const DnsAnswer alias = context.dns.ask(where, RecordType::cname);
  if (!alias.names.empty())
    context.note(kDmarcPart, where,
                 "it is a CNAME to " + alias.names.front().to_string() + "; what its target says now is kept");
}

ordered_json legacy_of(const DmarcPolicy& policy) {
  ordered_json legacy;
  if (policy.legacy.pct && !policy.testing) legacy["pct"] = *policy.legacy.pct;
  if (policy.legacy.ri) legacy["ri"] = *policy.legacy.ri;
  if (!policy.legacy.rf.empty()) legacy["rf"] = policy.legacy.rf;
  return legacy;
}

ordered_json written(const DmarcPolicy& policy) {
  ordered_json out{{"p", to_text(policy.p)}};
  if (policy.sp) out["sp"] = to_text(*policy.sp);
  if (policy.np) out["np"] = to_text(*policy.np);
  if (policy.testing) out["t"] = true;
  if (policy.adkim) out["adkim"] = std::string(1, *policy.adkim);
  if (policy.aspf) out["aspf"] = std::string(1, *policy.aspf);
  if (!policy.fo.empty()) out["fo"] = check::split(policy.fo, ':');
  out["rua"] = *policy.rua;  // also an empty list: without the key reports go to the responder's mailbox
  if (!policy.ruf.empty()) out["ruf"] = policy.ruf;
  if (policy.psd) out["psd"] = std::string(1, *policy.psd);
  if (const ordered_json legacy = legacy_of(policy); !legacy.is_null()) out["legacy"] = legacy;
  return out;
}

}  // namespace

ordered_json import_dmarc(const ImportContext& context) {
  const std::optional<std::string> record = only_record(context, kDmarcPart, "_dmarc", "v=DMARC1");
  const Result<Name> where = below("_dmarc", context.domain);
  if (!record) return {};
  say_who_answers(context, *where);
  const check::DmarcMeaning meaning = check::dmarc_meaning(*record);
  if (!meaning.is_policy) {
    context.note(kDmarcPart, *where, "receivers find no policy in " + spf::quoted_text(*record, 80) + "; left out");
    return {};
  }
  for (const std::string& part : meaning.unused)
    context.note(kDmarcPart, *where, "receivers do not use " + spf::quoted_text(part, 80) + "; left out");
  if (!meaning.says_p) context.note(kDmarcPart, *where, "p= is missing or not a policy; receivers read it as \"none\"");
  if (meaning.policy.testing && meaning.policy.legacy.pct.value_or(100) != 0) {
    context.note(kDmarcPart, *where,
                 "\"t\": true also writes pct=0, so that receivers of RFC 7489 test as those of RFC 9989 do");
  }
  return written(meaning.policy);
}

}  // namespace emailauth::importing
