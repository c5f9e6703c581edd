#include "policy/files/policy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "policy/files/sender_policy.h"
#include "policy/json/json_value.h"
#include "policy/json/policy_node.h"
#include "policy/net/domain_text.h"

namespace emailauth {

namespace {

Error cannot_read(const std::string& why) {
  return Error{"the file cannot be read: " + why + "; make it readable for the name server"};
}

Error cannot_read(int error) { return cannot_read(std::string(std::strerror(error))); }

// `link` is the last link on the way, or "".
Error not_there(int error, const std::string& link, const std::string& relative) {
  if (link.empty() || (error != EXDEV && error != ELOOP && error != ENOENT)) return cannot_read(error);
  if (link == relative)
    return Error{"this link leads out of the policy directory, or nowhere; put the file itself here"};
  return Error{in_quotes(link) +
               ", on the way to this file, is a link that leads out of the policy directory, or nowhere; "
               "put the folder itself there"};
}

// Returns true if somebody other than the owner of the file may have made this name for it.
bool may_be_planted(const struct stat& file, const struct stat& folder) {
  const bool others_write = (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return file.st_nlink > 1 && (others_write || (folder.st_uid != 0 && folder.st_uid != file.st_uid));
}

// Returns an error if the file must not be read.
std::optional<Error> check_status(const FilePlace& place, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return Error{"this is not a regular file; remove it"};
  struct stat folder {};
  if (status.st_nlink == 1 || (status.st_mode & S_IROTH) != 0) return std::nullopt;
  if (fstat(place.folder.descriptor(), &folder) != 0) return cannot_read(errno);
  if (!may_be_planted(status, folder)) return std::nullopt;
  return Error{
      "this file has other names (hard links), not everybody may read it, and its folder belongs to others, who may "
      "have put it here; put a copy in its place"};
}

bool is_lines(std::string_view relative) { return relative.ends_with(".jsonl"); }

Error too_large(std::string_view relative) {
  return is_lines(relative) ? Error{"the file is larger than " + std::to_string(kMaxJsonLinesFile >> 30) +
                                    " GiB, the limit for one file; split it"}
                            : Error{"the file is larger than " + std::to_string(kMaxJsonFile >> 20) +
                                    " MiB; split it, or use a *.jsonl file"};
}

// A regular file inside the policy directory, read in pieces: never more than its limit, however it grows.
class OpenFile {
 public:
  static constexpr std::size_t kPiece = 65536;  // octets
  static constexpr int kHow = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

  OpenFile(const FoundPlace& place, const std::string& relative)
      : relative_(relative),
        limit_(is_lines(relative) ? kMaxJsonLinesFile : kMaxJsonFile),
        fd_(openat(place->folder.descriptor(), place->name.c_str(), kHow)) {
    struct stat status {};
    if (!fd_.is_open() || fstat(fd_.get(), &status) != 0) {
      error_ = not_there(errno, place.link, relative);
    } else if (auto error = check_status(*place, status)) {
      error_ = std::move(error);
    } else if (static_cast<std::uint64_t>(status.st_size) > limit_) {
      error_ = too_large(relative_);
    }
    signature_ = signature_of(status);
  }

  const std::optional<Error>& error() const { return error_; }
  const FileSignature& signature() const { return signature_; }  // when it was opened

  // Reads at most kPiece octets to `to`. Returns 0 at the end, and after an error.
  std::size_t read_piece(char* to) {
    ssize_t got = 0;
    do {
      got = error_ ? 0 : read(fd_.get(), to, kPiece);
    } while (got < 0 && errno == EINTR);
    if (got < 0) error_ = cannot_read(errno);
    if (got <= 0) return 0;
    read_ += static_cast<std::uint64_t>(got);
    if (read_ > limit_) error_ = too_large(relative_);
    return error_ ? 0 : static_cast<std::size_t>(got);
  }

  // Returns true if the file has changed since it was opened.
  bool has_changed() const {
    struct stat status {};
    return fstat(fd_.get(), &status) != 0 || !(signature_of(status) == signature_);
  }

 private:
  std::string relative_;
  std::uint64_t limit_;
  Descriptor fd_;
  FileSignature signature_;
  std::uint64_t read_ = 0;
  std::optional<Error> error_;
};

// A file that changes while it is read is read again. One that does so each time is taken as it was, and its signature
// shows that it is out of date.
constexpr int kAttempts = 3;

Result<FileContent> read_once(const FoundPlace& place, const std::string& relative, bool& changed) {
  OpenFile file(place, relative);
  FileContent content;
  content.signature = file.signature();
  if (!file.error()) content.text.reserve(file.signature().size + OpenFile::kPiece);
  for (std::size_t got = 1; got > 0;) {
    const std::size_t begin = content.text.size();
    content.text.resize(begin + OpenFile::kPiece);
    got = file.read_piece(content.text.data() + begin);
    content.text.resize(begin + got);
  }
  if (file.error()) return *file.error();
  changed = file.has_changed();
  return content;
}

void parse_responder(std::string_view file, const JsonValue& root, ParsedFile& out, Diagnostics& diagnostics) {
  out.responder = read_responder(PolicyNode(root, file, diagnostics));
  out.errors = !out.responder;
}

void parse_sender(const std::string& file, const JsonValue& root, ParsedFile& out, Diagnostics& diagnostics) {
  std::optional<SenderPolicy> policy = read_sender(PolicyNode(root, file, diagnostics));
  out.errors = !policy;
  if (!policy) return;
  SenderTable::Sender sender;
  for (const PassthroughTerm& term : policy->passthrough) {
    Result<CompiledPassthrough> compiled = compile_passthrough(term);
    if (compiled) {
      sender.passthrough.push_back(std::move(*compiled));
      continue;
    }
    out.errors = true;
    diagnostics.push_back({Severity::error, file, term.line, term.pointer, compiled.error().message});
  }
  sender.id = std::move(policy->id);
  sender.name = std::move(policy->name);
  sender.networks = std::move(policy->networks);
  sender.has_spf = !policy->spf.empty();
  sender.resolved = !policy->resolved_at.empty() || !sender.networks.empty();
  sender.aligns_spf = policy->aligns_spf;
  sender.aligns_dkim = policy->aligns_dkim;
  if (!out.errors) out.sender = std::move(sender);
}

// One mistake in a program that writes policies is a mistake in every domain: keeps
// the first kMostDiagnostics of a file, and counts the others.
class FindingsOfFile {
 public:
  FindingsOfFile(const std::string& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics), begin_(diagnostics.size()), seen_(begin_) {}

  // Call this after each domain, so that memory does not grow with the number of mistakes.
  void trim() {
    for (; seen_ < diagnostics_.size(); ++seen_) errors_ += diagnostics_[seen_].severity == Severity::error ? 1U : 0U;
    if (diagnostics_.size() - begin_ <= kMostDiagnostics) return;
    beyond_ += diagnostics_.size() - begin_ - kMostDiagnostics;
    diagnostics_.resize(begin_ + kMostDiagnostics);
    seen_ = diagnostics_.size();
  }

  bool is_hopeless() const { return errors_ > kMostErrors; }

  // Returns true if there was an error.
  bool finish() {
    trim();
    if (beyond_ > 0)
      diagnostics_.push_back({Severity::error, file_, 0, "",
                              std::to_string(beyond_) + " more in this file are not shown" +
                                  (is_hopeless() ? ", and what follows them was not read" : "") +
                                  "; correct these first"});
    return errors_ > 0;
  }

 private:
  const std::string& file_;
  Diagnostics& diagnostics_;
  const std::size_t begin_;
  std::size_t seen_;
  std::size_t beyond_ = 0;
  std::size_t errors_ = 0;
};

// Visits the texts after each `key` (with its quotes) in a text that is not JSON, with their lines.
void for_each_value(std::string_view text, std::string_view key, std::uint32_t line,
                    const std::function<void(std::string_view, std::uint32_t)>& visit) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key)) {
    line += static_cast<std::uint32_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    text.remove_prefix(at + key.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t:"), text.size()));
    if (!text.empty() && text.front() == '"') visit(text.substr(1, std::min(text.find('"', 1), text.size()) - 1), line);
  }
}

void claim_name(std::string_view text, std::uint32_t line, DomainUnitBuilder& builder) {
  const Result<Name> name = parse_mail_domain(text);
  if (!name) return;
  DomainPolicy claimed;
  claimed.domain = *name;
  claimed.line = line;
  builder.add_broken(claimed);
}

// Otherwise a typing error next to a name would give that name to another file.
void claim_names(std::string_view text, std::uint32_t line, DomainUnitBuilder& builder) {
  for_each_value(text, "\"domain\"", line,
                 [&](std::string_view name, std::uint32_t at) { claim_name(name, at, builder); });
}

// Returns "example.com" for "domains/example.com.json", otherwise "".
std::string_view name_of_file(PolicyFileKind kind, std::string_view relative) {
  const std::string_view folder = kind == PolicyFileKind::sender ? "senders/" : "domains/";
  if (!relative.starts_with(folder) || !relative.ends_with(".json")) return "";
  relative.remove_prefix(folder.size());
  return relative.substr(0, relative.size() - std::string_view(".json").size());
}

std::string sender_in(std::string_view text, std::string_view relative) {
  std::string id;
  for_each_value(text, "\"sender\"", 1, [&](std::string_view value, std::uint32_t) {
    if (id.empty()) id = value;
  });
  return id.empty() ? std::string(name_of_file(PolicyFileKind::sender, relative)) : id;
}

DomainReader reader_into(DomainUnitBuilder& builder) {
  return {[&](DomainPolicy policy) { builder.add(std::move(policy)); },
          [&](const DomainPolicy& policy) { builder.add_broken(policy); }};
}

// One domain per line, for bulk; empty lines are ignored. Keeps one line in memory.
class LinesParser {
 public:
  LinesParser(const std::string& file, std::uint32_t serial, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics), findings_(file, diagnostics), builder_(file, serial) {}

