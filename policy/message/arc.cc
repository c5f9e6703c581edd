#include "policy/message/arc.h"

#include <array>
#include <charconv>
#include <map>

#include "policy/base/diagnostic.h"
#include "policy/message/dkim_signature.h"
#include "policy/net/dns_name.h"
#include "policy/records/tag_list.h"

namespace emailauth::message {

namespace {

constexpr std::array<std::string_view, 3> kParts = {"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"};
constexpr std::size_t kSeal = 2;

struct Parts {
  std::array<int, 3> count{};  // of each of kParts
  ArcSet set;
};

// Returns i= of the field; 0 if it is not an instance number.
int instance_of(const check::TagList& tags) {
  const std::string* text = tags.find("i");
  int out = 0;
  if (text == nullptr) return 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), out);
  return failure == std::errc() && end == text->data() + text->size() && out > 0 ? out : 0;
}

std::string problem_of(const std::map<int, Parts>& chain) {
  if (chain.contains(0)) return "a field has no instance number (i=)";
  if (chain.rbegin()->first > kMaxArcSets) return "there are more than 50 sets";
  int expected = 1;
  for (const auto& [instance, parts] : chain) {
    const std::string set = "set " + std::to_string(expected);
    if (instance != expected) return set + " is missing";
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      if (parts.count[i] != 1)
        return set + " has " + std::to_string(parts.count[i]) + " " + std::string(kParts[i]) + " fields, not one";
    }
    const std::string_view wanted = instance == 1 ? "none" : "pass";
    if (parts.set.cv != wanted) return set + " says cv=" + parts.set.cv + ", not cv=" + std::string(wanted);
    ++expected;
  }
  return {};
}

}  // namespace

ArcReport read_arc(const Mail& mail) {
  std::map<int, Parts> chain;
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    for (const HeaderField* field : mail.all(kParts[i])) {
      const check::TagList tags = check::parse_tags(field->value_text().substr(0, kMaxSignatureField));
      const int instance = instance_of(tags);
      Parts& parts = chain[instance];
      ++parts.count[i];
      if (i != kSeal) continue;
      const auto text = [&](const char* tag) {
        return tags.find(tag) == nullptr ? std::string() : printable(*tags.find(tag));
      };
      parts.set = {instance, text("d"), text("s"), ascii_lower(text("cv"))};
    }
  }
  ArcReport out;
  if (chain.empty()) return out;
  for (const auto& [instance, parts] : chain) {
    if (parts.count[kSeal] > 0 && out.sets.size() < static_cast<std::size_t>(kMaxArcSets))
      out.sets.push_back(parts.set);
  }
  out.problem = problem_of(chain);
  return out;
}

}  // namespace emailauth::message
