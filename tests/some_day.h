// tests/some_day.h - The day on which tests load policies, where dates do not matter.
#pragma once

#include "policy/base/utc_time.h"

namespace emailauth::tests {

inline constexpr Day kSomeDay{std::chrono::year(2026) / 11 / 22};

}  // namespace emailauth::tests
