// policy/base/inert_text.h - Text of others, so that it does nothing where it is shown.
//
// Owns which characters a terminal, a log, a zone file or a script never gets: controls (C0, DEL,
// C1), characters that turn the direction of writing, that end a line or cannot be seen, and octets
// that are not UTF-8. Knows nothing of quoting for a shell: policy/base/command_line.h does.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Whether inert() leaves `text` as it is.
bool is_inert(std::string_view text);

// Returns `text` as one line: every octet of a character that must not be shown becomes "\DDD",
// decimal as in DNS. A backslash stays as it is, so inert(inert(x)) == inert(x).
//
//   inert("a\x1b[31m\nb") == "a\\027[31m\\010b"
std::string inert(std::string_view text);

// The same for text of several lines: tabs and line ends ("\n", "\r\n") stay.
std::string inert_lines(std::string_view text);

// JSON text that parses to the same value as `json` and passes inert_lines() unchanged: what must
// not be shown becomes "\uXXXX". Octets that are not UTF-8, and so are not JSON, stay for a parser to refuse.
std::string inert_json(std::string_view json);

}  // namespace emailauth
