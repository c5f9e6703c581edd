// policy/answer/explain.h - Why a name gets the answer it gets.
//
// The same Responder answers; this adds the reasons. For people and debugging, not for the hot path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/answer/responder.h"

namespace emailauth {

struct Explanation {
  std::string name;           // as asked
  std::string outcome;        // "answered", "empty non-terminal", "NXDOMAIN", "not our zone"
  std::string zone;           // its apex; "" outside our zones
  std::string template_text;  // SPF: the term that made the name
  std::string domain;         // whose policy decides
  std::string file;           // the file of that policy
  std::uint32_t line = 0;
  std::string address;  // SPF: the address asked about
  std::string verdict;  // SPF: "authorised", "not authorised", "not a question"
  std::string reason;   // in words
  int lookups = 0;      // SPF: what the answer costs the receiver, of 10
  std::string next;     // SPF: the name below "_safe" that the answer sends this client's receiver on to; "": none
  std::vector<Record> records;
};

Explanation explain(const Responder& responder, const Name& name);

// Returns the name that a receiver queries because of a template, for this mail. The error says why the values make no
// name.
struct Mail {
  IpAddress client;
  std::string helo;
  std::string local_part = "postmaster";
  std::string domain;
};
Result<Name> question_for(const SpfTemplate& t, const Mail& mail);

}  // namespace emailauth
