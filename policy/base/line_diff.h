// policy/base/line_diff.h - How two texts differ, line by line.
//
// Owns the unified form that patch(1) and git read. The cost is that of sorting the lines: lines that occur once in
// both texts align the rest ("patience diff"), so a million lines with a thousand changes are cheap. Knows nothing
// about files.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Returns the changes from `before` to `after` with three lines of context, below the lines
// "--- a/<name>" and "+++ b/<name>"; "" if the texts are equal. If `created` is set, /dev/null replaces the first
// name. A name that is not inert (policy/base/inert_text.h) is written as inert() writes
// it. patch(1) turns `before` into `after` with the result.
//
//   unified_diff("f", "1\n2\n", "1\n3\n") ==
//       "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"
std::string unified_diff(std::string_view name, std::string_view before, std::string_view after, bool created = false);

}  // namespace emailauth
