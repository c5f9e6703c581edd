// backend/counters.h - Counters and gauges in the server's own statistics.
//
// A fixed set, all beginning with "emailauth-"; pdns_control show, /metrics and the REST API show them. They count
// questions about names in our zones that reach the backend. PowerDNS answers the others by itself: those in its packet
// cache, names that do not exist and are in its query cache, SOA and DNSKEY at an apex.
#pragma once

#include <memory>

#include "policy/answer/responder.h"

namespace emailauth::pdns {

class Service;

// Declares all of them. Call once per process, before any thread starts.
void declare_counters();

void count_question(const Answer& answer);
// Counts a question for a name that does not exist.
void count_missing();
void count_reload(bool ok);

// Makes the gauges show this service from now on.
void show_service(const std::shared_ptr<Service>& service);

}  // namespace emailauth::pdns
