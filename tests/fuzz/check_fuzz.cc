// Feeds hostile records to the domain checker, and to the import of policies.
//
// The input is lines: the texts of all names in turn, several of one name with a tab
// between them. All other DNS is made up from the names asked for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/check/check.h"
#include "policy/files/policy_file.h"
#include "policy/import/import.h"

using namespace emailauth;         // NOLINT: a test driver
using namespace emailauth::check;  // NOLINT

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "invariant broken: " << what << "\n";
  std::abort();
}

std::vector<std::string> parts(std::string_view text, char separator, std::size_t limit) {
  std::vector<std::string> out;
  while (out.size() < limit) {
    const std::size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

class HostileDns : public Dns {
 public:
  HostileDns(std::string_view input, bool fails) : lines_(parts(input, '\n', 64)), fails_(fails) {}

  using Dns::ask;
  DnsAnswer ask(const DnsQuestion& question) override {
    const auto known = answers_.find(question);
    return known != answers_.end() ? known->second : answers_.emplace(question, answer(question)).first->second;
  }

  std::size_t questions() const { return answers_.size(); }

 private:
  DnsAnswer answer(const DnsQuestion& question) {
    DnsAnswer found;
    found.owner = question.name;
    const std::size_t chance = std::hash<std::string>()(question.name.wire()) + static_cast<std::size_t>(question.type);
    switch (question.type) {
      case RecordType::txt:
      case RecordType::spf: found.texts = parts(lines_[next_++ % lines_.size()], '\t', 8); break;
      case RecordType::a: found.addresses.assign(chance % 3, *IpAddress::parse("192.0.2.1")); break;
      case RecordType::aaaa: found.addresses.assign(chance % 2, *IpAddress::parse("2001:db8::1")); break;
      case RecordType::mx: found.names.assign(chance % 13, chance % 5 == 0 ? Name() : question.name); break;
      case RecordType::ns:
      case RecordType::cname:
      case RecordType::ptr: found.names.assign(chance % 2, *Name::parse("a\\000\\.\\255.vali.email")); break;
      case RecordType::soa:
      case RecordType::ds: break;
    }
    if (chance % 11 == 0 && next_ > 1) found = {};
    if (found.empty()) found.status = static_cast<DnsStatus>(chance % (fails_ ? 4 : 1));
    if (chance % 7 == 0) found.owner = *Name::parse("elsewhere.example");
    return found;
  }

  std::vector<std::string> lines_;
  const bool fails_;
  std::size_t next_ = 0;
  std::map<DnsQuestion, DnsAnswer> answers_;
};

bool is_one_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

std::vector<Name> selectors() { return {*Name::parse("s1"), *Name::parse("s2"), *Name::parse("a.b")}; }

// What is imported always loads, whatever strangers publish.
void import(std::string_view input) {
  HostileDns dns(input, false);
  const std::vector<SeenAddress> seen = {{*IpAddress::parse("192.0.2.1"), "mail.example.net", "joe"}};
  importing::ImportOptions options;
  options.selectors = selectors();
  options.seen = seen;
  const importing::Import imported = importing::import_domain(dns, *Name::parse("d.example.com"), options);
  for (const importing::ImportNote& note : imported.notes)
    require(is_one_line(note.where) && is_one_line(note.what) &&
                std::all_of(note.todo.lines().begin(), note.todo.lines().end(), is_one_line),
            "one line each");
  if (imported.policy.empty()) return;
  Diagnostics diagnostics;
  parse_policy_file(PolicyFileKind::domains, "domains/d.json", imported.policy, 0, diagnostics);
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == emailauth::Severity::error) std::cerr << to_string(d) << "\n";
    require(d.severity != emailauth::Severity::error, "the policy loads");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  import(input);
  HostileDns dns(input, true);
  CheckOptions options;
  options.selectors = selectors();
  const DomainReport report = check_domain(dns, *Name::parse("d.example.com"), options);
  for (const Finding& finding : report.findings.all()) {
    require(is_one_line(finding.where) && is_one_line(finding.what) && is_one_line(finding.todo.text()),
            "one line each");
    require(finding.excerpt.offset + finding.excerpt.length <= finding.excerpt.record.size(), "an excerpt is a part");
  }
  require(dns.questions() < 2000, "the number of questions is bounded");
  return 0;
}
