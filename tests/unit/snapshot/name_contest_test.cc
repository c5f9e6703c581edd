// Names that several files claim: which file has them while a server runs and after a restart, and the messages.
#include "policy/snapshot/name_contest.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "policy/directory/directory_lint.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::ask;
using emailauth::tests::kSomeDay;
using emailauth::tests::PolicyTree;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"], "spf_templates": ["include:%{i}._ip.%{d}._spf.provider.net"],
  "strict_organizations": ["provider.net"]})";

// The network in each policy shows whose it is.
constexpr const char* kBank = "192.0.2.1";
constexpr const char* kEvil = "203.0.113.66";

std::string domain(const std::string& name, const std::string& network, const std::string& more = "") {
  return R"({"domain": ")" + name + R"(", "spf": {"netblocks": [{"network": ")" + network + R"("}]})" + more + "}";
}

struct World {
  World() { tree.write("responder.json", kResponder); }

  // Each with its own time: two writes of the same length within one tick of the clock would look like one.
  void write(const std::string& file, const std::string& text) {
    tree.write("domains/" + file, text);
    fs::last_write_time(tree.path() / "domains" / file, start + std::chrono::milliseconds(++writes));
  }
  void remove(const std::string& file) { fs::remove(tree.path() / "domains" / file); }
  const LoadReport& reload() { return directory.reload(kSomeDay); }

  // Writes a file that says the same as before.
  void touch(const std::string& file) {
    const fs::path path = tree.path() / "domains" / file;
    fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  }

  static std::string holder_in(const LoadReport& report, const std::string& name) {
    if (!report.responder) return "nobody";
    for (const auto& [network, who] : std::map<std::string, std::string>{{kBank, "bank"}, {kEvil, "evil"}}) {
      const Lines answer = ask(*report.responder, network + "._ip." + name + "._spf.provider.net");
      if (answer == Lines{"NXDOMAIN"}) return "nobody";
      if (answer == Lines{"v=spf1 ip4:" + network + " -all"}) return who;
    }
    return "others";
  }
  std::string holder(const std::string& name) const { return holder_in(directory.report(), name); }
  std::string holder_after_restart(const std::string& name) const {
    PolicyDirectory fresh(tree.path().string());
    return holder_in(fresh.reload(kSomeDay), name);
  }

  Lines said() const { return lines(directory.report().diagnostics); }
  Lines lint() const { return lines(lint_directory(tree.path().string(), kSomeDay).findings); }
  static Lines lines(const Diagnostics& diagnostics) {
    Lines out;
    for (const Diagnostic& d : diagnostics) out.push_back(to_string(d));
    return out;
  }

  PolicyTree tree;
  const fs::file_time_type start = fs::file_time_type::clock::now() - std::chrono::hours(1);
  int writes = 0;
  PolicyDirectory directory{tree.path().string()};
};

const std::string kClaimsAlias = domain("evil.example", kEvil, R"(, "aliases": ["bank.example"])");

}  // namespace

TEST_CASE(
    "A4: an alias that was refused does not take the domain over when the rightful file is touched, nor at a restart") {
  World w;
  w.write("bank.json", domain("bank.example", kBank, R"(, "dmarc": {"p": "reject"})"));
  w.reload();
  w.write("aaa.json", kClaimsAlias);
  w.reload();
  const Lines refused = {
      "domains/aaa.json:1: the alias \"bank.example\" is also in domains/bank.json:1 as a domain, where it is in "
      "service; keep one"};
  CHECK(w.said() == refused);
  CHECK(w.holder("bank.example") == "bank");
  CHECK(w.holder("evil.example") == "evil");
  w.touch("bank.json");
  w.reload();
  CHECK(w.said() == refused);
  CHECK(w.holder("bank.example") == "bank");
  CHECK(ask(*w.directory.report().responder, "_dmarc.bank.example").back() == "v=DMARC1; p=reject");
  CHECK(w.holder_after_restart("bank.example") == "bank");
  CHECK(w.lint() == Lines{"domains/aaa.json:1: the alias \"bank.example\" is also in domains/bank.json:1 as a domain, "
                          "which comes first: a domain comes before an alias; keep one"});
  // What the rightful file changes is served, whatever it changes.
  w.write("bank.json", domain("bank.example", "192.0.2.99"));
  w.reload();
  CHECK(w.holder("bank.example") == "others");
}

