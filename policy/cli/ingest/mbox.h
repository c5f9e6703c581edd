// policy/cli/ingest/mbox.h - Takes an mbox file apart into its mails.
//
// Owns where one mail ends and the next begins, as programs really write it: with or without an empty line before
// "From ", with LF or CRLF, ">From " quoted or not, cut off anywhere. Knows nothing about the content of a mail.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace emailauth::cli {

// A mail begins at a line "From SENDER DATE" (RFC 4155; also with the date of RFC 5322) that is followed by a header or
// by nothing. The empty line before it may be missing, and after an empty line the date may be. A mail that was cut off
// in the middle of a line ends where such a line begins. Content-Length is not believed: a mail could claim the mails
// that follow it.
class MboxSplitter {
 public:
  using Visitor = std::function<void(std::string mail)>;

  // `visit` receives each mail in order, without its "From " line, and with ">From " unquoted.
  explicit MboxSplitter(Visitor visit) : visit_(std::move(visit)) {}

  // Takes the next octets of the file, cut at any place.
  void feed(std::string_view octets);
  // Passes on the last mail. feed() must not be called after that.
  void finish();

 private:
  void take_line(std::string_view line);
  void append(std::string_view line);
  void settle_held(std::string_view next);

  Visitor visit_;
  std::string line_;    // the beginning of a line whose end has not arrived yet
  std::string mail_;    // so far
  std::string held_;    // a "From " line; the line after it decides whether it begins a mail
  bool begun_ = false;  // a first "From " line was seen, or text before it
  bool held_after_blank_ = false;
  bool blank_ = true;     // the last line was empty
  bool in_body_ = false;  // of mail_
};

// Returns true if `octets`, which begin with the header of a mail, may contain the beginning of another: a quick check.
bool may_hold_further_mails(std::string_view octets);

}  // namespace emailauth::cli
