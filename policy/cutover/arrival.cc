#include "policy/cutover/arrival.h"

#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/base/diagnostic.h"
#include "policy/net/public_suffix.h"

namespace emailauth::cutover {

namespace {

std::size_t in_place(const PublicationState& state) {
  return static_cast<std::size_t>(std::count_if(state.rrsets.begin(), state.rrsets.end(),
                                                [](const RrsetState& s) { return s.state == InPlace::yes; }));
}

std::vector<std::string> data_of(const std::vector<Record>& records, RecordType type) {
  std::vector<std::string> out;
  for (const Record& record : records) {
    if (record.type == type) out.push_back(record.data);
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Arrival {
 public:
  Arrival(Dns& dns, Dns& records, const Responder& responder, const ArrivalOptions& options)
      : dns_(dns), records_(records), responder_(responder), options_(options) {}

  ArrivalReport run(const std::vector<Publication>& ways) {
    const DnsAnswer texts = dns_.ask(ways.front().domain, RecordType::txt);
    if (texts.failed()) {
      out_.failures = {"TXT at " + ways.front().domain.to_string() + ": " + failure_text(texts)};
      return std::move(out_);
    }
    choose(ways);
    out_.way = wanted_->way;
    out_.records = state_.rrsets.size();
    out_.in_place = in_place(state_);
    for (std::size_t i = 0; i < state_.rrsets.size(); ++i) tell_state(wanted_->rrsets[i], state_.rrsets[i]);
    for (const FoundRrset& lost : state_.lost_selectors) {
      mend("DKIM", lost.key.name, "it is in use, and the policy does not have it",
           in_directory(CommandLine({"emailauth", "dkim", "import"})
                            .operand(domain())
                            .option("--selector", lost.key.name.to_string().substr(
                                                      0, lost.key.name.to_string().find("._domainkey."))),
                        options_.directory));
    }
    for (const PublishedRrset& rrset : wanted_->rrsets) {
      if (rrset.part != PublicationPart::spf) check_trust(rrset);
    }
    if (options_.ask_server) ask_servers();
    return std::move(out_);
  }

 private:
  std::string domain() const { return wanted_->domain.to_string(); }

  void mend(std::string_view part, const Name& where, std::string what, Todo todo) {
    out_.findings.push_back(
        {{std::move(what), "", std::move(todo)}, CutoverFinding::Weight::refuse, std::string(part), where.to_string()});
  }

  void choose(const std::vector<Publication>& ways) {
    for (const Publication& way : ways) {
      PublicationState state = check_publication(responder_, way, options_.selectors, records_);
      if (wanted_ != nullptr && in_place(state) * state_.rrsets.size() <= in_place(state_) * state.rrsets.size())
        continue;
      wanted_ = &way;
      state_ = std::move(state);
      if (state_.complete()) return;
    }
  }

  void tell_state(const PublishedRrset& rrset, const RrsetState& state) {
    if (state.state == InPlace::yes) return;
    std::string what = std::string(to_text(rrset.key.type)) + " " + std::string(to_text(state.state));
    if (!state.detail.empty()) what += ": " + state.detail;
    mend(to_text(rrset.part), rrset.key.name, std::move(what),
         in_directory(CommandLine({"emailauth", "records"}).operand(domain()).flag("--live"), options_.directory));
  }

  // Finds an answer without a signature below a signed zone.
  void check_trust(const PublishedRrset& rrset) {
    const DnsAnswer above = dns_.ask(wanted_->domain, RecordType::txt);
    const Name& name = rrset.key.name;
    const DnsAnswer here = dns_.ask(name, RecordType::txt);  // behind a CNAME others would answer
    out_.validated |= above.validation != Validation::unknown;
    const bool signed_above = above.validation == Validation::secure || has_ds_above(above.validation);
    if (here.failed()) return mend(to_text(rrset.part), name, failure_text(here), "");
    if (!signed_above || rrset.key.type != RecordType::ns) return;
    const bool unsigned_here =
        here.validation == Validation::insecure || (here.validation == Validation::unknown && !has_ds(rrset.key.name));
    if (!unsigned_here) return;
    mend(to_text(rrset.part), rrset.key.name,
         "the zone above is signed, and has no DS record for it: answers can be forged",
         Todo(CommandLine({"pdnsutil", "secure-zone"}).operand(rrset.key.name.to_string()))
             .then(CommandLine({"pdnsutil", "export-zone-ds"}).operand(rrset.key.name.to_string()))
             .then("publish the DS records in the zone above"));
  }

  // If nothing validates, DS records show it.
  bool has_ds_above(Validation validation) {
    if (validation != Validation::unknown) return false;
    return has_ds(organizational_domain(wanted_->domain).value_or(wanted_->domain));
  }
  bool has_ds(const Name& name) { return !records_.ask(name, RecordType::ds).texts.empty(); }

  void ask_servers() {
    for (const Name& server : responder_.snapshot().responder->policy.nameservers) {
      std::vector<IpAddress> addresses = dns_.ask(server, RecordType::a).addresses;
      if (addresses.empty()) addresses = dns_.ask(server, RecordType::aaaa).addresses;
      if (addresses.empty()) {
        mend("servers", server, "the name server has no address", "publish its address");
        continue;
      }
      for (const IpAddress& address : addresses) ask_server(server, address);
    }
  }

  // One finding per server: whatever is wrong with one answer is usually wrong with all.
  void ask_server(const Name& server, const IpAddress& address) {
    ++out_.servers;
    for (const PublishedRrset& rrset : wanted_->rrsets) {
      for (const Name& name : rrset.answers) {
        const std::string wrong = wrong_answer(address, rrset, name);
        if (wrong.empty()) continue;
        return mend("servers", server, address.to_string() + ": " + wrong,
                    "make sure that it runs, and has the policies of this directory");
      }
    }
  }

  std::string wrong_answer(const IpAddress& address, const PublishedRrset& rrset, const Name& name) {
    const Result<Name> mirrored = rrset.key.type == RecordType::cname ? Name::parse(rrset.data.front()) : name;
    if (!mirrored) return "";
    const Answer answer = responder_.answer(*mirrored);
    for (const RecordType type : {RecordType::cname, RecordType::txt}) {
      const std::vector<std::string> expected = data_of(answer.records, type);
      if (expected.empty()) continue;
      const FoundRrset found = rrset_in(options_.ask_server(address, {*mirrored, type}), {*mirrored, type});
      if (found.status == DnsStatus::timeout) return "no answer in time";
      if (found.failed()) return "SERVFAIL for " + std::string(to_text(type)) + " at " + mirrored->to_string();
      if (found.data == expected) return "";
      return mirrored->to_string() + " answers " + (found.data.empty() ? "nothing" : in_quotes(found.data.front())) +
             " instead of " + in_quotes(expected.front());
    }
    return "";
  }

  Dns& dns_;
  Dns& records_;
  const Responder& responder_;
  const ArrivalOptions& options_;
  const Publication* wanted_ = nullptr;
  PublicationState state_;
  ArrivalReport out_;
};

}  // namespace

bool ArrivalReport::good() const { return findings.empty() && failures.empty(); }

ArrivalReport check_arrival(Dns& dns, Dns& records, const Responder& responder, const std::vector<Publication>& ways,
                            const ArrivalOptions& options) {
  return Arrival(dns, records, responder, options).run(ways);
}

}  // namespace emailauth::cutover
