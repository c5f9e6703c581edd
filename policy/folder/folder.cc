#include "policy/folder/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace emailauth {

namespace {

constexpr int kMostLinks = 40;  // as in the kernel
constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Returns the components of `path`, the first one last: they are taken from the end.
std::vector<std::string> reversed_components(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view one = path.substr(begin);
    if (!one.empty() && one != ".") out.emplace_back(one);
    path = path.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return out;
}

// Returns the absolute path without links; nullopt if it leads nowhere.
std::optional<std::string> real_path(const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return std::nullopt;
  return resolved;
}

std::string path_below(const std::string& folder, std::string_view name) {
  std::string out = folder;
  if (out.empty() || out.back() != '/') out += '/';
  return out.append(name);
}

}  // namespace

// One walk from a folder to a file or folder beneath it. Not openat2(RESOLVE_BENEATH): that opens a file and does not
// return the folder that a link leads to, in which the file is to be replaced; it is also missing in older kernels and
// in some sandboxes, where this walk would be needed all the same.
class FolderWalk {
 public:
  FolderWalk(const Folder& root, std::string_view relative) : root_(root), rest_(reversed_components(relative)) {}

  // With `to_its_end`, follows a link in the file's own place, too.
  FoundPlace to_file(bool to_its_end) {
    while (error_ == 0 && !rest_.empty()) {
      const bool last = rest_.size() == 1 && rest_.back() != "..";
      if (!last)
        step();
      else if (!to_its_end || !take_link())
        return {FilePlace{here(), std::move(rest_.back())}, 0, std::move(link_)};
    }
    return {std::nullopt, error_ == 0 ? EISDIR : error_, std::move(link_)};
  }

  std::optional<Folder> to_folder() {
    while (error_ == 0 && !rest_.empty()) step();
    if (error_ == 0) return here();
    errno = error_;
    return std::nullopt;
  }

 private:
  const Folder& here() const { return above_.empty() ? root_ : above_.back(); }

  // Takes one component: goes down, up, or to the target of a link.
  void step() {
    if (rest_.back() == "..") return above_.empty() ? come_back(root_.path()) : go_up();
    Descriptor fd(openat(here().descriptor(), rest_.back().c_str(), kOnTheWay));
    if (fd.is_open()) {
      std::string path = path_below(here().path(), rest_.back());
      above_.push_back(Folder(std::make_shared<const Descriptor>(std::move(fd)), std::move(path)));
      rest_.pop_back();
    } else if (const int error = errno; (error != ENOTDIR && error != ELOOP) || !take_link()) {
      error_ = error == ELOOP ? ENOTDIR : error;
    }
  }

  void go_up() {
    above_.pop_back();
    rest_.pop_back();
  }

  // Replaces the next component by the target of the link in it. Returns false if it is not a link.
  bool take_link() {
    char text[PATH_MAX];
    const ssize_t size = readlinkat(here().descriptor(), rest_.back().c_str(), text, sizeof text);
    if (size < 0) return false;
    link_ = path_below(here().path(), rest_.back()).substr(path_below(root_.path(), "").size());
    rest_.pop_back();
    const std::string target(text, static_cast<std::size_t>(size));
    std::vector<std::string> components = reversed_components(target);
    rest_.insert(rest_.end(), std::make_move_iterator(components.begin()), std::make_move_iterator(components.end()));
    if (++links_ > kMostLinks || target.size() == sizeof text)
      error_ = ELOOP;
    else if (target.starts_with('/'))
      come_back("/");
    return true;
  }

  // The way continues outside, from `from`. It counts if it comes back beneath the root; from there it is walked like
  // any other, so that renaming something meanwhile leads nowhere else.
  void come_back(const std::string& from) {
    const std::string begin = path_below(root_.path(), "");
    std::string path = from;
    while (!rest_.empty()) {
      path = path_below(path, rest_.back());
      rest_.pop_back();
      const std::optional<std::string> real = real_path(path);
      if (!real) break;
      if (!path_below(*real, "").starts_with(begin)) continue;
      above_.clear();
      for (std::string& one : reversed_components(path_below(*real, "").substr(begin.size())))
        rest_.push_back(std::move(one));
      if (++links_ > kMostLinks) error_ = ELOOP;
      return;
    }
    error_ = EXDEV;
  }

  const Folder& root_;
  std::vector<std::string> rest_;  // the components ahead, the next one last
  std::vector<Folder> above_;      // the folders from below the root to here
  std::string link_;
  int links_ = 0;
  int error_ = 0;
};

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Result<Folder> Folder::open(const std::string& path) {
  const std::optional<std::string> real = real_path(path);
  Descriptor fd(real ? ::open(real->c_str(), kOnTheWay) : -1);
  if (!fd.is_open()) return Error{std::strerror(errno)};
  return Folder(std::make_shared<const Descriptor>(std::move(fd)), *real);
}

Descriptor Folder::open_to_read() const {
  return Descriptor(openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

FoundPlace Folder::find(std::string_view relative) const { return FolderWalk(*this, relative).to_file(true); }

FoundPlace Folder::find_new(std::string_view relative) const { return FolderWalk(*this, relative).to_file(false); }

std::optional<Folder> Folder::beneath(std::string_view relative) const {
  return FolderWalk(*this, relative).to_folder();
}

std::string FilePlace::path() const { return path_below(folder.path(), name); }

}  // namespace emailauth
