// policy/sender_identity.h - Names the sending service behind what a mail shows.
//
// Owns how telling each piece of evidence is. Knows nothing of files or mail.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/sender_policy.h"

namespace emailauth {

// What is known of a mail; any of it may be missing.
struct MailEvidence {
  std::optional<IpAddress> ip;
  std::optional<Name> dkim_domain;  // d=
  std::string selector;             // s=
  std::optional<Name> return_path;
  std::string include;  // "sendgrid.net": the domain of an SPF term
};

enum class Confidence : std::uint8_t { low, medium, high };
std::string_view to_string(Confidence confidence);

struct SenderMatch {
  const SenderPolicy* sender = nullptr;
  Confidence confidence = Confidence::low;
  int score = 0;                      // higher is more specific
  std::vector<std::string> evidence;  // one line each, most specific first
};

// The services that any of the evidence points to, most specific evidence first.
// What several services share, such as the selector "s1", points to none of them
// with more than low confidence. Refers to `senders`.
std::vector<SenderMatch> identify_sender(std::span<const SenderPolicy> senders, const MailEvidence& mail);

}  // namespace emailauth
