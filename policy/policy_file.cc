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

Error cannot_read(const std::string& why) {
  return Error{"the file cannot be read: " + why + "; make it readable for the name server"};
}

Error cannot_read(int error) { return cannot_read(std::string(std::strerror(error))); }

// `link` is the last one on the way, "" where there was none.
Error not_there(int error, const std::string& link, const std::string& relative) {
  if (link.empty() || (error != EXDEV && error != ELOOP && error != ENOENT)) return cannot_read(error);
  if (link == relative)
    return Error{"this link leads out of the policy directory, or nowhere; put the file itself here"};
  return Error{in_quotes(link) +
               ", on the way to this file, is a link that leads out of the policy directory, or nowhere; "
               "put the folder itself there"};
}

// Somebody else than the owner of the file may have made this name of it.
bool may_be_planted(const struct stat& file, const struct stat& folder) {
  const bool others_write = (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return file.st_nlink > 1 && (others_write || (folder.st_uid != 0 && folder.st_uid != file.st_uid));
}

// What may be read, or why not.
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

Result<FileContent> read_once(const FoundPlace& place, const std::string& relative, bool& changed) {
  constexpr int kHow = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const Descriptor file(openat(place->folder.descriptor(), place->name.c_str(), kHow));
  struct stat before {};
  if (!file.is_open() || fstat(file.get(), &before) != 0) return not_there(errno, place.link, relative);
  if (auto error = check_status(*place, before)) return *error;
  const std::uint64_t limit = relative.ends_with(".jsonl") ? kMaxJsonLinesFile : kMaxJsonFile;
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

FileSignature signature_of(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) { return std::int64_t{time.tv_sec} * 1000000000 + time.tv_nsec; };
  return {status.st_dev, status.st_ino, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim),
          static_cast<std::uint64_t>(status.st_size)};
}

Result<FileContent> read_policy_file(const Folder& root, const std::string& relative) {
  const FoundPlace found = root.find(relative);
  if (!found) return not_there(found.error, found.link, relative);
  bool changed = true;
  Result<FileContent> content = read_once(found, relative, changed);
  for (int attempt = 0; attempt < 3 && changed && content; ++attempt) content = read_once(found, relative, changed);
  return content;
}

Result<FileContent> read_policy_file(const std::string& root, const std::string& relative) {
  const Result<Folder> folder = Folder::open(root);
  if (!folder) return cannot_read(folder.error().message);
  return read_policy_file(*folder, relative);
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
