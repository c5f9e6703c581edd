#include "policy/message/received.h"

#include <doctest/doctest.h>

#include "policy/message/envelope.h"

using namespace emailauth;
using namespace emailauth::message;

namespace {

std::string text_of(const Received& r) {
  return r.helo + "|" + (r.client ? r.client->to_string() : "-") + "|" + r.by + "|" + r.protocol + "|" + r.tls + "|" +
         r.cipher + "|" + r.mail_from.value_or("-") + (r.encrypted() ? "|encrypted" : "");
}

Envelope envelope_of(const std::string& header, const EnvelopeHints& hints = {}) {
  const auto found = find_envelope(*parse_mail(header + "From: a@b.example\n\n"), hints);
  REQUIRE(found.ok());
  return *found;
}

std::string text_of(const Envelope& e) {
  return (e.client ? e.client->to_string() : "-") + "|" + e.helo + "|" + e.mail_from.value_or("-") + "|" +
         std::to_string(e.hop) + "/" + std::to_string(e.hops);
}

EnvelopeHints of_hop(std::size_t hop) {
  EnvelopeHints out;
  out.hop = hop;
  return out;
}

const std::string kInside = "Received: from filter (filter [10.0.0.5]) by mx.rx.example with ESMTP id 1; x\n";
const std::string kOutside =
    "Received: from out.example.com (out.example.com [192.0.2.1])\n\tby filter.rx.example (Postfix) with ESMTPS id 2\n";
const std::string kForged = "Received: from forged (forged [198.51.100.9]) by nobody with SMTP id 3; x\n";

}  // namespace

TEST_CASE("Received: what mail servers write") {
  struct Case {
    const char* server;
    const char* text;
    const char* wanted;  // helo|client|by|protocol|tls|cipher|envelope sender
  };
  constexpr Case kCases[] = {
      {"Postfix",
       "from out.example.com (name.example.com [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
       "bits) key-exchange X25519) (No client certificate requested) by mx.rx.example (Postfix) with ESMTPS id 4XYZ "
       "for "
       "<a@rx.example>; Sun, 22 Nov 2026 01:00:00 +0000 (UTC)",
       "out.example.com|192.0.2.1|mx.rx.example|ESMTPS|TLSv1.3|TLS_AES_256_GCM_SHA384|-|encrypted"},
      {"Postfix, no name", "from [192.168.1.5] (unknown [IPv6:2001:db8::1]) by mx.rx.example (Postfix) with ESMTP id 1",
       "[192.168.1.5]|2001:db8::1|mx.rx.example|ESMTP|||-"},
      {"Exim",
       "from name.example.com ([192.0.2.1]:4711 helo=out.example.com) by mx.rx.example with esmtps "
       "(TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256) (Exim 4.96) (envelope-from <b@example.com>) id 1",
       "out.example.com|192.0.2.1|mx.rx.example|esmtps|TLSv1.3||b@example.com|encrypted"},
      {"Exim, no name", "from [192.0.2.1] (helo=out.example.com) by mx.rx.example with smtp id 1-1",
       "out.example.com|192.0.2.1|mx.rx.example|smtp|||-"},
      {"Sendmail",
       "from out.example.com (name.example.com [192.0.2.1] (may be forged)) by mx.rx.example (8.17/8.17) with ESMTPS "
       "id "
       "1 (version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NO)",
       "out.example.com|192.0.2.1|mx.rx.example|ESMTPS|TLSv1.2|ECDHE-RSA-AES256-GCM-SHA384|-|encrypted"},
      {"qmail",
       "from unknown (HELO out.example.com) (192.0.2.1) by mx.rx.example with SMTP; 22 Nov 2026 01:00:00 -0000",
       "out.example.com|192.0.2.1|mx.rx.example|SMTP|||-"},
      {"Exchange",
       "from OUT.example.com (192.0.2.1) by MX.rx.example (10.1.2.3) with Microsoft SMTP Server (version=TLS1_2, "
       "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1",
       "OUT.example.com|192.0.2.1|MX.rx.example|Microsoft|TLSv1.2|TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384|-|encrypted"},
      {"Gmail",
       "from out.example.com (name.example.com. [192.0.2.1]) by mx.google.com with ESMTPS id a1 for <a@rx.example> "
       "(version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Sat, 21 Nov 2026 17:00:00 -0800 (PST)",
       "out.example.com|192.0.2.1|mx.google.com|ESMTPS|TLSv1.3|TLS_AES_256_GCM_SHA384|-|encrypted"},
      {"mapped", "from x (x [::ffff:192.0.2.1]) by y with ESMTPSA", "x|192.0.2.1|y|ESMTPSA|||-|encrypted"},
      {"the client's own word is not an address", "from [203.0.113.9] (real.example [192.0.2.1]) by y with SMTP",
       "[203.0.113.9]|192.0.2.1|y|SMTP|||-"},
      {"made here", "by mx.rx.example (Postfix, from userid 0) id 1; x", "|-|mx.rx.example||||-"},
      {"nothing", "", "|-|||||-"},
      {"open", "from a (b [192.0.2.1", "a|192.0.2.1|||||-"},
      {"parentheses", "from ((((((", "|-|||||-"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.server);
    CHECK(text_of(parse_received(one.text)) == one.wanted);
  }
}

TEST_CASE("envelope: the topmost hop from outside is believed, and no other") {
  const std::string all = "Return-Path: <b@example.com>\n" + kInside + kOutside + kForged;
  CHECK(text_of(envelope_of(all)) == "192.0.2.1|out.example.com|b@example.com|2/3");
  CHECK(text_of(envelope_of(all, of_hop(3))) == "198.51.100.9|forged|b@example.com|3/3");
  CHECK(text_of(envelope_of(all, of_hop(1))) == "10.0.0.5|filter|b@example.com|1/3");
  CHECK(text_of(envelope_of(kInside)) == "-||-|0/1");
  CHECK(text_of(envelope_of("Return-Path: <>\n")) == "-|||0/0");
  CHECK(text_of(envelope_of("Received-SPF: pass client-ip=192.0.2.1; envelope-from=\"x@y.example\"\n")) == "-||-|0/0");
  const EnvelopeHints told{*IpAddress::parse("203.0.113.1"), "h.example", "m@m.example", 0};
  CHECK(text_of(envelope_of(all, told)) == "203.0.113.1|h.example|m@m.example|0/0");
}

TEST_CASE("envelope: hops that cannot be used, and the exact message") {
  const auto error = [](const std::string& header, std::size_t hop) {
    return find_envelope(*parse_mail(header), of_hop(hop)).error().message;
  };
  CHECK(error(kInside, 2) ==
        "Received field 2 does not exist; the mail has 1: name one with --hop, or the client with --ip");
  CHECK(error("Received: by x; y\n", 1) ==
        "Received 1 names no address; name another with --hop, or the client with --ip");
}

TEST_CASE("is_routable") {
  for (const char* inside : {"10.1.2.3", "127.0.0.1", "172.31.0.1", "192.168.0.1", "100.64.0.1", "169.254.0.1", "::1",
                             "fd00::1", "fe80::1", "::ffff:10.0.0.1"}) {
    CAPTURE(inside);
    CHECK_FALSE(is_routable(*IpAddress::parse(inside)));
  }
  for (const char* outside : {"192.0.2.1", "172.32.0.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    CAPTURE(outside);
    CHECK(is_routable(*IpAddress::parse(outside)));
  }
}
