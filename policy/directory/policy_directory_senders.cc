// Which file has the id of a sender.
#include <algorithm>
#include <functional>

#include "policy/directory/policy_directory.h"

namespace emailauth {

namespace {

using Holders = std::map<std::string, std::string>;

// A file that has, or claims, the id of a sender.
struct SenderClaim {
  std::string file;
  std::string id;
  std::shared_ptr<const SenderTable::Sender> sender;      // null when it has errors
  std::shared_ptr<const SenderTable::Sender> in_service;  // the file's sender in service now; may have another id
  bool is_refused = false;                                // also what it had in service
  std::string fault;                                      // why its last version is refused; "" if it is not
};

// Gives each id to one file: to the one that serves it, otherwise to the one that is named after it, otherwise to none.
// A file that is refused keeps what it has in service.
class SenderContest {
 public:
  using Claims = std::vector<SenderClaim*>;

  // `former`: files that had ids before the last reload, and were gone then.
  SenderContest(std::vector<SenderClaim>& claims, const Holders& former) : claims_(claims), former_(former) {}

  // `holder_gone` returns the file that had the id if a claim has to wait for that file to come back; otherwise "".
  void settle(const std::function<std::string(const SenderClaim&)>& holder_gone) {
    while (settle_once(holder_gone)) {
    }
  }

  Holders holders;  // of the ids that others claim, too
  Holders waited;   // of those that no file has now

 private:
  // Returns true if a file fell back to what it has in service: that is another claim.
  bool settle_once(const std::function<std::string(const SenderClaim&)>& holder_gone) {
    std::map<std::string, Claims> by_id;
    bool fell_back = false;
    for (SenderClaim& claim : claims_) {
      if (claim.is_refused) continue;
      const std::string gone = holder_gone(claim);
      if (gone.empty()) {
        by_id[claim.id].push_back(&claim);
        continue;
      }
      waited[claim.id] = gone;
      fell_back |=
          refuse(claim, "the sender " + in_quotes(claim.id) +
                            " was in service from a file that has just been removed: it is served in a moment, unless "
                            "that comes back");
    }
    for (const auto& [id, claims] : by_id) {
      if (claims.size() > 1) fell_back |= settle(id, claims);
    }
    return fell_back;
  }

  bool settle(const std::string& id, const Claims& claims) {
    const SenderClaim* holder = holder_of(id, claims);
    if (holder != nullptr && holder->sender) holders[id] = holder->file;
    bool fell_back = false;
    for (SenderClaim* claim : claims) {
      if (claim != holder) fell_back |= refuse(*claim, fault_of(*claim, claims, holder));
    }
    return fell_back;
  }

  static bool has_it(const SenderClaim& claim) { return claim.in_service && claim.in_service->id == claim.id; }
  static bool is_named_after_it(const SenderClaim& claim) { return claim.file == "senders/" + claim.id + ".json"; }

  const SenderClaim* holder_of(const std::string& id, const Claims& claims) const {
    const auto former = former_.find(id);
    const auto find = [&](const auto& fits) {
      const auto at = std::find_if(claims.begin(), claims.end(), fits);
      return at == claims.end() ? nullptr : *at;
    };
    const SenderClaim* holder = find([](const SenderClaim* claim) { return has_it(*claim); });
    if (holder == nullptr && former != former_.end())
      holder = find([&](const SenderClaim* claim) { return claim->file == former->second; });
    return holder != nullptr ? holder : find([](const SenderClaim* claim) { return is_named_after_it(*claim); });
  }

  static bool refuse(SenderClaim& claim, std::string fault) {
    claim.fault = std::move(fault);
    claim.is_refused = !claim.in_service || claim.sender == claim.in_service;
    if (claim.is_refused) return false;
    claim.sender = claim.in_service;
    claim.id = claim.sender->id;
    return true;
  }

  static std::string fault_of(const SenderClaim& claim, const Claims& claims, const SenderClaim* holder) {
    std::string out = "the sender " + in_quotes(claim.id) + " is also in ";
    if (holder == nullptr) {
      const auto other = std::find_if(claims.begin(), claims.end(), [&](const SenderClaim* c) { return c != &claim; });
      return out + printable((*other)->file) + ": neither is served; keep one, in senders/" + claim.id + ".json";
    }
    out += printable(holder->file);
    if (!has_it(*holder)) return out + ", which comes first: that file is named after it; keep one";
    return out + ", where it is in service" +
           (is_named_after_it(*holder) ? "" : ", until a restart: then the file that is named after it counts") +
           "; keep one";
  }

  std::vector<SenderClaim>& claims_;
  const Holders& former_;
};

}  // namespace

// An id that several files claim belongs to one of them.
void PolicyDirectory::build_senders() {
  std::vector<SenderClaim> claims;
  for (auto& [name, file] : files_) {
    if (file.kind != PolicyFileKind::sender) continue;
    file.beside_others.clear();
    const std::string& id = file.sender.last_good ? file.sender.last_good->id : file.sender.claimed;
    if (!id.empty()) claims.push_back({name, id, file.sender.last_good, file.sender.in_service, false, ""});
  }
  SenderContest contest(claims, former_sender_holders_);
  contest.settle([this](const SenderClaim& claim) {
    const auto holder = sender_holders_.find(claim.id);
    const bool waits =
        holder != sender_holders_.end() && is_gone(holder->second) && !is_renamed(holder->second, claim.file);
    return waits ? holder->second : std::string();
  });
  sender_holders_ = std::move(contest.holders);
  former_sender_holders_ = std::move(contest.waited);
  std::vector<SenderTable::Sender> senders;
  for (SenderClaim& claim : claims) {
    File& file = files_.at(claim.file);
    file.faults.beside_others = !claim.fault.empty();
    if (file.faults.beside_others)
      file.beside_others.push_back({Severity::error, claim.file, 1, "/sender", std::move(claim.fault)});
    file.sender.in_service = claim.is_refused ? nullptr : claim.sender;
    if (file.sender.in_service) senders.push_back(*file.sender.in_service);
  }
  senders_ = std::make_shared<SenderTable>(std::move(senders));
}

}  // namespace emailauth
