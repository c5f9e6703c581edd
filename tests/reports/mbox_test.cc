#include "policy/cli/ingest/mbox.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace emailauth::cli {

namespace {

// Returns the mails of a file that is read this many octets at a time.
std::vector<std::string> mails_of(std::string_view file, std::size_t step) {
  std::vector<std::string> out;
  MboxSplitter splitter([&out](std::string mail) { out.push_back(std::move(mail)); });
  for (std::size_t at = 0; at < file.size(); at += step) {
    const std::string exact(file.substr(at, step));  // of exactly that size, for AddressSanitizer
    splitter.feed(exact);
  }
  splitter.finish();
  return out;
}

using Mails = std::vector<std::string>;

}  // namespace

TEST_CASE("mbox: where a mail begins, however the file was written") {
  struct Case {
    const char* why;
    std::string file;
    Mails mails;
  };
  const std::string from = "From a@b.example Thu May  1 00:00:00 2025\n";
  const Case cases[] = {
      {"as RFC 4155 has it", from + "A: 1\n\nx\n\n" + from + "B: 2\n\ny\n", {"A: 1\n\nx\n\n", "B: 2\n\ny\n"}},
      {"no empty line before", from + "A: 1\n\nx\n" + from + "B: 2\n\ny\n", {"A: 1\n\nx\n", "B: 2\n\ny\n"}},
      {"nothing but headers", from + "A: 1\n" + from + "B: 2\n", {"A: 1\n", "B: 2\n"}},
      {"CRLF",
       "From a@b Thu May  1 00:00:00 2025\r\nA: 1\r\n\r\nx\r\nFrom a@b Thu May  1 00:00:00 2025\r\nB: 2\r\n",
       {"A: 1\r\n\r\nx\r\n", "B: 2\r\n"}},
      {"empty lines first", "\n\n" + from + "A: 1\n", {"A: 1\n"}},
      {"the first line lacks a date", "From a@b\nA: 1\n\nx\n\n" + from + "B: 2\n", {"A: 1\n\nx\n\n", "B: 2\n"}},
      {"no date, after an empty line", from + "A: 1\n\nx\n\nFrom c@d\nB: 2\n", {"A: 1\n\nx\n\n", "B: 2\n"}},
      {"no date, and no empty line: text", from + "A: 1\n\nx\nFrom c@d\nB: 2\n", {"A: 1\n\nx\nFrom c@d\nB: 2\n"}},
      {"text that begins so",
       from + "A: 1\n\n\nFrom here on all is well.\n",
       {"A: 1\n\n\nFrom here on all is well.\n"}},
      {"text with a date, and no header after it",
       from + "A: 1\n\nx\n" + from + "no header\n",
       {"A: 1\n\nx\n" + from + "no header\n"}},
      {"quoted",
       from + "A: 1\n\n>From x\n>>From y\n> From z\n>Fromage\n",
       {"A: 1\n\nFrom x\n>From y\n> From z\n>Fromage\n"}},
      {"a quoted line with a date", from + "A: 1\n\n>" + from + "B: 2\n", {"A: 1\n\n" + from + "B: 2\n"}},
      {"cut off in the middle of a line", from + "A: 1\n\nMIIB" + from + "B: 2\n", {"A: 1\n\nMIIB", "B: 2\n"}},
      {"cut off in a header", from + "A: 1\nB: 2\n" + from + "C: 3\n", {"A: 1\nB: 2\n", "C: 3\n"}},
      {"the last line has no end", from + "A: 1\n\nx", {"A: 1\n\nx"}},
      {"a mail without anything", from + from + "A: 1\n", {"", "A: 1\n"}},
      {"a last mail without anything", from + "A: 1\n" + from, {"A: 1\n", ""}},
      {"a mail without a header", from + "A: 1\n\nx\n\n" + from + "\ny\n", {"A: 1\n\nx\n\n", "\ny\n"}},
      {"Content-Length reaches over the next mail",
       from + "Content-Length: 9999\n\nx\n" + from + "B: 2\n",
       {"Content-Length: 9999\n\nx\n", "B: 2\n"}},
      {"an envelope before the header",
       from + "A: 1\n\n" + from + ">From c@d remote from e\nB: 2\n",
       {"A: 1\n\n", "From c@d remote from e\nB: 2\n"}},
      {"no first line", "A: 1\n\nx\n\n" + from + "B: 2\n", {"A: 1\n\nx\n\n", "B: 2\n"}},
      {"a header that quotes such a line",
       from + "X: From a@b Thu May  1 00:00:00 2025\nB: 2\n\nx\n",
       {"X: From a@b Thu May  1 00:00:00 2025\nB: 2\n\nx\n"}},
  };
  CHECK(std::size(cases) == 22);
  for (const Case& c : cases) {
    CAPTURE(c.why);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, c.file.size()})
      CHECK(mails_of(c.file, step) == c.mails);
  }
}

TEST_CASE("mbox: dates that \"From \" lines have") {
  const char* dates[] = {
      "Thu May  1 00:00:00 2025",       "Thu May  1 00:00 2025",          "Thu May 01 00:00:00 UTC 2025",
      "Thu May 1 00:00:00 +0000 2025",  "Thu May  1 00:00:00 2025 +0200", "Thu May  1 00:00:00 MET DST 2025",
      "Thu, 1 May 2025 00:00:00 +0000", "thu may  1 00:00:00 2025",       "Thu May  1 00:00:00 2025 remote from x"};
  for (const char* date : dates) {
    CAPTURE(date);
    for (const char* sender : {"a@b.example", "-", "MAILER-DAEMON", "\"j. d.\"@b"}) {
      const std::string line = std::string("From ") + sender + " " + date + "\n";
      CHECK(mails_of("From a@b\nA: 1\n\nx\n" + line + "B: 2\n", 4096).size() == 2);
    }
  }
  const char* others[] = {
      "Thu", "May 1 2025", "Thu May 1", "Thu Mai  1 00:00:00 2025", "Thu May  1 0:00:00 2025", "2025-05-01 00:00:00"};
  for (const char* date : others) {
    CAPTURE(date);
    CHECK(mails_of(std::string("From a@b\nA: 1\n\nx\nFrom a@b ") + date + "\nB: 2\n", 4096).size() == 1);
  }
}

TEST_CASE("mbox: a quick look for further mails") {
  CHECK(may_hold_further_mails("A: 1\n\nx\nFrom a@b Thu May  1 00:00:00 2025\nB: 2\n"));
  CHECK_FALSE(may_hold_further_mails("A: 1\n\nFrom here on all is well.\n"));
  CHECK_FALSE(may_hold_further_mails(""));
}

}  // namespace emailauth::cli
