#include "policy/cli/ingest/report_files.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace emailauth::cli {

namespace {

constexpr int kDeepest = 32;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Returns the names in a folder, in order, or the error number if it cannot be read.
int names_in(const Descriptor& folder, std::vector<std::string>& out) {
  const int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseFolder> entries(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!entries) return errno;
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return errno;
}

mode_t kind_of(const Descriptor& folder, const std::string& name) {
  struct stat status {};
  return ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_mode & S_IFMT : 0;
}

bool is_maildir(const Descriptor& folder) {
  return folder.is_open() && kind_of(folder, "cur") == S_IFDIR && kind_of(folder, "new") == S_IFDIR;
}

// Finds all files below a folder that was named.
class FolderWalk {
 public:
  FolderWalk(std::string path, Descriptor folder, const std::function<void(Fault fault)>& fault,
             std::vector<FoundFile>& out)
      : path_(std::move(path)),
        folder_(std::make_shared<const Descriptor>(std::move(folder))),
        fault_(fault),
        out_(out) {
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  }

  void walk() { walk(*folder_, "", 0); }

 private:
  std::string path_of(const std::string& relative) const {
    return relative.empty() ? path_ : path_ == "/" ? path_ + relative : path_ + "/" + relative;
  }

  void walk(const Descriptor& folder, const std::string& relative, int depth) {
    if (depth > kDeepest) return fault_({path_of(relative), "is too deep; name it as its own path"});
    std::vector<std::string> names;
    if (const int number = names_in(folder, names); number != 0)
      return fault_({path_of(relative), std::string("cannot be read: ") + std::strerror(number)});
    const bool maildir = is_maildir(folder);
    for (const std::string& name : names) {
      const mode_t kind = kind_of(folder, name);
      if (maildir ? !is_of_maildir(folder, name, kind) : name.front() == '.') continue;
      take(folder, name, kind, relative.empty() ? name : relative + "/" + name, depth);
    }
  }

  // Subfolders of a Maildir begin with a dot; its own files belong to the mail server.
  static bool is_of_maildir(const Descriptor& folder, const std::string& name, mode_t kind) {
    if (kind != S_IFDIR) return false;
    return name == "cur" || name == "new" || (name.front() == '.' && is_maildir(open_folder(folder, name)));
  }

  void take(const Descriptor& folder, const std::string& name, mode_t kind, const std::string& relative, int depth) {
    if (kind == S_IFREG) return out_.emplace_back(folder_, relative, path_of(relative)), void();
    if (kind == S_IFDIR) {
      const Descriptor below = open_folder(folder, name);
      if (below.is_open()) return walk(below, relative, depth + 1);
      return fault_({path_of(relative), std::string("cannot be read: ") + std::strerror(errno)});
    }
    if (kind == S_IFLNK)
      return fault_({path_of(relative), "is a symbolic link, which is not followed; name its target"});
    if (kind != 0) fault_({path_of(relative), "is not a regular file, and is not read"});
  }

  std::string path_;
  const std::shared_ptr<const Descriptor> folder_;
  const std::function<void(Fault fault)>& fault_;
  std::vector<FoundFile>& out_;
};

}  // namespace

std::vector<FoundFile> files_below(const std::vector<std::string>& paths,
                                   const std::function<void(Fault fault)>& fault) {
  std::vector<FoundFile> out;
  for (const std::string& path : paths) {
    Result<NamedPlace> found = follow(path);
    if (!found) {
      fault({path, found.error().message});
    } else if (S_ISDIR(found->status.st_mode)) {
      FolderWalk(path, std::move(found->place), fault, out).walk();
    } else if (S_ISREG(found->status.st_mode)) {
      out.emplace_back(std::make_shared<const Descriptor>(std::move(found->folder)), found->name, path);
    } else {
      fault({path, "is neither a file nor a folder"});
    }
  }
  return out;
}

}  // namespace emailauth::cli
