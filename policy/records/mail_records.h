// policy/records/mail_records.h - The small records: BIMI, MTA-STS and TLS-RPT.
//
// Owns what a domain file may say about them and the text that is published.
// Knows nothing about domains, zones or answers.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/base/result.h"
#include "policy/json/policy_node.h"
#include "policy/net/dns_name.h"

namespace emailauth {

// Returns an https address as BIMI records have it: "," and ";" percent-encoded, no spaces. The error says what is
// wrong with it.
Result<std::string> check_https_uri(std::string_view text);

// Reads {"default": {"logo": "https://…", "evidence": "https://…"}, …}. Returns the record of each selector,
// "v=BIMI1; l=…; a=…". An empty logo declines (draft-brand-indicators-for-message-identification, 4.3).
std::vector<std::pair<Name, std::string>> read_bimi(const PolicyNode& node);

// Reads {"id": "20261101T000000"}. Returns "v=STSv1; id=20261101T000000;" (RFC 8461, 3.1), or nullopt after reporting.
std::optional<std::string> read_mta_sts(const PolicyNode& node);

// Reads {"rua": ["mailto:…", "https://…"]}. Returns "v=TLSRPTv1; rua=…" (RFC 8460, 3), or nullopt after reporting.
std::optional<std::string> read_tls_rpt(const PolicyNode& node);

}  // namespace emailauth
