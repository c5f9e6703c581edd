// policy/records/tag_list.h - "tag=value; tag=value", as DMARC, DKIM, BIMI, MTA-STS
// and TLS-RPT records have it (RFC 6376, 3.2; RFC 9989, 4.8).
//
// Reads what strangers publish: nothing is refused, what is wrong is kept apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emailauth::check {

struct Tag {
  std::string name;   // as written
  std::string value;  // without white space around it
};

struct TagList {
  std::vector<Tag> tags;            // in order
  std::vector<std::string> broken;  // parts that are not "tag=value"
  std::vector<std::string> twice;   // names that stand more than once

  // The first of that name (case matters); nullptr when there is none.
  const std::string* find(std::string_view name) const;
};

TagList parse_tags(std::string_view text);

// "a,b" or "a:b" -> the parts, without white space around them; empty ones left out.
std::vector<std::string> split(std::string_view text, char separator);

// Whether "a:b" has `word` among its parts, in whatever case.
bool lists(std::string_view value, std::string_view word);

// Without any blank, tab or line end: base64 may be folded anywhere (RFC 6376, 3.2).
std::string without_space(std::string_view text);

}  // namespace emailauth::check
