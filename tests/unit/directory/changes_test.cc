#include "policy/directory/changes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "policy/directory/policy_directory.h"
#include "tests/make_responder.h"
#include "tests/policy_tree.h"

using namespace emailauth;
using emailauth::tests::make_responder;
using emailauth::tests::PolicyTree;

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net"]})";
constexpr const char* kFull = R"({"domain": "example.com", "dmarc": {"p": "reject"},
  "dkim": {"keys": [{"selector": "a.b", "cname": "x.example"}]}, "bimi": {"default": {"logo": ""}}})";

std::vector<std::string> apexes(const std::vector<ZoneInfo>& zones) {
  std::vector<std::string> out;
  for (const ZoneInfo& zone : zones) out.push_back(zone.apex.to_string());
  return out;
}

using Texts = std::vector<std::string>;

// Sorted, each once: "a.example", "*.b.example" for a tree, "everything".
Texts shown(const StaleNames& stale) {
  std::set<std::string> out;
  for (const Name& name : stale.names) out.insert(name.to_string());
  for (const Name& name : stale.trees) out.insert("*." + name.to_string());
  if (stale.everything) out.insert("everything");
  return {out.begin(), out.end()};
}

// Loads a directory again and returns what that changed.
struct Directory {
  explicit Directory(const char* responder) { tree.write("responder.json", responder); }

  // Uses these texts as all the files of domains.
  Texts load(const Texts& domains, const char* today = "2026-11-01") {
    std::filesystem::remove_all(tree.path() / "domains");
    for (std::size_t i = 0; i < domains.size(); ++i) tree.write("domains/" + std::to_string(i) + ".json", domains[i]);
    return reload(today);
  }

  Texts reload(const char* today = "2026-11-01") {
    const auto before = now;
    now = directory.reload(*parse_day(today)).responder;
    return before ? shown(compare(*before, *now).stale) : Texts();
  }

  PolicyTree tree;
  PolicyDirectory directory{tree.path().string()};
  std::shared_ptr<const Responder> now;
};

}  // namespace

TEST_CASE("changes: zones that come and go") {
  const auto before = make_responder(kResponder, {R"({"domain": "old.example", "dmarc": {"p": "none"}})"});
  const auto after = make_responder(
      R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net", "zones": ["_spf.provider.net", "hosted.provider.net"]})",
      {R"({"domain": "new.example", "dmarc": {"p": "none"}, "tls_rpt": {"rua": ["mailto:t@new.example"]}})"});
  const Changes changes = compare(*before, *after);
  CHECK(apexes(changes.added) == Texts{"hosted.provider.net", "_dmarc.new.example", "_smtp._tls.new.example"});
  CHECK(apexes(changes.removed) == Texts{"_dmarc.old.example"});
  CHECK(changes.notable == Texts{"old.example is no longer managed"});
  CHECK(changes.added.front().id == after->zone_at(changes.added.front().apex)->id);
  const Changes back = compare(*after, *before);
  CHECK(apexes(back.added) == apexes(changes.removed));
  CHECK(apexes(back.removed) == apexes(changes.added));
}

TEST_CASE("changes: what an operator wants to know") {
  struct Case {
    const char* why;
    const char* after;
    Texts notable;
  };
  const Case cases[] = {
      {"the same policy, read again", kFull, {}},
      {"less strict",
       R"({"domain": "example.com", "dmarc": {"p": "quarantine"}, "dkim": {"keys": [{"selector": "c", "cname": "y.example"}]},
           "bimi": {"x": {"logo": ""}}})",
       {"example.com no longer has p=reject"}},
      {"only tested",
       R"({"domain": "example.com", "dmarc": {"p": "reject", "t": true}, "dkim": {"keys": [{"selector": "c", "cname": "y.example"}]},
           "bimi": {"x": {"logo": ""}}})",
       {"example.com no longer has p=reject"}},
      {"no selectors",
       R"({"domain": "example.com", "dmarc": {"p": "reject"}, "dkim": {"keys": []}, "bimi": {"x": {"logo": ""}}})",
       {"_domainkey.example.com no longer has any selectors"}},
      {"no families",
       R"({"domain": "example.com", "dmarc": {"p": "reject"}})",
       {"_domainkey.example.com is no longer served", "_bimi.example.com is no longer served"}},
      {"an alias of another domain is not managed",
       R"({"domain": "other.example", "aliases": ["example.com"], "spf": {}})",
       {"example.com is no longer managed"}},
  };
  const auto before = make_responder(kResponder, {kFull});
  for (const Case& c : cases) {
    CAPTURE(c.why);
    CHECK(compare(*before, *make_responder(kResponder, {c.after})).notable == c.notable);
  }
  CHECK(compare(*before, *before).notable.empty());
}

