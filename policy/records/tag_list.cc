#include "policy/records/tag_list.h"

#include <algorithm>
#include <iterator>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"

namespace emailauth::check {

namespace {

bool is_tag_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

}  // namespace

const std::string* TagList::find(std::string_view name) const {
  const auto tag = std::find_if(tags.begin(), tags.end(), [&](const Tag& t) { return t.name == name; });
  return tag == tags.end() ? nullptr : &tag->value;
}

TagList parse_tags(std::string_view text) {
  TagList out;
  for (const std::string& part : split(text, ';')) {
    const std::size_t equals = part.find('=');
    const std::string_view name = trimmed(std::string_view(part).substr(0, equals));
    if (equals == std::string::npos || !is_tag_name(name)) {
      out.broken.push_back(part);
      continue;
    }
    if (out.find(name) != nullptr) out.twice.emplace_back(name);
    out.tags.push_back({std::string(name), std::string(trimmed(std::string_view(part).substr(equals + 1)))});
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find(separator);
    const std::string_view part = trimmed(text.substr(0, end));
    if (!part.empty()) out.emplace_back(part);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool lists(std::string_view value, std::string_view word) {
  const std::vector<std::string> parts = split(value, ':');
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& p) { return equals_ignoring_case(p, word); });
}

std::string without_space(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !is_space(c); });
  return out;
}

}  // namespace emailauth::check
