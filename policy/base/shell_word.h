// policy/base/shell_word.h - Text as one word for a shell.
//
// Owns which words need quotes. policy/base/command_line.h makes whole commands, and keeps control characters out of
// them.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Returns `text` in single quotes, always: 'it'\''s'.
std::string shell_quoted(std::string_view text);

// Returns `text` itself if no shell reads anything but plain characters in it, otherwise shell_quoted(text).
std::string shell_word(std::string_view text);

}  // namespace emailauth