TEST_CASE("A4: a file that changes many times, and the senders that are linked again, take nothing away") {
  World w;
  w.write("bank.json", domain("bank.example", kBank));
  w.reload();
  w.write("aaa.json", domain("bank.example", kEvil));
  for (int i = 0; i < 4; ++i) {
    w.touch(i % 2 == 0 ? "bank.json" : "aaa.json");
    w.tree.write("senders/s.json", R"({"sender": "s", "spf": ["ip4:198.51.100.)" + std::to_string(i) + "\"]}");
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
  w.touch("bank.json");
  w.touch("aaa.json");
  w.reload();
  CHECK(w.holder("bank.example") == "bank");
}

TEST_CASE("a newcomer's domain does not take an alias away that is in service") {
  World w;
  w.write("bank.json", domain("bank.example", kBank, R"(, "aliases": ["opaque.example"])"));
  w.reload();
  w.write("aaa.json", domain("opaque.example", kEvil));
  w.reload();
  CHECK(
      w.said() ==
      Lines{"domains/aaa.json:1: the domain \"opaque.example\" is also in domains/bank.json:1 as an alias, where it is "
            "in service, but after a restart this one would be; keep one"});
  w.touch("bank.json");
  w.reload();
  CHECK(w.holder("opaque.example") == "bank");
  CHECK(w.lint() == Lines{"domains/bank.json:1: the alias \"opaque.example\" is also in domains/aaa.json:1 as a "
                          "domain, which comes first: a domain comes before an alias; keep one"});
}

TEST_CASE("at a start, of two domains: the file that is named after it, or none") {
  struct Case {
    const char* why;
    const char* bank_file;
    const char* evil_file;
    const char* holder;
  };
  constexpr Case kCases[] = {
      {"a file of that name", "bank.example.json", "aaa.json", "bank"},
      {"wherever it sorts", "bank.example.json", "zzz.json", "bank"},
      {"not a file of that name in a folder", "bank.json", "team/bank.example.json", "nobody"},
      {"nor one that is named after something else", "bank.json", "aaa.json", "nobody"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.why);
    World w;
    w.write(c.bank_file, domain("bank.example", kBank));
    w.write(c.evil_file, domain("bank.example", kEvil));
    w.reload();
    CHECK(w.holder("bank.example") == c.holder);
    // A server that has it in service keeps it, and says what a restart will bring.
    World running;
    running.write(c.bank_file, domain("bank.example", kBank));
    running.reload();
    running.write(c.evil_file, domain("bank.example", kEvil));
    running.reload();
    running.touch(c.bank_file);
    running.reload();
    CHECK(running.holder("bank.example") == "bank");
    const bool agrees = std::string(c.holder) == "bank";
    CHECK(running.said() ==
          Lines{std::string("domains/") + c.evil_file + ":1: the domain \"bank.example\" is also in domains/" +
                c.bank_file + ":1, where it is in service" + (agrees ? "" : ", but after a restart neither would be") +
                "; keep one"});
  }
}