  // Takes the next octets of the file. Returns false if no more are needed.
  bool add(std::string_view octets) {
    const std::size_t nul = std::min(octets.find('\0'), octets.size());
    const bool damaged = nul < octets.size();
    octets = octets.substr(0, nul);
    while (!stopped_ && !octets.empty()) {
      const std::size_t end = octets.find('\n');
      rest_.append(octets.substr(0, end));
      octets.remove_prefix(std::min(end, octets.size() - 1) + 1);
      if (end != std::string_view::npos) end_line();
      if (rest_.size() > kMaxJsonFile) {
        stop("this line is longer than " + std::to_string(kMaxJsonFile >> 20) + " MiB; write one domain on each line");
      }
    }
    if (damaged && !stopped_)
      stop("this line contains a NUL octet, so the file was probably not written to its end; write it again");
    return !stopped_;
  }

  ParsedFile finish() {
    if (!stopped_) end_line();
    ParsedFile out;
    out.errors = findings_.finish();
    out.domains = builder_.finish();
    return out;
  }

 private:
  void end_line() {
    ++line_;
    if (rest_.find_first_not_of(" \t\r") != std::string::npos) parse();
    rest_.clear();
    findings_.trim();
    stopped_ = stopped_ || findings_.is_hopeless();
  }

  void parse() {
    const auto parsed = parse_json(rest_, line_);
    if (const auto* error = std::get_if<JsonError>(&parsed)) {
      diagnostics_.push_back({Severity::error, file_, error->line, error->pointer, error->message});
      claim_names(rest_, line_, builder_);
    } else {
      read_domain(PolicyNode(std::get<JsonValue>(parsed), file_, diagnostics_), reader_into(builder_));
    }
  }

