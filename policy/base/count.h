// policy/base/count.h - Counts in sentences: "1 error", "2 errors".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace emailauth {

// `number` and the noun. The plural is the noun with an "s" unless `plural` says otherwise.
//
//   count_of(1, "error") == "1 error"
//   count_of(0, "policy", "policies") == "0 policies"
std::string count_of(std::uint64_t number, std::string_view noun, std::string_view plural = {});

// The form of a noun or verb that goes with `number`: word_for(1, "was", "were") == "was".
std::string_view word_for(std::uint64_t number, std::string_view one, std::string_view many);

}  // namespace emailauth
