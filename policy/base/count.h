// policy/base/count.h - Counts in sentences: "1 error", "2 errors".
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace emailauth {

// The form of a noun or verb that goes with `number`: word_for(1, "was", "were") == "was".
template <std::integral Number>
constexpr std::string_view word_for(Number number, std::string_view one, std::string_view many) {
  return number == 1 ? one : many;
}

// `number` and the noun. The plural is the noun with an "s" unless `plural` says otherwise.
//
//   count_of(1, "error") == "1 error"
//   count_of(0, "address", "addresses") == "0 addresses"
template <std::integral Number>
std::string count_of(Number number, std::string_view noun, std::string_view plural = {}) {
  const std::string with_s = std::string(noun) + "s";
  return std::to_string(number) + " " + std::string(word_for(number, noun, plural.empty() ? with_s : plural));
}

}  // namespace emailauth
