#include "policy/cli/check/check_run.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "policy/cli/dns/check_dns.h"
#include "policy/cli/terminal/progress.h"

namespace emailauth::cli {

namespace {

// Reports that wait for earlier ones.
class InOrder {
 public:
  InOrder(const std::function<void(const check::DomainReport&)>& report, Progress& progress)
      : report_(report), progress_(progress) {}

  void finished(std::size_t place, check::DomainReport done) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string domain = done.domain.to_string();
    waiting_.emplace(place, std::move(done));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
         first = waiting_.erase(first), ++next_) {
      progress_.clear();
      report_(first->second);
    }
    progress_.finished(domain);
  }

 private:
  const std::function<void(const check::DomainReport&)>& report_;
  Progress& progress_;
  std::mutex mutex_;
  std::map<std::size_t, check::DomainReport> waiting_;
  std::size_t next_ = 0;
};

}  // namespace

Result<bool> check_domains(const std::vector<Name>& domains, const CheckRun& run,
                           const std::function<void(const check::DomainReport&)>& report) {
  std::vector<std::unique_ptr<CheckDns>> resolvers;
  const std::size_t helpers = std::min<std::size_t>(std::max(1U, run.parallel), domains.size());
  for (std::size_t i = 0; i < helpers; ++i) {
    auto dns = CheckDns::open(run.resolver);
    if (!dns) return dns.error();
    resolvers.push_back(std::move(*dns));
  }
  Progress progress(domains.size(), run.progress, std::chrono::seconds(1));
  InOrder in_order(report, progress);
  std::atomic<std::size_t> next = 0;
  const auto work = [&](CheckDns& dns) {
    for (std::size_t i = next++; i < domains.size(); i = next++) {
      dns.begin_domain();
      in_order.finished(i, check::check_domain(dns, domains[i], run.options_of(domains[i])));
    }
  };
  std::vector<std::jthread> threads;
  for (const auto& dns : resolvers) threads.emplace_back(work, std::ref(*dns));
  threads.clear();  // waits for all of them
  return true;
}

}  // namespace emailauth::cli
