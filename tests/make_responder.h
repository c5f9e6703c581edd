// tests/make_responder.h - A Responder from JSON texts, without files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/answer/responder.h"

namespace emailauth::tests {

// Throws std::runtime_error with the diagnostics if a text has errors.
std::shared_ptr<const Responder> make_responder(std::string_view responder, const std::vector<std::string>& domains,
                                                const std::vector<std::string>& senders = {});

// Returns the texts of the TXT records at a name, and "A 127.0.0.2" for other types;
// "NXDOMAIN" or "REFUSED" if there are none.
std::vector<std::string> ask(const Responder& responder, std::string_view name);

}  // namespace emailauth::tests
