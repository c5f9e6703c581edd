// Asks the Responder for any octets at all, as a name in wire form.
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "tests/invariants/world.h"

using namespace emailauth::tests;  // NOLINT: a test driver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view wire(reinterpret_cast<const char*>(data), size);
  for (const std::string& fault : {plain_fault(wire), mixed_fault(wire)}) {
    if (fault.empty()) continue;
    std::cerr << "invariant broken: " << fault << "\n";
    std::abort();
  }
  return 0;
}
