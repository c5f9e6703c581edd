// policy/records/dmarc_record.h - DMARC policy records (RFC 9989).
//
// Owns what "dmarc" in a domain file may say, and the text that is published for it: a text that RFC 9989 and RFC 7489
// receivers read alike. Knows nothing about domains, zones or answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/json/policy_node.h"

namespace emailauth {

enum class DmarcAction : std::uint8_t { none, quarantine, reject };

std::string_view to_text(DmarcAction action);

struct DmarcPolicy {
  DmarcAction p = DmarcAction::none;
  std::optional<DmarcAction> sp;                // p= for existing subdomains
  std::optional<DmarcAction> np;                // p= for subdomains that do not exist
  bool testing = false;                         // t=y, and pct=0 for RFC 7489 receivers
  std::optional<char> adkim;                    // 'r' or 's'
  std::optional<char> aspf;                     // 'r' or 's'
  std::string fo;                               // "1:d"; "" = not written
  std::optional<std::vector<std::string>> rua;  // absent: the responder's report mailbox
  std::vector<std::string> ruf;
  std::optional<char> psd;            // 'y', 'n' or 'u'
  struct Legacy {                     // removed by RFC 9989, C.5.2
    std::optional<int> pct;           // 0..100
    std::optional<std::uint32_t> ri;  // seconds
    std::string rf;                   // "afrf"
  } legacy;
};

// Reads the object "dmarc". Returns nullopt after reporting errors.
std::optional<DmarcPolicy> read_dmarc(const PolicyNode& node);

// Returns the record: "v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:…". Uses `default_rua` ("" for none) if the
// policy has no "rua" of its own.
std::string to_record(const DmarcPolicy& policy, const std::string& default_rua);

// Returns what a domain that sends no mail publishes: reject everything, and align strictly, so that a subdomain that
// sends does not pass as the domain.
DmarcPolicy blocked_dmarc();

// Returns what a zone of the responder says about itself (DESIGN rule 5): no name below it aligns with anything,
// however a receiver finds its organizational domain (psd=n, RFC 9989, 4.7).
std::string responder_zone_dmarc_record();

// Returns what the mirror zone says where it contains a public suffix: names below belong to different owners (psd=y),
// and nothing aligns with the name itself.
std::string mirrored_suffix_dmarc_record();

}  // namespace emailauth
