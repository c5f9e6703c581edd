// policy/cli/ingest/mbox.h - An mbox file, taken apart into its mails.
//
// Owns where one mail ends and the next begins, as programs really write it: with or without an empty line
// before "From ", with LF or CRLF, ">From " quoted or not, cut off anywhere. Knows nothing of what a mail holds.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace emailauth::cli {

// A mail begins at a line "From SENDER DATE" (RFC 4155; also with the date of RFC 5322) that a header, or nothing,
// follows. An empty line before it is not needed, and after one the date is not. A mail that was cut off in the middle
// of a line ends where such a line begins. Content-Length is not believed: a mail could claim those that follow it.
class MboxSplitter {
 public:
  using Visitor = std::function<void(std::string mail)>;

  // `visit` gets each mail in order, without its "From " line, and with ">From " unquoted.
  explicit MboxSplitter(Visitor visit) : visit_(std::move(visit)) {}

  // Takes the next octets of the file, cut at any place.
  void feed(std::string_view octets);
  // Hands over the last mail. Nothing may be fed after that.
  void finish();

 private:
  void take_line(std::string_view line);
  void append(std::string_view line);
  void settle_held(std::string_view next);

  Visitor visit_;
  std::string line_;    // the beginning of a line whose end was not fed yet
  std::string mail_;    // so far
  std::string held_;    // a "From " line; the line that follows it tells whether it begins a mail
  bool begun_ = false;  // a first "From " line was seen, or text before it
  bool held_after_blank_ = false;
  bool blank_ = true;     // the last line was empty
  bool in_body_ = false;  // of mail_
};

// True when `octets`, which begin with the header of a mail, may hold the beginning of another: a quick look only.
bool may_hold_further_mails(std::string_view octets);

}  // namespace emailauth::cli
