// policy/policy_file.h - One file of a policy directory, read and checked.
//
// Owns the reading of untrusted files: size limits, links that leave the
// directory, files that change while they are read. Knows nothing of other files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "policy/diagnostic.h"
#include "policy/domain_unit.h"
#include "policy/folder.h"
#include "policy/responder_policy.h"
#include "policy/result.h"
#include "policy/sender_table.h"

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

// Limits on the size of a file, in octets.
inline constexpr std::uint64_t kMaxJsonFile = 16ULL << 20;
inline constexpr std::uint64_t kMaxJsonLinesFile = 2ULL << 30;

// Reads a regular file beneath `root`; a link counts as long as it stays there. Reads again when the file changes
// meanwhile. Refuses a file that is not for everybody to read and that somebody else than its owner may have put
// there as a hard link: a command of root would show them what is in it.
Result<FileContent> read_policy_file(const Folder& root, const std::string& relative);

// The same beneath the folder that `root` names.
Result<FileContent> read_policy_file(const std::string& root, const std::string& relative);

// Of a file's status (struct stat).
FileSignature signature_of(const struct stat& status);

// The signature without reading; nothing when the file is not there.
std::optional<FileSignature> file_signature(const std::string& root, const std::string& relative);

// What a file holds. A broken file (`errors`) may still hold the domains that
// are good by themselves.
struct ParsedFile {
  bool errors = false;
  std::optional<ResponderPolicy> responder;
  std::optional<SenderTable::Sender> sender;
  std::shared_ptr<const DomainUnit> domains;
};

// Diagnostics of one file that are kept; of what is beyond only the number is told.
inline constexpr std::size_t kMostDiagnostics = 100;

// Parses `text`; `serial` is the file's time of modification (seconds). Reports
// what is wrong to `diagnostics`.
ParsedFile parse_policy_file(PolicyFileKind kind, const std::string& relative, std::string_view text,
                             std::uint32_t serial, Diagnostics& diagnostics);

}  // namespace emailauth
