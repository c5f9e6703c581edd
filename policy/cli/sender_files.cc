#include "policy/cli/sender_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "policy/json_value.h"
#include "policy/policy_node.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".new-";  // ".sendgrid.json.new-a1B2c3": no policy file

Error failed(const std::string& path, const char* what) {
  return Error{path + ": cannot be " + what + ": " + std::strerror(errno) +
               "; nothing was changed: see to room and permissions, then run the command again"};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// What a refresh that was killed has left behind.
void remove_leftovers(const fs::path& file) {
  const std::string begin = "." + file.filename().string() + std::string(kTemporary);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(file.parent_path(), ignored)) {
    if (entry.path().filename().string().substr(0, begin.size()) == begin) fs::remove(entry.path(), ignored);
  }
}

// A complete file beside `file`, on disk before it gets a name that counts.
Result<std::string> write_beside(const fs::path& file, std::string_view text, const struct stat* like) {
  const std::string pattern = "." + file.filename().string() + std::string(kTemporary) + "XXXXXX";
  std::string name = (file.parent_path() / pattern).string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return failed(file.string(), "written");
  bool good = fchmod(fd, like != nullptr ? like->st_mode & 07777 : 0644) == 0;
  if (like != nullptr && (like->st_uid != geteuid() || like->st_gid != getegid())) {
    good = good && fchown(fd, like->st_uid, like->st_gid) == 0 && fchmod(fd, like->st_mode & 07777) == 0;
  }
  good = good && write_all(fd, text) && fsync(fd) == 0;
  const int reason = errno;
  if (close(fd) != 0 || !good) {
    errno = good ? errno : reason;
    const Error error = failed(file.string(), "written with its mode and owner");
    unlink(name.c_str());
    return error;
  }
  return name;
}

void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

SenderFile read_one(const std::string& root, const std::string& relative) {
  SenderFile out;
  out.root = root;
  out.relative = relative;
  out.policy.id = fs::path(relative).stem().string();
  Result<FileContent> content = read_policy_file(root, relative);
  if (!content) {
    out.error = relative + ": " + content.error().message;
    return out;
  }
  out.content = std::move(*content);
  Result<SenderPolicy> policy = check_sender_text(relative, out.content.text);
  if (policy)
    out.policy = std::move(*policy);
  else
    out.error = policy.error().message;
  return out;
}

}  // namespace

Result<SenderPolicy> check_sender_text(const std::string& relative, std::string_view text) {
  Diagnostics diagnostics;
  parse_policy_file(PolicyFileKind::sender, relative, text, 0, diagnostics);
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::error) return Error{to_string(d)};
  }
  const auto parsed = parse_json(text);
  std::optional<SenderPolicy> policy = read_sender(PolicyNode(std::get<JsonValue>(parsed), relative, diagnostics));
  if (!policy) return Error{relative + ": this is not a sender"};
  return std::move(*policy);
}

Result<std::vector<SenderFile>> load_senders(const std::string& directory) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return Error{directory + ": cannot be read: " + error.message() + "; name a policy directory"};
  const bool is_policy_directory = fs::is_directory(root / "senders", error);
  fs::recursive_directory_iterator files(is_policy_directory ? root / "senders" : root, error);
  std::vector<SenderFile> out;
  for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
    const std::string name = files->path().filename().string();
    if (name[0] == '.' || !is_policy_directory) files.disable_recursion_pending();
    if (name[0] == '.' || files->path().extension() != ".json" || name == "responder.json") continue;
    out.push_back(read_one(root.string(), files->path().lexically_relative(root).string()));
  }
  if (error) return Error{directory + ": cannot be read: " + error.message() + "; make it readable"};
  std::sort(out.begin(), out.end(), [](const SenderFile& a, const SenderFile& b) { return a.policy.id < b.policy.id; });
  return out;
}

Result<bool> replace_sender_file(const SenderFile& file, const std::string& text) {
  std::error_code error;
  const fs::path path = fs::canonical(fs::path(file.root) / file.relative, error);
  struct stat before {};
  if (error || stat(path.c_str(), &before) != 0)
    return Error{file.relative + ": the file is gone; nothing was written"};
  remove_leftovers(path);
  Result<std::string> fresh = write_beside(path, text, &before);
  if (!fresh) return fresh.error();
  if (file_signature(file.root, file.relative) != file.content.signature) {
    unlink(fresh->c_str());
    return Error{file.relative + ": the file was changed meanwhile; run the command again"};
  }
  if (rename(fresh->c_str(), path.c_str()) != 0) {
    const Error why = failed(file.relative, "replaced");
    unlink(fresh->c_str());
    return why;
  }
  sync_folder(path.parent_path());
  return true;
}

Result<bool> create_sender_file(const std::string& directory, const std::string& id, const std::string& text) {
  std::error_code error;
  fs::create_directory(fs::path(directory) / "senders", error);
  const fs::path path = fs::path(directory) / "senders" / (id + ".json");
  Result<std::string> fresh = write_beside(path, text, nullptr);
  if (!fresh) return fresh.error();
  const bool linked = link(fresh->c_str(), path.c_str()) == 0;
  const int reason = errno;
  unlink(fresh->c_str());
  if (!linked) {
    errno = reason;
    if (reason == EEXIST) return Error{path.string() + ": is there already; edit it, or remove it first"};
    return failed(path.string(), "created");
  }
  sync_folder(path.parent_path());
  return true;
}

SendersLock::SendersLock(const std::string& directory) {
  fd_ = open((fs::path(directory) / "senders").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

SendersLock::~SendersLock() {
  if (fd_ >= 0) close(fd_);
}

std::string default_catalogue() {
  std::error_code error;
  const fs::path installed = "/usr/share/emailauth/catalogue";
  if (fs::is_directory(installed, error)) return installed.string();
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path built = program.parent_path().parent_path().parent_path() / "policy" / "catalogue";
  return !error && fs::is_directory(built, error) ? built.string() : "";
}

}  // namespace emailauth::cli
