#include "backend/service.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>

#include "backend/convert.h"
#include "backend/counters.h"
#include "backend/directory_watch.h"
#include "backend/pdns_compat.h"
#include "policy/base/count.h"
#include "policy/base/first_of_each_file.h"

namespace emailauth::pdns {

namespace {

// How often the reload thread wakes up if inotify reports nothing.
constexpr std::chrono::milliseconds kWakeInterval{2000};
// A file that was modified less than this ago may still be being written.
constexpr std::int64_t kFreshNanoseconds = 1'000'000'000;
constexpr std::size_t kMostNotable = 10;
constexpr std::chrono::seconds kProgressInterval{2};

// A responder without zones, for the time before responder.json is good.
std::shared_ptr<const Responder> empty_responder() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->responder = std::make_shared<ResponderUnit>();
  snapshot->senders = std::make_shared<SenderTable>(std::vector<SenderTable::Sender>());
  return std::make_shared<Responder>(std::move(snapshot));
}

std::string summary(const LoadReport& report) {
  std::string out = count_of(report.files, "policy file") + ", " + count_of(report.domains, "domain") + ", " +
                    count_of(report.senders, "sender") + " with " + count_of(report.networks, "network") + ", " +
                    count_of(report.responder ? report.responder->zone_count() : 0, "zone");
  const std::size_t broken = report.broken.size();
  if (broken > 0) out += "; " + count_of(broken, "file") + std::string(word_for(broken, " has errors", " have errors"));
  return out;
}

// "3 files read again (a.json, b.json, …)".
std::string what_changed(const LoadReport& report) {
  std::string out;
  for (const auto& [verb, files] : {std::pair("read", &report.loaded), std::pair("gone", &report.removed),
                                    std::pair("a date has come in", &report.dated)}) {
    if (files->empty()) continue;
    out += (out.empty() ? "" : ", ") + std::string(verb) + " ";
    if (files->size() > 3) out += std::to_string(files->size()) + " files";
    for (std::size_t i = 0; files->size() <= 3 && i < files->size(); ++i)
      out += (i > 0 ? " " : "") + printable((*files)[i]);
  }
  return out;
}

std::string notable_line(const std::vector<std::string>& notable) {
  std::string out;
  for (std::size_t i = 0; i < notable.size() && i < kMostNotable; ++i) out += "; " + notable[i];
  if (notable.size() > kMostNotable)
    out += "; and " + std::to_string(notable.size() - kMostNotable) + " more like these";
  return out;
}

std::string what_answers(LoadReport::Serves serves) {
  switch (serves) {
    case LoadReport::Serves::nothing: return "no part of it is in service";
    case LoadReport::Serves::good_parts:
      return "it has had no good version since the server started, so only its correct parts are in service";
    case LoadReport::Serves::last_good: return "its last good version stays in service";
  }
  return "";
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Processor time of the calling thread.
std::chrono::nanoseconds processor_time() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

}  // namespace

std::shared_ptr<Service> Service::of(const std::string& suffix, const std::string& directory, bool in_server) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Service>> services;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Service>& service = services[suffix];
  if (!service) {
    service = std::make_shared<Service>(directory, in_server);
    service->reload();
    if (in_server) {
      show_service(service);
      service->caches_ = std::make_unique<CacheRemoval>();
      service->thread_ = std::thread([raw = service.get()] { raw->watch(); });
    }
  }
  return service;
}

Service::Service(std::string directory, bool in_server)
    : path_(std::move(directory)), in_server_(in_server), responder_(empty_responder()), directory_(path_) {
  if (in_server_) directory_.on_progress([this](std::size_t done, std::size_t total) { tell_progress(done, total); });
}

Service::~Service() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Responder> Service::responder() const {
  const std::lock_guard lock(responder_mutex_);
  return responder_;
}

Service::Status Service::status() const {
  const std::lock_guard lock(responder_mutex_);
  return status_;
}

std::string Service::reload() { return reload(Patience::none).line; }

Service::Reloaded Service::reload(Patience patience) {
  const std::lock_guard lock(reload_mutex_);
  next_progress_ = std::chrono::steady_clock::now() + kProgressInterval;
  const std::chrono::nanoseconds before = processor_time();
  const LoadReport& report = directory_.reload(day_of(time(nullptr)));
  if (!report.changed) look_cost_ = processor_time() - before;
  if (!report.changed && !unripe_) return {"nothing changed: " + summary(report), false};
  const std::vector<std::string> notable = publish(report);
  log(report, notable, patience);
  return {what_changed(report) + ": " + summary(report) + notable_line(notable), unripe_};
}

// Called after every file that is read; logs nothing within the first second or two.
void Service::tell_progress(std::size_t done, std::size_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (done == total || now < next_progress_) return;
  next_progress_ = now + kProgressInterval;
  g_log << Logger::Warning << "[emailauth] reading policies: " << done << " of " << total << " files" << endl;
}

// Finds out first what changed, so that the caches can be informed at once after the change.
std::vector<std::string> Service::publish(const LoadReport& report) {
  const std::shared_ptr<const Responder> before = responder();
  const bool is_new = report.responder && report.responder != before;
  Changes changes;
  if (is_new && caches_) changes = compare(*before, *report.responder);
  {
    const std::lock_guard lock(responder_mutex_);
    status_.files_in_error = report.broken.size();
    if (!is_new) return {};
    responder_ = report.responder;
    status_ = {report.broken.size(),           report.domains, report.senders, report.networks,
               report.responder->zone_count(), time(nullptr)};
    generation_.fetch_add(1, std::memory_order_release);
  }
  if (caches_) tell_caches(changes);
  return changes.notable;
}

