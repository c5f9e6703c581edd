// tests/fuzz/require.h - How a fuzz target says that an invariant is broken.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace emailauth::tests {

// Ends the process, which libFuzzer reports as a crash, unless it `holds`.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::cerr << "invariant broken: " << what << "\n";
  std::abort();
}

}  // namespace emailauth::tests