namespace {

// All kinds of templates, a mirror zone and a report mailbox.
constexpr const char* kRich = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net", "reports.provider.net"], "mirror_zone": "hosted.provider.net",
  "report_mailbox": "mailto:d@reports.provider.net", "report_mx": ["mx.provider.net"],
  "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net", "exists:%{i}._ip.%{d}._ex._spf.provider.net",
                    "include:%{d}._static._spf.provider.net"]})";

// Three apexes, whose serial moves with every file.
const Texts kApexes{"_spf.provider.net", "hosted.provider.net", "reports.provider.net"};

// Each old name of the mirror zone has a new one next to it.
Texts with_mirror_names(Texts names) {
  const std::string mirror = ".hosted.provider.net";
  for (const std::string& name : Texts(names)) {
    if (!name.ends_with(mirror)) continue;
    for (const std::string label : {"_dmarc", "_domainkey", "_mta-sts", "_tls"}) {
      const std::size_t at = name.find(label + ".");
      if (at != std::string::npos) names.push_back(std::string(name).insert(at + label.size(), "-of"));
    }
  }
  return names;
}

// One per line, so that a failure can be read.
std::string lines(Texts names) {
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += name + "\n";
  return out;
}

std::string with_apexes(Texts names) {
  for (const std::string& apex : kApexes) {
    if (std::find(names.begin(), names.end(), "*." + apex) == names.end()) names.push_back(apex);
  }
  return lines(names);
}

}  // namespace

