#include "policy/cli/terminal/clock.h"

#include <ctime>

#include "policy/base/diagnostic.h"

namespace emailauth::cli {

std::int64_t now() { return std::time(nullptr); }

Result<std::int64_t> time_at(const std::string& at) {
  if (at.empty()) return now();
  if (const auto day = parse_day(at)) return begin_of(*day);
  if (const auto time = parse_rfc3339(at)) return *time;
  return Error{"--at " + in_quotes(at) +
               " is neither a day nor a time; write \"2026-05-01\" or \"2026-05-01T06:00:00Z\""};
}

}  // namespace emailauth::cli
