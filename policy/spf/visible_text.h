// policy/spf/visible_text.h - Text of unknown origin, fit for a message or a log.
//
// Records, HELOs and senders come from strangers: what is shown of them holds
// printable ASCII only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace emailauth::spf {

// `text` with every other octet as "\DDD"; "..." stands for what is beyond `limit`.
std::string visible_text(std::string_view text, std::size_t limit = 300);

// The same between quotation marks.
std::string quoted_text(std::string_view text, std::size_t limit = 300);

}  // namespace emailauth::spf
