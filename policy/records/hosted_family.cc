#include "policy/records/hosted_family.h"

namespace emailauth {

std::string_view to_text(HostedFamily family) {
  switch (family) {
    case HostedFamily::dmarc: return "_dmarc";
    case HostedFamily::dkim: return "_domainkey";
    case HostedFamily::bimi: return "_bimi";
    case HostedFamily::mta_sts: return "_mta-sts";
    case HostedFamily::tls_rpt: return "_smtp._tls";
  }
  return "";
}

std::string_view key_of(HostedFamily family) {
  switch (family) {
    case HostedFamily::dmarc: return "dmarc";
    case HostedFamily::dkim: return "dkim";
    case HostedFamily::bimi: return "bimi";
    case HostedFamily::mta_sts: return "mta_sts";
    case HostedFamily::tls_rpt: return "tls_rpt";
  }
  return "";
}

}  // namespace emailauth
