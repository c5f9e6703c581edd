#include "policy/policy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "policy/json_value.h"
#include "policy/policy_node.h"
#include "policy/sender_policy.h"

namespace emailauth {

namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error cannot_read(int error) {
  return Error{"the file cannot be read: " + std::string(std::strerror(error)) +
               "; make it readable for the name server"};
}

FileSignature signature_of(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) { return std::int64_t{time.tv_sec} * 1000000000 + time.tv_nsec; };
  return {status.st_dev, status.st_ino, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim),
          static_cast<std::uint64_t>(status.st_size)};
}

bool is_inside(const std::string& root, const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return false;
  const std::string_view real(resolved);
  return real.size() > root.size() && real.substr(0, root.size()) == root && (root == "/" || real[root.size()] == '/');
}

// Reads up to `limit` octets; false with errno on failure.
bool read_all(int fd, std::uint64_t limit, std::string& text) {
  text.clear();
  while (text.size() <= limit) {
    const std::size_t begin = text.size();
    text.resize(begin + 65536);
    const ssize_t got = read(fd, text.data() + begin, 65536);
    if (got < 0 && errno == EINTR) {
      text.resize(begin);
      continue;
    }
    text.resize(begin + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got <= 0) return got == 0;
  }
  return true;
}

Result<FileContent> read_once(const std::string& path, std::uint64_t limit, bool& changed) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat before {};
  if (file.get() < 0 || fstat(file.get(), &before) != 0) return cannot_read(errno);
  if (!S_ISREG(before.st_mode)) return Error{"this is not a regular file; remove it"};
  FileContent content;
  const std::string too_large =
      "the file is larger than " + std::to_string(limit >> 20) + " MiB; split it, or use a *.jsonl file";
  if (static_cast<std::uint64_t>(before.st_size) > limit) return Error{too_large};
  if (!read_all(file.get(), limit, content.text)) return cannot_read(errno);
  if (content.text.size() > limit) return Error{too_large};
  struct stat after {};
  if (fstat(file.get(), &after) != 0) return cannot_read(errno);
  content.signature = signature_of(after);
  changed = !(signature_of(before) == content.signature);
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

// One mistake in a program that writes policies is a mistake in every domain.
void keep_the_first(const std::string& file, std::size_t before, Diagnostics& diagnostics) {
  const std::size_t found = diagnostics.size() - before;
  if (found <= kMostDiagnostics) return;
  diagnostics.resize(before + kMostDiagnostics);
  diagnostics.push_back(
      {Severity::error, file, 0, "",
       std::to_string(found - kMostDiagnostics) + " more of this file are not shown; correct these first"});
}

// One domain a line, for bulk; empty lines are nothing.
void parse_lines(std::string_view file, std::string_view text, DomainUnitBuilder& builder, Diagnostics& diagnostics) {
  std::uint32_t line = 0;
  const auto add = [&](DomainPolicy policy) { builder.add(std::move(policy)); };
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto parsed = parse_json(one, line);
    if (const auto* error = std::get_if<JsonError>(&parsed)) {
      diagnostics.push_back({Severity::error, std::string(file), error->line, error->pointer, error->message});
    } else {
      read_domain(PolicyNode(std::get<JsonValue>(parsed), file, diagnostics), add);
    }
  }
}

}  // namespace

std::optional<FileSignature> file_signature(const std::string& root, const std::string& relative) {
  struct stat status {};
  if (stat((root + "/" + relative).c_str(), &status) != 0) return std::nullopt;
  return signature_of(status);
}

Result<FileContent> read_policy_file(const std::string& root, const std::string& relative) {
  const std::string path = root + "/" + relative;
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return cannot_read(errno);
  if (!is_inside(root, path)) {
    if (S_ISLNK(status.st_mode))
      return Error{"this link leads out of the policy directory, or nowhere; put the file itself here"};
    return cannot_read(errno);
  }
  const std::uint64_t limit = relative.ends_with(".jsonl") ? kMaxJsonLinesFile : kMaxJsonFile;
  bool changed = true;
  Result<FileContent> content = read_once(path, limit, changed);
  for (int attempt = 0; attempt < 3 && changed && content; ++attempt) content = read_once(path, limit, changed);
  return content;
}

ParsedFile parse_policy_file(PolicyFileKind kind, const std::string& relative, std::string_view text,
                             std::uint32_t serial, Diagnostics& diagnostics) {
  ParsedFile out;
  const std::size_t before = diagnostics.size();
  if (kind == PolicyFileKind::domains && relative.ends_with(".jsonl")) {
    DomainUnitBuilder builder(relative, serial);
    parse_lines(relative, text, builder, diagnostics);
    out.domains = builder.finish();
  } else {
    const auto parsed = parse_json(text);
    if (const auto* error = std::get_if<JsonError>(&parsed)) {
      diagnostics.push_back({Severity::error, relative, error->line, error->pointer, error->message});
      out.errors = true;
      return out;
    }
    const JsonValue& root = std::get<JsonValue>(parsed);
    switch (kind) {
      case PolicyFileKind::responder: parse_responder(relative, root, out, diagnostics); break;
      case PolicyFileKind::sender: parse_sender(relative, root, out, diagnostics); break;
      case PolicyFileKind::domains: {
        DomainUnitBuilder builder(relative, serial);
        read_domain_file(PolicyNode(root, relative, diagnostics),
                         [&](DomainPolicy policy) { builder.add(std::move(policy)); });
        out.domains = builder.finish();
        break;
      }
    }
  }
  for (std::size_t i = before; i < diagnostics.size(); ++i) out.errors |= diagnostics[i].severity == Severity::error;
  keep_the_first(relative, before, diagnostics);
  return out;
}

}  // namespace emailauth