TEST_CASE("changes: names whose answers differ") {
  struct Case {
    const char* why;
    Texts before;
    Texts after;
    Texts stale;
  };
  const Case cases[] = {
      {"the same policy, read again", {kFull}, {kFull}, {}},
      {"a network: the domain's SPF names",
       {R"({"domain": "a.example", "spf": {"netblocks": [{"network": "192.0.2.0/24"}]}, "dmarc": {"p": "none"}})"},
       {R"({"domain": "a.example", "spf": {}, "dmarc": {"p": "none"}})"},
       {"*.a.example._spf.provider.net", "*.a.example._ex._spf.provider.net", "*.a.example._static._spf.provider.net"}},
      {"a note at a network",
       {R"({"domain": "a.example", "spf": {"netblocks": [{"network": "192.0.2.0/24"}]}})"},
       {R"({"domain": "a.example", "spf": {"netblocks": [{"network": "192.0.2.0/24", "note": "x"}]}})"},
       {}},
      {"networks of more domains than are worth a look each",
       {R"({"domains": [{"domain": "a.example", "spf": {}}, {"domain": "b.example", "spf": {}}]})"},
       {R"({"domains": [{"domain": "a.example", "spf": {"all": "-all"}}, {"domain": "b.example", "spf": {"all": "-all"}}]})"},
       {"*._spf.provider.net"}},
      {"DMARC: its name, and the mirrored one",
       {R"({"domain": "a.example", "dmarc": {"p": "none"}, "tls_rpt": {"rua": ["mailto:t@a.example"]}})"},
       {R"({"domain": "a.example", "dmarc": {"p": "reject"}, "tls_rpt": {"rua": ["mailto:t@a.example"]}})"},
       {"_dmarc.a.example", "_dmarc.a.example.hosted.provider.net"}},
      {"the other families with one record",
       {R"({"domain": "a.example", "tls_rpt": {"rua": ["mailto:t@a.example"]}, "mta_sts": {"id": "1"}})"},
       {R"({"domain": "a.example", "tls_rpt": {"rua": ["mailto:u@a.example"]}, "mta_sts": {"id": "2"}})"},
       {"_mta-sts.a.example", "_mta-sts.a.example.hosted.provider.net", "_smtp._tls.a.example",
        "_smtp._tls.a.example.hosted.provider.net"}},
      {"one domain of two in a file",
       {R"({"domains": [{"domain": "a.example", "dmarc": {"p": "none"}}, {"domain": "b.example", "dmarc": {"p": "none"}}]})"},
       {R"({"domains": [{"domain": "a.example", "dmarc": {"p": "none"}}, {"domain": "b.example", "dmarc": {"p": "reject"}}]})"},
       {"_dmarc.b.example", "_dmarc.b.example.hosted.provider.net"}},
      {"a selector goes, one with a dot comes, one changes: with the empty nodes, and the serial at the apex",
       {R"({"domain": "a.example", "dkim": {"keys": [{"selector": "x", "cname": "x.vendor.example"},
            {"selector": "u.v", "cname": "y.vendor.example"}]}})"},
       {R"({"domain": "a.example", "dkim": {"keys": [{"selector": "x", "cname": "z.vendor.example"},
            {"selector": "m.n", "cname": "y.vendor.example"}]}})"},
       {"_domainkey.a.example", "m.n._domainkey.a.example", "n._domainkey.a.example", "u.v._domainkey.a.example",
        "v._domainkey.a.example", "x._domainkey.a.example", "_domainkey.a.example.hosted.provider.net",
        "m.n._domainkey.a.example.hosted.provider.net", "n._domainkey.a.example.hosted.provider.net",
        "u.v._domainkey.a.example.hosted.provider.net", "v._domainkey.a.example.hosted.provider.net",
        "x._domainkey.a.example.hosted.provider.net"}},
      {"a selector above one that stays becomes empty",
       {R"({"domain": "a.example", "dkim": {"keys": [{"selector": "v", "cname": "x.vendor.example"},
            {"selector": "u.v", "cname": "y.vendor.example"}]}})"},
       {R"({"domain": "a.example", "dkim": {"keys": [{"selector": "u.v", "cname": "y.vendor.example"}]}})"},
       {"_domainkey.a.example", "_domainkey.a.example.hosted.provider.net", "v._domainkey.a.example",
        "v._domainkey.a.example.hosted.provider.net"}},
      {"selectors that are not listed: all names",
       {R"({"domain": "a.example", "dkim": {"keys": [{"selector": "x", "cname": "x.vendor.example"}]}})"},
       {R"({"domain": "a.example", "dkim": {"keys": [{"selector": "x", "cname": "x.vendor.example"}], "other_selectors": "revoked"}})"},
       {"*._domainkey.a.example", "*.a.example.hosted.provider.net", "_domainkey.a.example",
        "_domainkey.a.example.hosted.provider.net"}},
      {"domains that come and go, with all their zones and what is above them",
       {R"({"domain": "o.old.example", "dmarc": {"p": "none"}})"},
       {R"({"domain": "new.example", "spf": {}, "dkim": {"keys": []}})"},
       {"*._dmarc.o.old.example", "*.o.old.example.hosted.provider.net", "o.old.example.hosted.provider.net",
        "old.example.hosted.provider.net", "o.old.example._report._dmarc.reports.provider.net",
        "old.example._report._dmarc.reports.provider.net", "*._domainkey.new.example",
        "*.new.example.hosted.provider.net", "new.example.hosted.provider.net",
        "new.example._report._dmarc.reports.provider.net", "*.new.example._spf.provider.net",
        "*.new.example._ex._spf.provider.net", "*.new.example._static._spf.provider.net", "example._spf.provider.net",
        "example._ex._spf.provider.net", "example._static._spf.provider.net"}},
      {"an alias becomes a domain",
       {R"({"domain": "a.example", "aliases": ["b.example"], "mta_sts": {"id": "1"}, "spf": {}})"},
       {R"({"domain": "a.example", "mta_sts": {"id": "1"}, "spf": {}})",
        R"({"domain": "b.example", "dmarc": {"p": "none"}})"},
       {"*._dmarc.b.example", "*.b.example.hosted.provider.net", "b.example.hosted.provider.net",
        "b.example._report._dmarc.reports.provider.net", "*.b.example._spf.provider.net",
        "*.b.example._ex._spf.provider.net", "*.b.example._static._spf.provider.net"}},
      {"a domain moves to another file and keeps its policy",
       {R"({"domain": "a.example", "dmarc": {"p": "none"}})", R"({"domain": "b.example", "dmarc": {"p": "none"}})"},
       {R"({"domains": [{"domain": "b.example", "dmarc": {"p": "none"}}, {"domain": "a.example", "dmarc": {"p": "none"}}]})"},
       {}},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.why));
    Directory directory(kRich);
    directory.load(c.before);
    CHECK(lines(directory.load(c.after)) == with_apexes(with_mirror_names(c.stale)));
    CHECK(lines(directory.load(c.before)) == with_apexes(with_mirror_names(c.stale)));
  }
}

