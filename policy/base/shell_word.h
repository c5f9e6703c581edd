// policy/base/shell_word.h - Text as one word of a shell.
//
// Owns which words need quotes. Whole commands are made by policy/base/command_line.h, which also
// keeps control characters out.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// In single quotes, always: 'it'\''s'.
std::string shell_quoted(std::string_view text);

// `text` itself where no shell sees more in it than its letters, else shell_quoted().
std::string shell_word(std::string_view text);

}  // namespace emailauth
