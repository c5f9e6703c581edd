// Feeds hostile records, senders and HELOs to the SPF parser, evaluator and flattener.
//
// The input is lines: the sender, the HELO, the client, and then the TXT records of
// d0.example, d1.example, ... All other DNS is made up from the names asked for.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/spf/evaluator.h"
#include "policy/spf/flatten.h"
#include "policy/spf/record.h"
#include "tests/fuzz/require.h"

using namespace emailauth;       // NOLINT: a test driver
using namespace emailauth::spf;  // NOLINT
using emailauth::tests::require;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (lines.size() < 12) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  lines.resize(12);
  return lines;
}

IpAddress address(std::size_t number, bool v4) {
  const auto low = static_cast<std::uint8_t>(number);
  if (v4) return IpAddress::v4(0xc0000200U + low);
  return IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, low});
}

class MadeUpDns : public Dns {
 public:
  explicit MadeUpDns(const std::vector<std::string>& lines) : lines_(lines) {}

  DnsAnswer ask(const DnsQuestion& question) override {
    const auto& [name, type] = question;
    DnsAnswer answer;
    if (type == RecordType::txt) {
      for (std::size_t i = 0; i < 9; ++i) {
        if (name.to_string() == "d" + std::to_string(i) + ".example") answer.texts = {lines_[i + 3]};
      }
      return answer;
    }
    const std::size_t seed = std::hash<std::string>{}(name.wire()) + static_cast<std::size_t>(type);
    if (seed % 17 == 0) answer.status = DnsStatus::timeout;
    if (seed % 17 == 1) answer.status = DnsStatus::nxdomain;
    for (std::size_t i = 0; seed % 17 > 1 && i < seed % 3; ++i) {
      if (type == RecordType::a) answer.addresses.push_back(address(seed / 100 + i, true));
      if (type == RecordType::aaaa) answer.addresses.push_back(address(seed / 100 + i, false));
      if (type == RecordType::mx || type == RecordType::ptr) answer.names.push_back(name.parent());
    }
    return answer;
  }

 private:
  const std::vector<std::string>& lines_;
};

void check_macro_string(const std::string& text, MacroUse use) {
  std::size_t offset = 0;
  const Result<MacroString> parsed = MacroString::parse(text, use, &offset);
  if (!parsed) return require(offset <= text.size(), "the offset of a macro error lies inside its text");
  const Result<MacroString> again = MacroString::parse(parsed->to_string(), use);
  require(again.ok() && *again == *parsed, "a macro string round-trips");
}

void check_text(const std::string& text) {
  for (const MacroUse use : {MacroUse::domain_spec, MacroUse::modifier, MacroUse::explanation})
    check_macro_string(text, use);
  const std::vector<SyntaxError> errors = check_record(text);
  const Result<Record> record = Record::parse(text);
  require(record.ok() == errors.empty(), "parse() and check_record() agree");
  for (const SyntaxError& error : errors) {
    require(error.span.offset + error.span.length <= text.size(), "a syntax error lies inside its text");
  }
  if (!record) return;
  const Result<Record> again = Record::parse(record->to_string());
  require(again.ok() && again->to_string() == record->to_string(), "a record round-trips");
}

void check_evaluation(const Evaluation& got, const Limits& limits) {
  require(got.terms <= limits.terms + 1, "terms are limited");
  require(got.void_lookups <= limits.void_lookups + 1, "void lookups are limited");
  require(got.queries <= 12 * (limits.terms + 3), "DNS questions are limited");
  require(got.trace.size() <= Evaluation::kMaxTraceSteps, "the trace is limited");
  require(got.explanation.empty() || got.verdict == Verdict::fail, "only a fail is explained");
}

// flatten() must say about all addresses what check_host() says about each.
void check_flattened(MadeUpDns& dns, Question question) {
  const std::vector<std::string> terms = {"include:d0.example"};
  const Flattened flat = flatten(dns, terms, {.allow_wide = true, .max_records = 20});
  constexpr int kTerms = 100;
  if (!flat.findings.empty() || !flat.passthrough.empty() || flat.lookups >= kTerms) return;
  question.mail_from = "u@d0.example";
  for (std::size_t i = 0; i < 8; ++i) {
    question.client = address(i * 37, i % 2 == 0);
    const Evaluation got = check_host(dns, question, {.terms = kTerms, .void_lookups = 10 * kTerms});
    require(flat.addresses.contains(question.client) == (got.verdict == Verdict::pass),
            "flatten() agrees with check_host()");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> lines = lines_of({reinterpret_cast<const char*>(data), size});
  for (const std::string& line : lines) check_text(line);

  MadeUpDns dns(lines);
  Question question;
  question.mail_from = lines[0];
  question.helo = lines[1];
  const Result<IpAddress> client = IpAddress::parse(lines[2]);
  question.client = client ? *client : address(lines[2].size(), true);
  check_evaluation(check_host(dns, question), Limits{});
  question.mail_from += "@d0.example";
  check_evaluation(check_host(dns, question), Limits{});
  check_flattened(dns, question);
  return 0;
}