TEST_CASE("changes: responder.json changes parts that all zones share") {
  const auto before = make_responder(kResponder, {kFull});
  const auto with = [](std::string_view more) {
    return make_responder(
        R"({"hostmaster": "h@provider.net", "zones": ["_spf.provider.net"], )" + std::string(more) + "}", {kFull});
  };
  const Texts apexes = {"*._spf.provider.net", "_bimi.example.com", "_dmarc.example.com", "_domainkey.example.com"};
  Texts all = apexes;
  all.insert(all.end(), {"a.b._domainkey.example.com", "default._bimi.example.com"});
  const auto stale = [&](std::string_view more) { return shown(compare(*before, *with(more)).stale); };
  CHECK(stale(R"("nameservers": ["ns2.provider.net"])") == apexes);
  CHECK(stale(R"("nameservers": ["ns1.provider.net"], "ttl": {"negative": 60})") == apexes);
  CHECK(stale(R"("nameservers": ["ns1.provider.net"], "ttl": {"static": 60})") == all);
  CHECK(stale(R"("nameservers": ["ns1.provider.net"], "spf_templates": ["include:%{i}._ip.%{d}._spf.provider.net"])") ==
        Texts{"*._spf.provider.net"});
  // One of the operator's zones goes, and one comes.
  const auto moved = make_responder(
      R"({"nameservers": ["ns1.provider.net"], "hostmaster": "h@provider.net", "zones": ["_other.provider.net"]})",
      {kFull});
  CHECK(shown(compare(*before, *moved).stale) == Texts{"*._other.provider.net", "*._spf.provider.net"});
}

TEST_CASE("changes: more names than are worth listing") {
  const auto file = [](std::size_t domains, const char* p) {
    std::string text;
    for (std::size_t i = 0; i < domains; ++i)
      text += (i > 0 ? "," : "") + std::string(R"({"domain": "d)") + std::to_string(i) +
              R"(.example", "dmarc": {"p": ")" + p + "\"}}";
    return R"({"domains": [)" + text + "]}";
  };
  const auto none = make_responder(kResponder, {});
  const std::size_t most = StaleNames::kMostTrees - 1;  // one is the responder's zone, as responder.json is read again
  CHECK(compare(*none, *make_responder(kResponder, {file(most, "none")})).stale.trees.size() == StaleNames::kMostTrees);
  const auto many = make_responder(kResponder, {file(StaleNames::kMostTrees, "none")});
  const Changes changes = compare(*none, *many);
  CHECK(shown(changes.stale) == Texts{"everything"});
  CHECK(changes.added.size() == StaleNames::kMostTrees);
  // Those that only change are listed by name.
  const Changes changed = compare(*many, *make_responder(kResponder, {file(StaleNames::kMostTrees, "reject")}));
  CHECK(changed.stale.names.size() == StaleNames::kMostTrees);
  CHECK(changed.stale.trees.size() == 1);
  // In a file with as many names, a change to one lists one name.
  std::string one = file(StaleNames::kMostTrees, "none");
  one.replace(one.rfind("none"), 4, "reject");
  CHECK(shown(compare(*many, *make_responder(kResponder, {one})).stale) ==
        Texts{"*._spf.provider.net", "_dmarc.d" + std::to_string(StaleNames::kMostTrees - 1) + ".example"});
}

TEST_CASE("changes: a date that comes") {
  Directory directory(kResponder);
  const auto dated = [](const char* domain, const char* day) {
    return std::string(R"({"domain": ")") + domain + R"(", "dmarc": {"p": "none"}, "dkim": {"keys": [
             {"selector": "x", "cname": "x.vendor.example", "revoked_on": ")" +
           day + R"("}, {"selector": "y", "cname": "y.vendor.example"}]}})";
  };
  directory.load({dated("a.example", "2026-12-01"), dated("b.example", "2026-12-03")}, "2026-11-30");
  CHECK(directory.reload("2026-12-02") == Texts{"_domainkey.a.example", "_spf.provider.net", "x._domainkey.a.example"});
  CHECK(directory.reload("2026-12-03") == Texts{"_domainkey.b.example", "_spf.provider.net", "x._domainkey.b.example"});
}

