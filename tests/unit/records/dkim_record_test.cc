#include "policy/records/dkim_record.h"

#include <doctest/doctest.h>

using namespace emailauth;

namespace {

constexpr char kRsa1024[] =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQChpDaOVHX90MVWGl9ffH7CGY12g5z3zK3MrKte385GsczEJbTgwT4bdcOltOtn1cOQbPAGO4/"
    "wQE0wqquKJ2AZoIIK3sqTvYX7cVOVOsoFUWYnoaxW8+f+Yx5s+lyDM1aicypmsc+B7E8hGj51gfsGpaSDsYD5FuVF9gR99GJ07QIDAQAB";
constexpr char kEd25519[] = "4i6FAajRHz42xH0UUsKQsWl0VooyKGobXYhPfIJ9d9M=";

}  // namespace

TEST_CASE("DKIM records: what others publish") {
  const auto rsa = parse_dkim_record(std::string("v=DKIM1; k=rsa; t=y : s; h=sha256; p=") + kRsa1024);
  REQUIRE(rsa);
  CHECK(rsa->type == DkimKeyType::rsa);
  CHECK(rsa->bits == 1024);
  CHECK(rsa->testing);
  CHECK(rsa->strict);
  const auto bare = parse_dkim_record("p= " + std::string(kRsa1024).insert(40, " \t "));
  REQUIRE(bare);
  CHECK(bare->public_key == kRsa1024);
  CHECK(!bare->testing);
  const auto ed = parse_dkim_record(std::string("v=DKIM1;k=ed25519;p=") + kEd25519 + ";");
  REQUIRE(ed);
  CHECK(ed->type == DkimKeyType::ed25519);
  CHECK(ed->public_key == kEd25519);
  const auto revoked = parse_dkim_record("v=DKIM1; p=");
  REQUIRE(revoked);
  CHECK(revoked->public_key.empty());
  CHECK(revoked->bits == 0);
}

TEST_CASE("DKIM records: odd records that verifiers accept") {
  const auto odd = parse_dkim_record(
      "k=Ed25519; t = y : s ; h=sha1:SHA256; s=*; p=SQtHUKdHvsk6qeUAYWXp\n 45PKqKC7VO6hN5zGI+S2F10=; n=x");
  REQUIRE(odd);
  CHECK((odd->type == DkimKeyType::ed25519 && odd->testing && odd->strict));
  CHECK(odd->public_key == "SQtHUKdHvsk6qeUAYWXp45PKqKC7VO6hN5zGI+S2F10=");
}

TEST_CASE("DKIM records: records that verifiers cannot use, and the exact message") {
  const std::pair<std::string, const char*> kRefused[] = {
      {"", "\"\" has no p="},
      {"v=DKIM1; p=!", "p=: \"!\" is not base64; copy the key on one line, without spaces"},
      {"v=DKIM2; p=", "\"v=DKIM2; p=\" is of another version"},
      {"p=; v=DKIM1", "\"p=; v=DKIM1\" is of another version"},
      {"v=DKIM1; k=rsa", "\"v=DKIM1; k=rsa\" has no p="},
      {"h=sha1; p=", "\"h=sha1; p=\" excludes SHA-256"},
      {"s=tlsrpt; p=", "\"s=tlsrpt; p=\" is not for mail"},
      {"k=dsa; p=", "\"k=dsa; p=\" has an unknown key type"},
      {"k=ed25519; p=AAAA",
       "p=: an ed25519 public key has 32 octets, this has 3; write the 44 characters of its base64"},
  };
  for (const auto& [text, why] : kRefused) {
    CAPTURE(text);
    const auto record = parse_dkim_record(text);
    REQUIRE(!record);
    CHECK(record.error().message == why);
  }
}

TEST_CASE("DKIM records: the files of key generators") {
  const auto genkey = parse_zone_line_key(
      "s1._domainkey\tIN\tTXT\t( \"v=DKIM1; h=sha256; k=rsa; \"\n"
      "\t  \"p=MIIB\"\n\t  \"IjAN\" )  ; ----- DKIM key s1 for \"example.com\"\n");
  REQUIRE(genkey);
  CHECK(genkey->selector->to_string() == "s1");
  CHECK(genkey->record == "v=DKIM1; h=sha256; k=rsa; p=MIIBIjAN");
  const auto commented = parse_zone_line_key(
      "; made \"today\"\n\na.b._domainkey.example.com. 3600 IN TXT \"p=A\\\"B\" \"C\"\nnext TXT \"no\"\n");
  REQUIRE(commented);
  CHECK(commented->selector->to_string() == "a.b");
  CHECK(commented->record == "p=A\"BC");
  const auto nameless = parse_zone_line_key("@ TXT \"p=\"");
  REQUIRE(nameless);
  CHECK(!nameless->selector);
  for (const char* text :
       {"", "   ", ";", "; \"x\"", "s1._domainkey TXT", "s1._domainkey TXT (", "\"", "s1._domainkey TXT \\"}) {
    CAPTURE(text);
    const auto none = parse_zone_line_key(text);
    if (none) FAIL_CHECK(none->record);
  }
}
