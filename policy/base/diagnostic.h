// policy/base/diagnostic.h - What is wrong in a policy file, and where.
//
// Knows nothing about the checks that produce it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace emailauth {

enum class Severity : std::uint8_t { advice, warning, error };

std::string_view to_text(Severity severity);  // "error"

struct Diagnostic {
  Severity severity = Severity::error;
  std::string file;        // relative to the policy directory; "" for the directory itself
  std::uint32_t line = 0;  // from 1; 0 when the whole file is meant
  std::string pointer;     // RFC 6901, such as "/dmarc/p"; "" when the whole file is meant
  std::string message;     // what, quoting the value; what to do

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// Returns "domains/example.com.json:3: /dmarc/p: "rejct" is not a policy; use …": one line, made inert
// (policy/base/inert_text.h). The words "warning" and "advice" follow the place.
std::string to_string(const Diagnostic& diagnostic);

bool has_errors(const Diagnostics& diagnostics);

// The order in which findings are shown: by file, then by line.
bool by_place(const Diagnostic& a, const Diagnostic& b);

// Makes text from outside fit for one line: returns inert(text) of policy/base/inert_text.h, cut with "…" after 200
// octets.
std::string printable(std::string_view text);

// Returns printable(text) in double quotes.
std::string in_quotes(std::string_view text);

}  // namespace emailauth
