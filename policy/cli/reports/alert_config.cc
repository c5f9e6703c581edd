#include "policy/cli/reports/alert_config.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

#include "policy/cli/shown.h"
#include "policy/policy_node.h"

namespace emailauth::cli {

namespace {

void read_limit(const PolicyNode& limits, const char* key, std::int64_t least, std::int64_t most,
                const std::function<void(std::int64_t)>& set) {
  const auto node = limits.find(key);
  if (!node) return;
  if (const auto number = node->integer(least, most)) set(*number);
}

void read_limits(const PolicyNode& node, report::AlertLimits& out) {
  if (!node.is_object_of({"recent_days", "base_days", "few", "weight", "least_pass", "drop", "selector_failing",
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
  if (!root.is_object_of({"command", "limits"})) return;
  if (const auto command = root.find("command")) {
    for (const PolicyNode& word : command->items()) {
      if (const auto text = word.text()) out.command.emplace_back(*text);
    }
  }
  if (const auto limits = root.find("limits")) read_limits(*limits, out.limits);
  if (out.limits.silent_days > out.limits.recent_days + out.limits.base_days)
    root.error("\"silent_days\" is more than \"recent_days\" and \"base_days\" together; write less");
}

// In the child: becomes the command.
[[noreturn]] void become(const std::vector<std::string>& command, int input) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execvp's type
  words.push_back(nullptr);
  dup2(input, STDIN_FILENO);
  execvp(words[0], words.data());
  complain("emailauth alerts: {} cannot be run: {}\n", in_quotes(command.front()), std::strerror(errno));
  _exit(127);
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

Result<bool> run_command(const std::vector<std::string>& command, const std::string& text) {
  int ends[2];
  if (pipe(ends) != 0) return Error{std::string("no pipe can be made: ") + std::strerror(errno)};
  const pid_t child = fork();
  if (child < 0) return Error{std::string("no process can be made: ") + std::strerror(errno)};
  if (child == 0) {
    close(ends[1]);
    become(command, ends[0]);
  }
  close(ends[0]);
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // a command need not read
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(ends[1], text.data() + at, text.size() - at);
    if (written <= 0) break;
    at += static_cast<std::size_t>(written);
  }
  close(ends[1]);
  std::signal(SIGPIPE, before);
  int state = 0;
  waitpid(child, &state, 0);
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return true;
  return Error{"the command \"" + command.front() + "\" failed (" +
               (WIFEXITED(state) ? "exit status " + std::to_string(WEXITSTATUS(state))
                                 : "signal " + std::to_string(WTERMSIG(state))) +
               "); these alerts will be told again"};
}

}  // namespace emailauth::cli