TEST_CASE("changes: a domain that another file has waited for") {
  Directory directory(kResponder);
  const std::string holder = R"({"domain": "a.example", "dmarc": {"p": "none"}})";
  directory.load({holder});
  directory.load({holder, R"({"domain": "a.example", "dmarc": {"p": "reject"}})"});
  // Only the first file changes, and what the second says about a.example takes effect.
  directory.tree.write("domains/0.json", R"({"domain": "b.example"})");
  CHECK(directory.reload() == Texts{"_dmarc.a.example", "_spf.provider.net"});
}

TEST_CASE("changes: what goes with a domain that another file has waited for") {
  Directory directory(kResponder);
  const std::string holder = R"({"domain": "a.example", "dmarc": {"p": "none"}})";
  directory.load({holder});
  directory.load({holder, R"({"domain": "a.example", "dmarc": {"p": "none"},
                            "subdomains": {"news": {"dmarc": {"p": "reject"}}, "quiet": {}}})"});
  const auto before = directory.now;
  REQUIRE_FALSE(before->zone_at(Name::parse("_dmarc.news.a.example").value()));
  // Only the first file changes; that of the entry is the same as before.
  directory.tree.write("domains/0.json", R"({"domain": "b.example"})");
  CHECK(directory.reload() == Texts{"*._dmarc.news.a.example", "_spf.provider.net"});
  CHECK(apexes(compare(*before, *directory.now).added) == Texts{"_dmarc.news.a.example"});
}

TEST_CASE("changes: senders, and domains that wait for one") {
  Directory directory(kRich);
  const auto sender = [&](const std::string& id, const std::string& network) {
    directory.tree.write("senders/" + id + ".json",
                         R"({"sender": ")" + id + R"(", "spf": ["ip4:)" + network + R"("]})");
  };
  sender("v", "192.0.2.0/24");
  directory.load({R"({"domain": "a.example", "spf": {"senders": ["v"]}, "dmarc": {"p": "none"}})",
                  R"({"domain": "b.example", "spf": {"senders": ["w"]}, "dmarc": {"p": "none"}})"});
  REQUIRE(directory.now->zone_at(Name::parse("_dmarc.a.example").value()));
  REQUIRE_FALSE(directory.now->zone_at(Name::parse("_dmarc.b.example").value()));
  sender("v", "198.51.100.0/24");
  const Texts zones{"*._spf.provider.net", "hosted.provider.net", "reports.provider.net"};
  CHECK(directory.reload() == zones);
  sender("w", "198.51.100.0/24");
  CHECK(directory.reload() == Texts{"*._dmarc.b.example", "*._spf.provider.net", "*.b.example.hosted.provider.net",
                                    "b.example._report._dmarc.reports.provider.net", "b.example.hosted.provider.net",
                                    "hosted.provider.net", "reports.provider.net"});
}

namespace {

// Random policies of a few domains, and every kind of name about them.
class Generator {
 public:
  explicit Generator(unsigned seed) : dice_(seed) {}

