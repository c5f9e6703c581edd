// policy/cli/ingest/mail_parts.h - Mails taken apart (GMime).
//
// Owns MIME: parts and encodings. Knows nothing of reports, but that a
// message/feedback-report has the reported mail beside it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cli/ingest/unpack.h"

namespace emailauth::cli {

struct MailPart {
  std::string name;      // of the attachment; its content type when it has none
  std::string octets;    // decoded
  bool is_text = false;  // a text/plain or text/html part without a name: prose
};

// A failure report's parts (RFC 5965, 2).
struct FeedbackParts {
  std::string fields;   // message/feedback-report
  std::string headers;  // text/rfc822-headers
  std::string message;  // message/rfc822, whole
};

struct Mail {
  std::string id;                    // Message-ID, without brackets
  std::string sender;                // the domain of From
  std::optional<std::int64_t> date;  // seconds since 1970
  std::vector<MailPart> parts;
  std::optional<FeedbackParts> feedback;
};

// Before the first use, once a process.
void start_mail_reader();

// Takes one mail apart, and mails that are attached to it, within the budget.
Result<Mail> parse_mail(std::string_view octets, Budget& budget);

// The addresses of a field such as From (RFC 5322, 3.4), those in groups too, as "local@domain";
// what has no "@" as it stands there. `value`: on one line. Nothing of more than 8 KiB: GMime
// goes down with each group, and no honest field is that long.
std::vector<std::string> addresses_in(const std::string& value);

}  // namespace emailauth::cli