  void stop(std::string why) {
    diagnostics_.push_back({Severity::error, file_, line_ + 1, "", std::move(why)});
    stopped_ = true;
  }

  const std::string& file_;
  Diagnostics& diagnostics_;
  FindingsOfFile findings_;
  DomainUnitBuilder builder_;
  std::string rest_;        // the beginning of a line that has not ended yet
  std::uint32_t line_ = 0;  // lines that have ended
  bool stopped_ = false;
};

Result<LoadedFile> load_lines(const Folder& root, const std::string& relative, const SerialOf& serial_of,
                              Diagnostics& diagnostics) {
  const FoundPlace found = root.find(relative);
  if (!found) return not_there(found.error, found.link, relative);
  const std::size_t before = diagnostics.size();
  for (int attempt = 1;; ++attempt) {
    OpenFile file(found, relative);
    LinesParser parser(relative, serial_of(file.signature()), diagnostics);
    std::string piece(OpenFile::kPiece, '\0');
    while (const std::size_t got = file.read_piece(piece.data())) {
      if (!parser.add({piece.data(), got})) break;
    }
    if (file.error()) {
      diagnostics.resize(before);
      return *file.error();
    }
    LoadedFile out{parser.finish(), file.signature()};
    if (attempt == kAttempts || !file.has_changed()) return out;
    diagnostics.resize(before);
  }
}

}  // namespace

