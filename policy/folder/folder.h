// policy/folder/folder.h - A folder that is held open, and the files beneath it, whatever others rename meanwhile.
//
// Owns the way from the folder to a file: one component at a time, each from the descriptor of the one
// before, so that neither a link nor an exchanged folder leads out. Changes nothing, and knows nothing of
// what files hold.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "policy/base/result.h"

namespace emailauth {

// An open file or folder; closed with the object.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }  // the caller closes it

 private:
  int fd_;
};

struct FilePlace;
struct FoundPlace;

// A value type: copies share the descriptor.
class Folder {
 public:
  // Opens the folder that `path` names. Links in `path` are followed: whoever names a folder answers for the
  // way to it. What lies beneath is not trusted. The error is the system's reason alone, such as "Permission denied".
  static Result<Folder> open(const std::string& path);

  // For openat(), fstatat(), renameat() and their like; neither readable nor lockable: see open_to_read().
  int descriptor() const { return fd_->get(); }

  // Absolute, and without links when the folder was opened. Names it in messages; is never opened again.
  const std::string& path() const { return path_; }

  // The same folder for readdir(), flock() and fsync(). Not open, with errno, when it may not be read.
  Descriptor open_to_read() const;

  // Where the file `relative` is, such as "domains/example.com.json". Links are followed as long as they stay
  // beneath this folder, be they relative or absolute. The file itself need not exist; its folder must.
  FoundPlace find(std::string_view relative) const;

  // The same for a file that is to be made: a link in its own place is not followed.
  FoundPlace find_new(std::string_view relative) const;

  // The folder `relative` itself. Links are followed as find() does; errno says why there is none.
  std::optional<Folder> beneath(std::string_view relative) const;

 private:
  friend class FolderWalk;
  Folder(std::shared_ptr<const Descriptor> fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  std::shared_ptr<const Descriptor> fd_;
  std::string path_;
};

// A file's folder, held open, and the file's name in it: no slash, neither "." nor "..". No link was in its place
// when it was looked for.
struct FilePlace {
  Folder folder;
  std::string name;

  std::string path() const;  // for messages
};

// A place, or why there is none.
struct FoundPlace {
  std::optional<FilePlace> place;
  int error = 0;     // an errno; EXDEV where a link leads out of the folder
  std::string link;  // the last link that was followed, from the folder: "domains/example.com.json"; "" for none

  explicit operator bool() const { return place.has_value(); }
  const FilePlace& operator*() const { return *place; }
  const FilePlace* operator->() const { return &*place; }
};

}  // namespace emailauth
