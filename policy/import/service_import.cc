#include <algorithm>

#include "policy/import/import_context.h"
#include "policy/records/mail_records.h"
#include "policy/records/report_uri.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

namespace {

using check::TagList;
using spf::quoted_text;

std::string value_of(const TagList& tags, std::string_view name) {
  const std::string* value = tags.find(name);
  return value == nullptr ? "" : *value;
}

// Returns an address that can be kept, with the scheme in lower case. "" declines.
std::optional<std::string> https_uri(std::string uri) {
  constexpr std::string_view kScheme = "https://";
  if (uri.empty()) return uri;
  if (equals_ignoring_case(std::string_view(uri).substr(0, kScheme.size()), kScheme))
    uri.replace(0, kScheme.size(), kScheme);
  const Result<std::string> good = check_https_uri(uri);
  return good ? std::optional<std::string>(*good) : std::nullopt;
}

// A record that no receiver uses has nothing worth keeping.
void note_unusable(const ImportContext& context, const char* part, const char* label, const std::string& record) {
  context.note(part, *below(label, context.domain), quoted_text(record, 80) + " is of no use to receivers; left out");
}

}  // namespace

ordered_json import_bimi(const ImportContext& context) {
  const auto record = only_record(context, "BIMI", "default._bimi", "v=BIMI1");
  if (!record) return {};
  const TagList tags = check::parse_tags(*record);
  const std::optional<std::string> logo = https_uri(value_of(tags, "l"));
  const std::optional<std::string> evidence = https_uri(value_of(tags, "a"));
  if (tags.find("l") == nullptr || !logo || !evidence) {
    note_unusable(context, "BIMI", "default._bimi", *record);
    return {};
  }
  ordered_json entry{{"logo", *logo}};
  if (!evidence->empty()) entry["evidence"] = *evidence;
  const std::string avatar = ascii_lower(value_of(tags, "avp"));
  if (avatar == "brand" || avatar == "personal") entry["avatar"] = avatar;
  return {{"default", entry}};
}

ordered_json import_mta_sts(const ImportContext& context) {
  const auto record = only_record(context, "MTA-STS", "_mta-sts", "v=STSv1");
  if (!record) return {};
  const std::string id = value_of(check::parse_tags(*record), "id");
  const bool good = !id.empty() && id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (good) return {{"id", id}};
  note_unusable(context, "MTA-STS", "_mta-sts", *record);
  return {};
}

ordered_json import_tls_rpt(const ImportContext& context) {
  const auto record = only_record(context, "TLS-RPT", "_smtp._tls", "v=TLSRPTv1");
  if (!record) return {};
  ordered_json rua = ordered_json::array();
  for (const std::string& uri : check::split(value_of(check::parse_tags(*record), "rua"), ',')) {
    const Result<std::string> good = check_report_uri(uri, true);
    if (good)
      rua.push_back(*good);
    else
      context.note("TLS-RPT", *below("_smtp._tls", context.domain), good.error().message + "; left out");
  }
  if (!rua.empty()) return {{"rua", rua}};
  note_unusable(context, "TLS-RPT", "_smtp._tls", *record);
  return {};
}

}  // namespace emailauth::importing
