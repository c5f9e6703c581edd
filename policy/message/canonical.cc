#include "policy/message/canonical.h"

#include <algorithm>
#include <map>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"

namespace emailauth::message {

namespace {

// Returns the value of relaxed fields: no folding, each run of white space as one space, none at the ends.
// Only CRLF is folding: an octet CR or LF alone is kept.
std::string relaxed_value(std::string_view value) {
  std::string out;
  bool gap = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value.substr(i, 2) == "\r\n") {
      ++i;
    } else if (is_blank(value[i])) {
      gap = true;
    } else {
      if (gap && !out.empty()) out += ' ';
      gap = false;
      out += value[i];
    }
  }
  return out;
}

// Returns a line without white space at the end, and each run of it as one space (3.4.4, step a).
void append_relaxed_line(std::string_view line, std::string& out) {
  bool gap = false;
  for (const char c : line) {
    if (is_blank(c)) {
      gap = true;
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
}

// Returns `field` without the value of its b= tag, white space included (3.5, 3.7).
HeaderField without_b(const HeaderField& field) {
  HeaderField out = field;
  std::size_t begin = field.value;
  while (begin < out.raw.size()) {
    const std::size_t end = std::min(out.raw.find(';', begin), out.raw.size());
    const std::size_t equals = std::min(out.raw.find('=', begin), end);
    std::string name;
    std::copy_if(out.raw.begin() + static_cast<std::ptrdiff_t>(begin),
                 out.raw.begin() + static_cast<std::ptrdiff_t>(equals), std::back_inserter(name),
                 [](char c) { return !is_space(c); });
    if (name == "b" && equals < end) {
      out.raw.erase(equals + 1, end - equals - 1);
      return out;
    }
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string_view to_text(Canonical canonical) {
  switch (canonical) {
    case Canonical::simple: return "simple";
    case Canonical::relaxed: return "relaxed";
  }
  return {};
}

std::string canonical_field(const HeaderField& field, Canonical canonical) {
  if (canonical == Canonical::simple) return field.raw + "\r\n";
  return ascii_lower(field.name) + ":" + relaxed_value(field.value_text()) + "\r\n";
}

std::string canonical_body(std::string_view body, Canonical canonical) {
  std::string out;
  out.reserve(body.size() + 2);
  std::size_t pending = 0;  // empty lines that count only if something follows
  while (!body.empty()) {
    const std::size_t end = body.find("\r\n");
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
    const bool empty = canonical == Canonical::relaxed ? std::all_of(line.begin(), line.end(), is_blank) : line.empty();
    if (empty) {
      ++pending;
      continue;
    }
    for (; pending > 0; --pending) out += "\r\n";
    if (canonical == Canonical::relaxed)
      append_relaxed_line(line, out);
    else
      out += line;
    out += "\r\n";
  }
  // An empty body is one empty line for "simple", nothing for "relaxed" (3.4.3, 3.4.4).
  if (out.empty() && canonical == Canonical::simple) out = "\r\n";
  return out;
}

std::vector<const HeaderField*> signed_fields(const Mail& mail, const std::vector<std::string>& names,
                                              const HeaderField* except) {
  std::map<std::string, std::vector<const HeaderField*>> left;  // bottom last
  for (const HeaderField& field : mail.fields) {
    if (&field != except) left[ascii_lower(field.name)].push_back(&field);
  }
  std::vector<const HeaderField*> out;
  for (const std::string& name : names) {
    const auto found = left.find(ascii_lower(name));
    if (found == left.end() || found->second.empty()) continue;
    out.push_back(found->second.back());
    found->second.pop_back();
  }
  return out;
}

std::string signing_input(const std::vector<const HeaderField*>& fields, const HeaderField& signature,
                          Canonical canonical) {
  std::string out;
  for (const HeaderField* field : fields) out += canonical_field(*field, canonical);
  const std::string last = canonical_field(without_b(signature), canonical);
  return out.append(last, 0, last.size() - 2);
}

}  // namespace emailauth::message
