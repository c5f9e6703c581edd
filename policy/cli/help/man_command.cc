// `emailauth man`: the manual pages, made from what --help says.
#include <fmt/format.h>

#include <algorithm>

#include "policy/cli/help/command_tree.h"
#include "policy/cli/help/policy_page.h"
#include "policy/cli/help/roff.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"
#include "policy/cli/write/file_replace.h"

namespace emailauth::cli {

namespace man_command {

// "emailauth-senders-add"
std::string page_of(const Command& command) {
  std::string out = command.path;
  std::replace(out.begin(), out.end(), ' ', '-');
  return out;
}

std::string synopsis(const Command& command) {
  std::string out = "\\fB" + roff(command.path) + "\\fR";
  if (!command.commands.empty()) out += " \\fICOMMAND\\fR";
  out += " [\\fIOPTION\\fR]...";
  for (const CommandOption& option : command.options) {
    if (!option.positional) continue;
    const std::string name = "\\fI" + roff(option.names.front()) + "\\fR" + (option.many ? "..." : "");
    out += option.required ? " " + name : " [" + name + "]";
  }
  return out + "\n";
}

std::string options(const Command& command) {
  std::string out = ".SH OPTIONS\n";
  for (const CommandOption& option : command.options) {
    out += ".TP\n";
    std::string names;
    for (const std::string& name : option.names) {
      names += names.empty() ? "" : ", ";
      names += (option.positional ? "\\fI" : "\\fB") + roff(name) + "\\fR";
    }
    out += names + (option.takes_value && !option.positional ? " \\fIVALUE\\fR" : "") + "\n" + roff(option.description);
    if (!option.standard.empty()) out += "\n(default: " + roff(option.standard) + ")";
    out += "\n";
  }
  return out;
}

// Indented lines are shown unchanged.
std::string paragraph(const std::string& text) {
  std::string out = ".PP\n";
  bool as_it_is = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if ((line[0] == ' ') != as_it_is) out += as_it_is ? ".fi\n" : ".nf\n";
    as_it_is = line[0] == ' ';
    out += roff(line) + "\n";
    at = end + 1;
  }
  return out + (as_it_is ? ".fi\n" : "");
}

std::string page(const Command& command, const Command& root) {
  const std::string name = page_of(command);
  std::string out = roff_head(name, "1", command.description) + ".SH SYNOPSIS\n" + synopsis(command);
  if (!command.text.empty()) out += ".SH DESCRIPTION\n";
  for (const std::string& text : command.text) out += paragraph(text);
  if (!command.commands.empty()) out += ".SH COMMANDS\n";
  for (const Command& child : command.commands) {
    out += fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", roff(page_of(child)), roff(child.description));
  }
  out += options(command);
  if (!command.exit_status.empty()) out += ".SH EXIT STATUS\n" + roff(command.exit_status) + "\n";
  if (!command.examples.empty()) out += ".SH EXAMPLES\n.nf\n";
  for (const std::string& example : command.examples) out += roff(example) + "\n";
  if (!command.examples.empty()) out += ".fi\n";
  out += ".SH SEE ALSO\n";
  if (&command != &root) out += ".BR " + roff(page_of(root)) + " (1),\n";
  return out + ".BR emailauth\\-policy (5)\n";
}

Result<bool> write_pages(const Command& command, const Command& root, const Folder& folder) {
  Result<bool> written = write_over({folder, page_of(command) + ".1"}, page(command, root));
  for (const Command& child : command.commands) {
    if (written) written = write_pages(child, root, folder);
  }
  return written;
}

int write_all_pages(const Command& root, const std::string& into) {
  const Result<Folder> folder = Folder::open(into);
  Result<bool> written =
      folder ? write_pages(root, root, *folder)
             : Error{into + ": cannot be written: " + folder.error().message + "; create the folder first"};
  if (written) written = write_over({*folder, "emailauth-policy.5"}, policy_page());
  if (written) return kFine;
  return trouble("man", written.error().message);
}

const Command* find(const Command& command, const std::string& path) {
  if (command.path == path) return &command;
  for (const Command& child : command.commands) {
    if (const Command* found = find(child, path)) return found;
  }
  return nullptr;
}

struct Options {
  std::vector<std::string> words;
  std::string into;
};

int man(const CLI::App& app, const Options& options) {
  const Command root = command_tree(app);
  if (!options.into.empty()) return write_all_pages(root, options.into);
  if (options.words == std::vector<std::string>{"policy"}) {
    print(Shown::lines(policy_page()));
    return kFine;
  }
  const std::string path =
      fmt::format("emailauth{}{}", options.words.empty() ? "" : " ", fmt::join(options.words, " "));
  const Command* command = find(root, path);
  if (command == nullptr) {
    complain("emailauth man: there is no command \"{}\"; \"emailauth --help\" names them\n", path);
    return kTrouble;
  }
  print(Shown::lines(page(*command, root)));
  return kFine;
}

}  // namespace man_command

void add_man(CLI::App& app, Program& program) {
  using namespace man_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("man", "Print the manual page of a command");
  command->add_option("COMMAND", options->words,
                      "The command, such as \"senders add\"; \"policy\" is the page of the policy files");
  command->add_option("--into", options->into, "Write the pages of all commands into this folder");
  command->footer(
      "Pages are made from what --help says; packages install them.\n\n"
      "Examples:\n"
      "  emailauth man senders add\n"
      "  emailauth man policy | man -l -\n\n"
      "Exit status: 0 printed, 2 wrong usage or I/O.");
  program.on_call(*command, [&app, options] { return man(app, *options); });
}

}  // namespace emailauth::cli
