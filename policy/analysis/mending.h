// policy/analysis/mending.h - Why mail of a source fails, and what makes it pass.
//
// Owns the words of both. Knows nothing of whether the failures matter.
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

// What was seen of its failures, one line each.
std::vector<std::string> evidence_of(const SourceReport& source);

// What turns a failing service, or the owner's own servers, into passing ones.
Todo mending_of(const SourceReport& source, const KnownSources& known, const AdviceCommands& commands);

// Selectors of the domain itself that the source signed with, relative to its _domainkey, where `wanted` says so.
std::set<std::string> selectors_of(const SourceReport& source, const std::string& domain,
                                   const std::function<bool(const Volume&)>& wanted);

}  // namespace emailauth::report
