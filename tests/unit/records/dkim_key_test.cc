#include "policy/records/dkim_key.h"

#include <doctest/doctest.h>

#include "policy/base/base64.h"
#include "tests/unit/read_json.h"

using namespace emailauth;
using emailauth::tests::read_json;

namespace {

constexpr std::string_view kRsa1024 =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQChpDaOVHX90MVWGl9ffH7CGY12g5z3zK3MrKte385GsczEJbTgwT4bdcOltOtn1cOQbPAGO4/"
    "wQE0wqquKJ2AZoIIK3sqTvYX7cVOVOsoFUWYnoaxW8+f+Yx5s+lyDM1aicypmsc+B7E8hGj51gfsGpaSDsYD5FuVF9gR99GJ07QIDAQAB";
constexpr std::string_view kRsa512 =
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKZCZZR3vhQVyPI+9S/OSKxu3bezpBZ0VUYsC8up7eUlzAqaSmtoOno6dO33uFRB9ZuR4uBOhLQwJ7sQ"
    "IqD/KucCAwEAAQ==";
constexpr std::string_view kEd25519Info = "MCowBQYDK2VwAyEA4i6FAajRHz42xH0UUsKQsWl0VooyKGobXYhPfIJ9d9M=";
constexpr std::string_view kEd25519 = "4i6FAajRHz42xH0UUsKQsWl0VooyKGobXYhPfIJ9d9M=";

bool begins(const Result<int>& refused, std::string_view with) {
  return !refused && refused.error().message.substr(0, with.size()) == with;
}

}  // namespace

TEST_CASE("DKIM: the bits of a key, and texts that are not keys") {
  CHECK(*public_key_bits(DkimKeyType::rsa, kRsa1024) == 1024);
  CHECK(*public_key_bits(DkimKeyType::ed25519, kEd25519) == 256);
  CHECK(
      begins(public_key_bits(DkimKeyType::rsa, kRsa512), "the RSA key has 512 bits; verifiers refuse keys below 1024"));
  CHECK(begins(public_key_bits(DkimKeyType::rsa, kEd25519), "this is an ed25519 key"));
  CHECK(begins(public_key_bits(DkimKeyType::rsa, kEd25519Info), "this is an ed25519 key"));
  CHECK(begins(public_key_bits(DkimKeyType::ed25519, kRsa1024), "this is an RSA key"));
  CHECK(begins(public_key_bits(DkimKeyType::ed25519, kEd25519Info),
               "this is a SubjectPublicKeyInfo; ed25519 keys are published as the raw 32 octets"));
  CHECK(begins(public_key_bits(DkimKeyType::rsa, "not base64"), "\"not base64\" is not base64"));
}

TEST_CASE("DKIM: a damaged key is never a key") {
  const std::string der = *from_base64(kRsa1024);
  for (std::size_t octets = 1; octets < der.size(); ++octets) {
    CAPTURE(octets);
    CHECK(!public_key_bits(DkimKeyType::rsa, to_base64(der.substr(0, octets))));
  }
  CHECK(!public_key_bits(DkimKeyType::rsa, to_base64(der + '\0')));
  const std::string endless = std::string("\x30\x85") + der.substr(2);  // a length of five octets
  CHECK(!public_key_bits(DkimKeyType::rsa, to_base64(endless)));
}

TEST_CASE("DKIM: the record of a key") {
  struct Case {
    const char* flags;
    const char* record;
  };
  constexpr Case kCases[] = {
      {"", "v=DKIM1; k=ed25519; p=KEY"},
      {R"(, "testing": true)", "v=DKIM1; k=ed25519; t=y; p=KEY"},
      {R"(, "strict": true)", "v=DKIM1; k=ed25519; t=s; p=KEY"},
      {R"(, "testing": true, "strict": true)", "v=DKIM1; k=ed25519; t=y:s; p=KEY"},
      {R"(, "state": "retiring")", "v=DKIM1; k=ed25519; p=KEY"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.flags);
    const auto [policy, said] = read_json(R"({"keys": [{"selector": "s1", "type": "ed25519", "public_key": ")" +
                                              std::string(kEd25519) + "\"" + c.flags + "}]}",
                                          read_dkim);
    CAPTURE(said);
    REQUIRE(policy);
    std::string wanted = c.record;
    if (const std::size_t at = wanted.find("KEY"); at != std::string::npos) wanted.replace(at, 3, kEd25519);
    CHECK(to_record(policy->keys.at(0)) == wanted);
  }
}

TEST_CASE("DKIM: the state of a key by its dates and its written state, day by day") {
  struct Case {
    const char* members;
    const char* states;  // on 2026-05-01 to -05, one letter each
  };
  // pending, Active, retiring (t), revoked (x)
  constexpr Case kCases[] = {
      {"", "AAAAA"},
      {R"(, "created": "2026-05-03")", "AAAAA"},
      {R"(, "active_from": "2026-05-03")", "ppAAA"},
      {R"(, "retire_after": "2026-05-03")", "AAAtt"},
      {R"(, "revoked_on": "2026-05-03")", "AAxxx"},
      {R"(, "active_from": "2026-05-02", "retire_after": "2026-05-03", "revoked_on": "2026-05-05")", "pAAtx"},
      {R"(, "active_from": "2026-05-02", "retire_after": "2026-05-02", "revoked_on": "2026-05-02")", "pxxxx"},
      {R"(, "state": "pending")", "ppppp"},
      {R"(, "state": "pending", "active_from": "2026-05-03")", "ppAAA"},
      {R"(, "state": "active", "active_from": "2026-05-03")", "AAAAA"},
      {R"(, "state": "active", "retire_after": "2026-05-03")", "AAAtt"},
      {R"(, "state": "retiring")", "ttttt"},
      {R"(, "state": "retiring", "retire_after": "2026-05-03")", "ttttt"},
      {R"(, "state": "retiring", "revoked_on": "2026-05-03")", "ttxxx"},
      {R"(, "state": "revoked")", "xxxxx"},
      {R"(, "state": "revoked", "revoked_on": "2026-05-03")", "xxxxx"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.members);
    const auto [policy, said] = read_json(R"({"keys": [{"selector": "s1", "type": "ed25519", "public_key": ")" +
                                              std::string(kEd25519) + "\"" + c.members + "}]}",
                                          read_dkim);
    CAPTURE(said);
    REQUIRE(policy);
    const DkimKey& key = policy->keys.at(0);
    std::string states;
    for (int day = 0; day < 5; ++day) {
      const Day today = *parse_day("2026-05-01") + std::chrono::days(day);
      states += "pAtx"[static_cast<int>(state_on(key, today))];
      CHECK((revoked_from(key) <= today) == (state_on(key, today) == DkimKeyState::revoked));
    }
    CHECK(states == c.states);
  }
}

TEST_CASE("DKIM: a weak key is accepted with advice") {
  const auto [policy, said] =
      read_json(R"({"keys": [{"selector": "s1", "public_key": ")" + std::string(kRsa1024) + "\"}]}", read_dkim);
  REQUIRE(policy);
  CHECK(policy->keys.at(0).bits == 1024);
  CHECK(said == "advice: /keys/0/public_key: the RSA key has 1024 bits; RFC 8301 asks for at least 2048");
}
