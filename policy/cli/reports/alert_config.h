// policy/cli/reports/alert_config.h - How `emailauth alerts` is set up: a JSON file.
//
//   { "command": ["mail", "-s", "emailauth", "postmaster@example.com"], "timeout": 60,
//     "limits": {"recent_days": 7, "few": 20, "least_pass": 95} }
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/analysis/alerts.h"
#include "policy/base/result.h"

namespace emailauth::cli {

inline constexpr std::chrono::seconds kMostAlertTimeout{3600};

struct AlertConfig {
  std::vector<std::string> command;  // run with the alerts on its standard input; may be empty
  std::chrono::seconds timeout{60};  // for the command
  report::AlertLimits limits;
};

// The error is the first that is found: file, line, pointer, value and what to write.
Result<AlertConfig> load_alert_config(const std::string& path);

}  // namespace emailauth::cli
