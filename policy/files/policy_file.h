// policy/files/policy_file.h - One file of a policy directory, read and checked.
//
// Owns the reading of untrusted files: size limits, links that leave the
// directory, files that change while they are read. Knows nothing of other files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "policy/base/diagnostic.h"
#include "policy/base/result.h"
#include "policy/files/domain_unit.h"
#include "policy/files/responder_policy.h"
#include "policy/files/sender_table.h"
#include "policy/folder/folder.h"

struct stat;

namespace emailauth {

enum class PolicyFileKind : std::uint8_t { responder, sender, domains };

// A file changes when one of these does.
struct FileSignature {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::int64_t changed_ns = 0;   // of the inode
  std::uint64_t size = 0;        // octets
  friend bool operator==(const FileSignature&, const FileSignature&) = default;
};

struct FileContent {
  std::string text;
  FileSignature signature;
};

// Limits on the size of a file, in octets. A *.json file is held in memory as a
// whole. A *.jsonl file is not; its limit leaves room for a million domains with two
// keys each, and bounds how long the reload of one file can keep others waiting.
inline constexpr std::uint64_t kMaxJsonFile = 16ULL << 20;  // also for a line of a *.jsonl file
inline constexpr std::uint64_t kMaxJsonLinesFile = 1ULL << 30;

// Reads a regular file beneath `root`; a link counts as long as it stays there. Reads again when the file changes
// meanwhile; the signature is that before reading, so that a file which goes on changing differs from it. Refuses a
// file that is not for everybody to read and that somebody else than its owner may have put there as a hard link: a
// command of root would show them what is in it.
Result<FileContent> read_policy_file(const Folder& root, const std::string& relative);

// The same beneath the folder that `root` names.
Result<FileContent> read_policy_file(const std::string& root, const std::string& relative);

// Of a file's status (struct stat).
FileSignature signature_of(const struct stat& status);

// The signature without reading; nothing when the file is not there.
std::optional<FileSignature> file_signature(const std::string& root, const std::string& relative);

// What a file holds. A broken file (`errors`) may still hold the domains that
// are good by themselves, and claims the names of those that are not.
struct ParsedFile {
  bool errors = false;
  std::optional<ResponderPolicy> responder;
  std::optional<SenderTable::Sender> sender;
  std::string claimed_sender;  // the id that a broken sender file seems to have
  std::shared_ptr<const DomainUnit> domains;
};

// What a file that cannot be read claims all the same: the name that it is called by, "domains/example.com.json".
ParsedFile unreadable_policy_file(PolicyFileKind kind, const std::string& relative);

// Diagnostics of one file that are kept; of what is beyond only the number is told.
inline constexpr std::size_t kMostDiagnostics = 100;
// Behind so many errors the rest of a file is not read.
inline constexpr std::size_t kMostErrors = 10000;

// Parses `text`; `serial` is the file's time of modification (seconds). Reports
// what is wrong to `diagnostics`.
ParsedFile parse_policy_file(PolicyFileKind kind, const std::string& relative, std::string_view text,
                             std::uint32_t serial, Diagnostics& diagnostics);

struct LoadedFile {
  ParsedFile parsed;
  FileSignature signature;
};
using SerialOf = std::function<std::uint32_t(const FileSignature&)>;

// read_policy_file() and parse_policy_file() in one, without a *.jsonl file's text in
// memory: a line is parsed as soon as it was read. An error is one of reading;
// everything else goes to `diagnostics`.
Result<LoadedFile> load_policy_file(PolicyFileKind kind, const std::string& root, const std::string& relative,
                                    const SerialOf& serial_of, Diagnostics& diagnostics);

}  // namespace emailauth
