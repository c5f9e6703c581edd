#include "policy/cli/terminal/json_output.h"

#include <nlohmann/json.hpp>

#include "policy/base/inert_text.h"

namespace emailauth::cli {

Shown shown_json(const nlohmann::ordered_json& json) {
  return Shown::lines(inert_json(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)));
}

}  // namespace emailauth::cli
