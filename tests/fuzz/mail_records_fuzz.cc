// Reads any octets as public keys, and as the objects "dmarc", "dkim", "bimi",
// "mta_sts" and "tls_rpt" of a domain file. What is accepted must make records of
// which a strict and simple reader sees the same tags, each once.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "policy/records/dkim_key.h"
#include "policy/records/dmarc_record.h"
#include "policy/records/mail_records.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

using Tags = std::map<std::string, std::string>;

// "v=DMARC1; p=none": tags apart at "; ", the version first (RFC 6376, 3.2; RFC 9989, 4.6).
Tags tags_of(std::string_view record, std::string_view version) {
  Tags tags;
  require(record.substr(0, version.size()) == version, "a record begins with its version");
  for (const char c : record) require(c >= ' ' && c <= '~', "a record is printable");
  while (!record.empty()) {
    const std::size_t end = std::min(record.find(';'), record.size());
    const std::string_view tag = record.substr(0, end);
    const std::size_t equals = tag.find('=');
    require(equals != std::string_view::npos && equals > 0, "a tag has a value");
    const std::string_view value = tag.substr(equals + 1);
    require(value.find(' ') == std::string_view::npos, "a value holds no space");
    require(tags.emplace(tag.substr(0, equals), value).second, "a tag stands once");
    record.remove_prefix(std::min(end + 1, record.size()));
    if (!record.empty()) {
      require(record.front() == ' ', "a space stands between tags");
      record.remove_prefix(1);
    }
  }
  return tags;
}

void check_dmarc(const DmarcPolicy& policy) {
  const Tags tags = tags_of(to_record(policy, "mailto:default@reports.example"), "v=DMARC1; p=");
  require(tags.at("p") == to_text(policy.p), "p= is the policy's");
  require(tags.count("pct") == (policy.testing || policy.legacy.pct ? 1U : 0U),
          "pct= stands only where it is asked for");
  const std::string reports = policy.rua ? "" : "mailto:default@reports.example";
  if (!policy.rua || policy.rua->empty())
    require((tags.count("rua") ? tags.at("rua") : "") == reports, "rua= is right");
  if (policy.rua && !policy.rua->empty()) {
    const std::string& uris = tags.at("rua");
    const auto commas = static_cast<std::size_t>(std::count(uris.begin(), uris.end(), ','));
    require(commas + 1 == policy.rua->size(), "one URI stays one");
  }
}

void check_dkim(const DkimPolicy& policy) {
  for (const DkimKey& key : policy.keys) {
    require(!key.selector.is_root(), "a key has a selector");
    if (key.cname) continue;
    const Tags tags = tags_of(to_record(key), "v=DKIM1; k=");
    require(tags.at("k") == (key.type == DkimKeyType::rsa ? "rsa" : "ed25519"), "k= is the key's type");
    const bool revoked = key.state == DkimKeyState::revoked;
    require(tags.at("p") == key.public_key, "p= is the key");
    for (int i = 1; i < 4; ++i) {
      const Day day = Day(std::chrono::days(20000 + 100 * i));
      require(state_on(key, day - std::chrono::days(1)) <= state_on(key, day), "no key goes back");
      require((state_on(key, day) == DkimKeyState::revoked) == (revoked_from(key) <= day), "revoked is revoked");
    }
    require(revoked || (key.type == DkimKeyType::rsa ? key.bits >= 1024 : key.bits == 256), "no weak key is published");
  }
}

void check_key(DkimKeyType type, std::string_view text) {
  const Result<int> bits = public_key_bits(type, text);
  if (!bits) return require(!bits.error().message.empty(), "a refusal has a reason");
  require(type == DkimKeyType::rsa ? *bits >= 1024 : *bits == 256, "a key that is accepted is strong enough");
}

void check_bimi(const std::vector<std::pair<Name, std::string>>& records) {
  std::set<Name> selectors;
  for (const auto& [selector, record] : records) {
    require(tags_of(record, "v=BIMI1; l=").count("a") == 1, "a BIMI record has a=");
    require(selectors.insert(selector).second, "a selector has one record");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_key(DkimKeyType::rsa, text);
  check_key(DkimKeyType::ed25519, text);
  const auto parsed = parse_json(text);
  const JsonValue* root = std::get_if<JsonValue>(&parsed);
  if (root == nullptr) return 0;
  Diagnostics found;
  const PolicyNode node(*root, "x.json", found);
  // Passes what was read to `check`; what was not read must have been refused with a diagnostic.
  const auto read = [&](const auto& reader, const auto& check) {
    const std::size_t before = node.mark();
    if (const auto value = reader(node))
      check(*value);
    else
      require(node.has_errors_since(before), "what is refused is an error");
  };
  read(read_dmarc, check_dmarc);
  read(read_dkim, check_dkim);
  read(read_mta_sts, [](const std::string& record) { tags_of(record, "v=STSv1; id="); });
  read(read_tls_rpt, [](const std::string& record) { tags_of(record, "v=TLSRPTv1; rua="); });
  const std::size_t before = node.mark();
  const auto bimi = read_bimi(node);
  if (!node.has_errors_since(before)) check_bimi(bimi);
  return 0;
}