  Texts files() {
    Texts files;
    std::set<std::string> taken;
    for (const char* domain : {"a.example", "s.a.example", "x.s.a.example", "b.example", "c.test"}) {
      if (!one_in(2) || !taken.insert(domain).second) continue;
      std::string text = std::string(R"({"domain": ")") + domain + "\"";
      const std::string alias = pick({"b.example", "z.s.a.example", "d.test"});
      if (one_in(4) && taken.insert(alias).second) text += R"(, "aliases": [")" + alias + "\"]";
      if (one_in(2)) text += R"(, "spf": )" + spf();
      if (one_in(2)) text += R"(, "dmarc": {"p": ")" + pick({"none", "reject"}) + "\"}";
      if (one_in(2)) text += R"(, "dkim": )" + dkim();
      if (one_in(4)) text += R"(, "tls_rpt": {"rua": ["mailto:)" + pick({"t", "u"}) + "@a.example\"]}";
      files.push_back(text + "}");
    }
    return files;
  }

  static Texts names() {
    Texts names;
    const Texts domains{"a.example", "s.a.example", "x.s.a.example", "z.s.a.example", "o.x.s.a.example",
                        "b.example", "c.test",      "d.test",        "example",       "test"};
    for (const std::string& domain : domains) {
      for (const char* left : {"", "_dmarc.", "x._dmarc.", "_domainkey.", "s1._domainkey.", "v._domainkey.",
                               "u.v._domainkey.", "nosuch._domainkey.", "_smtp._tls.", "_tls.", "x._smtp._tls."}) {
        names.push_back(left + domain);
        names.push_back(left + domain + ".hosted.provider.net");
        if (names.back() != domain + ".hosted.provider.net") {
          std::string mirrored = names.back();
          names.push_back(mirrored.insert(std::string(left).size() - 1, "-of"));
        }
      }
      for (const char* left :
           {"", "1.2.0.192.in-addr.", "2.0.192.in-addr.", "in-addr.", "ip6.", "9.113.0.203.in-addr.", "_p4cb.", "w."})
        names.push_back(left + domain + "._spf.provider.net");
      for (const char* left : {"", "192.0.2.1._ip.", "0.2.1._ip.", "_ip.", "203.0.113.9._ip.", "w."})
        names.push_back(left + domain + "._ex._spf.provider.net");
      for (const char* left : {"", "_p4cb.", "w.", "_p7."})
        names.push_back(left + domain + "._static._spf.provider.net");
      names.push_back(domain + "._report._dmarc.reports.provider.net");
    }
    for (const char* apex : {"_spf.provider.net", "_ex._spf.provider.net", "_static._spf.provider.net",
                             "hosted.provider.net", "reports.provider.net"})
      names.emplace_back(apex);
    return names;
  }

 private:
  bool one_in(unsigned n) { return dice_() % n == 0; }
  std::string pick(const Texts& texts) { return texts[dice_() % texts.size()]; }

  std::string spf() {
    return R"({"netblocks": [{"network": ")" + pick({"192.0.2.0/24", "203.0.113.0/24"}) + R"("}], "all": ")" +
           pick({"-all", "~all"}) + R"(", "covers_subdomains": )" + pick({"true", "false"}) + "}";
  }

  std::string dkim() {
    std::string keys;
    for (const char* selector : {"s1", "v", "u.v"}) {
      if (one_in(2))
        keys += (keys.empty() ? "" : ",") + std::string(R"({"selector": ")") + selector + R"(", "cname": ")" +
                pick({"k", "l"}) + R"(.vendor.example"})";
    }
    return R"({"keys": [)" + keys + R"(], "other_selectors": ")" + pick({"none", "none", "revoked"}) + "\"}";
  }

  std::mt19937 dice_;
};

// Returns what a cache may hold of an answer, without serials: "" for an answer that no cache keeps.
std::string cached(const Responder& responder, const Name& name) {
  const Answer answer = responder.answer(name);
  if (answer.unbounded && !answer.records.empty()) return "";
  std::string out = std::to_string(static_cast<int>(answer.kind));
  for (const Record& record : answer.records)
    out += "\n" + std::string(to_text(record.type)) + " " + (record.type == RecordType::soa ? "" : record.data);
  return out;
}

bool is_listed(const StaleNames& stale, const Name& name) {
  return stale.everything || std::find(stale.names.begin(), stale.names.end(), name) != stale.names.end() ||
         std::any_of(stale.trees.begin(), stale.trees.end(),
                     [&](const Name& tree) { return name.is_at_or_below(tree); });
}

}  // namespace

TEST_CASE("changes: whatever differs and may be in a cache is listed") {
  std::vector<Name> names;
  for (const std::string& text : Generator::names()) names.push_back(Name::parse(text).value());
  std::size_t differing = 0;
  std::size_t listed = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Generator generator(seed);
    Directory directory(kRich);
    directory.load(generator.files());
    const auto before = directory.now;
    const Texts files = generator.files();
    if (seed % 2 == 0 || files.empty()) {
      directory.load(files);
    } else {  // one file only, which may claim what another has
      directory.tree.write("domains/0.json", files.front());
      directory.reload();
    }
    const Changes changes = compare(*before, *directory.now);
    for (const Name& name : names) {
      const std::string then = cached(*before, name);
      const bool differs = !then.empty() && then != cached(*directory.now, name);
      differing += differs;
      listed += is_listed(changes.stale, name);
      if (differs && !is_listed(changes.stale, name)) FAIL_CHECK(name.to_string() << ": " << then);
    }
    for (const ZoneInfo& zone : changes.added)
      CHECK((!before->zone_at(zone.apex) && directory.now->zone_at(zone.apex)));
    for (const ZoneInfo& zone : changes.removed)
      CHECK((before->zone_at(zone.apex) && !directory.now->zone_at(zone.apex)));
    CHECK(before->zone_count() + changes.added.size() == directory.now->zone_count() + changes.removed.size());
  }
  CHECK(differing > 5000);
  CHECK(listed < 4 * differing);  // and few that are unchanged
}
