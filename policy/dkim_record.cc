#include "policy/dkim_record.h"

#include <algorithm>

#include "policy/check/tag_list.h"
#include "policy/domain_text.h"

namespace emailauth {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool has_flag(const std::string* flags, std::string_view flag) {
  if (flags == nullptr) return false;
  const std::vector<std::string> parts = check::split(*flags, ':');
  return std::find(parts.begin(), parts.end(), flag) != parts.end();
}

// What stands in quotes, until the record's line or its brackets end.
std::string joined_strings(std::string_view text) {
  std::string out;
  bool brackets = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(') brackets = true;
    if (c == ')' || (c == '\n' && !brackets && !out.empty())) break;
    if (c == ';') i = std::min(text.find('\n', i), text.size()) - 1;  // a comment
    if (c != '"') continue;
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<DkimRecord> parse_dkim_record(std::string_view text) {
  const check::TagList tags = check::parse_tags(text);
  const std::string* version = tags.find("v");
  if (version != nullptr && *version != "DKIM1") return Error{"v=" + *version + " is not DKIM1"};
  const std::string* p = tags.find("p");
  if (p == nullptr) return Error{"it has no p="};
  DkimRecord out;
  const std::string* k = tags.find("k");
  if (k != nullptr && *k != "rsa" && *k != "ed25519") return Error{"k=" + *k + " is neither rsa nor ed25519"};
  out.type = k != nullptr && *k == "ed25519" ? DkimKeyType::ed25519 : DkimKeyType::rsa;
  out.testing = has_flag(tags.find("t"), "y");
  out.strict = has_flag(tags.find("t"), "s");
  out.public_key = check::without_space(*p);
  if (out.public_key.empty()) return out;
  const Result<int> bits = published_key_bits(out.type, out.public_key);
  if (!bits) return Error{"p=: " + bits.error().message};
  out.bits = *bits;
  return out;
}

Result<ZoneLineKey> parse_zone_line_key(std::string_view text) {
  while (!text.empty() && (is_space(text.front()) || text.front() == ';')) {
    const bool comment = text.front() == ';';
    text.remove_prefix(comment ? std::min(text.find('\n'), text.size()) : 1);
  }
  ZoneLineKey out;
  const std::string_view owner = text.substr(0, std::min(text.find_first_of(" \t\r\n"), text.size()));
  const std::size_t node = owner.find("._domainkey");
  if (node != std::string_view::npos) {
    const Result<Name> selector = parse_selector(owner.substr(0, node));
    if (!selector) return selector.error();
    out.selector = *selector;
  }
  out.record = joined_strings(text);
  if (out.record.empty()) return Error{"no text in quotes is there"};
  return out;
}

}  // namespace emailauth
