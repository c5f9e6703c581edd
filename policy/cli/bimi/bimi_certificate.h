// policy/cli/bimi/bimi_certificate.h - A mark certificate (VMC or CMC) and its issuers, with OpenSSL.
//
// Reads octets that strangers publish. Fetches nothing, asks no clock.
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
  std::optional<Name> domain;        // whose logo it is to be; none: any
  std::optional<std::string> logo;   // the SVG that is served, uncompressed; none: not compared
  std::optional<std::string> roots;  // PEM of issuers to trust; none: the chain is checked within itself
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
  std::string svg;               // the logo in it, uncompressed; "" when it cannot be read
};

// Checks the PEM file of a mark. Nothing when there is no certificate in it, which is a finding too.
std::optional<MarkReport> check_mark(std::string_view pem, const MarkQuestion& question, check::Findings& findings);

}  // namespace emailauth::cli
