// policy/cli/bimi/bimi_material.h - The files and records that `emailauth bimi check` checks, and where they come from.
//
// Reads files, and queries DNS and web servers. Judges only what it cannot get, and what DNS
// has.
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
  std::string logo;    // files; "": the files that the record names are fetched
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
  std::optional<std::string> logo;  // octets, unchanged
  std::string logo_from;            // the file or the address
  std::optional<std::string> evidence;
  std::string evidence_from;
  bool declines = false;  // the record says that no logo is to be shown
};

// Fails if a file cannot be read, if a name is not valid, or if DNS does not answer. The error is one line.
Result<BimiMaterial> gather_bimi(const BimiSources& sources, check::Findings& findings);

// Reads a whole file that an option names. The error quotes both.
Result<std::string> read_named_file(const std::string& option, const std::string& path);

}  // namespace emailauth::cli
