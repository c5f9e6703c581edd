// policy/cli/reports/alert_config.h - How `emailauth alerts` is set up: a JSON file.
//
//   { "command": ["mail", "-s", "emailauth", "postmaster@example.com"],
//     "limits": {"recent_days": 7, "few": 20, "least_pass": 95} }
#pragma once

#include <string>
#include <vector>

#include "policy/report/alerts.h"
#include "policy/result.h"

namespace emailauth::cli {

struct AlertConfig {
  std::vector<std::string> command;  // run with the alerts on its standard input; may be empty
  report::AlertLimits limits;
};

// The error is the first that is wrong: file, line, pointer, value and what to write.
Result<AlertConfig> load_alert_config(const std::string& path);

// Runs the command, without a shell, with `text` on its standard input. The error
// says why it cannot be run, or how it ended.
Result<bool> run_command(const std::vector<std::string>& command, const std::string& text);

}  // namespace emailauth::cli
