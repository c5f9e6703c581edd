#include "policy/analysis/mending.h"

#include "policy/base/count.h"
#include "policy/net/dns_name.h"

namespace emailauth::report {

namespace {

std::uint64_t failures(const SourceReport& source, Why why) { return source.why[static_cast<std::size_t>(why)]; }

std::set<std::string> failing_selectors(const SourceReport& source, const std::string& domain) {
  return selectors_of(source, domain, [](const Volume& volume) { return volume.dkim < volume.mails; });
}

Todo mend_service(const SourceReport& source, const KnownSources& known, const AdviceCommands& commands) {
  Todo out;
  const SenderPolicy* sender = known.service(source.source.id);
  const bool dkim = sender == nullptr || sender->aligns_dkim;
  const bool spf = sender == nullptr || sender->aligns_spf;
  if (failures(source, Why::dkim_broken) > 0)
    out.then("compare the failing key in DNS with the one that " + source.source.name + " signs with")
        .then(commands.check(failing_selectors(source, known.domain)));
  if (dkim && failures(source, Why::dkim_missing) + failures(source, Why::dkim_unaligned) > 0)
    out.then("in the settings of " + source.source.name + ", sign with DKIM for " + known.domain +
             ", and publish the selectors that it names");
  if (spf && failures(source, Why::spf_return_path) > 0) out.then("or there, use a return path below " + known.domain);
  if (!spf && failures(source, Why::spf_return_path) > 0)
    out.then("leave its SPF unchanged: with this vendor SPF does nothing for DMARC");
  if (spf && failures(source, Why::spf_unlisted) > 0 && known.configured.contains(source.source.id))
    out.then(commands.senders_refresh(source.source.id));
  return out;
}

Todo mend_own(const SourceReport& source, const KnownSources& known, const AdviceCommands& commands) {
  Todo out;
  if (failures(source, Why::dkim_broken) > 0)
    out.then("compare the failing key in DNS with the signing server's")
        .then(commands.check(failing_selectors(source, known.domain)));
  if (failures(source, Why::dkim_missing) > 0) out.then("let these servers sign with DKIM");
  if (failures(source, Why::spf_return_path) > 0) out.then("let these servers use return paths of " + known.domain);
  if (failures(source, Why::spf_unlisted) > 0) out.then(commands.records_live());
  return out;
}

}  // namespace

std::string mails(std::uint64_t count) { return count_of(count, "message"); }

std::vector<std::string> evidence_of(const SourceReport& source) {
  std::vector<std::string> out;
  const std::uint64_t failed = source.volume.mails - source.volume.passed;
  if (failed > 0) out.push_back(mails(failed) + " of " + std::to_string(source.volume.mails) + " failed DMARC");
  for (std::size_t i = 0; i < kWhys; ++i) {
    if (source.why[i] > 0) out.push_back(mails(source.why[i]) + ": " + std::string(to_text(static_cast<Why>(i))));
  }
  for (const NamedVolume& selector : source.selectors) {
    if (selector.volume.dkim < selector.volume.mails)
      out.push_back(selector.name + " verified for " + mails(selector.volume.dkim) + " of " +
                    std::to_string(selector.volume.mails));
  }
  return out;
}

Todo mending_of(const SourceReport& source, const KnownSources& known, const AdviceCommands& commands) {
  return source.source.kind == SourceKind::service ? mend_service(source, known, commands)
                                                   : mend_own(source, known, commands);
}

std::set<std::string> selectors_of(const SourceReport& source, const std::string& domain,
                                   const std::function<bool(const Volume&)>& wanted) {
  std::set<std::string> out;
  const std::string tail = "._domainkey." + domain;
  for (const NamedVolume& selector : source.selectors) {
    if (!selector.name.ends_with(tail) || !wanted(selector.volume)) continue;
    std::string name = selector.name.substr(0, selector.name.size() - tail.size());
    if (Name::parse(name)) out.insert(std::move(name));
  }
  return out;
}

}  // namespace emailauth::report
