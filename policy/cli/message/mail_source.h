// policy/cli/message/mail_source.h - Who sent a mail: a service by name, the owner's own server, a forwarder.
//
// Owns the way from one judged mail to the evidence that reports are identified by;
// the order in which evidence counts is that of policy/analysis/source_identity.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/analysis/source_identity.h"
#include "policy/cli/reports/known_sources.h"
#include "policy/message/judge.h"

namespace emailauth::cli {

// Nothing when the mail has no single domain in From to ask about.
std::optional<report::Source> source_of(const message::MessageReport& mail, const report::KnownSources& known);

// What the domain's own policy says of the keys that signed: one line each, "the key
// "s1" of the policy was created 2026-05-01, 205 days before".
std::vector<std::string> key_dates(const message::MessageReport& mail, const DomainKnowledge& knowledge,
                                   std::int64_t now);

}  // namespace emailauth::cli
