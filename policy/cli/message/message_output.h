// policy/cli/message/message_output.h - What `emailauth message` prints.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/source_identity.h"
#include "policy/cli/terminal/shown.h"
#include "policy/message/judge.h"

namespace emailauth::cli {

struct JudgedMail {
  message::MessageReport report;
  std::optional<report::Source> source;
  std::vector<std::string> key_dates;
  std::int64_t now = 0;  // seconds since 1970: ages are counted up to this
};

Shown to_text(const JudgedMail& mail);
nlohmann::ordered_json to_json(const JudgedMail& mail);

// Returns "signed 2026-11-20T06:00:00Z, 2 days before"; "" without t=.
std::string age_text(const message::DkimSignature& signature, std::int64_t now);

}  // namespace emailauth::cli
