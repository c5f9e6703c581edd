#include "policy/files/policy_file.h"

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

TEST_CASE("read_policy_file: refused files, and the exact message") {
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
  fs::resize_file(tree.path() / "a.jsonl", (1ULL << 30) + 1);
  CHECK(failure(tree, "a.jsonl") == "the file is larger than 1 GiB, the limit for one file; split it");
}

namespace {

// Returns what load_policy_file() says about a *.jsonl file, one finding per line; the number of domains comes first.
std::string loaded(const PolicyTree& tree, const std::string& file) {
  Diagnostics found;
  const auto serial = [](const FileSignature&) { return 1U; };
  const auto out = load_policy_file(PolicyFileKind::domains, root_of(tree), file, serial, found);
  std::string text = out ? std::to_string(out->parsed.domains->domains().size()) : out.error().message;
  for (const Diagnostic& d : found) text += "\n" + to_string(d);
  return text;
}

std::string domain_line(std::size_t number) {
  return R"({"domain": "d)" + std::to_string(number) + R"(.example"})" + "\n";
}

}  // namespace

TEST_CASE("load_policy_file: a sparse file of the largest size costs neither memory nor time") {
  const PolicyTree tree;
  tree.write("a.jsonl", "");
  fs::resize_file(tree.path() / "a.jsonl", 1ULL << 30);
  CHECK(
      loaded(tree, "a.jsonl") ==
      "0\na.jsonl:1: this line contains a NUL octet, so the file was probably not written to its end; write it again");
  fs::resize_file(tree.path() / "a.jsonl", (1ULL << 30) + 1);
  CHECK(loaded(tree, "a.jsonl") == "the file is larger than 1 GiB, the limit for one file; split it");
  tree.write("b.jsonl", domain_line(1) + domain_line(2) + R"({"domain")");
  fs::resize_file(tree.path() / "b.jsonl", 1ULL << 30);
  CHECK(
      loaded(tree, "b.jsonl") ==
      "2\nb.jsonl:3: this line contains a NUL octet, so the file was probably not written to its end; write it again");
}

TEST_CASE("load_policy_file: lines, wherever the read pieces end") {
  const PolicyTree tree;
  std::string text;
  for (std::size_t i = 0; i < 20000; ++i) text += domain_line(i) + (i % 7 == 0 ? "\r\n" : "");
  tree.write("whole.jsonl", text);
  CHECK(loaded(tree, "whole.jsonl") == "20000");
  tree.write("unended.jsonl", text + R"({"domain": "last.example"})");
  CHECK(loaded(tree, "unended.jsonl") == "20001");
  tree.write("cut.jsonl", text + R"({"domain": "last)");
  CHECK(loaded(tree, "cut.jsonl").starts_with("20000\ncut.jsonl:22859: "));
  const std::string padded = R"({"domain": "wide.example", "note": ")" + std::string(200000, 'x') + "\"}\n";
  tree.write("wide.jsonl", padded + domain_line(1));
  CHECK(loaded(tree, "wide.jsonl") == "2");
}

TEST_CASE("load_policy_file: one line has at most 16 MiB") {
  const PolicyTree tree;
  tree.write("a.jsonl", domain_line(1) + std::string((16U << 20) + 1, ' '));
  CHECK(loaded(tree, "a.jsonl") == "1\na.jsonl:2: this line is longer than 16 MiB; write one domain on each line");
}

TEST_CASE("load_policy_file: memory does not grow with the errors, and ten thousand are enough") {
  const PolicyTree tree;
  std::string text;
  for (std::size_t i = 0; i < 9000; ++i) text += "{}\n";
  tree.write("a.jsonl", text + domain_line(1));
  const std::string some = loaded(tree, "a.jsonl");
  CHECK(some.starts_with("1\na.jsonl:1: the key \"domain\" is missing"));
  CHECK(some.ends_with("\na.jsonl: 8900 more in this file are not shown; correct these first"));
  tree.write("b.jsonl", text + text + domain_line(1));
  CHECK(loaded(tree, "b.jsonl")
            .ends_with("\nb.jsonl: 9901 more in this file are not shown, and what follows them was not read; correct "
                       "these first"));
  std::string list = "{\"domains\": [{\"domain\": \"first.example\"}";
  for (std::size_t i = 0; i < 18000; ++i) list += ", {}";
  tree.write("c.json", list + "]}");
  CHECK(loaded(tree, "c.json").starts_with("1\nc.json:1: /domains/1: "));
  CHECK(loaded(tree, "c.json")
            .ends_with("\nc.json: 9901 more in this file are not shown, and what follows them was not read; correct "
                       "these first"));
}

TEST_CASE("load_policy_file: a file that changes while it is read is read again, and not for ever") {
  const PolicyTree tree;
  tree.write("a.jsonl", domain_line(1));
  Diagnostics found;
  int readings = 0;
  const auto serial = [&](const FileSignature&) {
    tree.write("a.jsonl", domain_line(1) + std::string(static_cast<std::size_t>(++readings), '\n'));
    return 1U;
  };
  const auto out = load_policy_file(PolicyFileKind::domains, root_of(tree), "a.jsonl", serial, found);
  REQUIRE(out.ok());
  CHECK(readings == 3);
  CHECK(found.empty());
  CHECK(out->parsed.domains->domains().size() == 1);
  CHECK(!(out->signature == file_signature(root_of(tree), "a.jsonl").value()));
}

TEST_CASE("parse_policy_file: JSON nested 100,000 deep") {
  for (const PolicyFileKind kind : {PolicyFileKind::responder, PolicyFileKind::sender, PolicyFileKind::domains}) {
    Diagnostics found;
    CHECK(parse_policy_file(kind, "x.json", std::string(100000, '['), 1, found).errors);
    REQUIRE(found.size() == 1);
    CHECK(to_string(found[0]) == "x.json:1: values are nested more than 32 deep; policy files never are");
  }
}

TEST_CASE("parse_policy_file: the good domains of a broken file are passed on") {
  Diagnostics found;
  const ParsedFile parsed = parse_policy_file(
      PolicyFileKind::domains, "d.json", R"({"domains": [{"domain": "one.example"}, {"domain": "two"}]})", 7, found);
  CHECK(parsed.errors);
  REQUIRE(parsed.domains != nullptr);
  CHECK(parsed.domains->domains().size() == 1);
  CHECK(parsed.domains->serial(kSomeDay) == 7);
  CHECK(parsed.domains->file() == "d.json");
}
