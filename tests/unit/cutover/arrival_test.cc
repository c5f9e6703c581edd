#include "policy/cutover/arrival.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/make_responder.h"
#include "tests/unit/table_dns.h"

using namespace emailauth;
using cutover::ArrivalReport;
using tests::TableDns;

namespace {

constexpr const char* kResponder = R"({
  "nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
  "zones": ["_spf.provider.net", "hosted.provider.net"],
  "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net"], "mirror_zone": "hosted.provider.net"})";
constexpr const char* kPolicy = R"({"domain": "example.com", "dmarc": {"p": "none", "rua": []}})";

// "_dmarc.example.com TXT" and its records.
using Table = std::map<std::string, std::vector<std::string>>;

const Table kMoved = {{"_dmarc.example.com NS", {"ns1.provider.net"}},
                      {"_dmarc.example.com TXT", {"v=DMARC1; p=none"}}};
const Table kAlias = {{"_dmarc.example.com CNAME", {"_dmarc-of.example.com.hosted.provider.net"}},
                      {"_dmarc.example.com TXT", {"v=DMARC1; p=none"}},
                      {"_dmarc-of.example.com.hosted.provider.net TXT", {"v=DMARC1; p=none"}}};

TableDns dns_of(const Table& table) {
  std::string lines;
  for (const auto& [key, records] : table) {
    for (const std::string& record : records)
      lines += (record == "SERVFAIL" ? key.substr(0, key.find(' ')) + " " : key + " ") + record + "\n";
  }
  return TableDns(lines);
}

ArrivalReport arrive(const Table& table, const std::string& lines, const Table& server = kMoved) {
  const auto responder = tests::make_responder(kResponder, {kPolicy});
  std::vector<Publication> ways;
  for (const PointBy way : {PointBy::ns, PointBy::cname})
    ways.push_back(*publication_of(*responder, *Name::parse("example.com"), {way, "", {}}));
  TableDns dns("ns1.provider.net A 192.0.2.53\n" + lines);
  cutover::ArrivalOptions options;
  TableDns records = dns_of(table);
  TableDns our_server = dns_of(server);
  options.ask_server = [&](const IpAddress&, const DnsQuestion& question) { return our_server.ask(question); };
  return cutover::check_arrival(dns, records, *responder, ways, options);
}

// "DMARC _dmarc.example.com: what | do", one per line.
std::string lines_of(const ArrivalReport& report) {
  std::string out;
  for (const auto& f : report.findings) {
    out += f.part + " " + f.where + ": " + f.what;
    for (const std::string& line : f.todo.lines()) out += " | " + line;
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("arrival: by delegation or by CNAME, all in place") {
  const ArrivalReport moved = arrive(kMoved, "example.com A 192.0.2.1\n");
  CHECK(lines_of(moved).empty());
  CHECK(moved.good());
  CHECK((moved.way == PointBy::ns && moved.in_place == 1 && moved.records == 1 && moved.servers == 1 &&
         !moved.validated));
  const ArrivalReport alias = arrive(kAlias, "example.com A 192.0.2.1\n", kAlias);
  CHECK(lines_of(alias).empty());
  CHECK(alias.way == PointBy::cname);
}

TEST_CASE("arrival: what is missing, and who answers wrongly") {
  CHECK(lines_of(arrive({}, "example.com A 192.0.2.1\n")) ==
        "DMARC _dmarc.example.com: NS missing | emailauth records example.com --live\n");
  CHECK(
      lines_of(arrive(kMoved, "example.com A 192.0.2.1\n", {{"_dmarc.example.com TXT", {"v=DMARC1; p=reject"}}})) ==
      "servers ns1.provider.net: 192.0.2.53: _dmarc.example.com answers \"v=DMARC1; p=reject\" instead of \"v=DMARC1; "
      "p=none\" | make sure that it runs, and has the policies of this directory\n");
  CHECK(lines_of(arrive(kMoved, "example.com A 192.0.2.1\n", {{"_dmarc.example.com TXT", {"SERVFAIL"}}})) ==
        "servers ns1.provider.net: 192.0.2.53: SERVFAIL for TXT at _dmarc.example.com | make sure that it runs, and "
        "has the policies of this directory\n");
}

TEST_CASE("arrival: the chain of trust") {
  const std::string unsigned_below =
      "example.com SECURE\nexample.com TXT x\n_dmarc.example.com INSECURE\n_dmarc.example.com TXT v=DMARC1; p=none\n";
  const std::string todo =
      "pdnsutil secure-zone _dmarc.example.com | pdnsutil export-zone-ds _dmarc.example.com | publish the DS records "
      "in the zone above";
  const std::string no_ds =
      "DMARC _dmarc.example.com: the zone above is signed, and has no DS record for it: answers can be forged | " +
      todo + "\n";
  const ArrivalReport insecure = arrive(kMoved, unsigned_below);
  CHECK(insecure.validated);
  CHECK(lines_of(insecure) == no_ds);
  CHECK(lines_of(arrive(kMoved,
                        "example.com SECURE\nexample.com TXT x\n_dmarc.example.com SECURE\n_dmarc.example.com TXT "
                        "v=DMARC1; p=none\n"))
            .empty());
  CHECK(lines_of(arrive(kMoved, "example.com INSECURE\nexample.com TXT x\n_dmarc.example.com INSECURE\n")).empty());
  CHECK(lines_of(arrive(kMoved, "example.com SECURE\nexample.com TXT x\n_dmarc.example.com BOGUS\n")) ==
        "DMARC _dmarc.example.com: it does not validate\n");
  // If nothing validates, DS records show it.
  Table with_ds = kMoved;
  with_ds["example.com DS"] = {"1 13 2 00"};
  CHECK(lines_of(arrive(with_ds, "example.com TXT x\n_dmarc.example.com TXT v=DMARC1; p=none\n")) == no_ds);
  with_ds["_dmarc.example.com DS"] = {"2 13 2 00"};
  CHECK(lines_of(arrive(with_ds, "example.com TXT x\n_dmarc.example.com TXT v=DMARC1; p=none\n")).empty());
}

TEST_CASE("arrival: a domain that gives no answer has no verdict") {
  const ArrivalReport got = arrive(kMoved, "example.com TIMEOUT\n");
  CHECK_FALSE(got.good());
  CHECK(got.failures == std::vector<std::string>{"TXT at example.com: no answer in time"});
}