TEST_CASE("at a start, of two domains that cannot be distinguished neither is served, and both files are named") {
  World w;
  w.write("a.json", domain("bank.example", kBank));
  w.write("b.json", domain("bank.example", kEvil));
  w.reload();
  CHECK(w.said() == Lines{"domains/a.json:1: the domain \"bank.example\" is also in domains/b.json:1, which says "
                          "something else: neither is served; keep one",
                          "domains/b.json:1: the domain \"bank.example\" is also in domains/a.json:1, which says "
                          "something else: neither is served; keep one"});
  CHECK(w.holder("bank.example") == "nobody");
  SUBCASE("nor does an alias get it meanwhile") {
    w.write("c.json", kClaimsAlias);
    w.reload();
    CHECK(w.holder("bank.example") == "nobody");
    CHECK(w.holder_after_restart("bank.example") == "nobody");
  }
  SUBCASE("until one is gone") {
    w.remove("b.json");
    w.reload();
    CHECK(w.said().empty());
    CHECK(w.holder("bank.example") == "bank");
  }
}

TEST_CASE("a copy that says the same is served; a change of one alone is refused, by a server that runs") {
  World w;
  w.write("a.json", domain("bank.example", kBank));
  w.write("b.json", domain("bank.example", kBank, R"(, "note": "the copy")"));
  w.reload();
  CHECK(w.holder("bank.example") == "bank");
  CHECK(w.said() == Lines{"domains/b.json:1: the domain \"bank.example\" is also in domains/a.json:1, which says the "
                          "same: it is served as long as no file says something else; keep one"});
  for (const char* changed : {"a.json", "b.json"}) {
    CAPTURE(changed);
    w.write(changed, domain("bank.example", kEvil));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    CHECK(w.holder_after_restart("bank.example") == "nobody");
    w.write(changed, domain("bank.example", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
  SUBCASE("also of both at once, and of a third") {
    w.write("a.json", domain("bank.example", "192.0.2.77"));
    w.write("b.json", domain("bank.example", kEvil));
    w.write("c.json", domain("bank.example", kEvil));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
  SUBCASE("when one is removed the other is free to change") {
    w.remove("b.json");
    w.reload();
    w.write("a.json", domain("bank.example", kEvil));
    w.reload();
    CHECK(w.said().empty());
    CHECK(w.holder("bank.example") == "evil");
  }
  SUBCASE("entries and aliases are part of what they say") {
    w.write("b.json", domain("bank.example", kBank, R"(, "subdomains": {"news": {"spf": {}}})"));
    CHECK(w.holder_after_restart("bank.example") == "nobody");
    CHECK(w.holder_after_restart("news.bank.example") == "nobody");
  }
}

TEST_CASE("a backup copy next to a file is not loaded, and takes nothing over") {
  for (const char* copy : {"bank.json.bak.json", "copy of bank.json", "bank (1).json", "old/bank.json"}) {
    CAPTURE(copy);
    World w;
    w.write("bank.json", domain("bank.example", kBank));
    w.reload();
    w.write(copy, R"({"domains": [)" + domain("bank.example", kEvil) + "," + domain("given-up.example", kEvil) + "]}");
    const Lines refused = {std::string("domains/") + copy +
                           ": this is a copy of domains/bank.json by its name, and is not loaded; move it out of the "
                           "directory, or rename it"};
    w.reload();
    CHECK(w.said() == refused);
    w.touch("bank.json");
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    CHECK(w.holder("given-up.example") == "nobody");
    CHECK(w.holder_after_restart("bank.example") == "bank");
    CHECK(w.lint() == refused);
  }
  SUBCASE("but what is in service stays when somebody writes a file that it could be a copy of") {
    World w;
    w.write("bank (1).json", domain("bank.example", kBank));
    w.reload();
    w.write("bank.json", domain("bank.example", kEvil));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
}

TEST_CASE("the other parts of a refused domain are refused with it") {
  World w;
  w.write("bank.example.json", domain("bank.example", kBank));
  w.write("aaa.json",
          domain("bank.example", kEvil,
                 R"(, "aliases": ["more.example"], "subdomains": {"news": {"spf": {"netblocks": [{"network": ")" +
                     std::string(kEvil) + R"("}]}, "aliases": ["most.example"]}})"));
  w.reload();
  CHECK(w.said().size() == 1);
  CHECK(w.holder("bank.example") == "bank");
  CHECK(w.holder("more.example") == "nobody");
  CHECK(w.holder("most.example") == "nobody");
  CHECK(w.holder("news.bank.example") == "bank");  // covered by the domain above
}

