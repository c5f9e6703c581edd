#include "policy/senders/sender_resolution.h"

#include <doctest/doctest.h>

#include "policy/json/json_value.h"

namespace emailauth {

namespace {

SenderPolicy sender_with(std::vector<const char*> networks) {
  SenderPolicy out;
  out.resolved_at = "2026-01-01T00:00:00Z";
  for (const char* network : networks) out.networks.push_back(*IpPrefix::parse(network));
  return out;
}

SenderResolution resolution_with(std::vector<const char*> networks) {
  SenderResolution out;
  for (const char* network : networks) out.networks.push_back(*IpPrefix::parse(network));
  return out;
}

}  // namespace

TEST_CASE("sender resolution: times") {
  CHECK(to_rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(parse_rfc3339("2026-11-20T06:00:00Z") == 1795154400);
  CHECK(!parse_rfc3339("2026-1-20T06:00:00Z"));
  CHECK(!parse_rfc3339("2026-02-30T06:00:00Z"));
  CHECK(!parse_rfc3339({"2026-11-20T06:00:00Z\0x", 22}));
  CHECK(to_rfc3339(1795154400) == "2026-11-20T06:00:00Z");
  for (const char* text : {"", "2026-11-20", "2026-11-20T06:00:00", "2026-11-20T06:00:00Zx", "yesterday"}) {
    CAPTURE(text);
    CHECK(!parse_rfc3339(text));
  }
}

TEST_CASE("sender resolution: what is due") {
  SenderPolicy sender;
  CHECK(is_due(sender, 1000));
  sender.resolved_at = to_rfc3339(1000);
  CHECK(is_due(sender, 1000));
  sender.resolved_until = to_rfc3339(5000);
  CHECK(!is_due(sender, 4999));
  CHECK(is_due(sender, 5000));
  sender.resolved_until = to_rfc3339(1001 + kLatestRefresh);
  CHECK(is_due(sender, 1000));
}

TEST_CASE("sender resolution: what a person should look at") {
  struct Case {
    std::vector<const char*> before;
    std::vector<const char*> after;
    double max_percent;
    const char* reason;
  };
  const Case cases[] = {
      {{"192.0.2.0/24"}, {"192.0.2.0/25", "192.0.2.128/25"}, 0, ""},
      {{"192.0.2.0/24"}, {"192.0.2.0/25"}, 50, ""},
      {{"192.0.2.0/24"}, {"192.0.2.0/25"}, 49.9, "50 % of its addresses would change"},
      {{"192.0.2.0/24"}, {}, 99, "100 % of its addresses would change"},
      {{"192.0.2.0/24"}, {"192.0.2.0/24", "198.51.100.0/24"}, 100, ""},
      {{"192.0.2.0/24", "2001:db8::/32"}, {"192.0.2.0/24", "2001:db8::/34"}, 50, "75 % of its addresses would change"},
      {{"192.0.2.0/24"}, {"192.0.2.0/24", "2001:db8::/64"}, 100, "it never had addresses of this family before"},
  };
  for (const Case& c : cases) {
    const SenderChange change = change_between(sender_with(c.before), resolution_with(c.after));
    CHECK(reason_to_hold(change, c.max_percent).value_or("") == c.reason);
  }
  SenderPolicy never;
  CHECK(!reason_to_hold(change_between(never, resolution_with({"192.0.2.0/24"})), 0));
}

TEST_CASE("sender resolution: pass-through terms that are added or removed") {
  SenderResolution with = resolution_with({});
  with.passthrough.push_back({"exists:%{i}.x.example", *Name::parse("x.example"), 1, 0, "", {}});
  const SenderPolicy without = sender_with({});
  const SenderChange change = change_between(without, with);
  CHECK(change.added_terms == std::vector<std::string>{"exists:%{i}.x.example of x.example"});
  CHECK(reason_to_hold(change, 100) ==
        R"(the term "exists:%{i}.x.example of x.example" would be new and may pass any address)");
  SenderPolicy before = without;
  before.passthrough = with.passthrough;
  CHECK(change_between(before, with).empty());
  CHECK(reason_to_hold(change_between(before, resolution_with({})), 100).has_value());
}

TEST_CASE("sender resolution: a term for fewer addresses, or for more, is another term") {
  const auto except = [](std::vector<const char*> networks) {
    SenderResolution out = resolution_with({});
    out.passthrough.push_back({"exists:%{i}.x.example", std::nullopt, 1, 0, "", resolution_with(networks).networks});
    return out;
  };
  SenderPolicy before = sender_with({});
  before.passthrough = except({"192.0.2.0/25", "192.0.2.128/25"}).passthrough;
  CHECK(change_between(before, except({"192.0.2.0/24"})).empty());
  const SenderChange change = change_between(before, except({"192.0.2.0/24", "2001:db8::/32"}));
  CHECK(change.removed_terms == std::vector<std::string>{"exists:%{i}.x.example except for 192.0.2.0/24"});
  CHECK(change.added_terms == std::vector<std::string>{"exists:%{i}.x.example except for 192.0.2.0/24, 2001:db8::/32"});
  CHECK(reason_to_hold(change, 100).has_value());
  CHECK(to_json_text(except({"192.0.2.0/24"})).find("\"lookups\": 1, \"except\": [\n      \"192.0.2.0/24\"\n    ]}") !=
        std::string::npos);
}

TEST_CASE("sender resolution: the text is JSON and has one network per line") {
  SenderResolution resolution = resolution_with({"192.0.2.0/24", "2001:db8::/32"});
  resolution.passthrough.push_back({R"(exists:%{i}."\.example)", *Name::parse("x.example"), 2, 0, "", {}});
  const std::string text = to_json_text(resolution);
  CHECK(text.find("\n    \"192.0.2.0/24\",\n    \"2001:db8::/32\"\n") != std::string::npos);
  const auto parsed = parse_json(text);
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  const JsonValue& term = std::get<JsonValue>(parsed).find("passthrough")->items.at(0);
  CHECK(term.find("term")->text == R"(exists:%{i}."\.example)");
  CHECK(term.find("lookups")->text == "2");
}

}  // namespace emailauth
