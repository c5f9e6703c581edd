#include "policy/base/command_line.h"

#include <algorithm>

#include "policy/base/diagnostic.h"
#include "policy/base/inert_text.h"
#include "policy/base/shell_word.h"

namespace emailauth {

namespace {

bool looks_like_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

}  // namespace

CommandLine::CommandLine(std::initializer_list<std::string_view> verbs) : verbs_(verbs.begin(), verbs.end()) {}

CommandLine& CommandLine::operand(std::string_view text) {
  operands_.emplace_back(text);
  return *this;
}

CommandLine& CommandLine::option(std::string_view name, std::string_view value) {
  if (value.empty() || value.front() == '-') {
    options_.push_back(std::string(name) + "=" + std::string(value));
    return *this;
  }
  options_.emplace_back(name);
  options_.emplace_back(value);
  return *this;
}

CommandLine& CommandLine::flag(std::string_view name) {
  options_.emplace_back(name);
  return *this;
}

std::vector<std::string> CommandLine::words() const {
  std::vector<std::string> out = verbs_;
  const bool apart = std::any_of(operands_.begin(), operands_.end(), looks_like_option);
  if (apart) {
    out.insert(out.end(), options_.begin(), options_.end());
    out.emplace_back("--");
  }
  out.insert(out.end(), operands_.begin(), operands_.end());
  if (!apart) out.insert(out.end(), options_.begin(), options_.end());
  return out;
}

std::string CommandLine::text() const {
  std::string out;
  for (const std::string& word : words()) {
    if (!is_inert(word)) {
      return "# a command is not shown: " + in_quotes(word) +
             " in it contains characters that must not reach a shell; rename it";
    }
    out += (out.empty() ? "" : " ") + shell_word(word);
  }
  return out;
}

CommandLine in_directory(CommandLine command, std::string_view named) {
  if (!named.empty()) command.option("--policies", named);
  return command;
}

}  // namespace emailauth
