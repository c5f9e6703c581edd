#include "policy/diagnostic.h"

#include <algorithm>
#include <tuple>

#include "policy/utf8.h"

namespace emailauth {

namespace {

constexpr std::size_t kMostShown = 200;

void append_escaped(std::string& out, unsigned char octet) {
  out += '\\';
  out += static_cast<char>('0' + octet / 100);
  out += static_cast<char>('0' + octet / 10 % 10);
  out += static_cast<char>('0' + octet % 10);
}

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
  return out + d.message;
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

bool by_place(const Diagnostic& a, const Diagnostic& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); }

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence_length(text, at);
    if (at + length > kMostShown) return out + "…";
    const auto octet = static_cast<unsigned char>(text[at]);
    if (length == 0 || octet < 0x20 || octet == 0x7f) {
      append_escaped(out, octet);
      ++at;
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  return out;
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

}  // namespace emailauth
