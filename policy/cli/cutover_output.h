// policy/cli/cutover_output.h - What stands in the way of a move, for people and machines.
//
// Owns the wording; decides nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "policy/cutover/arrival.h"
#include "policy/cutover/cutover.h"

namespace emailauth::cli {

// `dir_option`: as CutoverOptions::dir_option.
std::string to_text(const Publication& wanted, const cutover::CutoverReport& report, const std::string& dir_option);
std::string to_text(const Publication& wanted, const cutover::ArrivalReport& report);
nlohmann::ordered_json to_json(const Publication& wanted, const cutover::CutoverReport& report);
nlohmann::ordered_json to_json(const Publication& wanted, const cutover::ArrivalReport& report);

}  // namespace emailauth::cli
