// Which files there are, which have changed, and what is in these.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <system_error>
#include <thread>

#include "policy/base/count.h"
#include "policy/directory/policy_directory.h"
#include "policy/folder/copy_name.h"

namespace emailauth {

namespace {

constexpr int kMaxFolderDepth = 8;
constexpr std::size_t kMaxThreads = 8;

// Files of editors, version control and people, which are not policies.
bool is_bystander(std::string_view name) {
  return name.empty() || name[0] == '.' || name.back() == '~' || name.ends_with(".md") || name.ends_with(".swp") ||
         name.ends_with(".err") || name == "README" || name == "LICENSE";
}

// True for a file that can change by another name than this one.
bool is_linked(const struct stat& status) {
  return S_ISLNK(status.st_mode) || (S_ISREG(status.st_mode) && status.st_nlink > 1);
}

std::string in_folder(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

constexpr std::int64_t kSecond = 1000000000;  // nanoseconds
constexpr std::int64_t kDay = 86400;          // seconds

// A clock may be ahead of ours by a day, and of that which dated a file by another.
std::int64_t latest_date(Day today) { return begin_of(today) + 2 * kDay; }

// The time of modification, in seconds. A date that lies ahead would raise the serial
// for good (RFC 1982 knows no way back): then the file counts from when it was put
// here, which every later start of the server finds, too.
std::uint32_t to_serial(const FileSignature& signature, Day today) {
  std::int64_t seconds = signature.modified_ns / kSecond;
  const std::int64_t put_here = signature.changed_ns / kSecond;
  if (put_here > 0 && seconds > put_here + kDay) seconds = put_here;
  if (seconds > latest_date(today)) seconds = begin_of(today);  // that clock was wrong, too
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, 4294967295));
}

// Of the names that are not those of policies, which may be any number.
void keep_the_first_advice(Diagnostics& listing) {
  std::size_t advice = 0;
  std::erase_if(listing,
                [&](const Diagnostic& d) { return d.severity == Severity::advice && ++advice > kMostDiagnostics; });
  if (advice <= kMostDiagnostics) return;
  listing.push_back(
      {Severity::advice, "", 0, "",
       "and " + count_of(advice - kMostDiagnostics, "more file", "more files") + " like these, which are not shown"});
}

}  // namespace

bool PolicyDirectory::list(Listing& found) {
  char resolved[PATH_MAX];
  if (realpath(path_.c_str(), resolved) == nullptr) {
    listing_.push_back({Severity::error, "", 0, "",
                        "the policy directory " + in_quotes(path_) + " cannot be read: " + std::strerror(errno) +
                            "; create it, or correct the setting"});
    return false;
  }
  root_ = resolved;
  struct stat status {};
  const std::string responder = root_ + "/" + std::string(kResponderFile);
  report_.has_links = lstat(responder.c_str(), &status) == 0 && is_linked(status);
  if (stat(responder.c_str(), &status) == 0) found.emplace(kResponderFile, PolicyFileKind::responder);
  const bool complete = list_folder("senders", PolicyFileKind::sender, 0, found) &&
                        list_folder("domains", PolicyFileKind::domains, 0, found);
  list_pretended(found);
  set_copies_aside(found);
  keep_the_first_advice(listing_);
  return complete;
}

// A copy that somebody left next to a file claims the same names, and some that the file has given up. What is loaded
// already stays: nobody ends the service of a file by giving another file a name.
void PolicyDirectory::set_copies_aside(Listing& found) {
  for (auto file = found.begin(); file != found.end();) {
    std::string original = files_.count(file->first) > 0 ? "" : original_of(file->first);
    while (!original.empty() && found.count(original) == 0) original = original_of(original);
    if (original.empty()) {
      ++file;
      continue;
    }
    listing_.push_back({Severity::error, file->first, 0, "",
                        "this is a copy of " + printable(original) +
                            " by its name, and is not loaded; move it out of the directory, or rename it"});
    file = found.erase(file);
  }
}

void PolicyDirectory::list_pretended(Listing& found) const {
  for (const auto& [name, text] : pretended_) {
    const PolicyFileKind kind = name == kResponderFile           ? PolicyFileKind::responder
                                : name.rfind("senders/", 0) == 0 ? PolicyFileKind::sender
                                                                 : PolicyFileKind::domains;
    found.emplace(name, kind);
  }
}

