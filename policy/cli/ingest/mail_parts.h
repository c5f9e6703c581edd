// policy/cli/ingest/mail_parts.h - Takes mails apart (GMime).
//
// Owns MIME: parts and encodings. Knows nothing about reports, except that a
// message/feedback-report has the reported mail next to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cli/ingest/unpack.h"

namespace emailauth::cli {

struct MailPart {
  std::string name;      // of the attachment; its content type if it has none
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

// Call once per process, before the first use.
void start_mail_reader();

// Takes one mail apart, and the mails attached to it, within the budget.
Result<Mail> parse_mail(std::string_view octets, Budget& budget);

// Returns the addresses of a field such as From (RFC 5322, 3.4), including those in groups, as "local@domain"; keeps an
// address without "@" as written. `value` is on one line. Returns nothing for more than 8 KiB: GMime recurses into each
// group, and no honest field is that long.
std::vector<std::string> addresses_in(const std::string& value);

}  // namespace emailauth::cli
