#include "policy/base/first_of_each_file.h"

#include <algorithm>

namespace emailauth {

Diagnostics first_of_each_file(const Diagnostics& diagnostics, std::size_t most) {
  Diagnostics out;
  for (auto begin = diagnostics.begin(); begin != diagnostics.end();) {
    const auto end = std::find_if(begin, diagnostics.end(), [&](const Diagnostic& d) { return d.file != begin->file; });
    const auto number = static_cast<std::size_t>(end - begin);
    const auto shown = begin + static_cast<std::ptrdiff_t>(std::min(number, most));
    out.insert(out.end(), begin, shown);
    if (shown != end) {
      const auto gravest = std::max_element(
          shown, end, [](const Diagnostic& a, const Diagnostic& b) { return a.severity < b.severity; });
      out.push_back({gravest->severity, shown->file, shown->line, "",
                     "and " + std::to_string(number - most) + " more in this file, which are not shown"});
    }
    begin = end;
  }
  return out;
}

}  // namespace emailauth
