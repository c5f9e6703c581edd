#include "backend/service.h"

#include <chrono>
#include <map>

#include "backend/pdns_compat.h"

namespace emailauth::pdns {

namespace {

constexpr std::chrono::seconds kPollInterval{1};

// A responder without zones, for the time before responder.json is good.
std::shared_ptr<const Responder> empty_responder() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->responder = std::make_shared<ResponderUnit>();
  snapshot->senders = std::make_shared<SenderTable>(std::vector<SenderTable::Sender>());
  return std::make_shared<Responder>(std::move(snapshot));
}

std::string summary(const LoadReport& report) {
  std::string out = std::to_string(report.files) + " policy files, " + std::to_string(report.domains) + " domains, " +
                    std::to_string(report.senders) + " senders with " + std::to_string(report.networks) + " networks, " +
                    std::to_string(report.responder ? report.responder->zone_count() : 0) + " zones";
  if (!report.broken.empty()) out += "; " + std::to_string(report.broken.size()) + " files have errors";
  return out;
}

}  // namespace

std::shared_ptr<Service> Service::of(const std::string& suffix, const std::string& directory, bool in_server) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Service>> services;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Service>& service = services[suffix];
  if (!service) {
    service = std::make_shared<Service>(directory);
    service->reload();
    if (in_server) service->start_thread();
  }
  return service;
}

Service::Service(std::string directory) : responder_(empty_responder()), directory_(std::move(directory)) {}

Service::~Service() {
  {
    const std::lock_guard lock(thread_mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Responder> Service::responder() const {
  const std::lock_guard lock(responder_mutex_);
  return responder_;
}

std::string Service::reload() {
  const std::lock_guard lock(reload_mutex_);
  const LoadReport& report = directory_.reload();
  if (!report.changed) return "nothing changed; " + summary(report);
  publish(report);
  log(report);
  return summary(report);
}

void Service::publish(const LoadReport& report) {
  if (!report.responder) return;
  const std::lock_guard lock(responder_mutex_);
  if (responder_ == report.responder) return;
  responder_ = report.responder;
  generation_.fetch_add(1, std::memory_order_release);
}

void Service::log(const LoadReport& report) {
  std::set<std::string> now;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.severity == Severity::advice) continue;
    const std::string line = to_string(diagnostic);
    const bool is_new = logged_.count(line) == 0 && now.insert(line).second;
    now.insert(line);
    if (!is_new) continue;
    g_log << (diagnostic.severity == Severity::error ? Logger::Error : Logger::Warning) << "[emailauth] " << line << endl;
  }
  logged_ = std::move(now);
  for (const LoadReport::BrokenFile& broken : report.broken) {
    g_log << Logger::Error << "[emailauth] " << printable(broken.name) << " has errors: "
          << (broken.last_good_serves ? "its last good version stays in service" : "what it holds is not answered") << endl;
  }
  // pdnsutil prints what is above Info among its own output.
  const auto level = !report.broken.empty() ? Logger::Warning : thread_.joinable() ? Logger::Notice : Logger::Info;
  g_log << level << "[emailauth] loaded " << summary(report) << endl;
}

void Service::start_thread() {
  thread_ = std::thread([this] { watch(); });
}

void Service::watch() {
  std::unique_lock lock(thread_mutex_);
  while (!wake_.wait_for(lock, kPollInterval, [this] { return stop_; })) {
    lock.unlock();
    try {
      reload();
    } catch (const std::exception& e) {
      g_log << Logger::Error << "[emailauth] reload failed: " << e.what() << "; what was loaded stays in service" << endl;
    }
    lock.lock();
  }
}

}  // namespace emailauth::pdns
