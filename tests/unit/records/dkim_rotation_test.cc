#include "policy/records/dkim_rotation.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/unit/read_json.h"

using namespace emailauth;
using emailauth::tests::read_json;

namespace {

using Kind = RotationStep::Kind;

constexpr std::string_view kKey = "4i6FAajRHz42xH0UUsKQsWl0VooyKGobXYhPfIJ9d9M=";

std::vector<DkimKey> keys(const std::string& list) {
  std::string text = list;
  const std::string key = R"("type": "ed25519", "public_key": ")" + std::string(kKey) + '"';
  for (std::size_t at = text.find("KEY"); at != std::string::npos; at = text.find("KEY")) text.replace(at, 3, key);
  const auto [policy, said] = read_json(R"({"keys": [)" + text + "]}", read_dkim);
  CAPTURE(said);
  REQUIRE(policy);
  return policy->keys;
}

// The records in DNS, by selector; others are missing.
using World = std::map<std::string, KeyVisibility>;

std::string word(Kind kind) {
  switch (kind) {
    case Kind::create: return "create";
    case Kind::note_visible: return "note";
    case Kind::forget_visible: return "forget";
    case Kind::activate: return "activate";
    case Kind::retire: return "retire";
    case Kind::revoke: return "revoke";
  }
  return "";
}

// "activate s2, retire s1 | waiting | refused".
std::string plan(const std::vector<DkimKey>& keys, const char* now, const World& world = {},
                 const RotationRules& rules = {}) {
  const auto time = parse_rfc3339(now);
  REQUIRE(time);
  const RotationPlan plan = plan_rotation(keys, rules, *time, [&](const DkimKey& key) {
    const auto found = world.find(key.selector.to_string());
    return found != world.end() ? found->second : KeyVisibility{false, 0, "DNS has NXDOMAIN"};
  });
  std::string out;
  for (const RotationStep& step : plan.steps) {
    if (!out.empty()) out += ", ";
    out += word(step.kind);
    out += " " + (step.kind == Kind::create ? std::to_string(step.bits) : keys.at(step.key).selector.to_string());
  }
  for (const std::string& why : plan.waiting) out += " | waiting: " + why;
  for (const std::string& why : plan.refused) out += " | refused: " + why;
  return out;
}

const KeyVisibility kSeen{true, 3600, ""};

}  // namespace

TEST_CASE("DKIM rotation: one key, from its last day to its end") {
  const std::string old =
      R"({"selector": "s1", KEY, "created": "2026-01-01", "active_from": "2026-01-02", "state": "active"})";
  const std::string fresh = R"({"selector": "s2", KEY, "created": "2026-06-30", "state": "pending"})";
  const std::string seen =
      R"({"selector": "s2", KEY, "created": "2026-06-30", "state": "pending", "visible_since": "2026-07-01T03:00:00Z"})";
  CHECK(plan(keys(old), "2026-06-29T03:00:00Z").empty());
  CHECK(plan(keys(old), "2026-06-30T03:00:00Z") == "create 256");
  CHECK(plan(keys(old + "," + fresh), "2026-07-01T03:00:00Z") ==
        " | refused: \"s2\" must not sign yet: DNS has NXDOMAIN");
  const std::string wait =
      " | waiting: \"s2\" has been visible in DNS since 2026-07-01T03:00:00Z; resolvers may not have it before "
      "2026-07-01T04:00:00Z, a TTL later";
  CHECK(plan(keys(old + "," + fresh), "2026-07-01T03:00:00Z", {{"s2", kSeen}}) == "note s2" + wait);
  CHECK(plan(keys(old + "," + seen), "2026-07-01T03:59:59Z", {{"s2", kSeen}}) == wait);
  CHECK(plan(keys(old + "," + seen), "2026-07-01T04:00:00Z", {{"s2", kSeen}}) == "activate s2, retire s1");
  CHECK(plan(keys(old + "," + seen), "2026-07-01T04:00:00Z") ==
        "forget s2 | refused: \"s2\" must not sign yet: DNS has NXDOMAIN");
}

