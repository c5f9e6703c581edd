#include "policy/report/aggregate_report.h"

#include <algorithm>
#include <limits>
#include <pugixml.hpp>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::report {

namespace {

using Node = pugi::xml_node;

// "feedback" of "ns1:feedback".
std::string_view local_name(const Node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_called(const Node& node, std::string_view name) {
  return node.type() == pugi::node_element && equals_ignoring_case(local_name(node), name);
}

// Returns the first child of this name, in any case and namespace; an empty node if there is none.
Node child(const Node& parent, std::string_view name) {
  for (Node node = parent.first_child(); node; node = node.next_sibling()) {
    if (is_called(node, name)) return node;
  }
  return {};
}

std::string_view raw_text(const Node& parent, std::string_view name) { return child(parent, name).child_value(); }
std::string text_of(const Node& parent, std::string_view name) { return field_text(raw_text(parent, name)); }
std::string domain_of(const Node& parent, std::string_view name) { return domain_text(raw_text(parent, name)); }

Error wrong(const std::string& place, std::string_view value, const char* what) {
  return Error{place + ": " + quoted_value(value) + " " + what};
}

Alignment alignment_of(std::string_view text) {
  text = trimmed(text);
  if (equals_ignoring_case(text, "r")) return Alignment::relaxed;
  return equals_ignoring_case(text, "s") ? Alignment::strict : Alignment::unspecified;
}

Verdict verdict_of(std::string_view text) {
  text = trimmed(text);
  if (equals_ignoring_case(text, "pass")) return Verdict::pass;
  return text.empty() ? Verdict::unspecified : Verdict::fail;  // RFC 9990 knows these two; "none" and such do not pass
}

Discovery discovery_of(std::string_view text) {
  text = trimmed(text);
  if (equals_ignoring_case(text, "psl")) return Discovery::psl;
  return equals_ignoring_case(text, "treewalk") ? Discovery::treewalk : Discovery::unspecified;
}

// Seconds since 1970; receivers also write fractions.
Result<std::int64_t> time_of(const Node& range, std::string_view name) {
  const std::string_view text = trimmed(raw_text(range, name));
  const auto number = whole_number(text.substr(0, text.find('.')));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) {
    return wrong("report_metadata/date_range/" + std::string(name), text,
                 "is not a time; a report has seconds since 1970 there");
  }
  return static_cast<std::int64_t>(*number);
}

void read_extensions(const Node& parent, std::vector<Extension>& out) {
  for (Node node = child(parent, "extensions").first_child(); node; node = node.next_sibling()) {
    if (!is_called(node, "extension") || out.size() == kMaxResults) continue;
    out.push_back({field_text(node.attribute("name").value()), field_text(node.attribute("definition").value())});
  }
}

Result<bool> read_metadata(const Node& metadata, AggregateReport& out) {
  out.organisation = text_of(metadata, "org_name");
  out.email = text_of(metadata, "email");
  if (out.organisation.empty()) out.organisation = out.email.substr(out.email.rfind('@') + 1);
  if (out.organisation.empty()) return wrong("report_metadata/org_name", "", "does not say who reports");
  out.contact = text_of(metadata, "extra_contact_info");
  out.id = text_of(metadata, "report_id");
  out.generator = text_of(metadata, "generator");
  for (Node node = metadata.first_child(); node; node = node.next_sibling()) {
    if (is_called(node, "error") && out.errors.size() < kMaxResults)
      out.errors.push_back(field_text(node.child_value()));
  }
  const Node range = child(metadata, "date_range");
  const Result<std::int64_t> begin = time_of(range, "begin");
  if (!begin) return begin.error();
  const Result<std::int64_t> end = time_of(range, "end");
  if (!end) return end.error();
  if (*end < *begin) {
    return wrong("report_metadata/date_range/end", std::to_string(*end), "is before the beginning of the report");
  }
  out.begin = *begin;
  out.end = *end;
  return true;
}

Result<bool> read_policy(const Node& published, PublishedPolicy& out) {
  out.domain = mail_domain_text(raw_text(published, "domain"));
  if (out.domain.empty()) {
    return wrong("policy_published/domain", text_of(published, "domain"),
                 "is not a mail domain; here a report names the domain that it is about");
  }
  out.version = text_of(published, "version_published");
  out.adkim = alignment_of(raw_text(published, "adkim"));
  out.aspf = alignment_of(raw_text(published, "aspf"));
  out.p = parse_disposition(raw_text(published, "p"));
  out.sp = parse_disposition(raw_text(published, "sp"));
  out.np = parse_disposition(raw_text(published, "np"));
  out.testing = equals_ignoring_case(trimmed(raw_text(published, "testing")), "y");
  out.pct = text_of(published, "pct");
  out.fo = text_of(published, "fo");
  out.discovery = discovery_of(raw_text(published, "discovery_method"));
  return true;
}

void read_evaluation(const Node& evaluated, AggregateRecord& out) {
  out.disposition = parse_disposition(raw_text(evaluated, "disposition"));
  out.dkim = verdict_of(raw_text(evaluated, "dkim"));
  out.spf = verdict_of(raw_text(evaluated, "spf"));
  for (Node node = evaluated.first_child(); node; node = node.next_sibling()) {
    if (!is_called(node, "reason") || out.reasons.size() == kMaxResults) continue;
    out.reasons.push_back({parse_override(raw_text(node, "type")), text_of(node, "comment")});
  }
}

void read_results(const Node& results, AggregateRecord& out) {
  for (Node node = results.first_child(); node; node = node.next_sibling()) {
    const AuthResult result = parse_auth_result(raw_text(node, "result"));
    if (is_called(node, "dkim") && out.dkim_results.size() < kMaxResults) {
      out.dkim_results.push_back(
          {domain_of(node, "domain"), domain_of(node, "selector"), result, text_of(node, "human_result")});
    } else if (is_called(node, "spf") && out.spf_results.size() < kMaxResults) {
      out.spf_results.push_back(
          {domain_of(node, "domain"), parse_spf_scope(raw_text(node, "scope")), result, text_of(node, "human_result")});
    }
  }
}

Result<AggregateRecord> read_record(const Node& record, const std::string& place) {
  AggregateRecord out;
  const Node row = child(record, "row");
  const std::string_view address = trimmed(raw_text(row, "source_ip"));
  const Result<IpAddress> source = IpAddress::parse(address);
  if (!source) return wrong(place + "/row/source_ip", address, "is not an address; a report has the client's there");
  out.source = source->unmapped();
  const std::string_view count = trimmed(raw_text(row, "count"));
  const auto number = whole_number(count);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) {
    return wrong(place + "/row/count", count, "is not a number of messages (0 to 4294967295)");
  }
  out.count = *number;
  read_evaluation(child(row, "policy_evaluated"), out);
  // Drafts had "identities" and "auth_result".
  Node names = child(record, "identifiers");
  if (!names) names = child(record, "identities");
  out.envelope_to = domain_of(names, "envelope_to");
  out.envelope_from = domain_of(names, "envelope_from");
  out.header_from = domain_of(names, "header_from");
  Node results = child(record, "auth_results");
  if (!results) results = child(record, "auth_result");
  read_results(results, out);
  read_extensions(record, out.extensions);
  return out;
}

