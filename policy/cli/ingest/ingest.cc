#include "policy/cli/ingest/ingest.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "policy/cli/terminal/progress.h"

namespace emailauth::cli {

namespace {

using Clock = std::chrono::steady_clock;
// What a reader passes to the writer: a report or a fault, the name of a file that is done, or why one was not set
// aside.
using Item =
    std::variant<report::AggregateDigest, report::TlsReport, report::ReceivedFailure, Fault, std::string, Error>;

// A batch is committed after this many reports, or at this age: others wait for it.
constexpr std::size_t kBatch = 1000;
constexpr std::chrono::milliseconds kBatchAge{200};

class Queue {
 public:
  // Waits while it is full. Returns false if nothing reads from it any more.
  bool push(Item item) {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [&] { return items_.size() < kMost || closed_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    more_.notify_one();
    return true;
  }

  // Returns nullopt if none arrived in time, or none will.
  std::optional<Item> pop(std::chrono::milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    more_.wait_for(lock, patience, [&] { return !items_.empty() || writers_ == 0; });
    if (items_.empty()) return std::nullopt;
    std::optional<Item> out(std::move(items_.front()));
    items_.pop_front();
    room_.notify_one();
    return out;
  }

  void add_writer() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++writers_;
  }
  void remove_writer() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --writers_;
    more_.notify_all();
  }
  bool finished() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return writers_ == 0 && items_.empty();
  }
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    room_.notify_all();
  }

 private:
  static constexpr std::size_t kMost = 2048;
  std::mutex mutex_;
  std::condition_variable more_;
  std::condition_variable room_;
  std::deque<Item> items_;
  int writers_ = 0;
  bool closed_ = false;
};

// The threads that read. They end before this object does.
class Readers {
 public:
  // `from_input`: standard input is read before the files.
  Readers(const IngestOptions& options, bool from_input, std::vector<FoundFile> files, Queue& queue)
      : options_(options), from_input_(from_input), files_(std::move(files)), queue_(queue) {
    const auto wanted = std::min<std::size_t>(std::max(options.readers, 1U), std::max<std::size_t>(files_.size(), 1));
    for (std::size_t i = 0; i < wanted; ++i) {
      queue_.add_writer();
      threads_.emplace_back([this] { read_all(); });
    }
  }
  ~Readers() {
    queue_.close();
    for (std::thread& thread : threads_) thread.join();
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

 private:
  void read_all() {
    report::OrganizationalDomains organizations;
    bool wanted = true;
    const ReportSink sink{
        [&](report::AnyReport report) { wanted = queue_.push(prepared(std::move(report), organizations)) && wanted; },
        [&](Fault fault) { wanted = queue_.push(std::move(fault)) && wanted; }};
    ReportReader reader(options_.limits, sink);
    if (from_input_.exchange(false)) {
      read_input(reader);
      wanted = queue_.push(std::string("-")) && wanted;
    }
    while (wanted) {
      const std::size_t at = next_++;
      if (at >= files_.size()) break;
      read(files_[at], reader, sink);
      wanted = queue_.push(files_[at].path()) && wanted;
    }
    queue_.remove_writer();
  }

  void read_input(ReportReader& reader) { reader.read_file("standard input", Descriptor(::dup(STDIN_FILENO))); }

  void read(const FoundFile& file, ReportReader& reader, const ReportSink& sink) {
    const Result<Descriptor> opened = file.open();
    if (!opened) return sink.fault({file.path(), opened.error().message});
    if (reader.read_file(file.path(), *opened) || options_.set_aside == nullptr) return;
    if (const auto copied = options_.set_aside->copy(*opened, file.name()); !copied) queue_.push(copied.error());
  }

  Item prepared(report::AnyReport report, report::OrganizationalDomains& organizations) const {
    if (const auto* aggregate = std::get_if<report::AggregateReport>(&report))
      return digest_of(*aggregate, organizations);
    if (auto* tls = std::get_if<report::TlsReport>(&report)) {
      if (!options_.keep_personal_data) redact(*tls);
      return std::move(*tls);
    }
    report::ReceivedFailure failure = std::get<report::ReceivedFailure>(std::move(report));
    if (!options_.keep_personal_data) redact(failure.report);
    return failure;
  }

  const IngestOptions& options_;
  std::atomic<bool> from_input_;
  const std::vector<FoundFile> files_;
  Queue& queue_;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
};

// Writes what the readers pass on, one batch at a time.
class Writer {
 public:
  Writer(ReportStore& store, IngestCounts& counts) : store_(store), counts_(counts) {}

  Result<bool> take(Item item) {
    if (auto* error = std::get_if<Error>(&item)) {
      if (!counts_.trouble) counts_.trouble = std::move(*error);
      return true;
    }
    if (auto* fault = std::get_if<Fault>(&item)) {
      counts_.faults.push_back(std::move(*fault));
      return true;
    }
    if (batch_ == 0) {
      if (auto begun = store_.begin(); !begun) return begun;
      begun_ = Clock::now();
    }
    const Result<bool> added = add(item);
    if (!added) return added;
    ++batch_;
    if (!*added) ++counts_.known;
    return batch_ >= kBatch || Clock::now() - begun_ > kBatchAge ? commit() : Result<bool>(true);
  }

  Result<bool> commit() {
    if (batch_ == 0) return true;
    batch_ = 0;
    return store_.commit();
  }

 private:
  Result<bool> add(const Item& item) {
    if (const auto* digest = std::get_if<report::AggregateDigest>(&item)) {
      const Result<bool> added = store_.add(*digest);
      if (added && *added) {
        ++counts_.aggregate;
        counts_.messages += digest->messages();
      }
      return added;
    }
    if (const auto* tls = std::get_if<report::TlsReport>(&item)) {
      const Result<bool> added = store_.add(*tls);
      if (added && *added) ++counts_.tls;
      return added;
    }
    const Result<bool> added = store_.add(std::get<report::ReceivedFailure>(item));
    if (added && *added) ++counts_.failure;
    return added;
  }

  ReportStore& store_;
  IngestCounts& counts_;
  std::size_t batch_ = 0;  // reports in the open transaction
  Clock::time_point begun_;
};

}  // namespace

Result<IngestCounts> ingest(const IngestOptions& options, ReportStore& store) {
  IngestCounts out;
  std::vector<std::string> named = options.paths;
  const bool from_input = std::erase(named, "-") > 0;
  std::vector<FoundFile> files = files_below(named, [&out](Fault fault) { out.faults.push_back(std::move(fault)); });
  out.files = files.size() + (from_input ? 1 : 0);
  Progress progress(out.files, options.progress, std::chrono::seconds(1));
  Queue queue;
  const Readers readers(options, from_input, std::move(files), queue);
  Writer writer(store, out);
  while (!queue.finished()) {
    std::optional<Item> item = queue.pop(std::chrono::milliseconds(200));
    if (item && std::holds_alternative<std::string>(*item)) {
      progress.finished(std::get<std::string>(*item));
      continue;
    }
    // Nothing to do: other programs may write meanwhile.
    const Result<bool> done = item ? writer.take(std::move(*item)) : writer.commit();
    if (!done) {
      store.abort();
      return done.error();
    }
  }
  if (const Result<bool> done = writer.commit(); !done) {
    store.abort();
    return done.error();
  }
  return out;
}

}  // namespace emailauth::cli
