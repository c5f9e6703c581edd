// policy/base/word.h - A table of words and what they mean, in place of enums cast from positions in a list.
//
//   constexpr Word<Mode> kModes[] = {{"sending", Mode::sending}, {"blocked", Mode::blocked}};
//   word_of<Mode>(kModes, Mode::blocked) == "blocked"
#pragma once

#include <span>
#include <string_view>

namespace emailauth {

template <typename T>
struct Word {
  std::string_view word;
  T value;
};

// Returns the first word that means `value`, or "" if none does.
template <typename T>
constexpr std::string_view word_of(std::span<const Word<T>> words, T value) {
  for (const Word<T>& one : words) {
    if (one.value == value) return one.word;
  }
  return {};
}

}  // namespace emailauth
