// policy/cli/message/mail_source.h - Who sent a mail: a service by name, the owner's own server, a forwarder.
//
// Turns one judged mail into the evidence by which reports are identified;
// policy/analysis/source_identity.h owns the order in which evidence counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/source_identity.h"
#include "policy/cli/reports/known_sources.h"
#include "policy/message/judge.h"

namespace emailauth::cli {

// Returns nullopt if the mail does not have exactly one domain in From.
std::optional<report::Source> source_of(const message::MessageReport& mail, const report::KnownSources& known);

// Returns what the domain's own policy says about the keys that signed, one line each: "the key
// "s1" of the policy was created 2026-05-01, 205 days before".
std::vector<std::string> key_dates(const message::MessageReport& mail, const DomainKnowledge& knowledge,
                                   std::int64_t now);

}  // namespace emailauth::cli
