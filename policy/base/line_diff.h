// policy/base/line_diff.h - How two texts differ, line by line.
//
// Owns the unified form that patch(1) and git read. Cost is that of sorting the lines:
// lines that stand once in both texts hold the others in place (the "patience" way), so
// a million lines with a thousand changes are no trouble. Knows nothing of files.
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// The changes from `before` to `after` with three lines around them, under the heads
// "--- a/<name>" and "+++ b/<name>"; "" when the texts are equal. `created` writes
// /dev/null in place of the first name. A name that is not inert (policy/base/inert_text.h) is written as inert() has
// it. Applied to `before` by patch(1) it gives `after`.
//
//   unified_diff("f", "1\n2\n", "1\n3\n") ==
//       "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"
std::string unified_diff(std::string_view name, std::string_view before, std::string_view after, bool created = false);

}  // namespace emailauth
