// policy/base/some_of.h - The first items of a list that a stranger wrote, and how many more there are.
//
// For every line that could otherwise be as long as somebody else likes.
#pragma once

#include <cstddef>
#include <string>

namespace emailauth {

// Returns the first `most` items of a range of texts, or of anything with `text_of`: "a, b, c", or "a, b and 17 more".
//
//   some_of(names, 10)
//   some_of(hosts, 10, [](const Name& host) { return host.to_string(); })
template <typename Range, typename TextOf>
std::string some_of(const Range& items, std::size_t most, TextOf text_of) {
  std::string out;
  std::size_t number = 0;
  for (const auto& item : items) {
    if (number++ >= most) continue;
    if (!out.empty()) out += ", ";
    out += text_of(item);
  }
  return number <= most ? out : out + " and " + std::to_string(number - most) + " more";
}

template <typename Range>
std::string some_of(const Range& texts, std::size_t most) {
  return some_of(texts, most, [](const std::string& text) { return text; });
}

}  // namespace emailauth