TEST_CASE("DKIM rotation: the longest TTL counts") {
  const auto both = keys(R"({"selector": "s1", KEY, "created": "2026-01-01"},
    {"selector": "s2", KEY, "state": "pending", "visible_since": "2026-07-01T03:00:00Z"})");
  RotationRules rules;
  rules.ttl = 7200;
  CHECK(plan(both, "2026-07-01T04:59:59Z", {{"s2", kSeen}}, rules).find("activate") == std::string::npos);
  CHECK(plan(both, "2026-07-01T05:00:00Z", {{"s2", kSeen}}, rules) == "activate s2, retire s1");
  CHECK(plan(both, "2026-07-01T05:00:00Z", {{"s2", {true, 86400, ""}}}, rules).find("activate") == std::string::npos);
  CHECK(plan(both, "2026-07-02T03:00:00Z", {{"s2", {true, 86400, ""}}}, rules) == "activate s2, retire s1");
}

TEST_CASE("DKIM rotation: a retiring key is revoked when its last mails have arrived") {
  const auto both = keys(R"({"selector": "s1", KEY, "state": "retiring", "retire_after": "2026-07-01"},
    {"selector": "s2", KEY, "active_from": "2026-07-01", "created": "2026-06-30"})");
  CHECK(
      plan(both, "2026-07-08T23:59:59Z") ==
      " | waiting: \"s1\" signed until 2026-07-01; it is revoked from 2026-07-09 on, when its last mails have arrived");
  CHECK(plan(both, "2026-07-09T00:00:00Z") == "revoke s1");
  RotationRules rules;
  rules.in_flight = 1;
  CHECK(plan(both, "2026-07-02T23:59:59Z", {}, rules).find("revoke s1") == std::string::npos);
  CHECK(plan(both, "2026-07-03T00:00:00Z", {}, rules) == "revoke s1");
}

