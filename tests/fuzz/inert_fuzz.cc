// Gives any octets to the functions that make texts inert, and to the writer of command lines, one word per line of the
// input. Nothing that must not be shown remains, nothing else is changed, and a shell reads each word back unchanged.
#include <cstdint>
#include <string>
#include <vector>

#include "policy/base/command_line.h"
#include "policy/base/diagnostic.h"
#include "policy/base/inert_text.h"
#include "policy/base/text.h"
#include "policy/base/utf8.h"
#include "policy/json/json_value.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

bool holds_control(std::string_view text, bool lines) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    const bool layout = octet == '\n' || octet == '\t' || (octet == '\r' && text.substr(i + 1, 1) == "\n");
    if ((octet < 0x20 && !(lines && layout)) || octet == 0x7f) return true;
    if (octet == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return text.find("\xe2\x80\xae") != std::string_view::npos || text.find("\xe2\x80\xa8") != std::string_view::npos;
}

// Returns the octets that "\DDD" encodes; requires that every backslash of `text` begins one.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 3))));
    i += 3;
  }
  return out;
}

void check_text(std::string_view text) {
  const std::string line = inert(text);
  require(!holds_control(line, false) && find_invalid_utf8(line) == std::string_view::npos,
          "one line holds no control");
  require(inert(line) == line && is_inert(line) && is_inert(text) == (line == text), "what is inert stays");
  if (text.find('\\') == std::string_view::npos) require(unescaped(line) == text, "no octet is lost");
  const std::string lines = inert_lines(text);
  require(!holds_control(lines, true) && inert_lines(lines) == lines, "several lines hold no control");
  require(is_inert(printable(text)) && printable(text).size() <= 200 * 4 + 3, "a printable text is inert and short");
}

void check_json(std::string_view text) {
  if (find_invalid_utf8(text) != std::string_view::npos) return;
  const std::string json = json_string(text);
  require(is_inert(json), "a string of JSON is inert");
  const auto parsed = parse_json(json);
  require(std::holds_alternative<JsonValue>(parsed), "a string of JSON is JSON");
  require(std::get<JsonValue>(parsed).text == text, "a string of JSON round-trips");
}

// Words as a POSIX shell reads them (2.2 of its standard), as far as quotes go; requires that nothing else is special.
std::vector<std::string> read_by_shell(std::string_view line) {
  std::vector<std::string> out;
  bool in_word = false;
  const auto word = [&]() -> std::string& {
    if (!in_word) out.emplace_back();
    in_word = true;
    return out.back();
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == ' ') {
      in_word = false;
    } else if (c == '\'') {
      const std::size_t end = line.find('\'', i + 1);
      require(end != std::string_view::npos, "a quote is closed");
      word() += line.substr(i + 1, end - i - 1);
      i = end;
    } else if (c == '\\') {
      word() += line[++i];
    } else {
      require(std::string_view("|&;<>()$`\"\t\n*?[#~!{}").find(c) == std::string_view::npos, "nothing is special");
      word() += c;
    }
  }
  return out;
}

void check_command(std::string_view text) {
  CommandLine command({"emailauth", "verb"});
  for (int kind = 0; !text.empty(); ++kind) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view word = text.substr(0, end);
    if (kind % 3 == 0) command.operand(word);
    if (kind % 3 == 1) command.option("--option", word);
    if (kind % 3 == 2) command.flag("--flag");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const std::string line = command.text();
  require(is_inert(line), "a command is one line");
  if (line.front() == '#') return;
  require(read_by_shell(line) == command.words(), "a shell reads the words back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_text(text);
  check_json(text);
  check_command(text);
  return 0;
}
