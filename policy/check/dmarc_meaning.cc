#include "policy/check/dmarc_meaning.h"

#include <algorithm>
#include <charconv>

#include "policy/net/dns_name.h"
#include "policy/records/report_uri.h"
#include "policy/records/tag_list.h"

namespace emailauth::check {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view record) : tags_(parse_tags(record)) {}

  DmarcMeaning run() {
    out_.policy.rua.emplace();
    for (const std::string& part : tags_.broken) out_.unused.push_back(part);
    std::vector<std::string> seen;
    for (const Tag& tag : tags_.tags) {
      const bool twice = std::find(seen.begin(), seen.end(), tag.name) != seen.end();
      seen.push_back(tag.name);
      if (tag.name != "v" && (twice || !read(tag))) out_.unused.push_back(tag.name + "=" + tag.value);
    }
    // RFC 9989, 4.7: without a valid p= there is a policy only where reports are wanted.
    out_.is_policy = out_.says_p || !out_.policy.rua->empty();
    return std::move(out_);
  }

 private:
  // Returns false if receivers do not use the value, or the tag.
  bool read(const Tag& tag) {
    DmarcPolicy& policy = out_.policy;
    if (tag.name == "p") return read_p(tag.value);
    if (tag.name == "sp") return read_action(tag.value, policy.sp);
    if (tag.name == "np") return read_action(tag.value, policy.np);
    if (tag.name == "adkim") return read_letter(tag.value, "rs", policy.adkim);
    if (tag.name == "aspf") return read_letter(tag.value, "rs", policy.aspf);
    if (tag.name == "psd") return read_letter(tag.value, "ynu", policy.psd);
    if (tag.name == "fo") return read_fo(tag.value);
    if (tag.name == "rua") return read_uris(tag.value, *policy.rua);
    if (tag.name == "ruf") return read_uris(tag.value, policy.ruf);
    if (tag.name == "t") {
      std::optional<char> letter;
      if (!read_letter(tag.value, "yn", letter)) return false;
      policy.testing = *letter == 'y';
      return true;
    }
    return read_removed(tag);
  }

  bool read_p(const std::string& value) {
    std::optional<DmarcAction> p;
    if (!read_action(value, p)) return false;
    out_.policy.p = *p;
    return out_.says_p = true;
  }

  static bool read_action(const std::string& value, std::optional<DmarcAction>& out) {
    for (const DmarcAction action : {DmarcAction::none, DmarcAction::quarantine, DmarcAction::reject}) {
      if (equals_ignoring_case(value, to_text(action))) out = action;
    }
    return out.has_value();
  }

  static bool read_letter(const std::string& value, std::string_view letters, std::optional<char>& out) {
    if (value.size() != 1) return false;
    const char letter = ascii_lower(value)[0];
    if (letters.find(letter) == std::string_view::npos) return false;
    out = letter;
    return true;
  }

  bool read_fo(const std::string& value) {
    std::string fo;
    for (const std::string& option : split(value, ':')) {
      const std::string letter = ascii_lower(option);
      const bool known = letter.size() == 1 && std::string_view("01ds").find(letter[0]) != std::string_view::npos;
      // "all fail" and "any fails" exclude each other (RFC 9989, 4.7): the first counts.
      const bool excluded =
          (letter == "1" && fo.find('0') != std::string::npos) || (letter == "0" && fo.find('1') != std::string::npos);
      if (known && !excluded && fo.find(letter) == std::string::npos) fo += (fo.empty() ? "" : ":") + letter;
    }
    out_.policy.fo = fo;
    return !fo.empty();
  }

  bool read_uris(const std::string& value, std::vector<std::string>& out) {
    for (std::string uri : split(value, ',')) {
      if (const std::size_t size = uri.find('!'); size != std::string::npos) {
        out_.unused.push_back(uri.substr(size));
        uri.resize(size);
      }
      const Result<std::string> good = check_report_uri(uri, false);
      if (!good)
        out_.unused.push_back(uri);
      else if (std::find(out.begin(), out.end(), *good) == out.end())
        out.push_back(*good);
    }
    return true;
  }

  static std::optional<std::uint32_t> number(const std::string& value) {
    std::uint32_t out = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), out);
    if (failure != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return out;
  }

  // Tags of RFC 7489 that RFC 9989 removed (C.5.2).
  bool read_removed(const Tag& tag) {
    DmarcPolicy::Legacy& legacy = out_.policy.legacy;
    const std::optional<std::uint32_t> value = number(tag.value);
    if (tag.name == "pct" && value && *value <= 100) legacy.pct = static_cast<int>(*value);
    if (tag.name == "ri" && value && *value > 0) legacy.ri = *value;
    if (tag.name == "rf" && equals_ignoring_case(tag.value, "afrf")) legacy.rf = "afrf";
    return (tag.name == "pct" && legacy.pct) || (tag.name == "ri" && legacy.ri) ||
           (tag.name == "rf" && !legacy.rf.empty());
  }

  const TagList tags_;
  DmarcMeaning out_;
};

}  // namespace

DmarcMeaning dmarc_meaning(std::string_view record) { return Reader(record).run(); }

}  // namespace emailauth::check
