// policy/directory/policy_directory.h - A policy directory, kept in memory and up to date.
//
// Owns what happens when files change: only those are read again, everything is
// checked together, and a file that is broken, or that claims what belongs to another
// one (policy/snapshot/name_contest.h), keeps its last good version in service. Not thread-safe: one thread reloads,
// with the help of others when there is much to read; what reload() gives is immutable and may be shared.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/answer/responder.h"
#include "policy/files/policy_file.h"

namespace emailauth {

// What one reload() found.
struct LoadReport {
  std::shared_ptr<const Responder> responder;  // null until responder.json was good once
  bool changed = false;                        // a new responder, or other diagnostics
  std::vector<std::string> loaded;             // files that were read again
  std::vector<std::string> removed;
  std::vector<std::string> dated;  // files in which a date has come that changes answers
  Diagnostics diagnostics;         // all that is wrong now, by file and line
  Diagnostics dated_ahead;         // warnings: files whose time of modification lies more than a day ahead
  // What answers for a file with errors.
  enum class Serves : std::uint8_t {
    nothing,
    good_parts,  // it never had a good version: those of its domains that have no errors
    last_good,   // the version before the errors
  };
  struct BrokenFile {
    std::string name;
    Serves serves = Serves::nothing;
    std::int64_t modified_ns = 0;  // since 1970: it may still be written
    friend bool operator==(const BrokenFile&, const BrokenFile&) = default;
  };
  std::vector<BrokenFile> broken;
  std::size_t files = 0;
  std::size_t domains = 0;  // subdomain entries included, aliases not
  std::size_t senders = 0;
  std::size_t networks = 0;  // of senders
  // A file is a symbolic link or has several hard links: it can change without anything happening in its folder.
  bool has_links = false;
};

class PolicyDirectory {
 public:
  explicit PolicyDirectory(std::string path) : path_(std::move(path)) {}

  // Reads what has changed since the last call and builds a new responder when
  // anything has, or when a date has come in what is in service. A `today` that lies
  // before that of an earlier call counts as that one: nothing is taken back.
  // Never fails: what is wrong is in the report's diagnostics.
  const LoadReport& reload(Day today);

  // From the next reload() on, these texts, by name ("domains/example.com.json"), replace the files, whether those are
  // on disk or not: shows what would happen if they were written.
  void pretend(std::map<std::string, std::string> texts) { pretended_ = std::move(texts); }

  // While reload() reads, it calls `progress` with the number of files that it has read, and the total. The call is on
  // the thread that reloads.
  using Progress = std::function<void(std::size_t done, std::size_t total)>;
  void on_progress(Progress progress) { progress_ = std::move(progress); }

  const LoadReport& report() const { return report_; }
  const std::string& path() const { return path_; }

  // The files of that kind, by name, as of the last reload().
  std::vector<std::string> names_of(PolicyFileKind kind) const;

 private:
  // What of a version of a file there is to serve.
  enum class FileState : std::uint8_t {
    none,        // nothing
    good_parts,  // the domains of a version with errors that have none
    whole,       // a version without errors
  };

  // Why the version on disk is not served as it is. Each is judged by itself, when what it depends on changes.
  struct FileFaults {
    bool in_itself = false;      // it cannot be read, or has errors
    bool beside_others = false;  // it fits no sender, responder or other file: File::beside_others has errors
    bool in_names = false;       // it does not get all names that it claims
    bool any() const { return in_itself || beside_others || in_names; }
  };

  struct SenderVersions {
    std::shared_ptr<const SenderTable::Sender> last_good;   // by itself
    std::shared_ptr<const SenderTable::Sender> in_service;  // in senders_; null: none
    std::string claimed;                                    // the id in a version with errors
  };

  struct DomainVersions {
    std::shared_ptr<const DomainUnit> taken;       // the version to serve if it fits beside the others
    FileState taken_state = FileState::none;       // of `taken`
    std::shared_ptr<const LinkedUnit> linked;      // `taken`, bound to the senders
    std::shared_ptr<const LinkedUnit> in_service;  // without what belongs to other files
    FileState served_state = FileState::none;      // of `in_service`
  };

