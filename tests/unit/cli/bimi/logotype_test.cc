#include "policy/cli/bimi/logotype.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>

namespace emailauth::cli {

namespace {

// One DER element of up to 255 octets.
std::string element(unsigned tag, const std::string& content) {
  std::string out(1, static_cast<char>(tag));
  if (content.size() >= 0x80) out += '\x81';
  out += static_cast<char>(content.size());
  return out + content;
}

const std::string kOid = element(0x06, "\x60\x86\x48\x01\x65\x03\x04\x02\x01");  // SHA-256
const std::string kHash = element(0x30, element(0x30, kOid) + element(0x04, "hash"));
const std::string kDetails =
    element(0x30, element(0x16, "image/svg+xml") + element(0x30, kHash) + element(0x30, element(0x16, "data:,x")));

std::string extension(const std::string& details) {
  return element(0x30, element(0xA2, element(0xA0, element(0x30, element(0x30, details)))));
}

// From an exact-size heap buffer, so that the sanitizer sees a read past the end.
Result<Logotype> parse(const std::string& der) {
  const std::unique_ptr<char[]> copy(new char[der.size()]);
  std::memcpy(copy.get(), der.data(), der.size());
  return parse_logotype({copy.get(), der.size()});
}

}  // namespace

TEST_CASE("parse_logotype: the subject's logo") {
  for (const std::string& der :
       {extension(kDetails), element(0x30, element(0xA1, "issuer") + extension(kDetails).substr(2))}) {
    const Result<Logotype> logotype = parse(der);
    REQUIRE(logotype);
    CHECK(logotype->media_type == "image/svg+xml");
    REQUIRE(logotype->hashes.size() == 1);
    CHECK(logotype->hashes[0].algorithm == "2.16.840.1.101.3.4.2.1");
    CHECK(logotype->hashes[0].value == "hash");
    CHECK(logotype->uris == std::vector<std::string>{"data:,x"});
  }
}

TEST_CASE("parse_logotype: what is missing or broken, and no length is trusted") {
  struct Case {
    std::string der;
    const char* error;
  };
  const std::string whole = extension(kDetails);
  const Case cases[] = {
      {"", "the logotype extension cannot be read: it is not a sequence"},
      {whole + "x", "the logotype extension cannot be read: it is not a sequence"},
      {element(0x30, ""), "the logotype extension has no logo of the subject"},
      {element(0x30, "\xA2"), "the logotype extension cannot be read: part of it is cut off"},
      {element(0x30, element(0xA2, element(0xA1, "x"))),
       "the logotype extension points to a logo and does not contain it"},
      {element(0x30, element(0xA2, element(0xA0, ""))), "the logotype extension cannot be read: it contains no image"},
      {extension(element(0x30, element(0x16, "a"))),
       "the logotype extension cannot be read: the details of the image are incomplete"},
      {extension(element(0x30, element(0x16, "a") + element(0x30, element(0x30, "")) + element(0x30, ""))),
       "the logotype extension cannot be read: a hash does not have the required form"},
      {extension(element(0x30, element(0x16, "a") + element(0x30, kHash) + element(0x30, element(0x04, "")))),
       "the logotype extension cannot be read: an address is not text"},
      {extension(element(0x30, element(0x16, "a") + element(0x30, "") + element(0x30, ""))),
       "the logotype extension cannot be read: the image has no hash or no address"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.error);
    const Result<Logotype> result = parse(c.der);
    REQUIRE(!result);
    CHECK(result.error().message == c.error);
  }
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(!parse(whole.substr(0, size)));
  CHECK(!parse("\x30\x84\xff\xff\xff\xff"));
  CHECK(!parse("\x30\x80\x05"));
}

TEST_CASE("data_of_uri: base64 in the certificate, and nothing else") {
  CHECK(*data_of_uri("data:image/svg+xml;base64,aGk=") == "hi");
  CHECK(data_of_uri("https://x.example/logo.svg").error().message == "the logo is not in the certificate");
  CHECK(data_of_uri("data:nothing").error().message == "the logo is not in the certificate");
  for (const char* uri : {"data:image/svg+xml,hi", "data:,", "data:;base64,a"})
    CHECK(data_of_uri(uri).error().message == "the logo in the certificate is not in base64");
}

}  // namespace emailauth::cli
