// policy/senders/sender_identity.h - Identifies the sending service of a mail by what the mail shows.
//
// Owns how telling each piece of evidence is. Knows nothing about files or mail.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/files/sender_policy.h"
#include "policy/files/sender_table.h"

namespace emailauth {

// What is known about a mail; any of it may be missing.
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

// Everything that the services of a catalogue can be recognised by. The cost of a look-up depends on what the mail
// shows, not on the number of services. Immutable.
class SenderIndex {
 public:
  // Refers to `senders`, which must outlive this object.
  explicit SenderIndex(std::span<const SenderPolicy> senders);

  // Returns the services that any of the evidence points to, most specific evidence first. Evidence that several
  // services share, such as the selector "s1", gives each of them low confidence at most.
  std::vector<SenderMatch> identify(const MailEvidence& mail) const;

 private:
  using Users = std::unordered_map<std::string, std::vector<std::size_t>>;  // by name in lower case
  struct Clue {
    std::size_t sender = 0;
    int score = 0;
    std::string what;
  };
  struct Best {
    std::size_t sender = 0;
    std::string name;  // the longest known name that the mail's name equals or is below
  };

  static std::vector<Best> best_of(const Users& known, const Name& name);
  void add_include(const MailEvidence& mail, std::vector<Clue>& clues) const;
  void add_dkim(const MailEvidence& mail, std::vector<Clue>& clues) const;
  void add_path(const MailEvidence& mail, std::vector<Clue>& clues) const;
  void add_address(const MailEvidence& mail, std::vector<Clue>& clues) const;

  std::span<const SenderPolicy> senders_;
  Users includes_;
  Users dkim_domains_;
  Users selectors_;
  Users return_paths_;
  SenderTable networks_;
};

// SenderIndex(senders).identify(mail), for one question.
std::vector<SenderMatch> identify_sender(std::span<const SenderPolicy> senders, const MailEvidence& mail);

}  // namespace emailauth