TEST_CASE("DKIM rotation: states that people have written") {
  // A retiring key without a date begins to wait today.
  CHECK(plan(keys(R"({"selector": "s1", KEY, "state": "retiring"})"), "2026-07-01T00:00:00Z") == "retire s1");
  // A planned revocation is left to its date.
  CHECK(
      plan(
          keys(
              R"({"selector": "s1", KEY, "state": "retiring", "retire_after": "2026-06-01", "revoked_on": "2026-09-01"})"),
          "2026-07-01T00:00:00Z") == " | waiting: \"s1\" is revoked on 2026-09-01, as its \"revoked_on\" says");
  // So is a first day.
  CHECK(plan(keys(R"({"selector": "s2", KEY, "active_from": "2026-09-01"})"), "2026-07-01T00:00:00Z",
             {{"s2", kSeen}}) == " | waiting: \"s2\" signs from 2026-09-01 on, as its \"active_from\" says");
  // If two sign, the older one goes when it is due and resolvers have the other one.
  const auto two = [](const char* visible) {
    return keys(std::string(R"({"selector": "s1", KEY, "created": "2026-01-01", "state": "active"},
      {"selector": "s2", KEY, "created": "2026-06-01", "state": "active")") +
                visible + "}");
  };
  CHECK(plan(two(""), "2026-06-29T00:00:00Z", {{"s2", kSeen}}).empty());
  CHECK(plan(two(""), "2026-07-01T00:00:00Z").find(" | refused: \"s2\" signs, but DNS has NXDOMAIN") == 0);
  CHECK(plan(two(R"(, "visible_since": "2026-06-02T00:00:00Z")"), "2026-07-01T00:00:00Z", {{"s2", kSeen}}) ==
        "retire s1");
  // A key of unknown age is due; a successor that was made by hand follows it.
  CHECK(plan(keys(R"({"selector": "s1", KEY})"), "2026-07-01T00:00:00Z") == "create 256");
  // Keys that others hold are not touched, nor are those of a sender that was not named.
  CHECK(plan(keys(R"({"selector": "k1", "cname": "k1.vendor.example"}, {"selector": "v1", KEY, "sender": "vendor"})"),
             "2026-07-01T00:00:00Z")
            .empty());
  RotationRules rules;
  rules.sender = "vendor";
  CHECK(plan(keys(R"({"selector": "s1", KEY}, {"selector": "v1", KEY, "sender": "vendor"})"), "2026-07-01T00:00:00Z",
             {}, rules) == "create 256");
}

TEST_CASE("DKIM rotation: a successor waits until it is needed, and is noted meanwhile") {
  const auto both =
      keys(R"({"selector": "s1", KEY, "created": "2026-06-01"}, {"selector": "s2", KEY, "state": "pending"})");
  CHECK(plan(both, "2026-07-01T00:00:00Z").empty());
  CHECK(plan(both, "2026-07-01T00:00:00Z", {{"s2", kSeen}}) == "note s2");
}

TEST_CASE("DKIM rotation: at once, of whatever age, and only once a day") {
  RotationRules rules;
  rules.at_once = true;
  CHECK(plan(keys(R"({"selector": "s1", KEY, "created": "2026-06-01"})"), "2026-07-01T00:00:00Z", {}, rules) ==
        "create 256");
  CHECK(plan(keys(R"({"selector": "s1", KEY, "created": "2026-06-01"},
                     {"selector": "s2", KEY, "state": "pending", "visible_since": "2026-07-01T00:00:00Z"})"),
             "2026-07-01T00:30:00Z", {{"s2", kSeen}}, rules)
            .find(" | refused: \"s2\" has been visible in DNS since ") == 0);
  CHECK(plan(keys(R"({"selector": "s2", KEY, "created": "2026-06-30", "active_from": "2026-07-01"})"),
             "2026-07-01T00:00:00Z", {}, rules)
            .empty());
}

TEST_CASE("DKIM rotation: a weak RSA key gets a successor of 2048 bits") {
  const std::string rsa1024 =
      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQChpDaOVHX90MVWGl9ffH7CGY12g5z3zK3MrKte385GsczEJbTgwT4bdcOltOtn1cOQbPAGO4/"
      "wQE0wqquKJ2AZoIIK3sqTvYX7cVOVOsoFUWYnoaxW8+f+Yx5s+lyDM1aicypmsc+B7E8hGj51gfsGpaSDsYD5FuVF9gR99GJ07QIDAQAB";
  const auto one = keys(R"({"selector": "s1", "public_key": ")" + rsa1024 + R"(", "created": "2026-01-01"})");
  const Day today = *parse_day("2026-07-01");
  CHECK(is_weak(one.at(0), today));
  CHECK(plan(one, "2026-07-01T00:00:00Z") == "create 2048");
}

TEST_CASE("DKIM rotation: ages") {
  const Day today = *parse_day("2026-07-01");
  const auto some = keys(R"({"selector": "a", KEY, "created": "2026-06-01", "active_from": "2026-06-11"},
    {"selector": "b", KEY, "active_from": "2026-06-11"}, {"selector": "c", KEY}, {"selector": "d", "cname": "d.vendor.example"},
    {"selector": "e", KEY, "created": "2026-06-01", "state": "pending"})");
  CHECK(age_of(some.at(0), today) == 30);
  CHECK(age_of(some.at(1), today) == 20);
  CHECK(!age_of(some.at(2), today));
  CHECK(is_due(some.at(0), 30, today));
  CHECK(!is_due(some.at(0), 31, today));
  CHECK(is_due(some.at(2), 31, today));
  CHECK(!is_due(some.at(3), 1, today));
  CHECK(!is_due(some.at(4), 1, today));
}

TEST_CASE("DKIM rotation: new selectors are made of the day, and are new") {
  const Day today = *parse_day("2026-11-22");
  CHECK(new_selector({}, DkimKeyType::rsa, today).to_string() == "s20261122");
  CHECK(new_selector({}, DkimKeyType::ed25519, today).to_string() == "e20261122");
  const auto taken = keys(R"({"selector": "s20261122", KEY}, {"selector": "s20261122-2", KEY})");
  CHECK(new_selector(taken, DkimKeyType::rsa, today).to_string() == "s20261122-3");
}
