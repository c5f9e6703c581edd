// Names that no receiver would send, from a fixed seed.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "tests/invariants/world.h"

using namespace emailauth;
using namespace emailauth::tests;

namespace {

constexpr int kNames = 80000;
constexpr std::uint32_t kSeed = 7208;

// Labels with a meaning, so that random names come near to good ones.
const std::vector<std::string> kMeaningful = {"_ip",
                                              "_ehlo",
                                              "_spf",
                                              "_d",
                                              "_i",
                                              "_nspf",
                                              "at",
                                              "i",
                                              "in-addr",
                                              "ip6",
                                              "customer",
                                              "victim",
                                              "test",
                                              "provider",
                                              "m",
                                              "hosted",
                                              "_safe",
                                              "_dmarc",
                                              "_domainkey",
                                              "_tls",
                                              "_smtp",
                                              "*",
                                              "192",
                                              "0",
                                              "2",
                                              "1",
                                              "203",
                                              "113",
                                              "9",
                                              "a",
                                              "f",
                                              "00",
                                              "256",
                                              "01",
                                              "_p0a1b2c3d",
                                              "customer.test",
                                              "192.0.2.1",
                                              "2001:db8::1",
                                              std::string(63, 'x'),
                                              "\\",
                                              "%{i}",
                                              "v=spf1 +all",
                                              "ip4:0.0.0.0/0"};

const std::vector<std::vector<std::string>> kZones = {
    {"_spf", "provider", "test"},          {"m", "provider", "test"},
    {"_spf", "m", "provider", "test"},     {"_d", "m", "provider", "test"},
    {"_safe", "_spf", "provider", "test"}, {"_safe", "_spf", "m", "provider", "test"},
    {"_safe", "m", "provider", "test"},    {"hosted", "provider", "test"}};
const std::vector<std::vector<std::string>> kDomains = {
    {"customer", "test"}, {"victim", "test"}, {"sub", "customer", "test"}, {"test"}, {}};

class NameMaker {
 public:
  std::string make() {
    std::vector<std::string> labels = random_labels(pick(chance(2) ? 45 : 6));
    if (chance(2)) prepend_address(labels);
    if (chance(2))
      labels.push_back("_ehlo");
    else if (chance(4))
      labels.push_back(labels.size() < 32 ? "in-addr" : "ip6");
    append(labels, kDomains);
    append(labels, kZones);
    if (chance(10)) std::shuffle(labels.begin(), labels.end(), random_);
    return to_wire(labels);
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  bool chance(std::size_t one_in) { return pick(one_in) == 0; }

  std::vector<std::string> random_labels(std::size_t most) {
    std::vector<std::string> labels(pick(most + 1));
    for (std::string& label : labels) {
      if (!chance(4)) {
        label = kMeaningful[pick(kMeaningful.size())];
        continue;
      }
      label.resize(1 + pick(chance(5) ? 63 : 6));
      for (char& c : label) c = static_cast<char>(pick(256));
    }
    return labels;
  }

  void prepend_address(std::vector<std::string>& labels) {
    std::vector<std::string> front;
    if (chance(2))
      front = {"192", "0", "2", "1"};
    else if (chance(2))
      front = {"1", "2", "0", "192"};
    else
      for (int i = 0; i < 32; ++i) front.push_back(std::string(1, "0123456789abcdefABCDEF"[pick(22)]));
    if (chance(2)) front.push_back("_ip");
    labels.insert(labels.begin(), front.begin(), front.end());
  }

  void append(std::vector<std::string>& labels, const std::vector<std::vector<std::string>>& ends) {
    const std::vector<std::string>& end = ends[pick(ends.size())];
    labels.insert(labels.end(), end.begin(), end.end());
  }

  // Whole labels go from the left until the name fits, as receivers cut (RFC 7208, 7.3).
  std::string to_wire(const std::vector<std::string>& labels) {
    std::string wire(1, '\0');
    for (std::size_t i = labels.size(); i-- > 0;) {
      if (wire.size() + 1 + labels[i].size() > 255) break;
      std::string label = labels[i];
      for (char& c : label) {
        if (chance(5) && c >= 'a' && c <= 'z') c = static_cast<char>(c - 0x20);
      }
      wire = static_cast<char>(label.size()) + label + wire;
    }
    return wire;
  }

  std::mt19937 random_{kSeed};
};

// Copies the octets to a heap block of their size, so that ASan sees one octet of over-read.
template <typename F>
std::string on_exact_copy(const std::string& wire, F&& fault_of) {
  const std::unique_ptr<char[]> exact(new char[wire.size()]);
  std::copy(wire.begin(), wire.end(), exact.get());
  return fault_of(std::string_view(exact.get(), wire.size()));
}

}  // namespace

TEST_CASE("random names get no more than policy grants") {
  NameMaker maker;
  std::size_t longest = 0;
  std::size_t granted = 0;    // if there are none, the names are too random to show anything
  std::size_t passed_on = 0;  // to a vendor, as above
  Answer answer;
  for (int i = 0; i < kNames; ++i) {
    const std::string wire = maker.make();
    longest = std::max(longest, wire.size());
    REQUIRE(on_exact_copy(wire, plain_fault) == "");
    REQUIRE(on_exact_copy(wire, mixed_fault) == "");
    plain_world().answer(wire, answer);
    granted += answer.verdict == SpfVerdict::authorised ? 1U : 0U;
    mixed_world().answer(wire, answer);
    granted += answer.verdict == SpfVerdict::authorised ? 1U : 0U;
    for (const Record& record : answer.records)
      passed_on += record.data.find("_spf.vendor.test") != std::string::npos ? 1U : 0U;
  }
  CHECK(longest == 255);
  CHECK(granted > 500);
  CHECK(passed_on > 50);
  MESSAGE(kNames << " random names, " << granted << " of them granted something, " << passed_on << " asked the vendor");
}

TEST_CASE("every cut of a long name, at every octet, is safe") {
  std::string wire;
  for (const char* label : {"192", "0", "2", "1", "_ip", "203", "0", "113", "9", "_ip"}) {
    wire += static_cast<char>(std::char_traits<char>::length(label)) + std::string(label);
  }
  wire += "\x3f" + std::string(63, 'h') + "\x3f" + std::string(63, 'g') + "\x20" + std::string(32, 'e');
  wire += std::string(
              "\5_ehlo\x8"
              "customer\4test\4_spf\x8provider\4test") +
          '\0';
  Answer answer;
  plain_world().answer(wire, answer);
  REQUIRE(answer.verdict == SpfVerdict::authorised);
  for (std::size_t at = 0; at < wire.size(); ++at) {
    CAPTURE(at);
    CHECK(on_exact_copy(wire.substr(at), plain_fault) == "");
    CHECK(on_exact_copy(wire.substr(0, at), plain_fault) == "");
    CHECK(on_exact_copy(wire.substr(at), mixed_fault) == "");
  }
}

TEST_CASE("every octet value in every place of a label") {
  const std::string good = std::string(
                               "\3"
                               "192\1"
                               "0\1"
                               "2\1"
                               "1\3_ip\1h\5_ehlo\x8"
                               "customer\4test\4_spf\x8provider\4test") +
                           '\0';
  Answer answer;
  plain_world().answer(good, answer);
  REQUIRE(answer.verdict == SpfVerdict::authorised);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int octet = 0; octet < 256; ++octet) {
      std::string wire = good;
      wire[at] = static_cast<char>(octet);
      CHECK(on_exact_copy(wire, plain_fault) == "");
    }
  }
}
