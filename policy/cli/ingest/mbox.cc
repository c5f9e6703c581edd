#include "policy/cli/ingest/mbox.h"

#include <algorithm>
#include <array>
#include <vector>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

namespace {

// A longer mail is cut here; it is beyond every budget then.
constexpr std::size_t kMaxMail = 256ULL << 20;
// A longer line is text, whatever it begins with.
constexpr std::size_t kMaxLine = 64 << 10;
constexpr std::size_t kMaxFromLine = 1000;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  constexpr std::string_view kSpace = " \t\r\n";
  for (std::size_t at = 0; (at = line.find_first_not_of(kSpace, at)) != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view text) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return equals_ignoring_case(word, text); });
}

bool is_number(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_weekday(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  return is_one_of(kDays, text.ends_with(',') ? text.substr(0, text.size() - 1) : text);
}

bool is_month(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  return is_one_of(kMonths, text);
}

// "18:22" or "18:22:48".
bool is_time(std::string_view text) {
  return (text.size() == 5 || (text.size() == 8 && text[5] == ':' && is_number(text.substr(6), 2, 2))) &&
         text[2] == ':' && is_number(text.substr(0, 2), 2, 2) && is_number(text.substr(3, 2), 2, 2);
}

// The words that follow the day of the week: "Nov 24 18:22:48 1986", with a zone before or after the year, or
// "24 Nov 1986 18:22:48 +0000".
bool is_date(const std::vector<std::string_view>& words, std::size_t at) {
  if (words.size() < at + 4) return false;
  if (is_number(words[at], 1, 2))
    return is_month(words[at + 1]) && is_number(words[at + 2], 4, 4) && is_time(words[at + 3]);
  if (!is_month(words[at]) || !is_number(words[at + 1], 1, 2) || !is_time(words[at + 2])) return false;
  const std::size_t last = std::min(words.size(), at + 6);  // two words of a zone, such as "MET DST"
  return std::any_of(words.begin() + static_cast<std::ptrdiff_t>(at) + 3,
                     words.begin() + static_cast<std::ptrdiff_t>(last),
                     [](std::string_view word) { return is_number(word, 4, 4); });
}

// "From SENDER DATE".
bool is_from_line(std::string_view line) {
  if (!line.starts_with("From ") || line.size() > kMaxFromLine) return false;
  const std::vector<std::string_view> words = words_of(line);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_weekday(words[i]) && is_date(words, i + 1)) return true;
  }
  return false;
}

// Returns where a "From " line begins that another program wrote after a line without an end; npos if there is none.
std::size_t glued_from_line(std::string_view line) {
  const std::size_t at = line.rfind("From ");
  if (at == line.npos || at == 0 || line[at - 1] == '>' || is_space(line[at - 1])) return line.npos;
  return is_from_line(line.substr(at)) ? at : line.npos;
}

bool is_blank_line(std::string_view line) { return line == "\n" || line == "\r\n"; }

// "Subject: …", or what some programs write before the first field: ">From a@b …".
bool begins_header(std::string_view line) {
  if (line.starts_with(">From ")) return true;
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, line.substr(0, colon).find_last_not_of(" \t") + 1);
  return colon < line.size() && !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Returns how many octets of a quoted "From " must be dropped: ">From " stands for "From ", ">>From " for ">From ".
std::size_t quotes_to_drop(std::string_view line) {
  if (!line.starts_with('>')) return 0;
  const std::size_t quotes = std::min(line.find_first_not_of('>'), line.size());
  return line.substr(quotes).starts_with("From ") ? 1 : 0;
}

}  // namespace

void MboxSplitter::append(std::string_view line) {
  blank_ = is_blank_line(line);
  if (blank_ && !begun_) return;
  begun_ = true;
  in_body_ = in_body_ || blank_;
  if (mail_.size() <= kMaxMail) mail_.append(line, quotes_to_drop(line));
}

// `next` follows held_; "" at the end of the file.
void MboxSplitter::settle_held(std::string_view next) {
  const std::string line = std::exchange(held_, {});
  const bool dated = is_from_line(line);
  const bool begins = begins_header(next) || (dated && (next.empty() || (held_after_blank_ && is_blank_line(next))));
  if (begun_ && !begins) return append(line);
  if (begun_) visit_(std::exchange(mail_, {}));
  begun_ = true;
  blank_ = in_body_ = false;
}

void MboxSplitter::take_line(std::string_view line) {
  if (!held_.empty()) settle_held(line);
  std::size_t at = line.npos;
  if (line.starts_with("From ") && (blank_ || is_from_line(line)))
    at = 0;
  else if (in_body_ && line.size() <= kMaxLine)
    at = glued_from_line(line);
  if (at == line.npos) return append(line);
  held_after_blank_ = blank_ && at == 0;
  if (at > 0) append(line.substr(0, at));
  held_ = line.substr(at);
}

void MboxSplitter::feed(std::string_view octets) {
  while (!octets.empty()) {
    const std::size_t end = octets.find('\n');
    if (end == octets.npos) {
      line_ += octets;
      if (line_.size() > kMaxLine) take_line(std::exchange(line_, {}));
      return;
    }
    if (line_.empty()) {
      take_line(octets.substr(0, end + 1));
    } else {
      line_ += octets.substr(0, end + 1);
      take_line(std::exchange(line_, {}));
    }
    octets.remove_prefix(end + 1);
  }
}

void MboxSplitter::finish() {
  if (!line_.empty()) take_line(std::exchange(line_, {}));
  if (!held_.empty()) settle_held({});
  if (begun_) visit_(std::exchange(mail_, {}));
  begun_ = false;
}

bool may_hold_further_mails(std::string_view octets) {
  for (std::size_t at = 0; (at = octets.find("From ", at)) != octets.npos; ++at) {
    if (is_from_line(octets.substr(at, std::min(octets.find('\n', at), octets.size()) - at))) return true;
  }
  return false;
}

}  // namespace emailauth::cli
