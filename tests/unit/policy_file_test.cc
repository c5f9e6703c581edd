#include "policy/policy_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::kSomeDay;
using emailauth::tests::PolicyTree;
namespace fs = std::filesystem;

namespace {

std::string root_of(const PolicyTree& tree) { return fs::canonical(tree.path()).string(); }

std::string failure(const PolicyTree& tree, const std::string& file) {
  const auto content = read_policy_file(root_of(tree), file);
  return content ? "(read)" : content.error().message;
}

}  // namespace

TEST_CASE("read_policy_file: text and signature") {
  const PolicyTree tree;
  tree.write("a.json", "{}\n");
  const auto content = read_policy_file(root_of(tree), "a.json");
  REQUIRE(content.ok());
  CHECK(content->text == "{}\n");
  CHECK(content->signature.size == 3);
  CHECK(content->signature == file_signature(root_of(tree), "a.json").value());
  CHECK(!file_signature(root_of(tree), "b.json").has_value());
}

TEST_CASE("read_policy_file: what it refuses, and the exact message") {
  const PolicyTree tree;
  const PolicyTree outside;
  outside.write("x.json", "{}");
  tree.write("target.json", "{}");
  fs::create_directory(tree.path() / "folder.json");
  fs::create_symlink(outside.path() / "x.json", tree.path() / "out.json");
  fs::create_symlink("nowhere", tree.path() / "dangling.json");
  fs::create_symlink("loop.json", tree.path() / "loop.json");
  fs::create_symlink("target.json", tree.path() / "inside.json");
  fs::create_directory_symlink(outside.path(), tree.path() / "folder-out");
  REQUIRE(mkfifo((tree.path() / "fifo.json").c_str(), 0600) == 0);

  const std::string leads_out = "this link leads out of the policy directory, or nowhere; put the file itself here";
  CHECK(failure(tree, "out.json") == leads_out);
  CHECK(failure(tree, "dangling.json") == leads_out);
  CHECK(failure(tree, "loop.json") == leads_out);
  CHECK(failure(tree, "folder-out/x.json") ==
        R"("folder-out", on the way to this file, is a link that leads out of the policy directory, or nowhere; )"
        "put the folder itself there");
  CHECK(failure(tree, "../" + outside.path().filename().string() + "/x.json") != "(read)");
  CHECK(failure(tree, "inside.json") == "(read)");
  CHECK(failure(tree, "folder.json") == "this is not a regular file; remove it");
  CHECK(failure(tree, "fifo.json") == "this is not a regular file; remove it");
  CHECK(failure(tree, "missing.json") ==
        "the file cannot be read: No such file or directory; make it readable for the name server");
}

TEST_CASE("read_policy_file: a hard link that others may have made of somebody's secret") {
  const PolicyTree tree;
  const auto chmods = [&](const char* relative, mode_t mode) {
    REQUIRE(chmod((tree.path() / relative).c_str(), mode) == 0);
  };
  tree.write("secret", "{}");
  fs::create_directory(tree.path() / "d");
  fs::create_hard_link(tree.path() / "secret", tree.path() / "d/x.json");
  const std::string refused =
      "this file has other names (hard links), not everybody may read it, and its folder belongs to others, who may "
      "have put it here; put a copy in its place";
  chmods("secret", 0640);
  chmods("d", 0775);
  CHECK(failure(tree, "d/x.json") == refused);
  chmods("d", 0757);
  CHECK(failure(tree, "d/x.json") == refused);
  chmods("d", 0755);
  CHECK(failure(tree, "d/x.json") == "(read)");
  chmods("d", 0775);
  chmods("secret", 0644);
  CHECK(failure(tree, "d/x.json") == "(read)");
  chmods("secret", 0600);
  fs::remove(tree.path() / "secret");
  CHECK(failure(tree, "d/x.json") == "(read)");
}

TEST_CASE("read_policy_file: a file of 17 MiB is refused without reading it") {
  const PolicyTree tree;
  tree.write("a.json", "");
  fs::resize_file(tree.path() / "a.json", 17ULL << 20);
  CHECK(failure(tree, "a.json") == "the file is larger than 16 MiB; split it, or use a *.jsonl file");
  fs::resize_file(tree.path() / "a.json", 16ULL << 20);
  CHECK(failure(tree, "a.json") == "(read)");
  tree.write("a.jsonl", "");
  fs::resize_file(tree.path() / "a.jsonl", 17ULL << 20);
  CHECK(failure(tree, "a.jsonl") == "(read)");
}

TEST_CASE("parse_policy_file: JSON nested 100,000 deep") {
  for (const PolicyFileKind kind : {PolicyFileKind::responder, PolicyFileKind::sender, PolicyFileKind::domains}) {
    Diagnostics found;
    CHECK(parse_policy_file(kind, "x.json", std::string(100000, '['), 1, found).errors);
    REQUIRE(found.size() == 1);
    CHECK(to_string(found[0]) == "x.json:1: values are nested more than 32 deep; policy files never are");
  }
}

TEST_CASE("parse_policy_file: of a broken file the good domains are handed over") {
  Diagnostics found;
  const ParsedFile parsed = parse_policy_file(
      PolicyFileKind::domains, "d.json", R"({"domains": [{"domain": "one.example"}, {"domain": "two"}]})", 7, found);
  CHECK(parsed.errors);
  REQUIRE(parsed.domains != nullptr);
  CHECK(parsed.domains->domains().size() == 1);
  CHECK(parsed.domains->serial(kSomeDay) == 7);
  CHECK(parsed.domains->file() == "d.json");
}