// A text that is pretended has a signature that no file has.
std::optional<FileSignature> PolicyDirectory::signature_of(const std::string& name) const {
  const auto pretended = pretended_.find(name);
  if (pretended == pretended_.end()) return file_signature(root_, name);
  const std::optional<FileSignature> on_disk = file_signature(root_, name);
  const std::uint64_t content = std::hash<std::string>{}(pretended->second);
  return FileSignature{0, content, on_disk ? on_disk->modified_ns : 0, 0, pretended->second.size()};
}

Result<LoadedFile> PolicyDirectory::load(const std::string& name, PolicyFileKind kind, const SerialOf& serial_of,
                                         Diagnostics& diagnostics) const {
  const auto pretended = pretended_.find(name);
  if (pretended == pretended_.end()) return load_policy_file(kind, root_, name, serial_of, diagnostics);
  const FileSignature signature = *signature_of(name);
  const std::uint32_t serial = serial_of(signature);
  return LoadedFile{parse_policy_file(kind, name, pretended->second, serial, diagnostics), signature};
}

// A missing folder is an empty one; one that cannot be read is an error.
bool PolicyDirectory::list_folder(const std::string& folder, PolicyFileKind kind, int depth, Listing& found) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir((root_ + "/" + folder).c_str()), closedir);
  if (!directory) {
    if (errno == ENOENT || depth > kMaxFolderDepth) return true;
    listing_.push_back(
        {Severity::error, folder, 0, "",
         "the folder cannot be read: " + std::string(std::strerror(errno)) + "; make it readable for the name server"});
    return false;
  }
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = in_folder(folder, entry->d_name);
    if (is_bystander(entry->d_name)) continue;
    struct stat status {};
    const bool is_there = lstat((root_ + "/" + name).c_str(), &status) == 0;
    const bool is_folder = is_there && S_ISDIR(status.st_mode);
    if (is_there && is_linked(status)) report_.has_links = true;
    if (is_folder && depth < kMaxFolderDepth) {
      if (!list_folder(name, kind, depth + 1, found)) return false;
    } else if (name.ends_with(".json") || (kind == PolicyFileKind::domains && name.ends_with(".jsonl"))) {
      found.emplace(name, kind);
    } else {
      listing_.push_back({Severity::advice, name, 0, "", "this is not a policy file; name it *.json, or move it away"});
    }
  }
  return true;
}

// A directory that was emptied, or is gone, is a mistake more often than a wish:
// it does not take the service away.
void PolicyDirectory::keep_what_vanished(Listing& found) {
  for (const PolicyFileKind kind : {PolicyFileKind::responder, PolicyFileKind::sender, PolicyFileKind::domains}) {
    const auto is_kind = [&](const auto& entry) { return entry.second == kind; };
    if (std::any_of(found.begin(), found.end(), is_kind)) continue;
    std::size_t kept = 0;
    for (const auto& [name, file] : files_) {
      if (file.kind != kind) continue;
      found.emplace(name, kind);
      ++kept;
    }
    const std::string what = kind == PolicyFileKind::responder ? std::string(kResponderFile)
                             : kind == PolicyFileKind::sender  ? "every file of senders/"
                                                               : "every file of domains/";
    if (kept > 0) {
      listing_.push_back(
          {Severity::error, "", 0, "",
           what + " is gone; what was loaded stays in service until the server restarts: put the files back"});
    } else if (kind == PolicyFileKind::responder) {
      listing_.push_back({Severity::error, std::string(kResponderFile), 0, "",
                          "the file is missing; without it no zone is served: write one"});
    }
  }
}

bool PolicyDirectory::drop_removed(const Listing& found) {
  for (auto file = files_.begin(); file != files_.end();) {
    if (found.count(file->first) > 0) {
      ++file;
      continue;
    }
    report_.removed.push_back(file->first);
    gone_.emplace(file->first, file->second.signature);
    newest_removed_ = std::max(newest_removed_, served_serial(file->second));
    senders_changed_ = senders_changed_ || file->second.kind == PolicyFileKind::sender;
    file = files_.erase(file);
  }
  return !report_.removed.empty();
}

