// tests/reports/made_history.h - Histories for tests, written with one line per flow.
#pragma once

#include <algorithm>
#include <string>

#include "policy/analysis/history.h"
#include "policy/analysis/source_identity.h"
#include "policy/report/digest.h"

namespace emailauth::report::tests {

// Adds a flow: "192.0.2.1", "dkim spf", "d=example.com|s1|pass m=example.com|pass". Its number.
inline std::uint32_t add_flow(History& history, const char* source, const std::string& passes, const char* results) {
  Flow flow;
  flow.source = *IpAddress::parse(source);
  flow.header_from = history.domain;
  flow.dkim_pass = passes.find("dkim") != std::string::npos;
  flow.spf_pass = passes.find("spf") != std::string::npos;
  parse_results(results, flow);
  history.flows.push_back(flow);
  return static_cast<std::uint32_t>(history.flows.size() - 1);
}

// Days of tests have numbers, counted from 1970-01-01.
inline Day day(int number) { return Day(Days(number)); }

// How many messages of a flow were seen by the first receiver on each of the days.
inline void add_days(History& history, std::uint32_t flow, int first, int last, std::uint64_t count) {
  for (int number = first; number <= last; ++number)
    history.facts.push_back({day(number), 0, flow, Disposition::none, count});
  std::stable_sort(history.facts.begin(), history.facts.end(),
                   [](const Fact& a, const Fact& b) { return a.day < b.day; });
}

// example.com with netblocks of its own, and nothing else.
inline KnownSources own_servers() {
  KnownSources out;
  out.domain = "example.com";
  const std::vector<IpPrefix> own = {*IpPrefix::parse("192.0.2.0/24")};
  out.netblocks = IpSet::of(own);
  return out;
}

inline History made_history() {
  History out;
  out.domain = "example.com";
  out.receivers = {"receiver.example"};
  return out;
}

}  // namespace emailauth::report::tests
