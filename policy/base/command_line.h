// policy/base/command_line.h - A command that is printed for people, or for a shell, to run.
//
// Owns the quoting: a command is built from words, and text written by others (DNS, reports, file names) stays the
// one word that it was given as. Every command that is printed comes from text(); tests/layers/check finds those
// that do not.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace emailauth {

//   CommandLine({"emailauth", "sender", "enable"}).operand("example.com").operand("a;reboot").text()
//       == "emailauth sender enable example.com 'a;reboot'"
class CommandLine {
 public:
  // `verbs` are words that the caller itself writes: the program, and what it is to do.
  explicit CommandLine(std::initializer_list<std::string_view> verbs);

  // Adds something to work on. It is never read as an option: if an operand begins with "-", text() puts the options
  // first, then "--", then the operands.
  CommandLine& operand(std::string_view text);

  // Adds "--selector s1", or "--selector=-x" for a value that looks like an option itself.
  CommandLine& option(std::string_view name, std::string_view value);

  // Adds an option without a value.
  CommandLine& flag(std::string_view name);

  // Returns the words that the program is called with.
  std::vector<std::string> words() const;

  // Returns one line that a POSIX shell reads back as words(). POSIX has no way to write a control character that is
  // both visible and a plain word ($'…' is text in dash), so a command with a word that is not inert
  // (policy/base/inert_text.h) is not shown: the line is then a comment that says why.
  std::string text() const;

 private:
  std::vector<std::string> verbs_;
  std::vector<std::string> operands_;
  std::vector<std::string> options_;
};

// Adds "--policies <named>" to a command of emailauth. `named` is what the command that prints this one was called
// with; "" if it was called without the option, and both find the directory by themselves.
CommandLine in_directory(CommandLine command, std::string_view named);

}  // namespace emailauth
