// backend/counters.h - Counters and gauges in the server's own statistics.
//
// A fixed set, all beginning with "emailauth-": pdns_control show, /metrics and
// the REST API have them. Counted are questions that reach the backend; what
// PowerDNS answers from its packet cache is not among them.
#pragma once

#include <memory>

#include "policy/responder.h"

namespace emailauth::pdns {

class Service;

// Declares all of them; once a process, before any thread starts.
void declare_counters();

void count_question(const Answer& answer);
void count_reload(bool ok);

// The gauges show this service from now on.
void show_service(const std::shared_ptr<Service>& service);

}  // namespace emailauth::pdns
