#include "policy/base/diagnostic.h"

#include <algorithm>
#include <tuple>

#include "policy/base/inert_text.h"
#include "policy/base/utf8.h"

namespace emailauth {

namespace {

constexpr std::size_t kMostShown = 200;

}  // namespace

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::advice: return "advice";
  }
  return "";
}

std::string to_string(const Diagnostic& d) {
  std::string out = d.file.empty() ? "." : printable(d.file);
  if (d.line > 0) out += ":" + std::to_string(d.line);
  out += ": ";
  if (d.severity == Severity::warning) out += "warning: ";
  if (d.severity == Severity::advice) out += "advice: ";
  if (!d.pointer.empty()) out += printable(d.pointer) + ": ";
  return out + inert(d.message);
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

bool by_place(const Diagnostic& a, const Diagnostic& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); }

std::string printable(std::string_view text) {
  std::size_t shown = 0;
  while (shown < text.size()) {
    const std::size_t length = std::max<std::size_t>(utf8_sequence_length(text, shown), 1);
    if (shown + length > kMostShown) break;
    shown += length;
  }
  return inert(text.substr(0, shown)) + (shown < text.size() ? "…" : "");
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

}  // namespace emailauth
