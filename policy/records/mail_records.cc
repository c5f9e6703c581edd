#include "policy/records/mail_records.h"

#include <algorithm>

#include "policy/net/domain_text.h"
#include "policy/records/report_uri.h"

namespace emailauth {

namespace {

constexpr Word<std::string_view> kAvatars[] = {{"brand", "brand"}, {"personal", "personal"}};

// An https URI, or "" where that declines.
std::optional<std::string> read_https(const PolicyNode& node) {
  const std::optional<std::string_view> text = node.text();
  if (!text) return std::nullopt;
  if (text->empty()) return std::string();
  const Result<std::string> uri = check_https_uri(*text);
  if (uri) return *uri;
  node.error(uri.error().message);
  return std::nullopt;
}

}  // namespace

// RFC-draft: "," is written %2C; a ";" would end the tag.
Result<std::string> check_https_uri(std::string_view text) {
  if (text.substr(0, 8) != "https://" || text.size() == 8)
    return Error{in_quotes(text) + " is not an https address; write \"https://…\", or \"\" to decline"};
  const auto bad = std::find_if(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet <= 0x20 || octet >= 0x7f || c == ',' || c == ';' || c == '"' || c == '\\';
  });
  if (bad == text.end()) return std::string(text);
  return Error{in_quotes(text) + " holds " + in_quotes({&*bad, 1}) + "; percent-encode it"};
}

std::vector<std::pair<Name, std::string>> read_bimi(const PolicyNode& node) {
  std::vector<std::pair<Name, std::string>> records;
  for (const PolicyNode& entry : node.members()) {
    const Result<Name> selector = parse_selector(entry.key());
    if (!selector) {
      entry.error(selector.error().message);
      continue;
    }
    const bool twice = std::any_of(records.begin(), records.end(), [&](const auto& r) { return r.first == *selector; });
    if (twice)
      entry.error("the selector " + in_quotes(selector->to_string()) + " appears twice; one name has one record");
    if (!entry.require_object() || entry.report_unknown_keys({"logo", "evidence", "avatar"})) continue;
    const auto logo = entry.require("logo", "\"logo\": \"https://example.com/logo.svg\"");
    const auto evidence = entry.find("evidence");
    const auto avatar = entry.find("avatar");
    const auto logo_uri = logo ? read_https(*logo) : std::nullopt;
    const auto evidence_uri = evidence ? read_https(*evidence) : std::string();
    if (!logo_uri || !evidence_uri) continue;
    std::string record = "v=BIMI1; l=" + *logo_uri + "; a=" + *evidence_uri;
    if (avatar) {
      const auto kind = avatar->one_of<std::string_view>(kAvatars, "an avatar preference");
      if (kind) record += "; avp=" + std::string(*kind);
    }
    records.emplace_back(*selector, record + ";");
  }
  return records;
}

std::optional<std::string> read_mta_sts(const PolicyNode& node) {
  if (!node.require_object() || node.report_unknown_keys({"id"})) return std::nullopt;
  const auto id = node.require("id", "\"id\": \"20261101T000000\"");
  const auto text = id ? id->text() : std::nullopt;
  if (!text) return std::nullopt;
  const bool alphanumeric = std::all_of(text->begin(), text->end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (alphanumeric && !text->empty() && text->size() <= 32) return "v=STSv1; id=" + std::string(*text) + ";";
  id->error(in_quotes(*text) +
            " is not an MTA-STS id; use 1 to 32 letters and digits (RFC 8461, 3.1), such as \"20261101T000000\"");
  return std::nullopt;
}

std::optional<std::string> read_tls_rpt(const PolicyNode& node) {
  if (!node.require_object() || node.report_unknown_keys({"rua"})) return std::nullopt;
  const auto rua = node.require("rua", "\"rua\": [\"mailto:tls@example.com\"]");
  if (!rua) return std::nullopt;
  std::string record = "v=TLSRPTv1; rua=";
  const auto uris = rua->items();
  for (const PolicyNode& item : uris) {
    const auto text = item.text();
    if (!text) return std::nullopt;
    const Result<std::string> uri = check_report_uri(*text, true);
    if (!uri) {
      item.error(uri.error().message);
      return std::nullopt;
    }
    if (record.back() != '=') record += ',';
    record += *uri;
  }
  if (!uris.empty()) return record;
  if (rua->is(JsonKind::array))
    rua->error("the list is empty; name at least one address (RFC 8460, 3), or remove \"tls_rpt\"");
  return std::nullopt;
}

}  // namespace emailauth
