#include "policy/check/providers.h"

#include <algorithm>

#include "policy/records/report_uri.h"
#include "policy/senders/sender_identity.h"
#include "policy/spf/target_name.h"

namespace emailauth::check {

namespace {

struct Provider {
  std::string_view domain;
  std::string_view name;
};

// Names below these are created for one customer each, or receive its reports.
constexpr Provider kProviders[] = {
    {"vali.email", "Valimail"},
    {"valimail.com", "Valimail"},
    {"ondmarc.com", "Red Sift OnDMARC"},
    {"redsift.io", "Red Sift OnDMARC"},
    {"agari.com", "Fortra (Agari)"},
    {"pphosted.com", "Proofpoint"},
    {"emaildefense.proofpoint.com", "Proofpoint"},
    {"dmarcian.com", "dmarcian"},
    {"dmarcian.eu", "dmarcian"},
    {"easydmarc.com", "EasyDMARC"},
    {"easydmarc.eu", "EasyDMARC"},
    {"easydmarc.us", "EasyDMARC"},
    {"easydmarc.pro", "EasyDMARC"},
    {"powerdmarc.com", "PowerDMARC"},
    {"powerspf.com", "PowerDMARC"},
    {"dmarcanalyzer.com", "Mimecast DMARC Analyzer"},
    {"dmarcadvisor.com", "DMARC Advisor"},
    {"sendmarc.com", "Sendmarc"},
    {"sdmarc.net", "Sendmarc"},
    {"skysnag.com", "Skysnag"},
    {"autospf.com", "AutoSPF (DuoCircle)"},
    {"dmarcreport.com", "DMARC Report (DuoCircle)"},
    {"dmarc-report.com", "MxToolbox"},
    {"dmarc.postmarkapp.com", "Postmark DMARC"},
    {"dmarc-reports.cloudflare.net", "Cloudflare DMARC Management"},
    {"uriports.com", "URIports"},
    {"report-uri.com", "Report URI"},
    {"fraudmarc.com", "Fraudmarc"},
    {"dmarcly.com", "DMARCLY"},
    {"glockapps.com", "GlockApps"},
    {"dmp.cisco.com", "Cisco Domain Protection"},
    {"barracudanetworks.com", "Barracuda Domain Fraud Protection"},
    {"mailhardener.com", "Mailhardener"},
    {"hosteddmarc.com", "Hosted DMARC"},
};

class Search {
 public:
  Search(const Subject& subject, std::span<const SenderPolicy> catalogue) : subject_(subject), catalogue_(catalogue) {}

  void add_spf(const SpfReport& spf) {
    if (!spf.tree) return;
    for (const SpfNode& node : spf.tree->root.below) {
      const Result<Name> name = spf::target_name(node.name);
      if (!name) continue;
      MailEvidence mail;
      mail.include = node.term.substr(node.term.find_first_of(":=") + 1);
      add(std::string(provider_of(*name)), mail, "SPF", node.term);
    }
  }

  void add_dmarc(const DmarcReport& dmarc) {
    for (const std::string& uri : dmarc.report_addresses) {
      if (const auto host = mailto_domain(uri)) add(std::string(provider_of(*host)), {}, "DMARC reports", uri);
    }
  }

  void add_pointers() {
    for (const auto& [label, part] : {std::pair{"_dmarc", "DMARC"}, std::pair{"_domainkey", "DKIM"}}) {
      const Result<Name> name = below(label, subject_.domain);
      if (!name) continue;
      for (const RecordType type : {RecordType::cname, RecordType::ns}) {
        const DnsAnswer found = subject_.dns.ask(*name, type);
        for (const Name& target : found.names) {
          const std::string how = type == RecordType::ns ? " NS " : " CNAME ";
          add(std::string(provider_of(target)), {}, part, label + how + target.to_string());
        }
      }
    }
  }

  void add_dkim(const DkimReport& dkim) {
    for (const DkimReport::Key& key : dkim.keys) {
      if (!key.alias) continue;
      MailEvidence mail;
      mail.dkim_domain = key.alias;
      mail.selector = key.selector.to_string();
      add(std::string(provider_of(*key.alias)), mail, "DKIM",
          key.selector.to_string() + "._domainkey CNAME " + key.alias->to_string());
    }
  }

  std::vector<Host> take() { return std::move(hosts_); }

 private:
  // Returns a provider of the table, or the sending service that the evidence certainly points to.
  void add(std::string service, const MailEvidence& mail, const char* part, const std::string& evidence) {
    if (service.empty()) {
      const std::vector<SenderMatch> matches = identify_sender(catalogue_, mail);
      if (!matches.empty() && matches.front().confidence == Confidence::high) service = matches.front().sender->name;
    }
    if (service.empty()) return;
    const bool known = std::any_of(hosts_.begin(), hosts_.end(), [&](const Host& host) {
      return host.service == service && host.part == part && host.evidence == evidence;
    });
    if (!known) hosts_.push_back({std::move(service), part, evidence});
  }

  const Subject& subject_;
  std::span<const SenderPolicy> catalogue_;
  std::vector<Host> hosts_;
};

}  // namespace

std::string_view provider_of(const Name& name) {
  const std::string text = "." + name.to_string();
  for (const Provider& provider : kProviders) {
    if (text.ends_with("." + std::string(provider.domain))) return provider.name;
  }
  return {};
}

std::vector<Host> find_hosts(const Subject& subject, const SpfReport& spf, const DmarcReport& dmarc,
                             const DkimReport& dkim, std::span<const SenderPolicy> catalogue) {
  Search search(subject, catalogue);
  search.add_spf(spf);
  search.add_dmarc(dmarc);
  search.add_pointers();
  search.add_dkim(dkim);
  return search.take();
}

}  // namespace emailauth::check