TEST_CASE("an entry comes with the domain above it") {
  const std::string entry = R"(, "subdomains": {"news": {"spf": {"netblocks": [{"network": "192.0.2.1"}]}}})";
  World w;
  w.write("bank.json", domain("bank.example", kBank, entry));
  w.write("aaa.json", domain("news.bank.example", kEvil));
  w.reload();
  CHECK(w.holder("news.bank.example") == "bank");
  CHECK(w.said() == Lines{"domains/aaa.json:1: the domain \"news.bank.example\" is also in domains/bank.json:1 as a "
                          "subdomain entry, which comes first: an entry comes with the domain above it; keep one"});
  SUBCASE("but a domain that is in service keeps its name against a new entry") {
    World running;
    running.write("news.json", domain("news.bank.example", kBank));
    running.reload();
    running.write("bank.json", R"({"domain": "bank.example", "subdomains": {"news": {"spf": {}}}})");
    running.reload();
    running.touch("news.json");
    running.reload();
    CHECK(running.holder("news.bank.example") == "bank");
  }
  SUBCASE("and the entry of a higher domain before that of a lower one") {
    w.remove("aaa.json");
    w.write("bank.json", domain("bank.example", kBank,
                                R"(, "subdomains": {"x.news": {"spf": {"netblocks": [{"network": "192.0.2.1"}]}}})"));
    w.write("aaa.json", domain("news.bank.example", kEvil, R"(, "subdomains": {"x": {"spf": {}}})"));
    CHECK(w.holder_after_restart("x.news.bank.example") == "bank");
    CHECK(w.holder_after_restart("news.bank.example") == "evil");
  }
}

