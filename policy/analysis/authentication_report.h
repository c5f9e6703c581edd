// policy/analysis/authentication_report.h - Who sends in a domain's name, and with what result.
//
// Owns the counting: takes a history and what is known about sources, returns numbers by source, day and receiver.
// Knows nothing about files, clocks or how they are shown.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/history.h"
#include "policy/analysis/source_identity.h"

namespace emailauth::report {

// Which mail counts. Both days are inclusive.
struct Filter {
  Day since{};
  Day until{};
  std::string receiver;  // part of the receiver's name, lower case; "" for all
  std::optional<Disposition> disposition;
  std::string header_from;  // a domain: that domain and those below; "" for all
};

// Messages, and how many of them passed.
struct Volume {
  std::uint64_t mails = 0;
  std::uint64_t passed = 0;  // DMARC: one of the next two
  std::uint64_t dkim = 0;    // aligned
  std::uint64_t spf = 0;     // aligned

  void add(const Flow& flow, std::uint64_t count);
  void add(const Volume& other);
  // Returns 0 to 100; 100 if there are no messages.
  double pass_percent() const;
};

struct DayVolume {
  Day day{};
  Volume volume;
};

struct NamedVolume {
  std::string name;
  Volume volume;
  int days = 0;  // for addresses only: days in the window on which it was seen
};

struct SourceReport {
  Source source;
  bool enabled = false;  // the domain's policy names it; always true for own servers
  Volume volume;
  std::array<std::uint64_t, 5> dispositions{};  // by Disposition
  std::array<std::uint64_t, kWhys> why{};       // of messages that fail DMARC, by Why
  std::vector<NamedVolume> addresses;           // most messages first
  std::vector<NamedVolume> selectors;           // "s1._domainkey.example.com", signed for the domain; DKIM counts
  std::vector<NamedVolume> return_paths;        // domains that SPF was checked for
  std::vector<NamedVolume> receivers;
  std::vector<DayVolume> days;  // with messages, by day
  Day first_seen{};             // in everything stored
  Day last_seen{};
  bool is_new = false;        // first seen in this window, and not just because the reports begin there
  bool has_vanished = false;  // sent often, but not in the last two weeks

  bool is_legitimate() const { return source.kind == SourceKind::service || source.kind == SourceKind::internal; }
};

// A published policy, and since when receivers have seen no other.
struct PolicySpell {
  std::string policy;  // policy_text()
  Disposition p = Disposition::unspecified;
  Day since{};
};

struct AuthenticationReport {
  std::string domain;
  Day since{};
  Day until{};
  bool any_stored = false;  // there are aggregate reports, for these days:
  Day first_stored{};
  Day last_stored{};
  Volume total;
  std::vector<SourceReport> sources;   // most messages first
  std::vector<DayVolume> days;         // with messages, by day
  std::vector<NamedVolume> receivers;  // most messages first
  std::vector<std::string> policies;   // seen in the window, latest last
  std::optional<PolicySpell> policy;   // what receivers see published now
  std::uint64_t tls_successes = 0;     // sessions
  std::uint64_t tls_failures = 0;
  std::vector<TlsFault> tls_faults;
  std::size_t failure_reports = 0;
};

// A source that sent on this many days, and then not for this many days, has vanished.
inline constexpr int kRegularDays = 5;
inline constexpr int kVanishedAfter = 14;
// Sources of the first days of reports are not new.
inline constexpr int kNewAfter = 7;

// Returns the last "p=" that receivers saw up to a day. A receiver with an old record in its cache begins a new spell:
// the time counts from when all agree.
std::optional<PolicySpell> policy_spell(const History& history, Day until);

AuthenticationReport authentication_report(const History& history, const KnownSources& known, const Filter& filter);

}  // namespace emailauth::report
