#include "policy/cli/records/records_compat.h"
#include "policy/dns/budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/cli/services/sender_files.h"
#include "policy/publish/spf_cost.h"

namespace emailauth::cli {

namespace {

Result<SenderPolicy> find_sender(const std::string& directory, const std::string& id) {
  const Result<std::vector<SenderFile>> files = load_senders(directory);
  if (!files) return files.error();
  if (const auto unknown = unknown_sender(*files, {id})) return *unknown;
  const auto file = std::find_if(files->begin(), files->end(), [&](const SenderFile& f) { return f.policy.id == id; });
  if (!file->error.empty()) return Error{file->error};
  if (!file->policy.spf.empty()) return file->policy;
  return Error{in_quotes(id) +
               " publishes no SPF terms for owners, so it cannot look for one; nothing needs to be done"};
}

}  // namespace

Result<CompatRecord> compat_record(const Responder& responder, const Publication& wanted, const PublicationOptions& how,
                                   const std::string& directory, const std::string& sender) {
  Result<SenderPolicy> found = find_sender(directory, sender);
  if (!found) return found.error();
  const std::string domain = in_quotes(wanted.domain.to_string());
  if (wanted.blocked) {
    return Error{domain + " is blocked, and the term would let " + in_quotes(sender) +
                 " send; make its mode \"sending\" first"};
  }
  PublicationOptions literal = how;
  literal.literal_terms = found->spf;
  Result<Publication> temporary = publication_of(responder, wanted.domain, literal);
  if (!temporary) return temporary.error();
  if (temporary->spf() == nullptr) return Error{domain + " has no SPF record to publish; add \"spf\" to its policy"};
  const PublishedRrset spf = *temporary->spf();
  temporary->rrsets = {spf};
  temporary->spf_records.resize(1);
  temporary->subdomains.clear();
  return CompatRecord{std::move(*found), std::move(*temporary), wanted};
}

CompatCost count_cost(const Responder& responder, const CompatRecord& record, Dns* beyond) {
  const Name& domain = record.temporary.domain;
  const SpfCost with = cost_of_record(responder, domain, record.temporary.spf()->data.front(), beyond);
  const SpfCost without = cost_of_record(responder, domain, record.afterwards.spf()->data.front(), beyond);
  const bool counted = beyond != nullptr;
  CompatCost out;
  out.notes.push_back(fmt::format("costs receivers {} {} of {} lookups (RFC 7208, 4.6.4): {} for our term, {} for {}{}",
                                  counted ? "at most" : "at least", with.lookups, kReceiverLookups, without.lookups,
                                  with.lookups - without.lookups, fmt::join(record.sender.spf, " "),
                                  counted ? "" : "; --live also counts what these lead to"));
  if (with.lookups > kReceiverLookups) {
    out.notes.push_back(
        "warning: more lookups than that are an error for every receiver; enable fewer senders meanwhile");
  }
  const bool too_many_void = counted && with.void_lookups > kReceiverVoidLookups;
  if (too_many_void) {
    out.notes.push_back(fmt::format(
        "warning: {} names without records are looked up, and more than {} is an error; enable fewer senders meanwhile",
        with.void_lookups, kReceiverVoidLookups));
  }
  if (!with.error.empty()) out.notes.push_back("warning: receivers report an error: " + with.error);
  out.good = with.error.empty() && with.lookups <= kReceiverLookups && !too_many_void;
  out.json = {{"lookups", with.lookups}, {"counted", counted}, {"good", out.good}};
  if (counted) out.json["void_lookups"] = with.void_lookups;
  if (!with.error.empty()) out.json["error"] = with.error;
  return out;
}

std::vector<PublicationStep> compat_steps(const CompatRecord& record, std::vector<std::string> notes,
                                          const PublicationState* state) {
  const SenderPolicy& sender = record.sender;
  const std::string domain = record.temporary.domain.to_string();
  const auto& enabled = record.temporary.senders;
  if (std::find(enabled.begin(), enabled.end(), sender.id) == enabled.end()) {
    notes.push_back(
        fmt::format("{} is not enabled for {}; enable it before the way back", in_quotes(sender.id), domain));
  }
  std::vector<PublicationStep> steps(3);
  const bool in_place = state != nullptr && state->complete();
  steps[0].heading =
      in_place ? "The temporary SPF record is published" : "Publish this SPF record in place of the existing one";
  steps[0].notes = std::move(notes);
  if (!in_place) steps[0].publish = {record.temporary.spf()};
  steps[1].heading =
      fmt::format("Let {} verify {}: it looks for {}", printable(sender.name), domain, fmt::join(sender.spf, " "));
  steps[2].heading = "The way back: publish the record without it again";
  steps[2].publish = {record.afterwards.spf()};
  return steps;
}

}  // namespace emailauth::cli
