// policy/cli/bimi/bimi_certificate.h - A mark certificate (VMC or CMC) and its issuers, with OpenSSL.
//
// Reads octets that strangers publish. Fetches nothing, and the caller passes the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/finding/finding.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

struct MarkQuestion {
  std::string where;                 // what findings call the file
  std::optional<Name> domain;        // the domain that the logo should be for; nullopt: any
  std::optional<std::string> logo;   // the served SVG, uncompressed; nullopt: not compared
  std::optional<std::string> roots;  // PEM of issuers to trust; nullopt: the chain is only checked for consistency
  std::int64_t now = 0;              // seconds since 1970
};

struct MarkReport {
  std::string type;  // "VMC", "CMC" or "": by the mark type of the subject
  std::string mark_type;
  std::string subject;
  std::string issuer;
  std::vector<std::string> names;  // dNSName
  std::int64_t not_before = 0;     // seconds since 1970
  std::int64_t not_after = 0;
  std::size_t certificates = 0;  // in the file
  std::string svg;               // its logo, uncompressed; "" if it cannot be read
};

// Checks the PEM file of a mark. Returns nullopt if it contains no certificate, which is a finding too.
std::optional<MarkReport> check_mark(std::string_view pem, const MarkQuestion& question, check::Findings& findings);

}  // namespace emailauth::cli