// PowerDNS keeps a list of all zones, and answers; both are old now. The list comes first: what is removed from the
// caches is looked up again with it. A refresh of the list that is running applies the changes it receives meanwhile,
// and one that begins later finds the new generation. A zone that is listed under another id is a zone of the same name
// in another backend: it stays, and is served again when ours goes.
void Service::tell_caches(const Changes& changes) {
  const auto is_ours = [](const DNSName& apex, int id) { return listed_zone_id(apex).value_or(id) == id; };
  for (const ZoneInfo& zone : changes.added) {
    const DNSName apex = to_dns_name(zone.apex);
    const int id = static_cast<int>(zone.id);
    if (is_ours(apex, id)) g_zoneCache.add(Zone(apex), id);
  }
  for (const ZoneInfo& zone : changes.removed) {
    const DNSName apex = to_dns_name(zone.apex);
    if (is_ours(apex, static_cast<int>(zone.id))) g_zoneCache.remove(Zone(apex));
  }
  if (changes.stale.everything) {
    g_log << Logger::Warning
          << "[emailauth] so many names changed that PowerDNS' caches were emptied, with the answers of all other zones"
          << endl;
  }
  caches_->remove(changes.stale);
}

void Service::warn_of_namesake(const std::string& zone, int id) {
  {
    const std::lock_guard lock(namesakes_mutex_);
    if (!namesakes_.insert(zone).second) return;
  }
  g_log << Logger::Warning << "[emailauth] another backend has a zone " << in_quotes(zone) << ", too (id " << id
        << "): the policies answer for it, and what that zone holds is not served; delete the zone there, or take its "
           "part out of the policies"
        << endl;
}

void Service::log(const LoadReport& report, const std::vector<std::string>& notable, Patience patience) {
  std::set<std::string> unripe;  // files whose errors may disappear in a moment
  for (const LoadReport::BrokenFile& broken : report.broken) {
    const bool is_fresh = std::abs(now_ns() - broken.modified_ns) < kFreshNanoseconds;
    if (patience == Patience::for_fresh_files && is_fresh) unripe.insert(broken.name);
  }
  unripe_ = !unripe.empty();
  log_errors(report, unripe);
  const bool only_unripe = std::all_of(report.loaded.begin(), report.loaded.end(),
                                       [&](const std::string& file) { return unripe.count(file) > 0; });
  if (only_unripe && report.removed.empty() && report.dated.empty() && notable.empty()) return;
  count_reload(report.broken.size() == unripe.size());
  // pdnsutil prints what is above Info as part of its own output.
  const bool quiet = report.broken.size() == unripe.size() && notable.empty();
  const auto level = !in_server_ ? Logger::Info : quiet ? Logger::Notice : Logger::Warning;
  g_log << level << "[emailauth] " << what_changed(report) << ": " << summary(report) << notable_line(notable) << endl;
}

// Logs each finding once, until it is gone.
void Service::log_errors(const LoadReport& report, const std::set<std::string>& unripe) {
  std::set<std::string> now;
  const auto say = [&](Logger::Urgency level, const std::string& line) {
    if (now.insert(line).second && logged_.count(line) == 0) g_log << level << "[emailauth] " << line << endl;
  };
  for (const Diagnostic& diagnostic : report.dated_ahead) say(Logger::Warning, to_string(diagnostic));
  for (const Diagnostic& diagnostic : first_of_each_file(report.diagnostics)) {
    if (diagnostic.severity == Severity::advice || unripe.count(diagnostic.file) > 0) continue;
    say(diagnostic.severity == Severity::error ? Logger::Error : Logger::Warning, to_string(diagnostic));
  }
  for (const LoadReport::BrokenFile& broken : report.broken) {
    if (unripe.count(broken.name) > 0) continue;
    say(Logger::Error, printable(broken.name) + " has errors: " + what_answers(broken.serves));
  }
  logged_ = std::move(now);
}

void Service::watch() {
  using Clock = std::chrono::steady_clock;
  DirectoryWatch watch(path_);
  Clock::time_point next_look = Clock::now();  // changes before the watch began caused no event
  Day day = day_of(time(nullptr));
  bool unripe = false;
  while (!stop_) {
    const bool told = watch.wait(unripe ? kWakeInterval / 4 : kWakeInterval);
    if (stop_) return;
    const Day today = day_of(time(nullptr));
    if (!told && !unripe && today == day && Clock::now() < next_look) continue;
    try {
      unripe = reload(Patience::for_fresh_files).unripe;
      day = today;
      next_look = Clock::now();
      if (!watch.refresh()) next_look += pause_between_looks(watch.tells_everything());
    } catch (const std::exception& e) {
      g_log << Logger::Error << "[emailauth] reload failed: " << e.what() << "; what was loaded stays in service"
            << endl;
    } catch (const PDNSException& e) {
      g_log << Logger::Error << "[emailauth] reload failed: " << e.reason << "; what was loaded stays in service"
            << endl;
    }
  }
}

std::chrono::milliseconds Service::pause_between_looks(bool told) {
  const std::lock_guard lock(reload_mutex_);
  return pdns::pause_between_looks(look_cost_, told && !directory_.report().has_links);
}

}  // namespace emailauth::pdns
