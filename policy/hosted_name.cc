#include "policy/hosted_name.h"

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

std::optional<HostedName> parse_hosted_name(const NameView& name, std::size_t count) {
  std::size_t at = count;
  while (at > 0) {
    const std::string_view label = name.label(at - 1);
    if (label.empty() || label[0] == '_') break;
    --at;
  }
  if (at == 0 || at == count) return std::nullopt;
  const std::string_view label = name.label(at - 1);
  for (const HostedFamily family :
       {HostedFamily::dmarc, HostedFamily::dkim, HostedFamily::bimi, HostedFamily::mta_sts}) {
    if (label == to_text(family)) return HostedName{family, at - 1, at};
  }
  if (label == "_tls" && at >= 2 && name.label(at - 2) == "_smtp") return HostedName{HostedFamily::tls_rpt, at - 2, at};
  return std::nullopt;
}

bool is_tls_node(const NameView& name, std::size_t count) { return count >= 2 && name.label(0) == "_tls"; }

bool holds(const Domain& domain, HostedFamily family) {
  switch (family) {
    case HostedFamily::dmarc: return domain.dmarc != nullptr;
    case HostedFamily::dkim: return domain.dkim != nullptr;
    case HostedFamily::bimi: return domain.bimi != nullptr;
    case HostedFamily::mta_sts: return domain.mta_sts != nullptr;
    case HostedFamily::tls_rpt: return domain.tls_rpt != nullptr;
  }
  return false;
}

}  // namespace emailauth
