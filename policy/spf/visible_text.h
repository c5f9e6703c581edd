// policy/spf/visible_text.h - Makes text of unknown origin fit for a message or a log.
//
// Records, HELOs and senders come from strangers: only printable ASCII of them is shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace emailauth::spf {

// Returns `text` with every other octet as "\DDD"; "..." replaces what exceeds `limit`.
std::string visible_text(std::string_view text, std::size_t limit = 300);

// The same in quotation marks.
std::string quoted_text(std::string_view text, std::size_t limit = 300);

}  // namespace emailauth::spf
