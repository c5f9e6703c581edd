// policy/check/service_check.h - BIMI, MTA-STS and TLS-RPT records of a domain.
#pragma once

#include <string>
#include <string_view>

#include "policy/check/dmarc_check.h"
#include "policy/check/subject.h"

namespace emailauth::check {

// The records; "" if there is none, or more than one.
struct ServiceReport {
  std::string bimi;
  std::string mta_sts;
  std::string tls_rpt;
};

ServiceReport check_services(const Subject& subject, const DmarcReport& dmarc);

// Returns the BIMI record of one selector; "" if there is none.
std::string check_bimi(const Subject& subject, const DmarcReport& dmarc, std::string_view selector);

}  // namespace emailauth::check