Result<bool> read_records(const Node& feedback, AggregateReport& out) {
  for (Node node = feedback.first_child(); node; node = node.next_sibling()) {
    if (!is_called(node, "record")) continue;
    if (out.records.size() == kMaxRecords) {
      return Error{"the report has more than " + std::to_string(kMaxRecords) + " records; no receiver needs so many"};
    }
    Result<AggregateRecord> record = read_record(node, "record " + std::to_string(out.records.size() + 1));
    if (!record) return record.error();
    if (record->header_from.empty()) record->header_from = out.policy.domain;
    out.records.push_back(std::move(*record));
  }
  return true;
}

// pugixml handles 16-bit and declared 8-bit encodings; text that is, or should be, UTF-8 is repaired first.
bool is_utf8_text(std::string_view xml) {
  if (xml.starts_with("\xFF\xFE") || xml.starts_with("\xFE\xFF") || xml.substr(0, 4).find('\0') != xml.npos)
    return false;
  const std::string head = ascii_lower(xml.substr(0, 100));
  return head.find("encoding=\"iso-8859-1\"") == head.npos && head.find("encoding='iso-8859-1'") == head.npos;
}

Result<bool> load(std::string_view xml, pugi::xml_document& document) {
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_doctype;
  const bool utf8 = is_utf8_text(xml);
  std::string text = utf8 ? with_valid_utf8(trimmed(xml)) : std::string(xml);
  const auto loaded =
      document.load_buffer(text.data(), text.size(), kOptions, utf8 ? pugi::encoding_utf8 : pugi::encoding_auto);
  if (!loaded) {
    const auto offset = std::clamp<std::ptrdiff_t>(loaded.offset, 0, static_cast<std::ptrdiff_t>(text.size()));
    const auto line = 1 + std::count(text.begin(), text.begin() + offset, '\n');
    return Error{"is not well-formed XML: line " + std::to_string(line) + ": " + ascii_lower(loaded.description())};
  }
  for (Node node = document.first_child(); node; node = node.next_sibling()) {
    if (node.type() == pugi::node_doctype) return Error{"has a document type; a report has none, and none is read"};
  }
  return true;
}

}  // namespace

Result<AggregateReport> parse_aggregate_report(std::string_view xml) {
  pugi::xml_document document;
  const Result<bool> loaded = load(xml, document);
  if (!loaded) return loaded.error();
  const Node feedback = child(document, "feedback");
  if (!feedback) {
    return Error{"is XML, but not an aggregate report: it begins with " +
                 quoted_value(document.document_element().name()) + ", not with \"feedback\""};
  }
  AggregateReport out;
  out.version = text_of(feedback, "version");
  if (const auto read = read_metadata(child(feedback, "report_metadata"), out); !read) return read.error();
  if (const auto read = read_policy(child(feedback, "policy_published"), out.policy); !read) return read.error();
  if (const auto read = read_records(feedback, out); !read) return read.error();
  read_extensions(feedback, out.extensions);
  return out;
}

}  // namespace emailauth::report