TEST_CASE("a rightful file with errors keeps others from its names, also at a start") {
  struct Case {
    const char* why;
    const char* file;
    std::string text;
  };
  const Case cases[] = {
      {"an error in the policy", "bank.json", R"({"domain": "bank.example", "spf": {"al": "~all"}})"},
      {"a key that is not known", "bank.json", R"({"domain": "bank.example", "spff": {}})"},
      {"an unknown sender", "bank.json", R"({"domain": "bank.example", "spf": {"senders": ["nobody"]}})"},
      {"an error in an entry", "bank.json", R"({"domain": "bank.example", "subdomains": {"x": {"spff": {}}}})"},
      {"no JSON", "bank.json", R"({"domain": "bank.example", "spf": {)"},
      {"a line that is not JSON", "bank.jsonl", R"({"domain": "bank.example", "spf": {)"},
      {"nothing in it, and its name", "bank.example.json", ""},
      {"a domain of a list", "list.json",
       R"({"domains": [{"domain": "x.example"}, {"domain" : "bank.example", "mode": 1}]})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.why);
    World w;
    w.write(c.file, c.text);
    w.write("aaa.json", kClaimsAlias);
    w.reload();
    CHECK(w.holder("bank.example") == "nobody");
    CHECK(w.holder("evil.example") == "evil");
    REQUIRE(!w.said().empty());
    CHECK(w.said().front().find("the alias \"bank.example\" is also in domains/" + std::string(c.file)) !=
          std::string::npos);
    CHECK(w.said().front().find("that has errors, so neither is served") != std::string::npos);
    w.write(c.file, domain("bank.example", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
}

TEST_CASE("a file that is replaced is missing for a moment: no other file gets its names meanwhile") {
  World w;
  w.write("bank.json", domain("bank.example", kBank));
  w.reload();
  w.write("aaa.json", kClaimsAlias);
  w.reload();
  w.remove("bank.json");
  w.reload();
  CHECK(w.holder("bank.example") == "nobody");
  CHECK(w.holder("evil.example") == "evil");
  SUBCASE("it comes back") {
    w.write("bank.json", domain("bank.example", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    w.touch("bank.json");
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
  SUBCASE("it comes back, and nothing but the time that it had the name speaks for it") {
    w.write("aaa.json", domain("bank.example", kEvil));
    w.write("bank.json", domain("bank.example", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    CHECK(w.holder_after_restart("bank.example") == "nobody");
  }
  SUBCASE("who claims the name just then waits, too") {
    World other;
    other.write("bank.json", domain("bank.example", kBank));
    other.reload();
    other.write("aaa.json", kClaimsAlias);
    other.reload();
    other.remove("bank.json");
    other.write("bbb.json", domain("bank.example", kEvil));
    other.reload();
    CHECK(other.holder("bank.example") == "nobody");
  }
  SUBCASE("it stays away: the next look gives the name to who waits") {
    CHECK(w.reload().changed);
    CHECK(w.holder("bank.example") == "evil");
    CHECK(w.said().empty());
    CHECK(!w.reload().changed);
  }
}

TEST_CASE("a domain that moves from file to file is served all the time") {
  World w;
  w.write("bank.json", domain("bank.example", kBank));
  w.reload();
  w.write("aaa.json", kClaimsAlias);
  w.reload();
  SUBCASE("renamed") {
    fs::rename(w.tree.path() / "domains/bank.json", w.tree.path() / "domains/moved.json");
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    w.touch("moved.json");
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
  SUBCASE("written to the new file first") {
    w.write("moved.json", domain("bank.example", kBank));
    w.reload();
    w.write("bank.json", domain("other.example", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    CHECK(w.holder("other.example") == "bank");
  }
  SUBCASE("both at once") {
    w.write("moved.json", domain("bank.example", kBank));
    w.write("bank.json", domain("other.example", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
}

TEST_CASE("two files can exchange their domains in one change") {
  World w;
  w.write("a.json", domain("a.example", kBank));
  w.write("b.json", domain("b.example", kEvil));
  w.reload();
  w.write("a.json", domain("b.example", kBank));
  w.write("b.json", domain("a.example", kEvil));
  w.reload();
  CHECK(w.said().empty());
  CHECK(w.holder("a.example") == "evil");
  CHECK(w.holder("b.example") == "bank");
}

TEST_CASE("a copy of a large file brings a hundred lines to the log, not ten thousand") {
  World w;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += domain("d" + std::to_string(i) + ".example", kBank) + "\n";
  w.write("all.jsonl", text);
  w.reload();
  w.write("zzz.jsonl", text);
  w.reload();
  CHECK(w.said().size() == 101);
  CHECK(w.said()[0] == "domains/zzz.jsonl: 900 more in this file are not shown; correct these first");
  CHECK(w.holder("d999.example") == "bank");
}

TEST_CASE("a sender's id belongs to the file that has it in service, otherwise to the file that is named after it") {
  const auto sender = [](const std::string& id, const std::string& network) {
    return R"({"sender": ")" + id + R"(", "spf": ["ip4:)" + network + R"("]})";
  };
  World w;
  w.write("bank.json", R"({"domain": "bank.example", "spf": {"senders": ["mailer"]}})");
  SUBCASE("at a start") {
    w.tree.write("senders/aaa.json", sender("mailer", kEvil));
    w.tree.write("senders/mailer.json", sender("mailer", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    CHECK(w.said() == Lines{"senders/aaa.json:1: /sender: the sender \"mailer\" is also in senders/mailer.json, which "
                            "comes first: that file is named after it; keep one"});
    fs::rename(w.tree.path() / "senders/mailer.json", w.tree.path() / "senders/zzz.json");
    CHECK(w.holder_after_restart("bank.example") == "nobody");
  }
  SUBCASE("with errors in the rightful file") {
    w.tree.write("senders/aaa.json", sender("mailer", kEvil));
    w.tree.write("senders/mailer.json", R"({"sender": "mailer", "spf": 1})");
    w.reload();
    CHECK(w.holder("bank.example") == "nobody");
  }
  SUBCASE("while the server runs, by whatever file, and whatever others change") {
    w.tree.write("senders/zzz.json", sender("mailer", kBank));
    w.reload();
    w.tree.write("senders/aaa.json", sender("other", kEvil));
    w.reload();
    w.tree.write("senders/aaa.json", sender("mailer", kEvil));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    CHECK(w.directory.report().senders == 2);  // "other" stays: the last good version of its file
    CHECK(w.said() ==
          Lines{"senders/aaa.json:1: /sender: the sender \"mailer\" is also in senders/zzz.json, where it is "
                "in service, until a restart: then the file that is named after it counts; keep one"});
    w.tree.write("senders/zzz.json", sender("mailer", "192.0.2.0/24"));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
  SUBCASE("missing for a moment") {
    w.tree.write("senders/zzz.json", sender("mailer", kBank));
    w.reload();
    w.tree.write("senders/aaa.json", sender("mailer", kEvil));
    w.reload();
    fs::remove(w.tree.path() / "senders/zzz.json");
    w.reload();
    CHECK(w.holder("bank.example") == "bank");  // the last good version of what was bound to it
    w.tree.write("senders/zzz.json", sender("mailer", kBank));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
    fs::remove(w.tree.path() / "senders/zzz.json");
    w.reload();
    w.reload();
    CHECK(w.holder("bank.example") == "evil");
  }
  SUBCASE("a copy") {
    w.tree.write("senders/mailer.json", sender("mailer", kBank));
    w.tree.write("senders/copy of mailer.json", sender("mailer", kEvil));
    w.reload();
    CHECK(w.holder("bank.example") == "bank");
  }
}

TEST_CASE("lint: names below a domain of another file are reported, with their place") {
  World w;
  w.write("bank.json", domain("bank.example", kBank));
  w.write("evil.json", "{\"domains\": [\n" + domain("pay.bank.example", kEvil) + ",\n" +
                           domain("evil.example", kEvil, R"(, "aliases": ["login.bank.example"])") + "]}");
  CHECK(w.lint() == Lines{"domains/evil.json:2: warning: the domain \"pay.bank.example\" is below \"bank.example\" of "
                          "domains/bank.json:1; move it there, to \"subdomains\" or \"aliases\", so that the person "
                          "responsible for that file knows about it (and 1 more like it in this file)"});
  w.write("evil.json", domain("evil.example", kEvil));
  w.write("bank.json",
          domain("bank.example", kBank, R"(, "aliases": ["x.bank.example"], "subdomains": {"news": {"spf": {}}})"));
  CHECK(w.lint().empty());
}

TEST_CASE("domain files: an alias that is a public suffix is refused") {
  for (const char* alias : {"com", "co.uk", "CO.UK"}) {
    CAPTURE(alias);
    World w;
    w.write("a.json", domain("bank.example", kBank, std::string(R"(, "aliases": [")") + alias + "\"]"));
    CHECK(w.lint() ==
          Lines{std::string("domains/a.json:1: /aliases/0: \"") + alias +
                "\" is a public suffix: anybody can register below it; remove it, or write an alias of your own"});
  }
  World w;
  w.write("a.json", domain("bank.example", kBank, R"(, "aliases": ["bank_example", "bank.co.uk", "opaque"])"));
  CHECK(w.lint().empty());
}

namespace {

// Files that claim names of a small set at random, as domains, entries and aliases.
class RandomFiles {
 public:
  explicit RandomFiles(unsigned seed) : random_(seed) {}

  std::string file() {
    constexpr const char* kFiles[] = {"a.json", "b.json", "c.json", "team/d.json", "p.example.json"};
    return kFiles[below(5)];
  }

  std::string text() {
    std::string out;
    for (unsigned i = 0; i <= below(2); ++i) {
      std::string more;
      if (below(2) == 0) more += R"(, "aliases": [")" + name() + "\"]";
      if (below(3) == 0)
        more += R"(, "subdomains": {"x": {"spf": {"netblocks": [{"network": ")" + network() + "\"}]}}}";
      out += (out.empty() ? "" : ",\n") + domain(name(), network(), more);
    }
    return R"({"domains": [)" + out + "]}";
  }

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  std::string name() {
    constexpr const char* kNames[] = {"p.example", "q.example", "x.p.example", "x.x.p.example", "r.example"};
    return kNames[below(5)];
  }
  std::string network() { return "192.0.2." + std::to_string(below(3)); }

  std::minstd_rand random_;
};

std::string labels_of(const std::string& name) {
  const std::string wire = Name::parse(name)->wire();
  return wire.substr(0, wire.size() - 1);
}

// By name, as text: the file that serves it.
std::map<std::string, std::string> holders_of(const LoadReport& report) {
  std::map<std::string, std::string> out;
  for (const DomainIndex::Node& node : report.responder->snapshot().domains) {
    if (node.domain != nullptr) out[to_presentation(std::string(node.labels()) + '\0')] = node.unit->file();
  }
  return out;
}

bool is_broken(const LoadReport& report, const std::string& file) {
  return std::any_of(report.broken.begin(), report.broken.end(), [&](const auto& one) { return one.name == file; });
}

}  // namespace

TEST_CASE(
    "names at random: what a file has in service it keeps as long as it claims it, and a restart says where it "
    "differs") {
  std::size_t contested = 0;
  std::size_t differs = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    World w;
    RandomFiles files(seed);
    std::map<std::string, std::string> before;
    std::set<std::string>
        waiting;  // files whose newest text was refused: it may come into service when another file changes
    for (int step = 0; step < 40; ++step) {
      const std::string changed = files.file();
      if (files.below(8) == 0 && step > 0) {
        fs::remove(w.tree.path() / "domains" / changed);
      } else {
        w.write(changed, files.text());
      }
      const LoadReport& report = w.reload();
      const std::map<std::string, std::string> now = holders_of(report);
      CAPTURE(seed);
      CAPTURE(step);
      CAPTURE(changed);
      for (const auto& [name, file] : before) {
        CAPTURE(name);
        // Only the file itself can give a name up. If several say the same, any may answer.
        if (file == "domains/" + changed || waiting.count(file) > 0 ||
            report.responder->snapshot().shared.count(labels_of(name)) > 0)
          continue;
        REQUIRE(now.count(name) == 1);
        CHECK(now.at(name) == file);
      }
      PolicyDirectory fresh(w.tree.path().string());
      const std::map<std::string, std::string> restarted = holders_of(fresh.reload(kSomeDay));
      for (const auto& [name, file] : now) {
        const auto holder = restarted.find(name);
        if (holder != restarted.end() && holder->second == file) continue;
        CAPTURE(name);
        ++differs;
        // Instead, the domain of a name that goes with it is named.
        const bool said = std::any_of(report.diagnostics.begin(), report.diagnostics.end(), [&](const Diagnostic& d) {
          return d.message.find("from a restart on") != std::string::npos ||
                 d.message.find("\"" + name + "\"") != std::string::npos;
        });
        // The log and lint name the errors of a broken file; at a start its claims can at most leave a name unserved.
        const bool left_to_nobody = holder == restarted.end() && !report.broken.empty();
        CHECK((said || is_broken(report, file) || left_to_nobody));
      }
      contested += report.diagnostics.empty() ? 0U : 1U;
      before = now;
      waiting.clear();
      for (const LoadReport::BrokenFile& one : report.broken) waiting.insert(one.name);
    }
  }
  MESSAGE(contested << " contested directories, " << differs << " names that a restart would decide about otherwise");
  CHECK(contested > 100);
  CHECK(differs > 20);
}
