#include "policy/cli/help/command_tree.h"

#include <algorithm>
#include <string_view>

#include "policy/base/diagnostic.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace {

constexpr std::string_view kExamples = "Examples:\n";
constexpr std::string_view kExitStatus = "Exit status: ";

CommandOption option_of(const CLI::Option& option) {
  CommandOption out;
  out.positional = option.get_positional();
  if (out.positional) {
    out.names.push_back(option.get_name(true));
  } else {
    for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  }
  out.description = option.get_description();
  out.standard = option.get_default_str();
  out.takes_value = option.get_expected_max() > 0;
  out.required = option.get_required();
  out.many = option.get_expected_max() > 1;
  return out;
}

std::vector<std::string> split(std::string_view text, std::string_view between) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(between), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + between.size(), text.size()));
  }
  return out;
}

void read_footer(const std::string& footer, Command& command) {
  for (const std::string& paragraph : split(footer, "\n\n")) {
    if (paragraph.rfind(kExamples, 0) == 0) {
      for (const std::string& line : split(std::string_view(paragraph).substr(kExamples.size()), "\n"))
        command.examples.push_back(line.substr(line.find_first_not_of(' ')));
    } else if (const std::size_t at = paragraph.find(kExitStatus); at == 0) {
      command.exit_status = paragraph.substr(kExitStatus.size());
    } else {
      command.text.push_back(paragraph);
    }
  }
}

// Whether `word` is an option of the program itself whose value is the next word. Options of a command that has others
// below it have no values.
bool takes_next_word(const Command& root, std::string_view word) {
  return std::any_of(root.options.begin(), root.options.end(), [&](const CommandOption& option) {
    return option.takes_value && std::find(option.names.begin(), option.names.end(), word) != option.names.end();
  });
}

std::string_view last_word(const Command& command) {
  return std::string_view(command.path).substr(command.path.rfind(' ') + 1);
}

}  // namespace

Command command_tree(const CLI::App& app, const std::string& above) {
  Command out;
  out.path = above.empty() ? app.get_name() : above + " " + app.get_name();
  out.description = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) out.options.push_back(option_of(*option));
  }
  read_footer(app.get_footer(), out);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) out.commands.push_back(command_tree(*command, out.path));
  }
  return out;
}

std::optional<Error> unknown_command(const Command& root, const std::vector<std::string>& words) {
  const Command* at = &root;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (at->commands.empty() || word == "--") return std::nullopt;
    if (word.starts_with('-')) {
      if (takes_next_word(root, word)) ++i;
      continue;
    }
    const auto same = [&](const Command& command) { return last_word(command) == word; };
    const auto found = std::find_if(at->commands.begin(), at->commands.end(), same);
    if (found == at->commands.end()) {
      std::vector<std::string_view> known;
      for (const Command& command : at->commands) known.push_back(last_word(command));
      const auto meant = nearest(word, known);
      return Error{at->path + ": there is no command " + in_quotes(word) + "; " +
                   (meant ? "did you mean " + in_quotes(*meant) + "?" : "\"" + at->path + " --help\" names them")};
    }
    at = &*found;
  }
  return std::nullopt;
}

}  // namespace emailauth::cli
