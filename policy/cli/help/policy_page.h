// policy/cli/help/policy_page.h - The manual page of the policy files, made from their JSON Schemas.
//
// A test compares the schemas with the loader, so the page says what the loader accepts.
#pragma once

#include <string>

namespace emailauth::cli {

// Returns emailauth-policy(5), as roff.
std::string policy_page();

}  // namespace emailauth::cli
