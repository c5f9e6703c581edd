#include "policy/net/ip_prefix.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <random>

using namespace emailauth;

TEST_CASE("IpAddress: text and back") {
  struct Case {
    const char* text;
    const char* canonical;
  };
  constexpr Case kCases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"192.0.2.1", "192.0.2.1"},
      {"::", "::"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"},
      {"::ffff:192.0.2.1", "::ffff:c000:201"},
      {"::FFFF:0:0", "::ffff:0:0"},
      {"::192.0.2.1", "::c000:201"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const Result<IpAddress> address = IpAddress::parse(c.text);
    REQUIRE(address.ok());
    CHECK(address->to_string() == c.canonical);
    CHECK(IpAddress::parse(address->to_string()).value() == *address);
  }
}

TEST_CASE("IpAddress: rejected text, and the exact message") {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "1"s, "1.2.3"s, "1.2.3.4.5"s, "01.2.3.4"s, "256.0.0.1"s, " 1.2.3.4"s, "1.2.3.4 "s, "0x1.2.3.4"s, "::g"s,
        ":::"s, "1::2::3"s, "[::1]"s, "fe80::1%1"s, "12345::"s, "localhost"s, "::ffff:1.2.3"s}) {
    CAPTURE(text);
    const Result<IpAddress> address = IpAddress::parse(text);
    REQUIRE(!address.ok());
    CHECK(address.error().message == "\"" + text + "\" is not an IP address; write \"192.0.2.1\" or \"2001:db8::1\"");
  }
  CHECK(!IpAddress::parse("1.2.3.4\0"s).ok());
  CHECK(!IpAddress::parse("::1\0x"s).ok());
}

