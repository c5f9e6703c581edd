// policy/files/policy_file.h - One file of a policy directory, read and checked.
//
// Owns the reading of untrusted files: size limits, links that leave the directory, files that change while they are
// read. Knows nothing about other files.
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

// A file has changed if any of these differs.
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

// Limits on the size of a file, in octets. A *.json file is held in memory as a whole. A *.jsonl file is not; its limit
// leaves room for a million domains with two keys each, and bounds how long the reload of one file can delay others.
inline constexpr std::uint64_t kMaxJsonFile = 16ULL << 20;  // also for a line of a *.jsonl file
inline constexpr std::uint64_t kMaxJsonLinesFile = 1ULL << 30;

// Reads a regular file beneath `root`; follows links that stay there. Reads again if the file changes meanwhile. The
// signature is the one before reading, so a file that keeps changing differs from it. Refuses a file that is not
// readable by everybody and that somebody other than its owner may have put there as a hard link: a command run by root
// would show them its content.
Result<FileContent> read_policy_file(const Folder& root, const std::string& relative);

// The same beneath the folder called `root`.
Result<FileContent> read_policy_file(const std::string& root, const std::string& relative);

// Returns the signature in a file's status (struct stat).
FileSignature signature_of(const struct stat& status);

// Returns the signature without reading the file; nullopt if there is no such file.
std::optional<FileSignature> file_signature(const std::string& root, const std::string& relative);

// The content of a file. A broken file (`errors`) may still have domains that are good by themselves, and claims the
// names of those that are not.
struct ParsedFile {
  bool errors = false;
  std::optional<ResponderPolicy> responder;
  std::optional<SenderTable::Sender> sender;
  std::string claimed_sender;  // the apparent id of a broken sender file
  std::shared_ptr<const DomainUnit> domains;
};

// Returns what a file claims although it cannot be read: the name that it is called by, "domains/example.com.json".
ParsedFile unreadable_policy_file(PolicyFileKind kind, const std::string& relative);

// How many diagnostics of one file are kept; of further ones only the number is reported.
inline constexpr std::size_t kMostDiagnostics = 100;
// After this many errors the rest of a file is not read.
inline constexpr std::size_t kMostErrors = 10000;

// Parses `text` and reports what is wrong to `diagnostics`. `serial` is the file's time of modification (seconds).
ParsedFile parse_policy_file(PolicyFileKind kind, const std::string& relative, std::string_view text,
                             std::uint32_t serial, Diagnostics& diagnostics);

struct LoadedFile {
  ParsedFile parsed;
  FileSignature signature;
};
using SerialOf = std::function<std::uint32_t(const FileSignature&)>;

// Does read_policy_file() and parse_policy_file() in one step, without keeping the text of a *.jsonl file in memory: a
// line is parsed as soon as it is read. Returns an error only if reading fails; all else is reported to `diagnostics`.
Result<LoadedFile> load_policy_file(PolicyFileKind kind, const std::string& root, const std::string& relative,
                                    const SerialOf& serial_of, Diagnostics& diagnostics);

}  // namespace emailauth
