#include "policy/folder/folder.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "tests/policy_tree.h"

using namespace emailauth;
using emailauth::tests::PolicyTree;
namespace fs = std::filesystem;

namespace {

// A folder "in" with a file "d/x.json", next to a folder "out" with the same.
struct Fixture {
  Fixture() {
    tree.write("in/d/x.json", "inside");
    tree.write("in/y.json", "y");
    tree.write("out/d/x.json", "outside");
  }
  Folder folder() const {
    Result<Folder> opened = Folder::open((tree.path() / "in").string());
    REQUIRE(opened);
    return *opened;
  }
  void link(const std::string& target, const std::string& name) const {
    fs::create_symlink(target, tree.path() / "in" / name);
  }
  std::string absolute(const std::string& relative) const { return (fs::canonical(tree.path()) / relative).string(); }

  PolicyTree tree;
};

// Returns where the way ends, relative to the folder, or the reason and the link that is to blame.
std::string way(const Folder& folder, const FoundPlace& found) {
  if (found) return found->path().substr(folder.path().size() + 1);
  const std::string why = found.error == EXDEV    ? "leads out"
                          : found.error == ELOOP  ? "loop"
                          : found.error == ENOENT ? "not there"
                          : found.error == EISDIR ? "a folder"
                                                  : std::to_string(found.error);
  return "(" + why + (found.link.empty() ? "" : ": " + found.link) + ")";
}

std::string text_at(const FilePlace& place) {
  const Descriptor file(openat(place.folder.descriptor(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  std::array<char, 16> text{};
  const ssize_t size = file.is_open() ? read(file.get(), text.data(), text.size()) : 0;
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("Folder: where a file is, and where a link leads") {
  const Fixture f;
  f.link("d/x.json", "inside.json");
  f.link("y.json", "d/beside.json");
  f.link("../y.json", "d/above.json");
  f.link("d", "folder");
  f.link("../d/../d", "d/roundabout");
  f.link(f.absolute("in/d/x.json"), "absolute.json");
  f.link(f.absolute("in/d"), "absolute");
  f.link("../in/d/x.json", "out-and-in.json");
  f.link(f.absolute("in"), "self");
  f.link("nowhere.json", "dangling.json");
  f.link("inside.json", "twice.json");
  f.link("../out/d/x.json", "out.json");
  f.link(f.absolute("out/d/x.json"), "absolute-out.json");
  f.link("../out/d", "folder-out");
  f.link("..", "up");
  f.link("/proc/self/cwd", "magic");
  f.link("folder-out", "twice-out");
  f.link("loop.json", "loop.json");
  f.link("pong", "ping");
  f.link("ping", "pong");
  f.link("../in-and-more/x.json", "namesake.json");
  f.tree.write("in-and-more/x.json", "a name that begins alike");
  const Folder folder = f.folder();
  struct Case {
    const char* relative;
    const char* ends;
  };
  constexpr Case kCases[] = {
      {"y.json", "y.json"},
      {"d/x.json", "d/x.json"},
      {"./d//x.json", "d/x.json"},
      {"d/../y.json", "y.json"},
      {"d/new.json", "d/new.json"},
      {"inside.json", "d/x.json"},
      {"d/beside.json", "d/y.json"},
      {"d/above.json", "y.json"},
      {"folder/x.json", "d/x.json"},
      {"d/roundabout/x.json", "d/x.json"},
      {"absolute.json", "d/x.json"},
      {"absolute/x.json", "d/x.json"},
      {"absolute/new.json", "d/new.json"},
      {"out-and-in.json", "d/x.json"},
      {"self/d/x.json", "d/x.json"},
      {"twice.json", "d/x.json"},
      {"dangling.json", "nowhere.json"},
      {"out.json", "(leads out: out.json)"},
      {"absolute-out.json", "(leads out: absolute-out.json)"},
      {"folder-out/x.json", "(leads out: folder-out)"},
      {"twice-out/x.json", "(leads out: folder-out)"},
      {"up/out/d/x.json", "(leads out: up)"},
      {"magic/x.json", "(leads out: magic)"},
      {"namesake.json", "(leads out: namesake.json)"},
      {"../out/d/x.json", "(leads out)"},
      {"loop.json", "(loop: loop.json)"},
      {"ping/x.json", "(loop: ping)"},
      {"gone/x.json", "(not there)"},
      {"y.json/x.json", "(20)"},
      {"..", "(leads out)"},
      {".", "(a folder)"},
      {"", "(a folder)"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.relative);
    CHECK(way(folder, folder.find(one.relative)) == one.ends);
  }
}

TEST_CASE("Folder: a new file does not follow a link in its own place") {
  const Fixture f;
  f.link("../out/new.json", "new.json");
  f.link("d", "folder");
  const Folder folder = f.folder();
  CHECK(way(folder, folder.find_new("new.json")) == "new.json");
  CHECK(way(folder, folder.find_new("folder/new.json")) == "d/new.json");
  CHECK(way(folder, folder.find("new.json")) == "(leads out: new.json)");
}

TEST_CASE("Folder: it is opened through links, and stays the same folder when it is renamed") {
  const Fixture f;
  fs::create_directory_symlink("in", f.tree.path() / "checkout");
  const Result<Folder> folder = Folder::open((f.tree.path() / "checkout").string());
  REQUIRE(folder);
  CHECK(folder->path() == f.absolute("in"));
  fs::rename(f.tree.path() / "in", f.tree.path() / "moved");
  fs::rename(f.tree.path() / "out", f.tree.path() / "in");
  const FoundPlace found = folder->find("d/x.json");
  REQUIRE(found);
  CHECK(text_at(*found) == "inside");
}

TEST_CASE("Folder: what cannot be opened, and why") {
  const Fixture f;
  CHECK(Folder::open(f.absolute("gone")).error().message == "No such file or directory");
  CHECK(Folder::open(f.absolute("in/y.json")).error().message == "Not a directory");
}

TEST_CASE("Folder: a folder beneath can be locked and read") {
  const Fixture f;
  f.link("d", "inside");
  f.link("../out", "outside");
  const Folder folder = f.folder();
  const auto below = folder.beneath("inside");
  REQUIRE(below);
  CHECK(below->path() == folder.path() + "/d");
  const Descriptor readable = below->open_to_read();
  REQUIRE(readable.is_open());
  CHECK(flock(readable.get(), LOCK_EX | LOCK_NB) == 0);
  CHECK(!folder.beneath("outside"));
  CHECK(errno == EXDEV);
  CHECK(!folder.beneath("y.json"));
  CHECK(errno == ENOTDIR);
}

TEST_CASE("Folder: exchanging a folder with a link never leads out") {
  const Fixture f;
  f.link("../out/d", "other");
  const Folder folder = f.folder();
  const std::string one = f.absolute("in/d");
  const std::string other = f.absolute("in/other");
  std::atomic<bool> done{false};
  std::thread exchanges([&] {
    while (!done) renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
  });
  int inside = 0;
  int refused = 0;
  int outside = 0;
  for (int i = 0; i < 20000; ++i) {
    const FoundPlace found = folder.find("d/x.json");
    if (!found)
      ++refused;
    else
      ++(text_at(*found) == "inside" ? inside : outside);
  }
  done = true;
  exchanges.join();
  CHECK(outside == 0);
  CHECK(inside > 0);
  CHECK(refused > 0);
}
