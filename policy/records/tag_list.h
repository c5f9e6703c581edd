// policy/records/tag_list.h - "tag=value; tag=value", as DMARC, DKIM, BIMI, MTA-STS
// and TLS-RPT records have it (RFC 6376, 3.2; RFC 9989, 4.8).
//
// Reads what strangers publish: refuses nothing, and keeps the parts that are wrong apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emailauth::check {

struct Tag {
  std::string name;   // as written
  std::string value;  // without surrounding white space
};

struct TagList {
  std::vector<Tag> tags;            // in order
  std::vector<std::string> broken;  // parts that are not "tag=value"
  std::vector<std::string> twice;   // names that occur more than once

  // Returns the value of the first tag of that name (case matters), or nullptr.
  const std::string* find(std::string_view name) const;
};

TagList parse_tags(std::string_view text);

// Splits "a,b" or "a:b" into its parts, without surrounding white space; leaves out empty parts.
std::vector<std::string> split(std::string_view text, char separator);

// Returns true if `word`, in any case, is a part of "a:b".
bool lists(std::string_view value, std::string_view word);

// Removes every blank, tab and line end: base64 may be folded anywhere (RFC 6376, 3.2).
std::string without_space(std::string_view text);

}  // namespace emailauth::check
