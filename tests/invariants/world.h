// tests/invariants/world.h - What no answer may ever do, whatever the question.
//
// Two worlds. The plain one serves one template, and a second, simple reading of
// a name says what every answer in it must be. The mixed one serves nine
// templates, and answers are held against what its policies grant.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/answer/responder.h"

namespace emailauth::tests {

// "include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.test" for customer.test, which
// authorises 192.0.2.1, 198.51.100.0/24 and 2001:db8::1, and for victim.test,
// which authorises 203.0.113.9 and no subdomain.
const Responder& plain_world();

// Returns what is wrong with the plain world's answer to a name in wire form; "" if nothing is.
std::string plain_fault(std::string_view wire);

// Nine templates, with exists:, redirect= and static ones, for the same domains;
// victim.test also has a vendor that decides by itself.
const Responder& mixed_world();
std::string mixed_fault(std::string_view wire);

}  // namespace emailauth::tests
