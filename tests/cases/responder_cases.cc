// Asks the Responder the questions in tests/cases/*.json; run_on_pdns asks a
// real server the same ones.
//
//     responder_cases FILE...      exit status 1 if an answer is not the expected one
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/records/txt_content.h"
#include "tests/policy_tree.h"
#include "tests/some_day.h"

using namespace emailauth;
using emailauth::tests::kSomeDay;
using emailauth::tests::PolicyTree;
using nlohmann::json;

namespace {

std::string rcode_of(const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::outside: return "REFUSED";
    case Answer::Kind::missing: return "NXDOMAIN";
    case Answer::Kind::exists: return "NOERROR";
  }
  return "";
}

// The lengths of the character-strings in TXT presentation form.
std::vector<std::size_t> string_lengths(const std::string& content) {
  std::vector<std::size_t> lengths;
  bool inside = false;
  for (std::size_t at = 0; at < content.size(); ++at) {
    if (content[at] == '"') {
      inside = !inside;
      if (inside) lengths.push_back(0);
    } else if (inside) {
      if (content[at] == '\\') at += content[at + 1] >= '0' && content[at + 1] <= '9' ? 3U : 1U;
      ++lengths.back();
    }
  }
  return lengths;
}

class Runner {
 public:
  void run(const std::string& file) {
    file_ = file;
    std::ifstream in(file);
    const json cases = json::parse(in);
    const PolicyTree tree;
    std::string directory = tree.path().string();
    if (cases.at("policies").is_string()) {
      directory = (std::filesystem::path(file).parent_path() / cases.at("policies").get<std::string>()).string();
    } else {
      for (const auto& [name, content] : cases.at("policies").items()) tree.write(name, content.dump());
    }
    PolicyDirectory policies(directory);
    const LoadReport& report = policies.reload(kSomeDay);
    for (const Diagnostic& d : report.diagnostics) {
      if (d.severity == Severity::error) fail("policies", to_string(d));
    }
    if (!report.responder) return;
    responder_ = report.responder;
    for (const json& question : cases.at("questions")) ask(question);
    walk();
    ++files_;
  }

  int finish() const {
    std::printf("responder: %zu case files, %zu questions, %zu names on the way: %zu failures\n", files_, questions_,
                walked_, failures_);
    if (questions_ == 0) std::puts("responder: nothing was asked");
    return failures_ == 0 && questions_ > 0 ? 0 : 1;
  }

 private:
  void fail(const std::string& where, const std::string& what) {
    ++failures_;
    std::printf("%s: %s: %s\n", file_.c_str(), where.c_str(), what.c_str());
  }

  void ask(const json& question) {
    ++questions_;
    const auto text = question.at("name").get<std::string>();
    const auto type = question.value("type", "TXT");
    const Result<Name> name = Name::parse(text);
    if (!name) return fail(text, name.error().message);
    const Answer answer = responder_->answer(*name);
    const auto rcode = question.value("rcode", "NOERROR");
    if (rcode_of(answer) != rcode) fail(text + " " + type, "the answer is " + rcode_of(answer) + ", expected " + rcode);
    if (rcode == "NOERROR") existing_.insert(*name);
    compare(text + " " + type, type, answer, question);
  }

  void compare(const std::string& where, const std::string& type, const Answer& answer, const json& question) {
    auto expected = question.value("answer", std::vector<std::string>());
    std::vector<std::string> got;
    std::vector<std::size_t> strings;
    for (const Record& record : answer.records) {
      const std::string of(to_text(record.type));
      if (of != type && record.type != RecordType::cname) continue;
      got.push_back(of == type ? record.data : of + " " + record.data);
      if (record.type == RecordType::txt) strings = string_lengths(to_txt_content(record.data));
      if (question.contains("ttl") && question["ttl"] != record.ttl) {
        fail(where, "the TTL is " + std::to_string(record.ttl) + ", expected " + question["ttl"].dump());
      }
    }
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    if (got != expected) fail(where, "the answer is " + json(got).dump() + ", expected " + json(expected).dump());
    if (question.contains("strings") && question["strings"] != json(strings)) {
      fail(where, "the strings have " + json(strings).dump() + " octets, expected " + question["strings"].dump());
    }
  }

  // Resolvers walk down to a name label by label (RFC 9156): every name above
  // one that exists exists too (RFC 8020), down from the zone's apex.
  void walk() {
    std::set<Name> above;
    for (Name name : existing_) {
      const std::size_t zone_begin = responder_->answer(name).zone_begin;
      for (std::size_t i = 0; i < zone_begin; ++i) above.insert(name = name.parent());
    }
    walked_ += above.size();
    for (const Name& name : above) {
      const bool is_star = name.wire().compare(0, 2, "\1*") == 0;  // gets nothing by design
      if (!is_star && responder_->answer(name).kind != Answer::Kind::exists)
        fail(name.to_string(), "does not exist, but a name below it does");
    }
    existing_.clear();
  }

  std::string file_;
  std::shared_ptr<const Responder> responder_;
  std::set<Name> existing_;
  std::size_t files_ = 0;
  std::size_t questions_ = 0;
  std::size_t walked_ = 0;
  std::size_t failures_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Runner runner;
  for (int i = 1; i < argc; ++i) runner.run(argv[i]);
  return runner.finish();
}
