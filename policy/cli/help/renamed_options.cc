#include "policy/cli/help/renamed_options.h"

#include <algorithm>
#include <string_view>

#include "policy/base/diagnostic.h"

namespace emailauth::cli {

namespace {

struct Renamed {
  std::string_view command;  // with all commands below it
  std::string_view old;
  std::string_view now;
};

constexpr Renamed kRenamed[] = {
    {"emailauth", "--dir", "--policies"},
    {"emailauth", "--db", "--reports"},
    {"emailauth alerts", "--config", "--rules"},
};

// These took the policy directory as their first word; now that may be a name or an id, or there is none.
constexpr std::string_view kTookDirectory[] = {
    "emailauth lint",         "emailauth explain",          "emailauth senders list",
    "emailauth senders show", "emailauth senders refresh",  "emailauth senders diff",
    "emailauth senders add",  "emailauth senders identify",
};

bool is_at_or_below(std::string_view path, std::string_view command) {
  return path.starts_with(command) && (path.size() == command.size() || path[command.size()] == ' ');
}

bool is_named(const CommandOption& option, std::string_view name) {
  return !option.positional && std::find(option.names.begin(), option.names.end(), name) != option.names.end();
}

const CommandOption* option_named(const Command& command, std::string_view name) {
  const auto same = [&](const CommandOption& option) { return is_named(option, name); };
  const auto found = std::find_if(command.options.begin(), command.options.end(), same);
  return found == command.options.end() ? nullptr : &*found;
}

const Command* below(const Command& command, std::string_view word) {
  const std::string path = command.path + " " + std::string(word);
  const auto same = [&](const Command& child) { return child.path == path; };
  const auto found = std::find_if(command.commands.begin(), command.commands.end(), same);
  return found == command.commands.end() ? nullptr : &*found;
}

// A name or an id has no slash.
bool is_path(const std::string& word) { return word.find('/') != std::string::npos || word == "." || word == ".."; }

bool takes_one_word(const Command& command) {
  return std::none_of(command.options.begin(), command.options.end(),
                      [](const CommandOption& option) { return option.positional && option.many; });
}

std::optional<Error> old_directory(const Command& command, const std::vector<std::string>& operands) {
  const auto* took = std::find(std::begin(kTookDirectory), std::end(kTookDirectory), command.path);
  if (took == std::end(kTookDirectory) || operands.empty()) return std::nullopt;
  const auto words = static_cast<std::size_t>(std::count_if(
      command.options.begin(), command.options.end(), [](const CommandOption& option) { return option.positional; }));
  const bool too_many = takes_one_word(command) && operands.size() == words + 1;
  if (!is_path(operands.front()) && !too_many) return std::nullopt;
  return Error{command.path + ": the policy directory is an option now; write --policies " + operands.front() +
               ", or configure it once (\"emailauth config\" shows what is configured)"};
}

}  // namespace

std::optional<Error> renamed_option(const Command& root, const std::vector<std::string>& words) {
  const Command* at = &root;
  std::vector<std::string> operands;
  bool names_directory = false;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (word == "-h") return std::nullopt;
    if (!word.starts_with("--")) {
      if (const Command* child = below(*at, word))
        at = child;
      else if (!word.starts_with('-'))
        operands.push_back(word);
      continue;
    }
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    if (name == "--help") return std::nullopt;
    names_directory = names_directory || name == "--policies";
    const CommandOption* known = option_named(*at, name);
    for (const Renamed& one : kRenamed) {
      if (one.old == name && known == nullptr && is_at_or_below(at->path, one.command))
        return Error{at->path + ": " + std::string(one.old) + " is called " + std::string(one.now) +
                     " now, in every command; write that"};
    }
    if (known == nullptr) known = option_named(root, name);
    if (known != nullptr && known->takes_value && name.size() == word.size()) ++i;
  }
  return names_directory ? std::nullopt : old_directory(*at, operands);
}

}  // namespace emailauth::cli
