// policy/cli/help/policy_page.h - The manual page of the policy files, made of their JSON Schemas.
//
// The schemas are tested against the loader, so the page says what the loader takes.
#pragma once

#include <string>

namespace emailauth::cli {

// emailauth-policy(5), as roff.
std::string policy_page();

}  // namespace emailauth::cli
