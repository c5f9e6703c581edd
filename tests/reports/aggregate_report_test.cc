#include "policy/report/aggregate_report.h"

#include <doctest/doctest.h>

namespace emailauth::report {

namespace {

// A report with one record; each part can be replaced.
struct Xml {
  std::string head = "<feedback>";
  std::string metadata =
      "<org_name>Receiver</org_name><report_id>1</report_id>"
      "<date_range><begin>1000</begin><end>2000</end></date_range>";
  std::string policy = "<domain>example.com</domain><p>none</p>";
  std::string row = "<source_ip>192.0.2.1</source_ip><count>2</count>";
  std::string rest = "<identifiers><header_from>example.com</header_from></identifiers>";
  std::string tail = "</feedback>";

  std::string text() const {
    return head + "<report_metadata>" + metadata + "</report_metadata><policy_published>" + policy +
           "</policy_published><record><row>" + row + "</row>" + rest + "</record>" + tail;
  }
};

std::string error_of(const std::string& xml) {
  const auto report = parse_aggregate_report(xml);
  return report ? "" : report.error().message;
}

}  // namespace

TEST_CASE("aggregate report: what receivers really send is read") {
  const Xml plain;
  Xml spaces = plain;
  spaces.row = "<source_ip>\n 192.0.2.1 </source_ip><count> 2 </count>";
  Xml prefix = plain;
  prefix.head = "\xEF\xBB\xBF \n<?xml version='1.0'?><ns:feedback xmlns:ns='urn:ietf:params:xml:ns:dmarc-2.0'>";
  prefix.tail = "</ns:feedback>";
  Xml upper = plain;
  upper.head = "<FEEDBACK>";
  upper.row = "<Source_IP>192.0.2.1</Source_IP><COUNT>2</COUNT>";
  upper.tail = "</FEEDBACK>";
  Xml octets = plain;
  octets.metadata.replace(octets.metadata.find("Receiver"), 8, "Re\xE9\xFF");
  Xml mapped = plain;
  mapped.row = "<source_ip>::ffff:192.0.2.1</source_ip><count>2</count>";
  Xml fractions = plain;
  fractions.metadata.replace(fractions.metadata.find("1000"), 4, "1000.5");
  for (const Xml& xml : {plain, spaces, prefix, upper, octets, mapped, fractions}) {
    CAPTURE(xml.text());
    const auto report = parse_aggregate_report(xml.text());
    REQUIRE(report.ok());
    REQUIRE(report->records.size() == 1);
    CHECK(report->records[0].count == 2);
    CHECK(report->records[0].source.to_string() == "192.0.2.1");
    CHECK(report->policy.domain == "example.com");
    CHECK(report->begin == 1000);
  }
  CHECK(parse_aggregate_report(octets.text())->organisation == "Re\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("aggregate report: words in any case, and those of old receivers") {
  Xml xml;
  xml.row +=
      "<policy_evaluated><disposition>Quarantine</disposition><dkim>PASS</dkim><spf>none</spf>"
      "<reason><type>Mailing_List</type></reason><reason><type>new</type></reason></policy_evaluated>";
  xml.rest +=
      "<auth_results><dkim><domain>Example.COM.</domain><selector>S1</selector><result>Pass</result></dkim>"
      "<spf><domain>bounce@example.com</domain><scope>mailfrom</scope><result>HardFail</result></spf>"
      "<spf><domain>mx.example</domain><scope>helo</scope><result>error</result></spf></auth_results>";
  const auto report = parse_aggregate_report(xml.text());
  REQUIRE(report.ok());
  const AggregateRecord& record = report->records[0];
  CHECK(record.disposition == Disposition::quarantine);
  CHECK(record.dkim == Verdict::pass);
  CHECK(record.spf == Verdict::fail);
  CHECK(record.reasons[0].type == Override::mailing_list);
  CHECK(record.reasons[1].type == Override::other);
  CHECK(record.dkim_results[0].domain == "example.com");
  CHECK(record.dkim_results[0].selector == "s1");
  CHECK(record.spf_results[0].domain == "example.com");
  CHECK(record.spf_results[0].scope == SpfScope::mfrom);
  CHECK(record.spf_results[0].result == AuthResult::fail);
  CHECK(record.spf_results[1].result == AuthResult::temperror);
}

TEST_CASE("aggregate report: refused, and the exact reason") {
  const auto with = [](std::string Xml::*part, const char* text) {
    Xml xml;
    xml.*part = text;
    return xml.text();
  };
  struct Case {
    std::string xml;
    const char* error;
  };
  const Case cases[] = {
      {"", "is not well-formed XML: line 1: no document element found"},
      {"<feedback>\n<report_metadata>", "is not well-formed XML: line 2: start-end tags mismatch"},
      {"<html></html>", "is XML, but not an aggregate report: it begins with \"html\", not with \"feedback\""},
      {with(&Xml::head, "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><feedback>"),
       "has a document type; a report has none, and none is read"},
      {with(&Xml::metadata, "<date_range><begin>1</begin><end>2</end></date_range>"),
       "report_metadata/org_name: \"\" does not say who reports"},
      {with(&Xml::metadata, "<org_name>x</org_name><date_range><begin>today</begin></date_range>"),
       "report_metadata/date_range/begin: \"today\" is not a time; a report has seconds since 1970 there"},
      {with(&Xml::metadata, "<org_name>x</org_name><date_range><begin>9</begin><end>8</end></date_range>"),
       "report_metadata/date_range/end: \"8\" is before the beginning of the report"},
      {with(&Xml::policy, "<domain></domain>"),
       "policy_published/domain: \"\" is not a mail domain; here a report names the domain that it is about"},
      {with(&Xml::row, "<source_ip>300.1.1.1</source_ip><count>1</count>"),
       "record 1/row/source_ip: \"300.1.1.1\" is not an address; a report has the client's there"},
      {with(&Xml::row, "<source_ip>192.0.2.1</source_ip><count>-1</count>"),
       "record 1/row/count: \"-1\" is not a number of messages (0 to 4294967295)"},
      {with(&Xml::row, "<source_ip>192.0.2.1</source_ip><count>4294967296</count>"),
       "record 1/row/count: \"4294967296\" is not a number of messages (0 to 4294967295)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.xml);
    CHECK(error_of(c.xml) == c.error);
  }
}

TEST_CASE("aggregate report: deep nesting costs no stack, entities are not expanded") {
  Xml deep;
  for (int i = 0; i < 200000; ++i) deep.rest += "<x>";
  for (int i = 0; i < 200000; ++i) deep.rest += "</x>";
  CHECK(parse_aggregate_report(deep.text()).ok());
  Xml entity;
  entity.metadata.insert(0, "<email>&unknown;&lt;</email>");
  CHECK(parse_aggregate_report(entity.text())->email == "&unknown;<");
}

}  // namespace emailauth::report
