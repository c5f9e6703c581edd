// policy/dns/budget.h - How much of what strangers publish is read.
//
// Owns the limits of everything that looks at the records of a domain: check, import and cutover.
// Whoever reaches one names what was left out, once. The limit on time is policy/cli/dns/check_dns.h's.
#pragma once

#include <cstddef>

namespace emailauth {

// What receivers allow (RFC 7208, 4.6.4): more is an error for each of them.
inline constexpr int kReceiverLookups = 10;
inline constexpr int kReceiverVoidLookups = 2;
inline constexpr std::size_t kReceiverExchanges = 10;  // of one "mx"; the names of one "ptr" that are looked at

inline constexpr int kMostFollowed = 60;                // SPF terms that ask DNS, with all that they include
inline constexpr std::size_t kMostMechanisms = 10'000;  // of SPF records, those that ask nothing included
inline constexpr std::size_t kMostAddresses = 100;      // of one "a" or "mx"
inline constexpr std::size_t kMostNotes = 20;           // on one record
inline constexpr std::size_t kMostFailures = 20;        // questions without an answer that are named
inline constexpr std::size_t kMostQuestions = 5'000;    // to DNS, about one domain
inline constexpr std::size_t kMostOctets = 32U << 20U;  // of the answers to them

}  // namespace emailauth
