#include "policy/cli/write/policy_edit.h"

#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "policy/cli/write/file_replace.h"
#include "tests/policy_tree.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;
using emailauth::tests::PolicyTree;

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}.%{d}._spf.provider.net"]})";
constexpr const char* kOne = "{\n\t\"domain\" : \"one.example\",\n\t\"dmarc\": { \"p\":\"none\" }\n}\n";
constexpr const char* kList =
    "{\"domains\": [\n  {\"domain\": \"a.example\", \"aliases\": [\"b_example\"]},\n  {\n    \"domain\": "
    "\"c.example\",\n"
    "    \"subdomains\": {\"news\": {\"dmarc\": {\"p\": \"none\"}}}\n  }\n]}\n";
constexpr const char* kLines = "{\"domain\": \"l1.example\"}\r\n\r\n{\"domain\": \"l2.example\"}";

struct Fixture {
  Fixture() {
    tree.write("responder.json", kResponder);
    tree.write("domains/one.json", kOne);
    tree.write("domains/list.json", kList);
    tree.write("domains/lines.jsonl", kLines);
  }
  PolicyEdit open() const {
    Result<PolicyEdit> edit = PolicyEdit::open(tree.path().string());
    REQUIRE(edit);
    return std::move(*edit);
  }
  std::string text(const std::string& file) const {
    std::ifstream in(tree.path() / file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(tree.path() / "domains"), fs::directory_iterator()));
  }

  PolicyTree tree;
};

Name name(std::string_view text) { return *Name::parse(text); }

// The text of the one file that an edit changes.
std::string only_change(const PolicyEdit& edit, const std::string& file) {
  const std::vector<FileChange> changes = edit.changes();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].file == file);
  return changes[0].after;
}

}  // namespace

TEST_CASE("PolicyEdit: where a domain is, and what cannot be edited") {
  Fixture f;
  f.tree.write("domains/twice.json", "\n{\"domain\": \"one.example\"}");
  const PolicyEdit edit = f.open();
  CHECK(edit.place(name("a.example"))->file == "domains/list.json");
  CHECK(edit.place(name("a.example"))->line == 2);
  CHECK(edit.place(name("c.example"))->line == 3);
  CHECK(edit.place(name("news.c.example"))->subdomain);
  CHECK(edit.place(name("l2.example"))->line == 3);
  CHECK(edit.place(name("b_example")).error().message == R"("b_example" is an alias of "a.example"; name that one)");
  CHECK(edit.place(name("one.example")).error().message ==
        R"("one.example" is in domains/one.json and in domains/twice.json:1; keep one of them first)");
  CHECK(edit.place(name("l3.example")).error().message ==
        "\"l3.example\" is not in any file under " + edit.root() + R"(/domains; did you mean "l1.example"?)");
  CHECK(edit.place(name("something.quite.different")).error().message ==
        "\"something.quite.different\" is not in any file under " + edit.root() +
            "/domains; write its policy first, or see --policies");
  CHECK(edit.parent_of(name("x.y.c.example")) == name("c.example"));
  CHECK(!edit.parent_of(name("x.b_example")));
  CHECK(PolicyEdit::open("/nonexistent").error().message ==
        R"(the policy directory "/nonexistent" cannot be read: No such file or directory; name one with --policies)");
}

TEST_CASE("PolicyEdit: a file that is not JSON is named as missing from the search") {
  const Fixture f;
  f.tree.write("domains/broken.json", "{");
  const std::string message = f.open().place(name("gone.test")).error().message;
  CHECK(message.find(" (not searched: domains/broken.json:1: ") != std::string::npos);
}

