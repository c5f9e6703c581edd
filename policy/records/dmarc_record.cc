#include "policy/records/dmarc_record.h"

#include <algorithm>

#include "policy/records/report_uri.h"

namespace emailauth {

namespace {

constexpr Word<DmarcAction> kActions[] = {
    {"none", DmarcAction::none}, {"quarantine", DmarcAction::quarantine}, {"reject", DmarcAction::reject}};
constexpr Word<char> kAlignments[] = {{"r", 'r'}, {"s", 's'}};
constexpr Word<char> kSuffixFlags[] = {{"y", 'y'}, {"n", 'n'}, {"u", 'u'}};
constexpr Word<char> kFailureOptions[] = {{"0", '0'}, {"1", '1'}, {"d", 'd'}, {"s", 's'}};
constexpr Word<std::string_view> kReportFormats[] = {{"afrf", "afrf"}};

std::optional<DmarcAction> read_action(const PolicyNode& node) {
  return node.one_of<DmarcAction>(kActions, "a policy");
}

void read_optional_action(const PolicyNode& dmarc, std::string_view key, std::optional<DmarcAction>& out) {
  if (const auto node = dmarc.find(key)) out = read_action(*node);
}

// One of several one-letter words.
void read_letter(const PolicyNode& dmarc, std::string_view key, std::span<const Word<char>> letters,
                 std::string_view what, std::optional<char>& out) {
  if (const auto node = dmarc.find(key)) out = node->one_of<char>(letters, what);
}

std::vector<std::string> read_uris(const PolicyNode& list) {
  std::vector<std::string> uris;
  for (const PolicyNode& item : list.items()) {
    const std::optional<std::string_view> text = item.text();
    if (!text) continue;
    const Result<std::string> uri = check_report_uri(*text, false);
    if (!uri) {
      item.error(uri.error().message);
    } else if (std::find(uris.begin(), uris.end(), *uri) != uris.end()) {
      item.error(in_quotes(*uri) + " appears twice; keep one");
    } else {
      uris.push_back(*uri);
    }
  }
  return uris;
}

// RFC 9989, 4.7: colon-separated; 0 and 1 exclude each other.
std::string read_fo(const PolicyNode& list) {
  std::string fo;
  for (const PolicyNode& item : list.items()) {
    const auto letter = item.one_of<char>(kFailureOptions, "a failure reporting option");
    if (!letter) continue;
    if (fo.find(*letter) != std::string::npos)
      item.error(in_quotes(std::string(1, *letter)) + " appears twice; keep one");
    fo += fo.empty() ? "" : ":";
    fo += *letter;
  }
  if (fo.find('0') != std::string::npos && fo.find('1') != std::string::npos) {
    list.error("\"0\" (all fail) and \"1\" (any fails) exclude each other; keep one");
  }
  return fo;
}

void read_legacy(const PolicyNode& node, DmarcPolicy& policy) {
  if (!node.require_object() || node.report_unknown_keys({"pct", "ri", "rf"})) return;
  node.advice(
      "RFC 9989 removed pct, ri and rf: use \"t\": true in place of \"pct\"; receivers report once a day and in AFRF "
      "whatever \"ri\" and \"rf\" say");
  if (const auto pct = node.find("pct")) {
    const auto number = pct->integer(0, 100);
    if (number) policy.legacy.pct = static_cast<int>(*number);
    if (policy.testing) pct->error("\"t\": true already writes pct=0; remove one");
  }
  if (const auto ri = node.find("ri")) {
    const auto seconds = ri->integer(1, 4294967295);
    if (seconds) policy.legacy.ri = static_cast<std::uint32_t>(*seconds);
  }
  if (const auto rf = node.find("rf")) {
    if (const auto format = rf->one_of<std::string_view>(kReportFormats, "a report format")) policy.legacy.rf = *format;
  }
}

void append_list(std::string& record, std::string_view tag, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    record += i == 0 ? "; " + std::string(tag) + "=" : ",";
    record += values[i];
  }
}

void append(std::string& record, std::string_view tag, std::string_view value) {
  record += "; ";
  record += tag;
  record += '=';
  record += value;
}

}  // namespace

std::string_view to_text(DmarcAction action) { return word_of<DmarcAction>(kActions, action); }

std::optional<DmarcPolicy> read_dmarc(const PolicyNode& node) {
  const std::size_t before = node.mark();
  if (!node.require_object()) return std::nullopt;
  node.report_unknown_keys({"p", "sp", "np", "t", "adkim", "aspf", "fo", "rua", "ruf", "psd", "legacy"});
  DmarcPolicy policy;
  if (const auto p = node.require("p", "\"p\": \"none\", \"quarantine\" or \"reject\"")) {
    policy.p = read_action(*p).value_or(DmarcAction::none);
  }
  read_optional_action(node, "sp", policy.sp);
  read_optional_action(node, "np", policy.np);
  if (const auto t = node.find("t")) policy.testing = t->boolean().value_or(false);
  read_letter(node, "adkim", kAlignments, "an alignment mode (relaxed or strict)", policy.adkim);
  read_letter(node, "aspf", kAlignments, "an alignment mode (relaxed or strict)", policy.aspf);
  read_letter(node, "psd", kSuffixFlags, "a public suffix flag", policy.psd);
  if (const auto fo = node.find("fo")) policy.fo = read_fo(*fo);
  if (const auto rua = node.find("rua")) policy.rua = read_uris(*rua);
  if (const auto ruf = node.find("ruf")) policy.ruf = read_uris(*ruf);
  if (const auto legacy = node.find("legacy")) read_legacy(*legacy, policy);
  if (!policy.fo.empty() && policy.ruf.empty()) {
    node.find("fo")->advice("\"fo\" is ignored without \"ruf\" (RFC 9989, 4.7); add \"ruf\" or remove it");
  }
  if (node.has_errors_since(before)) return std::nullopt;
  return policy;
}

std::string to_record(const DmarcPolicy& policy, const std::string& default_rua) {
  std::string record = "v=DMARC1; p=" + std::string(to_text(policy.p));
  if (policy.sp) append(record, "sp", to_text(*policy.sp));
  if (policy.np) append(record, "np", to_text(*policy.np));
  if (policy.adkim) append(record, "adkim", {&*policy.adkim, 1});
  if (policy.aspf) append(record, "aspf", {&*policy.aspf, 1});
  if (!policy.fo.empty()) append(record, "fo", policy.fo);
  if (policy.rua) {
    append_list(record, "rua", *policy.rua);
  } else if (!default_rua.empty()) {
    append(record, "rua", default_rua);
  }
  append_list(record, "ruf", policy.ruf);
  if (policy.testing) record += "; t=y; pct=0";
  if (policy.psd) append(record, "psd", {&*policy.psd, 1});
  if (policy.legacy.pct) append(record, "pct", std::to_string(*policy.legacy.pct));
  if (policy.legacy.ri) append(record, "ri", std::to_string(*policy.legacy.ri));
  if (!policy.legacy.rf.empty()) append(record, "rf", policy.legacy.rf);
  return record;
}

namespace {

constexpr std::string_view kNothingPasses = "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; psd=";

}  // namespace

DmarcPolicy blocked_dmarc() {
  DmarcPolicy policy;
  policy.p = DmarcAction::reject;
  policy.sp = policy.np = DmarcAction::reject;
  policy.adkim = policy.aspf = 's';
  return policy;
}

std::string responder_zone_dmarc_record() { return std::string(kNothingPasses) + "n"; }

std::string mirrored_suffix_dmarc_record() { return std::string(kNothingPasses) + "y"; }

}  // namespace emailauth
