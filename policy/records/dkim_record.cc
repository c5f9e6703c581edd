#include "policy/records/dkim_record.h"

#include <algorithm>

#include "policy/base/text.h"
#include "policy/net/domain_text.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth {

namespace {

// Returns the text in quotes, until the record's line or its brackets end.
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

Result<Name> key_name(const Name& selector, const Name& domain) {
  const Result<Name> node = *Name::parse("_domainkey") + domain;
  return node ? selector + *node : node;
}

Result<DkimRecord> parse_dkim_record(std::string_view text) {
  const auto refused = [&](const std::string& why) { return Error{spf::quoted_text(text, 80) + why}; };
  const check::TagList tags = check::parse_tags(text);
  const std::string* version = tags.find("v");
  if (version != nullptr && (*version != "DKIM1" || tags.tags.front().name != "v"))
    return refused(" is of another version");
  const std::string* p = tags.find("p");
  if (p == nullptr) return refused(" has no p=");
  if (const std::string* h = tags.find("h"); h != nullptr && !check::lists(*h, "sha256"))
    return refused(" excludes SHA-256");
  if (const std::string* s = tags.find("s"); s != nullptr && !check::lists(*s, "*") && !check::lists(*s, "email"))
    return refused(" is not for mail");
  DkimRecord out;
  const std::string* k = tags.find("k");
  const std::string type = k == nullptr ? "rsa" : ascii_lower(*k);
  if (type != "rsa" && type != "ed25519") return refused(" has an unknown key type");
  if (type == "ed25519") out.type = DkimKeyType::ed25519;
  if (const std::string* t = tags.find("t")) {
    out.testing = check::lists(*t, "y");
    out.strict = check::lists(*t, "s");
  }
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