TEST_CASE("PolicyEdit: only what is changed changes") {
  const Fixture f;
  PolicyEdit edit = f.open();
  SUBCASE("a file of one domain, with tabs") {
    CHECK(!edit.set(name("one.example"), "/dmarc/p", "\"reject\""));
    CHECK(!edit.set(name("one.example"), "/mode", "\"blocked\""));
    CHECK(only_change(edit, "domains/one.json") ==
          "{\n\t\"domain\" : \"one.example\",\n\t\"dmarc\": { \"p\":\"reject\" },\n\t\"mode\": \"blocked\"\n}\n");
    CHECK(edit.value(name("one.example")).find("mode")->text == "blocked");
  }
  SUBCASE("an item on one line and a subdomain entry, in one list") {
    CHECK(!edit.set(name("a.example"), "/mode", "\"blocked\""));
    CHECK(!edit.remove(name("a.example"), "/aliases"));
    CHECK(!edit.set(name("news.c.example"), "/dmarc/sp", "\"reject\""));
    CHECK(!edit.add_subdomain(name("x.c.example"), "{\"mode\": \"blocked\"}"));
    CHECK(!edit.set(name("c.example"), "/spf/netblocks/-", "{\"network\": \"192.0.2.1\"}"));
    CHECK(
        only_change(edit, "domains/list.json") ==
        "{\"domains\": [\n  {\"domain\": \"a.example\", \"mode\": \"blocked\"},\n  {\n    \"domain\": \"c.example\",\n"
        "    \"subdomains\": {\"news\": {\"dmarc\": {\"p\": \"none\", \"sp\": \"reject\"}}, \"x\": {\"mode\": "
        "\"blocked\"}},\n"
        "    \"spf\": {\"netblocks\": [{\"network\": \"192.0.2.1\"}]}\n  }\n]}\n");
    CHECK(edit.has(name("x.c.example")));
  }
  SUBCASE("one line of many") {
    CHECK(!edit.set(name("l1.example"), "/dmarc", "{\n  \"p\": \"none\"\n}"));
    CHECK(!edit.add_domain(name("l3.example"), "domains/lines.jsonl", "{\"domain\": \"l3.example\"}"));
    CHECK(only_change(edit, "domains/lines.jsonl") ==
          "{\"domain\": \"l1.example\", \"dmarc\": {\"p\": \"none\"}}\r\n\r\n{\"domain\": \"l2.example\"}\r\n"
          "{\"domain\": \"l3.example\"}\r\n");
  }
  SUBCASE("a value that was set back is not a change") {
    CHECK(!edit.set(name("one.example"), "/mode", "\"blocked\""));
    CHECK(!edit.remove(name("one.example"), "/mode"));
    CHECK(edit.changes().empty());
  }
}

TEST_CASE("PolicyEdit: domains are added where there is room") {
  const Fixture f;
  PolicyEdit edit = f.open();
  const auto added = [&](const char* domain, const char* file) {
    const auto error = edit.add_domain(name(domain), file, std::string("{\"domain\": \"") + domain + "\"}");
    return error ? error->message : "";
  };
  CHECK(added("n1.example", "domains/list.json").empty());
  CHECK(added("n2.example", "domains/new/x.jsonl").empty());
  CHECK(added("n1.example", "domains/list.json") == R"("n1.example" is already in domains/list.json)");
  CHECK(added("n3.example", "domains/one.json") ==
        "domains/one.json is not a list of domains and has no room for another; name another file");
  for (const char* file :
       {"parked.json", "domains/parked.txt", "domains/../responder.json", "domains/.hidden.json", "/domains/x.json"}) {
    CHECK(added("n3.example", file) ==
          std::string("\"") + file + "\" is not a file for domains; write one such as \"domains/parked.jsonl\"");
  }
  const std::vector<FileChange> changes = edit.changes();
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].created);
  CHECK(changes[1].after == "{\"domain\": \"n2.example\"}\n");
}

TEST_CASE("PolicyEdit: the server's own checks decide") {
  Fixture f;
  f.tree.write("domains/other.json", R"({"domain": "other.example", "spf": {"senders": ["nobody"]}})");
  PolicyEdit edit = f.open();
  SUBCASE("an error elsewhere that was there before does not count") {
    CHECK(!edit.set(name("one.example"), "/dmarc/p", "\"reject\""));
    const EditCheck check = edit.check();
    CHECK(check.good());
    CHECK(check.broken.empty());
  }
  SUBCASE("an error in the edited text") {
    CHECK(!edit.set(name("one.example"), "/dmarc/p", "\"rejct\""));
    const EditCheck check = edit.check();
    REQUIRE(check.errors.size() == 1);
    CHECK(to_string(check.errors[0]) ==
          R"(domains/one.json:3: /dmarc/p: "rejct" is not a policy; use "none", "quarantine" or "reject")");
  }
  SUBCASE("an error that only shows beside other files") {
    CHECK(!edit.set(name("one.example"), "/aliases", "[\"a.example\"]"));
    CHECK(!edit.check().good());
  }
  SUBCASE("an error of the edited file that stays is told apart") {
    CHECK(!edit.set(name("other.example"), "/dmarc", "{\"p\": \"none\"}"));
    const EditCheck check = edit.check();
    CHECK(check.good());
    CHECK(check.broken.size() == 1);
  }
  CHECK(f.text("domains/one.json") == kOne);
}

