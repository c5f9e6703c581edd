// policy/publish/spf_cost.h - What an owner's SPF record costs receivers, before it is published.
//
// Evaluates the record for a stranger, for whom nothing matches and every term is looked up. The responder answers for
// our own zones.
#pragma once

#include <string>

#include "policy/answer/responder.h"
#include "policy/dns/dns.h"

namespace emailauth {

struct SpfCost {
  int lookups = 0;       // of 10 (RFC 7208, 4.6.4)
  int void_lookups = 0;  // of 2
  std::string error;     // what makes the record an error whatever it costs; "" if nothing does
};

// `beyond` answers for names outside our zones. Without it each include of such
// a name counts one, and what follows it is not known.
SpfCost cost_of_record(const Responder& responder, const Name& domain, const std::string& record, Dns* beyond);

}  // namespace emailauth
