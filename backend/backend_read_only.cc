// Every way to change records or zones: refused, because policy files hold them.
//
// pdnsutil reads false as success in some places, and never says why; it shows
// an exception's text and exits with 1. The server's API turns false into 422.
#include "backend/backend.h"
#include "backend/guarded.h"

namespace emailauth::pdns {

bool Backend::refuse_edit(const std::string& what) const {
  if (in_server_) return false;
  throw DBException("[emailauth] " + what + ", and nothing was written; edit the policy files in " +
                    service_->directory());
}

bool Backend::replaceRRSet(DomainId, const DNSName& qname, const QType& qtype, const vector<DNSResourceRecord>&) {
  return refuse_edit(qname.toLogString() + " " + qtype.toString() + ": records are made from policy files");
}

bool Backend::feedRecord(const DNSResourceRecord& record, const DNSName&, bool) {
  return refuse_edit(record.qname.toLogString() + ": records are made from policy files");
}

bool Backend::deleteDomain(const Zone& domain) {
  return refuse_edit(as_name(domain).toLogString() + ": a zone exists as long as policy files name it");
}

bool Backend::setKind(const Zone& domain, const DomainInfo::DomainKind kind) {
  return kind == DomainInfo::Native ||
         refuse_edit(as_name(domain).toLogString() + ": zones of this backend are native");
}

bool Backend::setAccount(const Zone& domain, const string&) {
  return refuse_edit(as_name(domain).toLogString() + ": an account is the \"owner\" of the domain's policy");
}

bool Backend::setOptions(const Zone& domain, const string&) {
  return refuse_edit(as_name(domain).toLogString() + ": zones of this backend have no options");
}

bool Backend::setCatalog(const Zone& domain, const Zone&) {
  return refuse_edit(as_name(domain).toLogString() + ": zones of this backend are in no catalog");
}

#if PDNS_API >= 409
bool Backend::setPrimaries(const Zone& domain, const vector<ComboAddress>&) {
#else
bool Backend::setMasters(const Zone& domain, const vector<ComboAddress>&) {
#endif
  return refuse_edit(as_name(domain).toLogString() + ": zones of this backend have no primary");
}

// The call may be meant for another backend.
bool Backend::createDomain(const Zone& domain, const DomainInfo::DomainKind, const vector<ComboAddress>&,
                           const string&) {
  if (!launch_.before.empty() || !launch_.after.empty()) return false;
  return refuse_edit(as_name(domain).toLogString() + ": zones are made from policy files");
}

// With an id, the zone's records are to be replaced. Without one, pdnsutil is about to change keys or metadata: these
// take effect at once. The server may start no transaction: it would read success as accepting DNS updates.
bool Backend::startTransaction(const Zone& domain, int domain_id) {
  return guarded("keys", [&] {
    if (in_server_ || !key_zone(domain)) return false;
    if (domain_id != -1) return refuse_edit(as_name(domain).toLogString() + ": records are made from policy files");
    keys_->begin();
    return true;
  });
}

bool Backend::commitTransaction() {
  return guarded("keys", [&] {
    keys_->commit();
    return true;
  });
}

bool Backend::abortTransaction() {
  return guarded("keys", [&] {
    keys_->abort();
    return true;
  });
}

}  // namespace emailauth::pdns
