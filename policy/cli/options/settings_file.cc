#include <algorithm>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/cli/options/settings.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kAlike = 4;  // letters at the beginning, of a name that means another: "policy"

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

std::optional<SettingKind> kind_named(std::string_view name) {
  const auto* found =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const SettingKind& kind) { return kind.name == name; });
  return found == kSettings.end() ? std::nullopt : std::optional(*found);
}

Error unknown(const std::string& name) {
  std::vector<std::string_view> known;
  for (const SettingKind& kind : kSettings) known.push_back(kind.name);
  auto meant = nearest(name, known);
  if (!meant) {
    const auto alike = [&](std::string_view one) {
      return name.size() >= kAlike && one.starts_with(name.substr(0, kAlike));
    };
    if (const auto found = std::find_if(known.begin(), known.end(), alike); found != known.end()) meant = *found;
  }
  std::string names;
  for (const std::string_view one : known) names += (names.empty() ? "" : ", ") + std::string(one);
  return Error{in_quotes(name) + ": is not a setting; " +
               (meant ? "did you mean " + in_quotes(*meant) + "?" : "settings are " + names)};
}

// Takes one value off the front of `text`: up to its closing quote, or to one of `ends`.
Result<std::string> take_value(std::string_view& text, std::string_view ends) {
  const char quote = text.empty() ? '\0' : text.front();
  if (quote == '"' || quote == '\'') {
    const std::size_t end = text.find(quote, 1);
    if (end == std::string_view::npos)
      return Error{"the quote is not closed; end the value with " + std::string(1, quote)};
    const std::string value(text.substr(1, end - 1));
    if (quote == '"' && value.find('\\') != std::string::npos)
      return Error{"a backslash does not belong between \"…\"; write the value in '…'"};
    text = trimmed(text.substr(end + 1));
    return value;
  }
  const std::size_t end = std::min(text.find_first_of(ends), text.size());
  const std::string value(trimmed(text.substr(0, end)));
  if (value.find_first_of("\"'#;[]") != std::string::npos)
    return Error{in_quotes(value) + " needs quotes; write '…' around it, and a comment on a line of its own"};
  text.remove_prefix(end);
  return value;
}

// "a", or ["a", "b"]
Result<std::vector<std::string>> read_values(std::string_view text) {
  std::vector<std::string> out;
  const bool is_list = text.starts_with('[');
  if (is_list) text = trimmed(text.substr(1));
  do {
    Result<std::string> value = take_value(text, is_list ? ",]" : "");
    if (!value) return value.error();
    if (value->empty()) return Error{"has no value; write one, or remove the line"};
    out.push_back(std::move(*value));
    if (!is_list) break;
    if (text.starts_with(']')) {
      text = trimmed(text.substr(1));
      break;
    }
    if (!text.starts_with(',')) return Error{"the list does not end; write [\"…\", \"…\"] on one line"};
    text = trimmed(text.substr(1));
  } while (true);
  if (!text.empty()) return Error{in_quotes(std::string(text)) + " follows the value; remove it"};
  return out;
}

Result<ConfiguredLine> read_line(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control)) return Error{"contains a control character; write plain text"};
  const std::size_t equals = text.find('=');
  if (text.starts_with('[')) return Error{in_quotes(std::string(text)) + ": there are no sections; remove the line"};
  if (equals == std::string_view::npos)
    return Error{in_quotes(std::string(text)) + ": is not a setting; write NAME = VALUE"};
  ConfiguredLine out{std::string(trimmed(text.substr(0, equals))), {}, 0};
  const auto kind = kind_named(out.name);
  if (!kind) return unknown(out.name);
  Result<std::vector<std::string>> values = read_values(trimmed(text.substr(equals + 1)));
  if (!values) return Error{in_quotes(out.name) + ": " + values.error().message};
  if (!kind->is_list && values->size() > 1)
    return Error{in_quotes(out.name) + ": has one value only; remove the others"};
  if (kind->is_path && !values->front().starts_with('/'))
    return Error{in_quotes(out.name) + ": " + in_quotes(values->front()) +
                 " does not begin with \"/\"; write the whole path"};
  out.values = std::move(*values);
  return out;
}

}  // namespace

Result<std::vector<ConfiguredLine>> parse_configuration(const std::string& file, std::string_view text) {
  std::vector<ConfiguredLine> out;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const std::string place = file + ":" + std::to_string(number) + ": ";
    Result<ConfiguredLine> read = read_line(line);
    if (!read) return Error{place + read.error().message};
    const auto same = [&](const ConfiguredLine& other) { return other.name == read->name; };
    const auto before = std::find_if(out.begin(), out.end(), same);
    if (before != out.end())
      return Error{place + in_quotes(read->name) + ": is set on line " + std::to_string(before->line) +
                   " already; remove one of the two"};
    read->line = number;
    out.push_back(std::move(*read));
  }
  return out;
}

}  // namespace emailauth::cli
