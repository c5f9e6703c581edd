#include "policy/message/mail.h"

#include <algorithm>
#include <optional>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"

namespace emailauth::message {

namespace {

// Takes lines off the front of a text, however they end.
class Lines {
 public:
  Lines(std::string_view text, Mail& out) : rest_(text), out_(out) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::string_view peek() const {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    const bool crlf = line.size() < rest_.size() && line.ends_with('\r');
    return crlf ? line.substr(0, line.size() - 1) : line;
  }

  std::string_view take() {
    const std::string_view line = peek();
    const std::size_t end = rest_.find('\n');
    if (end == line.size()) out_.bare_lf = true;
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return line;
  }

 private:
  std::string_view rest_;
  Mail& out_;
};

// Returns the position of the colon in a line that begins a field (RFC 5322, 2.2; obs-optional).
std::optional<std::size_t> colon_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::size_t end = colon;
  while (end > 0 && is_blank(line[end - 1])) --end;
  const bool name = end > 0 && std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(end),
                                           [](char c) { return c > ' ' && c < '\x7f'; });
  if (!name) return std::nullopt;
  return colon;
}

Result<bool> read_header(Lines& lines, Mail& out) {
  std::size_t size = 0;
  while (!lines.at_end()) {
    const std::string_view line = lines.peek();
    if (line.empty()) {
      lines.take();
      return true;
    }
    size += line.size() + 2;
    if (size > kMaxHeader) return Error{"the header is larger than 1 MiB; receivers refuse that"};
    if (is_blank(line.front()) && !out.fields.empty()) {
      out.fields.back().raw.append("\r\n").append(lines.take());
      continue;
    }
    const auto colon = colon_of(line);
    if (!colon) {
      if (out.fields.empty()) return Error{"is not a mail: it does not begin with a header field"};
      out.cut_header = true;
      return true;
    }
    if (out.fields.size() == kMaxFields) return Error{"has more than 2000 header fields; receivers refuse that"};
    std::size_t end = *colon;
    while (is_blank(line[end - 1])) --end;
    out.fields.push_back({std::string(line.substr(0, end)), std::string(lines.take()), *colon + 1});
  }
  return true;
}

}  // namespace

std::vector<const HeaderField*> Mail::all(std::string_view name) const {
  std::vector<const HeaderField*> out;
  for (const HeaderField& field : fields) {
    if (equals_ignoring_case(field.name, name)) out.push_back(&field);
  }
  return out;
}

Result<Mail> parse_mail(std::string_view octets) {
  if (octets.size() > kMaxMail) return Error{"is larger than 64 MiB; receivers refuse that"};
  Mail out;
  out.nul = octets.find('\0') != std::string_view::npos;
  Lines lines(octets, out);
  if (octets.starts_with("From ")) lines.take();
  if (const auto read = read_header(lines, out); !read) return read.error();
  if (out.fields.empty()) return Error{"is not a mail: it does not begin with a header field"};
  out.body.reserve(lines.rest().size() + lines.rest().size() / 32);
  while (!lines.at_end()) {
    const bool ended = lines.rest().find('\n') != std::string_view::npos;
    out.body.append(lines.take());
    if (ended) out.body.append("\r\n");
  }
  for (std::size_t at = octets.find('\r'); at != std::string_view::npos && !out.bare_cr; at = octets.find('\r', at + 1))
    out.bare_cr = octets.substr(at + 1, 1) != "\n";
  return out;
}

std::string unfolded(const HeaderField& field) {
  std::string out;
  for (const char c : field.value_text()) {
    if (c != '\r' && c != '\n') out += c;
  }
  return std::string(trimmed(out));
}

}  // namespace emailauth::message
