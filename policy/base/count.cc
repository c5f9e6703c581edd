#include "policy/base/count.h"

namespace emailauth {

std::string_view word_for(std::uint64_t number, std::string_view one, std::string_view many) {
  return number == 1 ? one : many;
}

std::string count_of(std::uint64_t number, std::string_view noun, std::string_view plural) {
  const std::string many = plural.empty() ? std::string(noun) + "s" : std::string(plural);
  return std::to_string(number) + " " + std::string(word_for(number, noun, many));
}

}  // namespace emailauth