bool PolicyDirectory::load_changed(const Listing& found) {
  std::vector<Stale> stale;
  for (const auto& [name, kind] : found) {
    const std::optional<FileSignature> signature = signature_of(name);
    const auto known = files_.find(name);
    const bool vanished = !signature && known != files_.end();  // kept on purpose
    if (vanished || (known != files_.end() && signature && known->second.signature == *signature)) continue;
    File& file = files_[name];
    file.kind = kind;
    file.signature = signature.value_or(FileSignature());
    stale.push_back({&name, &file, {}});
  }
  try {
    read_all(stale);
  } catch (...) {
    for (const Stale& one : stale) one.file->signature = FileSignature();  // read it again next time
    throw;
  }
  for (Stale& one : stale) {
    take(one);
    report_.loaded.push_back(*one.name);
  }
  return !stale.empty();
}

// Files are read by as many threads as there are processors to run them. They share nothing but the number of the next
// one: each writes only the readings of the files that it takes.
void PolicyDirectory::read_all(std::vector<Stale>& stale) const {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::vector<std::exception_ptr> failures(
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads));
  const auto work = [&](std::size_t thread) {
    try {
      for (std::size_t i = next++; i < stale.size(); i = next++) {
        stale[i].reading = read(*stale[i].name, *stale[i].file);
        ++done;
        if (thread == 0 && progress_) progress_(done, stale.size());
      }
    } catch (...) {
      failures[thread] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (std::size_t thread = 1; thread < std::min(failures.size(), stale.size()); ++thread)
        others.emplace_back(work, thread);
    } catch (const std::system_error&) {  // no more threads to be had: it takes longer
    }
    work(0);
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

// The newest that a zone of the file has had: dates move it too.
std::uint32_t PolicyDirectory::served_serial(const File& file) const {
  std::uint32_t newest = file.serial;
  if (file.domains.taken) newest = std::max(newest, file.domains.taken->serial(today_));
  if (file.domains.in_service) newest = std::max(newest, file.domains.in_service->unit->serial(today_));
  return newest;
}

PolicyDirectory::Reading PolicyDirectory::read(const std::string& name, const File& file) const {
  Reading out;
  out.signature = file.signature;
  out.serial = file.serial;
  const std::uint32_t before = file.serial == 0 ? newest_removed_ : served_serial(file);  // it may have been moved
  const SerialOf serial_of = [&](const FileSignature& signature) {
    return out.serial = std::max(to_serial(signature, today_), before == 0 ? 0 : before + 1);
  };
  Result<LoadedFile> loaded = load(name, file.kind, serial_of, out.diagnostics);
  if (!loaded) {
    out.parsed = unreadable_policy_file(file.kind, name);
    out.diagnostics.push_back({Severity::error, name, 0, "", loaded.error().message});
    return out;
  }
  out.signature = loaded->signature;
  out.parsed = std::move(loaded->parsed);
  return out;
}

Diagnostics PolicyDirectory::dated_ahead() const {
  Diagnostics found;
  for (const auto& [name, file] : files_) {
    const std::int64_t seconds = file.signature.modified_ns / kSecond;
    if (seconds <= file.signature.changed_ns / kSecond + kDay) continue;
    found.push_back({Severity::warning, name, 0, "",
                     "the file is dated " + to_string(day_of(seconds)) +
                         ", which lies ahead: the serial of its zones counts from when it was put here; correct the "
                         "clock that dated it, and touch it"});
  }
  return found;
}

void PolicyDirectory::take(Stale& stale) {
  File& file = *stale.file;
  ParsedFile& parsed = stale.reading.parsed;
  file.signature = stale.reading.signature;
  file.serial = stale.reading.serial;
  file.diagnostics = std::move(stale.reading.diagnostics);
  file.faults.in_itself = parsed.errors;
  if (parsed.responder) {
    file.responder = std::move(parsed.responder);
    responder_is_new_ = true;
  }
  if (file.kind == PolicyFileKind::sender) {
    senders_changed_ = senders_changed_ || parsed.sender || file.sender.claimed != parsed.claimed_sender;
    if (parsed.sender) file.sender.last_good = std::make_shared<const SenderTable::Sender>(std::move(*parsed.sender));
    file.sender.claimed = std::move(parsed.claimed_sender);
  }
  // A broken file counts with its last good version; without one, with the domains in it that are good.
  const bool has_service = file.domains.in_service && !file.domains.in_service->unit->domains().empty();
  if (parsed.domains && (!parsed.errors || !has_service)) {
    file.domains.taken = std::move(parsed.domains);
    file.domains.taken_state = parsed.errors ? FileState::good_parts : FileState::whole;
    file.domains.linked.reset();
  }
}

}  // namespace emailauth
