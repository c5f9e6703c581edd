// policy/cli/bimi/bimi_material.h - What `emailauth bimi check` looks at, and where it comes from.
//
// Owns the asking: of files, of DNS and of web servers. Judges only what it cannot get, and what
// stands in DNS.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/finding/finding.h"
#include "policy/net/dns_name.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::cli {

struct BimiSources {
  std::string domain;  // "": no DNS
  std::string logo;    // files; "": what the record names is fetched
  std::string evidence;
  std::string selector = "default";
  ChosenResolvers resolvers;
  std::string web_roots;          // PEM file; "": the system's
  std::vector<IpPrefix> allowed;  // networks to fetch from besides public addresses
};

struct BimiMaterial {
  std::optional<Name> domain;
  std::string record;
  std::string dmarc;
  std::optional<std::string> logo;  // octets, as they came
  std::string logo_from;            // the file or the address
  std::optional<std::string> evidence;
  std::string evidence_from;
  bool declines = false;  // the record says that no logo is to be shown
};

// The error is one line: a file that cannot be read, a name that is none, a DNS that does not answer.
Result<BimiMaterial> gather_bimi(const BimiSources& sources, check::Findings& findings);

// A whole file that an option names; the error quotes both.
Result<std::string> read_named_file(const std::string& option, const std::string& path);

}  // namespace emailauth::cli
