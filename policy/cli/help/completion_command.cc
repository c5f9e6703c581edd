// `emailauth completion`: what a shell needs to complete commands and options.
#include <fmt/format.h>

#include "policy/base/diagnostic.h"
#include "policy/base/shell_word.h"
#include "policy/cli/help/command_tree.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace completion_command {

// Returns every command, each before those below it.
void flatten(const Command& command, std::vector<const Command*>& out) {
  out.push_back(&command);
  for (const Command& child : command.commands) flatten(child, out);
}

std::vector<const Command*> all_of(const Command& root) {
  std::vector<const Command*> out;
  flatten(root, out);
  return out;
}

// "senders add"; "" for the program itself.
std::string below_program(const Command& command) {
  const std::size_t space = command.path.find(' ');
  return space == std::string::npos ? "" : command.path.substr(space + 1);
}

std::string last_word(const Command& command) { return command.path.substr(command.path.rfind(' ') + 1); }

std::string names_of(const std::vector<Command>& commands) {
  std::string out;
  for (const Command& command : commands) out += (out.empty() ? "" : " ") + last_word(command);
  return out;
}

std::string options_of(const Command& command) {
  std::string out;
  for (const CommandOption& option : command.options) {
    if (option.positional) continue;
    for (const std::string& name : option.names) out += (out.empty() ? "" : " ") + name;
  }
  return out;
}

// The path so far is read word by word; then come commands, and options where "-" was typed.
std::string bash(const Command& root) {
  std::string known;
  std::string words;
  for (const Command* command : all_of(root)) {
    const std::string path = below_program(*command);
    if (!path.empty()) known += (known.empty() ? "" : " | ") + shell_quoted(path);
    words += fmt::format("    {})\n      commands={}\n      options={}\n      ;;\n", shell_quoted(path),
                         shell_quoted(names_of(command->commands)), shell_quoted(options_of(*command)));
  }
  return fmt::format(R"(# bash completion for emailauth: made by "emailauth completion bash"
_emailauth() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path='' commands='' options='' next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next=${{path:+$path }}${{COMP_WORDS[i]}}
    case $next in
    {}) path=$next ;;
    esac
  done
  case $path in
{}  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  fi
}}
complete -o default -F _emailauth emailauth
)",
                     known, words);
}

std::string zsh(const Command& root) {
  std::string known;
  std::string words;
  for (const Command* command : all_of(root)) {
    const std::string path = below_program(*command);
    if (!path.empty()) known += (known.empty() ? "" : " | ") + shell_quoted(path);
    std::string entries;
    for (const Command& child : command->commands)
      entries += " " + shell_quoted(last_word(child) + ":" + child.description);
    words += fmt::format("    ({}) commands=({}) options=({}) ;;\n", shell_quoted(path),
                         entries.empty() ? "" : entries.substr(1), options_of(*command));
  }
  return fmt::format(R"(#compdef emailauth
# zsh completion for emailauth: made by "emailauth completion zsh"
_emailauth() {{
  local path_ next i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    next="${{path_:+$path_ }}${{words[i]}}"
    case "$next" in
      ({}) path_=$next ;;
    esac
  done
  case "$path_" in
{}  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- $options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}}
if [[ $funcstack[1] == _emailauth ]]; then
  _emailauth "$@"
else
  compdef _emailauth emailauth
fi
)",
                     known, words);
}

std::string fish(const Command& root) {
  std::string known;
  std::string rows;
  for (const Command* command : all_of(root)) {
    const std::string path = below_program(*command);
    if (!path.empty()) known += " " + shell_quoted(path);
    const std::string when = fmt::format("complete -c emailauth -n \"__emailauth_at {}\"", shell_quoted(path));
    for (const Command& child : command->commands)
      rows += fmt::format("{} -f -a {} -d {}\n", when, last_word(child), shell_quoted(child.description));
    for (const CommandOption& option : command->options) {
      if (option.positional) continue;
      std::string names;
      for (const std::string& name : option.names)
        names += name[1] == '-' ? " -l " + name.substr(2) : " -s " + name.substr(1);
      rows +=
          fmt::format("{}{}{} -d {}\n", when, names, option.takes_value ? " -r" : "", shell_quoted(option.description));
    }
  }
  return fmt::format(R"(# fish completion for emailauth: made by "emailauth completion fish"
function __emailauth_at
  set -l path
  for word in (commandline -opc)[2..]
    set -l next (string trim "$path $word")
    contains -- $next{}
    and set path $next
  end
  test "$path" = "$argv[1]"
end
{})",
                     known, rows);
}

}  // namespace completion_command

void add_completion(CLI::App& app, Program& program) {
  using namespace completion_command;
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print what a shell needs to complete commands and options");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required();
  command->footer(
      "Packages install it; by hand:\n"
      "  bash  emailauth completion bash > /etc/bash_completion.d/emailauth\n"
      "  zsh   emailauth completion zsh > /usr/share/zsh/vendor-completions/_emailauth\n"
      "  fish  emailauth completion fish > /etc/fish/completions/emailauth.fish\n\n"
      "Examples:\n"
      "  emailauth completion bash\n\n"
      "Exit status: 0 printed, 2 wrong usage.");
  program.on_call(*command, [&app, shell] {
    const Command root = command_tree(app);
    if (*shell == "bash" || *shell == "zsh" || *shell == "fish") {
      print(Shown::lines(*shell == "bash" ? bash(root) : *shell == "zsh" ? zsh(root) : fish(root)));
      return kFine;
    }
    return trouble("completion",
                   in_quotes(*shell) + " is not a shell that is known here; use \"bash\", \"zsh\" or \"fish\"");
  });
}

}  // namespace emailauth::cli
