// tests/property/dice.h - Random choices that a seed repeats on every machine.
//
// Owns the generator (splitmix64) and the choices made with it. The standard
// library's distributions are not used: their results differ between versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace emailauth::property {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  // 0 to n - 1. Requires n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  // Requires that `from` is not empty.
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace emailauth::property
