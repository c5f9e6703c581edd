// policy/analysis/mending.h - Why mail of a source fails, and what makes it pass.
//
// Owns the wording of both. Knows nothing about whether the failures matter.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "policy/analysis/advice_commands.h"
#include "policy/analysis/authentication_report.h"
#include "policy/base/todo.h"

namespace emailauth::report {

// "1 message", "20 messages".
std::string mails(std::uint64_t count);

// Returns what was seen of its failures, one line each.
std::vector<std::string> evidence_of(const SourceReport& source);

// Returns what makes a failing service, or the owner's own servers, pass.
Todo mending_of(const SourceReport& source, const KnownSources& known, const AdviceCommands& commands);

// Returns the selectors of the domain itself that the source signed with, relative to its _domainkey, for which
// `wanted` returns true.
std::set<std::string> selectors_of(const SourceReport& source, const std::string& domain,
                                   const std::function<bool(const Volume&)>& wanted);

}  // namespace emailauth::report
