#include "policy/check/dkim_record.h"

#include <algorithm>

#include "policy/check/tag_list.h"
#include "policy/dns_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

bool lists(const std::string& value, std::string_view word) {
  const std::vector<std::string> parts = split(value, ':');
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& p) { return equals_ignoring_case(p, word); });
}

}  // namespace

Result<DkimRecord> read_dkim_record(std::string_view record) {
  const auto refused = [&](const std::string& why) { return Error{spf::quoted_text(record, 80) + why}; };
  const TagList tags = parse_tags(record);
  const std::string* version = tags.find("v");
  if (version != nullptr && (*version != "DKIM1" || tags.tags.front().name != "v"))
    return refused(" is of another version");
  const std::string* p = tags.find("p");
  if (p == nullptr) return refused(" has no p=");
  if (const std::string* h = tags.find("h"); h != nullptr && !lists(*h, "sha256")) return refused(" excludes SHA-256");
  if (const std::string* s = tags.find("s"); s != nullptr && !lists(*s, "*") && !lists(*s, "email"))
    return refused(" is not for mail");
  DkimRecord out;
  const std::string* k = tags.find("k");
  const std::string type = k == nullptr ? "rsa" : ascii_lower(*k);
  if (type != "rsa" && type != "ed25519") return refused(" has a type of key that nobody knows");
  if (type == "ed25519") out.type = DkimKeyType::ed25519;
  out.key = without_space(*p);
  if (const std::string* t = tags.find("t")) {
    out.testing = lists(*t, "y");
    out.strict = lists(*t, "s");
  }
  if (out.key.empty()) return out;
  const Result<int> bits = published_key_bits(out.type, out.key);
  if (!bits) return Error{"p=: " + bits.error().message};
  return out;
}

}  // namespace emailauth::check