  struct File {
    PolicyFileKind kind = PolicyFileKind::domains;
    FileSignature signature;
    std::uint32_t serial = 0;
    Diagnostics diagnostics;    // of the version on disk
    Diagnostics beside_others;  // what is wrong only together with other files
    FileFaults faults;
    // By kind, one of these.
    std::optional<ResponderPolicy> responder;  // last good
    SenderVersions sender;
    DomainVersions domains;
  };
  using Files = std::map<std::string, File>;

  using Holders = std::map<std::string, std::string>;  // a file each

  // The version of a file that is to be served.
  struct Choice {
    File* file;
    std::shared_ptr<const LinkedUnit> unit;
  };

  using Listing = std::map<std::string, PolicyFileKind>;
  // What one look at a file gave.
  struct Reading {
    ParsedFile parsed;
    FileSignature signature;
    std::uint32_t serial = 0;
    Diagnostics diagnostics;
  };
  // A file that is read again.
  struct Stale {
    const std::string* name;
    File* file;
    Reading reading;
  };

  bool list(Listing& found);
  bool list_folder(const std::string& folder, PolicyFileKind kind, int depth, Listing& found);
  void list_pretended(Listing& found) const;
  void set_copies_aside(Listing& found);
  std::optional<FileSignature> signature_of(const std::string& name) const;
  Result<LoadedFile> load(const std::string& name, PolicyFileKind kind, const SerialOf& serial_of,
                          Diagnostics& diagnostics) const;
  void keep_what_vanished(Listing& found);
  bool drop_removed(const Listing& found);
  bool load_changed(const Listing& found);
  bool move_on(Day today);
  void read_all(std::vector<Stale>& stale) const;
  Reading read(const std::string& name, const File& file) const;
  void take(Stale& stale);
  std::uint32_t served_serial(const File& file) const;
  void rebuild();
  void compile();
  bool encloses_what_serves(const ResponderUnit& responder, Diagnostics& diagnostics) const;
  void build_senders();
  void link();
  void assemble();
  std::vector<Choice> choose_units();
  SnapshotParts parts_beside_units();
  Holders settle(std::vector<Choice>& choices);
  void replace_or_leave_out(const SnapshotConflicts& conflicts, std::vector<Choice>& choices, SnapshotParts& parts,
                            Holders& holders);
  void remember(Holders holders);
  void serve(std::vector<Choice> choices);
  bool is_gone(const std::string& file) const;
  bool is_renamed(const std::string& gone, const std::string& file) const;
  Incumbents incumbents() const;
  void warn_of_kept_zones();
  LoadReport::Serves what_serves(const File& file) const;
  void collect();
  Diagnostics dated_ahead() const;

  std::string path_;
  std::string root_;  // path_ without links
  Day today_ = Day::min();
  std::map<std::string, std::string> pretended_;
  Files files_;
  Diagnostics listing_;  // what is wrong with the directory itself
  std::shared_ptr<const ResponderUnit> responder_;
  bool responder_is_new_ = false;  // a good version was read that has not been compiled
  bool responder_waits_ = false;   // that version has to wait until a domain is gone: every rebuild tries it again
  std::shared_ptr<const SenderTable> senders_;
  bool senders_changed_ = true;
  std::optional<SpfLinker> linker_;            // of senders_, for responder_
  Diagnostics conflicts_;                      // names that several files claim, and more that is seen only together
  std::map<std::string, FileSignature> gone_;  // files that the last reload() missed
  Holders holders_;                            // of names that others claim, too
  Holders sender_holders_;                     // likewise, by id
  Holders former_holders_;            // of names that wait until the next reload(): the file is gone, and may come back
  Holders former_sender_holders_;     // likewise
  std::uint32_t serial_ = 0;          // never goes back
  std::uint32_t newest_removed_ = 0;  // serial of a file that is gone
  Progress progress_;
  LoadReport report_;
};

}  // namespace emailauth
