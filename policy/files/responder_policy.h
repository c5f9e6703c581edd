// policy/files/responder_policy.h - The content of responder.json: the operator's settings.
//
// Knows nothing about domains, senders or answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/json/policy_node.h"
#include "policy/net/dns_name.h"

namespace emailauth {

// Its place in a policy directory.
inline constexpr std::string_view kResponderFile = "responder.json";

// Seconds, 0 to 604800.
struct AnswerTtls {
  std::uint32_t authorized = 3600;      // an address that may send
  std::uint32_t unauthorized = 300;     // an address that may not
  std::uint32_t static_records = 3600;  // DMARC, DKIM, static SPF, SOA, NS …
  std::uint32_t negative = 300;         // SOA minimum (RFC 2308, 5); at most 300
};

struct TemplateText {
  std::string text;
  std::uint32_t line = 0;
  std::string pointer;
};

struct ResponderPolicy {
  std::vector<Name> nameservers;
  Name hostmaster;  // as SOA RNAME (RFC 1035, 3.3.13)
  std::vector<Name> zones;
  std::vector<TemplateText> spf_templates;
  std::vector<TemplateText> unsafe_exists_templates;  // of spf_templates; the operator accepts that they can be forged
  std::optional<Name> mirror_zone;                    // one of `zones`
  bool mirror_old_names = true;                       // "_dmarc.example.com.<mirror zone>" is answered, too
  std::vector<Name> strict_organizations;  // as the operator says, published elsewhere with adkim=s and aspf=s
  std::string report_mailbox;              // "mailto:…"; "" if there is none
  std::vector<Name> report_mx;             // mail exchangers of the report mailbox's domain
  AnswerTtls ttl;
  std::optional<std::uint32_t> serial;
};

// Reads responder.json. Returns nullopt after reporting errors.
std::optional<ResponderPolicy> read_responder(const PolicyNode& root);

}  // namespace emailauth
