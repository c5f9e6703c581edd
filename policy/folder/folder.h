// policy/folder/folder.h - A folder that is held open, and the files beneath it, safe from what others rename
// meanwhile.
//
// Owns the way from the folder to a file: one component at a time, each from the descriptor of the one before, so that
// neither a link nor an exchanged folder leads out. Changes nothing, and knows nothing about the files' content.
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
  int release() { return std::exchange(fd_, -1); }  // the caller must close it

 private:
  int fd_;
};

struct FilePlace;
struct FoundPlace;

// A value type: copies share the descriptor.
class Folder {
 public:
  // Opens the folder called `path`. Follows links in `path`: whoever names a folder vouches for the way to it. Nothing
  // beneath it is trusted. The error is the system's reason alone, such as "Permission denied".
  static Result<Folder> open(const std::string& path);

  // For openat(), fstatat(), renameat() and the like. Cannot be read or locked: see open_to_read().
  int descriptor() const { return fd_->get(); }

  // The absolute path, without links, at the time of opening. For messages only; it is never opened again.
  const std::string& path() const { return path_; }

  // Opens the same folder for readdir(), flock() and fsync(). If that is not permitted, the result is not open and
  // errno is set.
  Descriptor open_to_read() const;

  // Finds the file `relative`, such as "domains/example.com.json". Follows links, relative or absolute, that stay
  // beneath this folder. The file need not exist; its folder must.
  FoundPlace find(std::string_view relative) const;

  // The same for a file to be created: does not follow a link in the file's own place.
  FoundPlace find_new(std::string_view relative) const;

  // Opens the folder `relative`. Follows links as find() does. Sets errno if there is no such folder.
  std::optional<Folder> beneath(std::string_view relative) const;

 private:
  friend class FolderWalk;
  Folder(std::shared_ptr<const Descriptor> fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  std::shared_ptr<const Descriptor> fd_;
  std::string path_;
};

// A file's folder, held open, and the file's name in it, which has no slash and is neither "." nor "..". There was no
// link in its place at the time of the search.
struct FilePlace {
  Folder folder;
  std::string name;

  std::string path() const;  // for messages
};

// A place, or the reason why there is none.
struct FoundPlace {
  std::optional<FilePlace> place;
  int error = 0;     // an errno; EXDEV if a link leads out of the folder
  std::string link;  // the last link that was followed, relative to the folder; "" for none

  explicit operator bool() const { return place.has_value(); }
  const FilePlace& operator*() const { return *place; }
  const FilePlace* operator->() const { return &*place; }
};

}  // namespace emailauth
