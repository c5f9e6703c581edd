#include "policy/check/dmarc_walk.h"

#include "policy/check/dmarc_record_check.h"
#include "policy/records/tag_list.h"

namespace emailauth::check {

namespace {

constexpr std::size_t kMaxQueries = 8;
constexpr std::size_t kCutTo = 7;  // labels

}  // namespace

std::vector<Name> tree_walk(const Name& domain) {
  std::vector<Name> out;
  Name at = domain;
  while (!at.is_root() && out.size() < kMaxQueries) {
    out.push_back(at);
    at = at.parent();
    while (out.size() == 1 && at.label_count() > kCutTo) at = at.parent();
  }
  return out;
}

std::string dmarc_record_of(Dns& dns, const Name& domain) {
  const auto name = below("_dmarc", domain);
  if (!name) return "";
  std::string record;
  for (const std::string& text : dns.ask(*name, RecordType::txt).texts) {
    if (!is_dmarc_record(text)) continue;
    if (!record.empty()) return "";
    record = text;
  }
  return record;
}

Organisation organisation_by_walk(Dns& dns, const std::vector<Name>& walk) {
  Organisation out;
  for (std::size_t i = 0; i < walk.size(); ++i) {
    const std::string record = dmarc_record_of(dns, walk[i]);
    if (record.empty()) continue;
    const TagList tags = parse_tags(record);
    const std::string* psd = tags.find("psd");
    if (psd != nullptr && *psd == "n") return {walk[i], std::nullopt};
    if (psd != nullptr && *psd == "y") return {i == 0 ? walk[i] : walk[i - 1], walk[i]};
    out.domain = walk[i];
  }
  return out;
}

}  // namespace emailauth::check