TEST_CASE("PolicyEdit: written whole, or not at all") {
  const Fixture f;
  const fs::path one = f.tree.path() / "domains/one.json";
  REQUIRE(chmod(one.c_str(), 0640) == 0);
  PolicyEdit edit = f.open();
  CHECK(!edit.set(name("one.example"), "/mode", "\"blocked\""));
  CHECK(!edit.set(name("l1.example"), "/mode", "\"blocked\""));
  CHECK(!edit.add_domain(name("new.example"), "domains/new.jsonl", "{\"domain\": \"new.example\"}"));
  SUBCASE("mode stays, and nothing is left beside the files") {
    CHECK(!edit.write());
    struct stat status {};
    REQUIRE(stat(one.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK(f.files() == 4);
    CHECK(f.open().value(name("one.example")).find("mode")->text == "blocked");
    CHECK(f.open().has(name("new.example")));
  }
  SUBCASE("one of the files was changed meanwhile") {
    f.tree.write("domains/one.json", "{\"domain\": \"one.example\", \"mode\": \"sending\"}");
    const auto error = edit.write();
    REQUIRE(error);
    CHECK(error->message ==
          "domains/one.json: the file was changed meanwhile; nothing was written: run the command again");
    CHECK(f.text("domains/lines.jsonl") == kLines);
    CHECK(f.files() == 3);
  }
  SUBCASE("one of the files is gone") {
    fs::remove(one);
    CHECK(edit.write()->message == "domains/one.json: the file is gone; nothing was written");
    CHECK(f.text("domains/lines.jsonl") == kLines);
  }
  SUBCASE("the new file is there all of a sudden: what was replaced is taken back") {
    f.tree.write("domains/new.jsonl", "");
    const auto error = edit.write();
    REQUIRE(error);
    CHECK(error->message == edit.root() + "/domains/new.jsonl: already exists; edit it, or remove it first");
    CHECK(f.text("domains/lines.jsonl") == kLines);
    CHECK(f.text("domains/one.json") == kOne);
    CHECK(f.files() == 4);
  }
  SUBCASE("a link is followed") {
    fs::create_directory(f.tree.path() / "store");
    fs::rename(one, f.tree.path() / "store/real");
    fs::create_symlink("../store/real", one);
    PolicyEdit again = f.open();
    CHECK(!again.set(name("one.example"), "/mode", "\"blocked\""));
    CHECK(!again.write());
    CHECK(fs::is_symlink(one));
    CHECK(f.text("store/real").find("blocked") != std::string::npos);
  }
  SUBCASE("more people may read the file than when it was read: its text is not even written beside it") {
    const Descriptor watch(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    REQUIRE(inotify_add_watch(watch.get(), one.parent_path().c_str(), IN_CREATE) >= 0);
    REQUIRE(chmod(one.c_str(), 0644) == 0);
    CHECK(edit.write()->message ==
          "domains/one.json: the file was changed meanwhile; nothing was written: run the command again");
    char events[4096];
    std::string created;
    for (ssize_t size = 0; (size = read(watch.get(), events, sizeof events)) > 0;)
      created.append(events, static_cast<std::size_t>(size));
    CHECK(created.find("lines.jsonl.new-") != std::string::npos);
    CHECK(created.find("one.json.new-") == std::string::npos);
  }
  SUBCASE("bits that make programs special stay behind") {
    REQUIRE(chmod(one.c_str(), 06750) == 0);
    PolicyEdit again = f.open();
    CHECK(!again.set(name("one.example"), "/mode", "\"blocked\""));
    CHECK(!again.write());
    struct stat status {};
    REQUIRE(stat(one.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0750);
  }
  SUBCASE("other names of the file keep the old text") {
    fs::create_hard_link(one, f.tree.path() / "domains/.kept");
    PolicyEdit again = f.open();
    CHECK(!again.set(name("one.example"), "/mode", "\"blocked\""));
    CHECK(!again.write());
    CHECK(f.text("domains/.kept") == kOne);
    CHECK(f.text("domains/one.json").find("blocked") != std::string::npos);
  }
  SUBCASE("an access list stays, and none comes from the folder") {
    // user::rw-, user:1:r--, group::---, mask::r--, other::---; 16-bit tag and permissions, 32-bit ids.
    constexpr unsigned char kList[] = {2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
                                       0, 1, 0,   0,   0,   4,   0,  0, 0,   255, 255, 255, 255, 16, 0,
                                       4, 0, 255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};
    constexpr const char* kAccess = "system.posix_acl_access";
    if (setxattr(one.c_str(), kAccess, kList, sizeof kList, 0) != 0) {
      MESSAGE("the file system has no access lists: not tested");
      return;
    }
    REQUIRE(setxattr(one.parent_path().c_str(), "system.posix_acl_default", kList, sizeof kList, 0) == 0);
    PolicyEdit again = f.open();
    CHECK(!again.set(name("one.example"), "/mode", "\"blocked\""));
    CHECK(!again.set(name("l1.example"), "/mode", "\"blocked\""));
    CHECK(!again.write());
    unsigned char list[256];
    REQUIRE(getxattr(one.c_str(), kAccess, list, sizeof list) == sizeof kList);
    CHECK(std::equal(std::begin(kList), std::end(kList), std::begin(list)));
    CHECK(getxattr((f.tree.path() / "domains/lines.jsonl").c_str(), kAccess, list, sizeof list) < 0);
  }
  SUBCASE("another program is writing") {
    const FolderLock lock(*Folder::open(f.tree.path().string()));
    REQUIRE(lock.holds());
    CHECK(edit.write()->message == edit.root() + ": another emailauth is writing here; run the command again");
  }
}

}  // namespace emailauth::cli
