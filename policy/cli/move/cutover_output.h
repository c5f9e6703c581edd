// policy/cli/move/cutover_output.h - What is in the way of a move, for people and machines.
//
// Owns the wording; decides nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "policy/cli/terminal/shown.h"
#include "policy/cutover/arrival.h"
#include "policy/cutover/cutover.h"

namespace emailauth::cli {

// `directory` is what --policies named, for the next command to repeat; "" for the configured one.
Shown to_text(const Publication& wanted, const cutover::CutoverReport& report, const std::string& directory);
Shown to_text(const Publication& wanted, const cutover::ArrivalReport& report);
nlohmann::ordered_json to_json(const Publication& wanted, const cutover::CutoverReport& report);
nlohmann::ordered_json to_json(const Publication& wanted, const cutover::ArrivalReport& report);

}  // namespace emailauth::cli