TEST_CASE("IpAddress: IPv4-mapped, neighbours, order") {
  const IpAddress v4 = IpAddress::parse("192.0.2.1").value();
  CHECK(v4.v4_number() == 0xc0000201U);
  CHECK(IpAddress::v4(0xc0000201U) == v4);
  CHECK(v4.mapped().to_string() == "::ffff:c000:201");
  CHECK(v4.mapped().is_v4_mapped());
  CHECK(v4.mapped().unmapped() == v4);
  CHECK(v4.unmapped() == v4);
  CHECK(v4.mapped().mapped() == v4.mapped());
  CHECK(!v4.is_v4_mapped());
  CHECK(!IpAddress::parse("::c000:201")->is_v4_mapped());
  CHECK(!IpAddress::parse("::1:ffff:c000:201")->is_v4_mapped());

  struct Step {
    const char* from;
    const char* to;
  };
  for (const Step& s :
       {Step{"192.0.2.255", "192.0.3.0"}, Step{"255.255.255.255", "0.0.0.0"}, Step{"2001:db8::ffff", "2001:db8::1:0"},
        Step{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"}}) {
    CAPTURE(s.from);
    CHECK(IpAddress::parse(s.from)->next() == *IpAddress::parse(s.to));
    CHECK(IpAddress::parse(s.to)->previous() == *IpAddress::parse(s.from));
  }
  CHECK(*IpAddress::parse("255.255.255.255") < *IpAddress::parse("::"));
  CHECK(*IpAddress::parse("2.0.0.0") < *IpAddress::parse("10.0.0.0"));
}

TEST_CASE("IpPrefix: text and back, ends, terms") {
  struct Case {
    const char* text;
    const char* canonical;
    const char* last;
    const char* term;
  };
  constexpr Case kCases[] = {
      {"192.0.2.0/24", "192.0.2.0/24", "192.0.2.255", "ip4:192.0.2.0/24"},
      {"192.0.2.7", "192.0.2.7/32", "192.0.2.7", "ip4:192.0.2.7"},
      {"192.0.2.7/32", "192.0.2.7/32", "192.0.2.7", "ip4:192.0.2.7"},
      {"0.0.0.0/0", "0.0.0.0/0", "255.255.255.255", "ip4:0.0.0.0/0"},
      {"128.0.0.0/1", "128.0.0.0/1", "255.255.255.255", "ip4:128.0.0.0/1"},
      {"2001:DB8::/32", "2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "ip6:2001:db8::/32"},
      {"2001:db8::1", "2001:db8::1/128", "2001:db8::1", "ip6:2001:db8::1"},
      {"2001:db8::/127", "2001:db8::/127", "2001:db8::1", "ip6:2001:db8::/127"},
      {"::/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ip6:::/0"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const Result<IpPrefix> network = IpPrefix::parse(c.text);
    REQUIRE(network.ok());
    CHECK(network->to_string() == c.canonical);
    CHECK(network->last().to_string() == c.last);
    CHECK(network->to_spf_term() == c.term);
    CHECK(IpPrefix::parse(network->to_string()).value() == *network);
    CHECK(network->contains(network->first()));
    CHECK(network->contains(network->last()));
    const bool all = network->length() == 0;
    CHECK(network->contains(network->last().next()) == all);
    CHECK(network->contains(network->first().previous()) == all);
  }
}

TEST_CASE("IpPrefix: rejected text, and the exact message") {
  struct Case {
    const char* text;
    const char* error;
  };
  constexpr Case kCases[] = {
      {"192.0.2.0/33", R"(prefix length "33" is not in 0..32)"},
      {"2001:db8::/129", R"(prefix length "129" is not in 0..128)"},
      {"192.0.2.0/", R"(prefix length "" is not in 0..32)"},
      {"192.0.2.0/+8", R"(prefix length "+8" is not in 0..32)"},
      {"192.0.2.0/-0", R"(prefix length "-0" is not in 0..32)"},
      {"192.0.2.0/08", R"(prefix length "08" is not in 0..32)"},
      {"192.0.2.0/8x", R"(prefix length "8x" is not in 0..32)"},
      {"192.0.2.0/24/24", R"(prefix length "24/24" is not in 0..32)"},
      {"192.0.2.0/99999999999999999999", R"(prefix length "99999999999999999999" is not in 0..32)"},
      {"192.0.2.7/24", R"("192.0.2.7/24" has host bits set; did you mean "192.0.2.0/24"?)"},
      {"2001:db8::1/64", R"("2001:db8::1/64" has host bits set; did you mean "2001:db8::/64"?)"},
      {"", R"("" is not a network; write "192.0.2.0/24", "2001:db8::/32" or one address)"},
      {"/24", R"("/24" is not a network; write "192.0.2.0/24", "2001:db8::/32" or one address)"},
      {"192.0.2/24", R"("192.0.2/24" is not a network; write "192.0.2.0/24", "2001:db8::/32" or one address)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.text);
    const Result<IpPrefix> network = IpPrefix::parse(c.text);
    REQUIRE(!network.ok());
    CHECK(network.error().message == c.error);
  }
}

TEST_CASE("IpPrefix: families do not mix") {
  CHECK(!IpPrefix::parse("::/0")->contains(IpAddress::parse("192.0.2.1").value()));
  CHECK(!IpPrefix::parse("0.0.0.0/0")->contains(IpAddress::parse("::ffff:192.0.2.1").value()));
  CHECK(IpPrefix::containing(IpAddress::parse("192.0.2.77").value(), 25).to_string() == "192.0.2.0/25");
  CHECK(IpPrefix::containing(IpAddress::parse("2001:db8::ffff").value(), 113).to_string() == "2001:db8::8000/113");
}

TEST_CASE("addresses are written as the C library writes them, where that is hexadecimal") {
  std::mt19937 dice(5952);
  int compared = 0;
  for (int i = 0; i < 20000; ++i) {
    std::array<std::uint8_t, 16> octets{};
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(dice() % 3 == 0 ? dice() : dice() % 2);
    for (std::size_t k = 0; k < 16; k += 2) {
      if (dice() % 2 == 0) octets[k] = octets[k + 1] = 0;
    }
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, octets.data(), text, sizeof text);
    const std::string ours = IpAddress::v6(octets).to_string();
    CHECK(IpAddress::parse(ours).value() == IpAddress::v6(octets));
    if (std::string_view(text).find('.') != std::string_view::npos) continue;
    ++compared;
    CHECK(ours == text);
  }
  CHECK(compared > 10000);
  for (const std::uint32_t number : {0U, 1U, 0x0a0b0c0dU, 0xc0000201U, 0xffffffffU}) {
    char text[INET_ADDRSTRLEN];
    const std::uint32_t network_order = htonl(number);
    inet_ntop(AF_INET, &network_order, text, sizeof text);
    CHECK(IpAddress::v4(number).to_string() == text);
  }
}