std::optional<FileSignature> file_signature(const std::string& root, const std::string& relative) {
  struct stat status {};
  if (stat((root + "/" + relative).c_str(), &status) != 0) return std::nullopt;
  return signature_of(status);
}

FileSignature signature_of(const struct stat& status) {
  // 64 bits of nanoseconds end in the year 2262; file systems continue.
  static constexpr std::int64_t kLatest = 9'000'000'000;
  const auto nanoseconds = [](const timespec& time) {
    return std::clamp<std::int64_t>(time.tv_sec, -kLatest, kLatest) * 1'000'000'000 + time.tv_nsec;
  };
  return {status.st_dev, status.st_ino, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim),
          static_cast<std::uint64_t>(status.st_size)};
}

Result<FileContent> read_policy_file(const Folder& root, const std::string& relative) {
  const FoundPlace found = root.find(relative);
  if (!found) return not_there(found.error, found.link, relative);
  for (int attempt = 1;; ++attempt) {
    bool changed = false;
    Result<FileContent> content = read_once(found, relative, changed);
    if (!content || !changed || attempt == kAttempts) return content;
  }
}

Result<LoadedFile> load_policy_file(PolicyFileKind kind, const std::string& root, const std::string& relative,
                                    const SerialOf& serial_of, Diagnostics& diagnostics) {
  const Result<Folder> folder = Folder::open(root);
  if (!folder) return cannot_read(folder.error().message);
  if (kind == PolicyFileKind::domains && is_lines(relative))
    return load_lines(*folder, relative, serial_of, diagnostics);
  const Result<FileContent> content = read_policy_file(*folder, relative);
  if (!content) return content.error();
  const std::uint32_t serial = serial_of(content->signature);
  return LoadedFile{parse_policy_file(kind, relative, content->text, serial, diagnostics), content->signature};
}

Result<FileContent> read_policy_file(const std::string& root, const std::string& relative) {
  const Result<Folder> folder = Folder::open(root);
  if (!folder) return cannot_read(folder.error().message);
  return read_policy_file(*folder, relative);
}

ParsedFile unreadable_policy_file(PolicyFileKind kind, const std::string& relative) {
  ParsedFile out;
  out.errors = true;
  if (kind == PolicyFileKind::sender) out.claimed_sender = name_of_file(kind, relative);
  if (kind != PolicyFileKind::domains) return out;
  DomainUnitBuilder builder(relative, 0);
  claim_name(name_of_file(kind, relative), 0, builder);
  out.domains = builder.finish();
  return out;
}

ParsedFile parse_policy_file(PolicyFileKind kind, const std::string& relative, std::string_view text,
                             std::uint32_t serial, Diagnostics& diagnostics) {
  if (kind == PolicyFileKind::domains && is_lines(relative)) {
    LinesParser parser(relative, serial, diagnostics);
    parser.add(text);
    return parser.finish();
  }
  ParsedFile out;
  const auto parsed = parse_json(text);
  if (const auto* error = std::get_if<JsonError>(&parsed)) {
    diagnostics.push_back({Severity::error, relative, error->line, error->pointer, error->message});
    out.errors = true;
    if (kind == PolicyFileKind::domains) {
      DomainUnitBuilder builder(relative, serial);
      claim_name(name_of_file(kind, relative), 0, builder);
      claim_names(text, 1, builder);
      out.domains = builder.finish();
    }
    if (kind == PolicyFileKind::sender) out.claimed_sender = sender_in(text, relative);
    return out;
  }
  FindingsOfFile findings(relative, diagnostics);
  const JsonValue& root = std::get<JsonValue>(parsed);
  switch (kind) {
    case PolicyFileKind::responder: parse_responder(relative, root, out, diagnostics); break;
    case PolicyFileKind::sender:
      parse_sender(relative, root, out, diagnostics);
      if (!out.sender) out.claimed_sender = sender_in(text, relative);
      break;
    case PolicyFileKind::domains: {
      DomainUnitBuilder builder(relative, serial);
      read_domain_file(PolicyNode(root, relative, diagnostics), reader_into(builder), [&] {
        findings.trim();
        return !findings.is_hopeless();
      });
      out.domains = builder.finish();
      break;
    }
  }
  out.errors = findings.finish() || out.errors;
  return out;
}

}  // namespace emailauth
