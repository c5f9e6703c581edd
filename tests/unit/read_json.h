// tests/unit/read_json.h - Reads a JSON text with a reader of policy objects.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "policy/json/policy_node.h"

namespace emailauth::tests {

// One per line: "error: /p: …".
inline std::string lines_of(const Diagnostics& found) {
  std::string out;
  for (const Diagnostic& d : found) {
    const bool error = d.severity == Severity::error;
    out += (out.empty() ? "" : "\n") + std::string(error                             ? "error"
                                                   : d.severity == Severity::warning ? "warning"
                                                                                     : "advice");
    out += ": " + d.pointer + ": " + d.message;
  }
  return out;
}

// The reader's value, and its diagnostics.
template <typename Reader>
auto read_json(std::string_view text, Reader reader) {
  Diagnostics found;
  const JsonValue root = std::get<JsonValue>(parse_json(text));
  auto value = reader(PolicyNode(root, "x.json", found));
  return std::pair(std::move(value), lines_of(found));
}

}  // namespace emailauth::tests
