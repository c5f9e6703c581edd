// policy/analysis/history.h - Everything that is stored about one domain, ready to be counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/base/utc_time.h"
#include "policy/report/flow.h"

namespace emailauth::report {

// How many messages of a flow a receiver saw on one day and treated in one way.
struct Fact {
  Day day{};
  std::uint32_t receiver = 0;  // index into History::receivers
  std::uint32_t flow = 0;      // index into History::flows
  Disposition disposition = Disposition::unspecified;
  std::uint64_t count = 0;  // messages
};

// A policy that a receiver saw.
struct PolicySeen {
  Day day{};
  std::uint32_t receiver = 0;
  std::string policy;  // policy_text()
};

struct TlsDay {
  Day day{};
  std::string receiver;
  std::string policy_type;
  std::uint64_t successes = 0;  // sessions
  std::uint64_t failures = 0;
};

struct TlsFault {
  Day day{};
  std::string result_type;
  std::string receiving_host;
  std::uint64_t count = 0;  // sessions
};

struct FailureSeen {
  Day day{};
  std::string organisation;
  std::string source;        // address, or ""
  std::string auth_failure;  // "dmarc"
};

struct History {
  std::string domain;
  std::vector<std::string> receivers;
  std::vector<Flow> flows;
  std::vector<Fact> facts;            // by day
  std::vector<PolicySeen> policies;   // by day
  std::vector<TlsDay> tls;            // by day
  std::vector<TlsFault> tls_faults;   // by day
  std::vector<FailureSeen> failures;  // by day
};

}  // namespace emailauth::report
