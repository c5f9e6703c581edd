// policy/report/report_text.h - Text as reports carry it, made fit to keep.
//
// Owns what is done to octets that others wrote: white space, case, octets that
// are not UTF-8. Knows nothing of what the text means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emailauth::report {

// Longer values of a single field are cut: nothing in a report needs more.
inline constexpr std::size_t kMaxField = 1024;

// Octets that are not UTF-8 become U+FFFD; everything else is kept.
std::string with_valid_utf8(std::string_view text);

// One field's value: trimmed, control characters (line ends and tabs too) become
// spaces, valid UTF-8, at most kMaxField octets.
std::string field_text(std::string_view text);

// One domain as reports carry it: in lower case, A-labels instead of U-labels, without a final dot; of an address what
// follows the "@", of several words the first. Names are compared this way, and no local part is kept. Unlike Name it
// takes what is not a name: reports hold "", "unknown" and worse.
std::string domain_text(std::string_view text);

// The domain that a report says it is about, in the same form; "" when mail cannot be of that domain ("_dmarc.x", "a
// b").
std::string mail_domain_text(std::string_view text);

// `text` with the domain alone in place of each address: "550 jane@example.com is unknown" becomes
// "550 example.com is unknown". Encoded addresses ("jane%40example.com") count, too.
std::string without_addresses(std::string_view text);

// in_quotes(without_addresses(text)), for errors.
std::string quoted_value(std::string_view text);

// A whole decimal number of 64 bits, white space around it allowed, nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

// "95 %", "99.9 %", "100 %", "0.4 %": rounded down, so that what misses a limit never looks as if it met it.
std::string percent_text(double value);
std::string percent_text(std::uint64_t part, std::uint64_t whole);  // 0 of nothing

// `text` is `domain` or ends in "." + `domain`. Both in lower case.
bool is_at_or_below(std::string_view text, std::string_view domain);

}  // namespace emailauth::report
