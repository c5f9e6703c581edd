// policy/base/inert_text.h - Makes text written by others harmless wherever it is shown.
//
// Owns the list of characters that must never reach a terminal, a log, a zone file or a script: controls (C0, DEL,
// C1), characters that change the direction of writing, that end a line or are invisible, and octets that are not
// UTF-8. Knows nothing about quoting for a shell: policy/base/command_line.h does that.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Returns true if inert() leaves `text` as it is.
bool is_inert(std::string_view text);

// Returns `text` as one line: every octet of a character that must not be shown becomes "\DDD",
// decimal as in DNS. A backslash is kept, so inert(inert(x)) == inert(x).
//
//   inert("a\x1b[31m\nb") == "a\\027[31m\\010b"
std::string inert(std::string_view text);

// The same for text of several lines: keeps tabs and line ends ("\n", "\r\n").
std::string inert_lines(std::string_view text);

// Returns JSON text that parses to the same value as `json` and passes inert_lines() unchanged: each character that
// must not be shown becomes "\uXXXX". Keeps octets that are not UTF-8, and so not JSON, for a parser to refuse.
std::string inert_json(std::string_view json);

}  // namespace emailauth
