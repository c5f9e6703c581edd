#include "policy/cli/reports/alert_config.h"

#include <fstream>
#include <functional>
#include <iterator>

#include "policy/cli/terminal/shown.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace {

void read_limit(const PolicyNode& limits, const char* key, std::int64_t least, std::int64_t most,
                const std::function<void(std::int64_t)>& set) {
  const auto node = limits.find(key);
  if (!node) return;
  if (const auto number = node->integer(least, most)) set(*number);
}

void read_limits(const PolicyNode& node, report::AlertLimits& out) {
  if (!node.require_object() ||
      node.report_unknown_keys({"recent_days", "base_days", "few", "weight", "least_pass", "drop", "selector_failing",
                                "wave_factor", "wave_mails", "silent_days"}))
    return;
  const auto whole = [](int& to) { return [&to](std::int64_t number) { to = static_cast<int>(number); }; };
  const auto real = [](double& to) { return [&to](std::int64_t number) { to = static_cast<double>(number); }; };
  const auto count = [](std::uint64_t& to) {
    return [&to](std::int64_t number) { to = static_cast<std::uint64_t>(number); };
  };
  read_limit(node, "recent_days", 1, 90, whole(out.recent_days));
  read_limit(node, "base_days", 7, 365, whole(out.base_days));
  read_limit(node, "few", 1, 1'000'000, count(out.few));
  read_limit(node, "weight", 0, 100, real(out.weight));
  read_limit(node, "least_pass", 0, 100, real(out.least_pass));
  read_limit(node, "drop", 0, 100, real(out.drop));
  read_limit(node, "selector_failing", 0, 100, real(out.selector_failing));
  read_limit(node, "wave_factor", 1, 10'000, whole(out.wave_factor));
  read_limit(node, "wave_mails", 1, 1'000'000'000, count(out.wave_mails));
  read_limit(node, "silent_days", 1, 90, whole(out.silent_days));
}

void read_config(const PolicyNode& root, AlertConfig& out) {
  if (!root.require_object() || root.report_unknown_keys({"command", "timeout", "limits"})) return;
  if (const auto command = root.find("command")) {
    for (const PolicyNode& word : command->items()) {
      if (const auto text = word.text()) out.command.emplace_back(*text);
    }
  }
  read_limit(root, "timeout", 1, kMostAlertTimeout.count(),
             [&out](std::int64_t number) { out.timeout = std::chrono::seconds(number); });
  if (const auto limits = root.find("limits")) read_limits(*limits, out.limits);
  if (out.limits.silent_days > out.limits.recent_days + out.limits.base_days)
    root.error("\"silent_days\" is more than \"recent_days\" and \"base_days\" together; write less");
}

}  // namespace

Result<AlertConfig> load_alert_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{path + ": cannot be read; name another file with --config"};
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto parsed = parse_json(text);
  if (const auto* error = std::get_if<JsonError>(&parsed))
    return Error{to_string(Diagnostic{Severity::error, path, error->line, error->pointer, error->message})};
  AlertConfig out;
  Diagnostics found;
  read_config(PolicyNode(std::get<JsonValue>(parsed), path, found), out);
  if (!found.empty()) return Error{to_string(found.front())};
  return out;
}

}  // namespace emailauth::cli
