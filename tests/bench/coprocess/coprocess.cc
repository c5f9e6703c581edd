// tests/bench/coprocess/coprocess.cc - Our own Responder, called by PowerDNS' pipe and remote backends.
//
//   bench_coprocess pipe POLICIES      tab-separated lines (pipe backend, ABI 3)
//   bench_coprocess remote POLICIES    JSON lines (remote backend, pipe connector)
//
// What an operator would build without our module, for scripts/bench to compare
// with; never installed.
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "policy/answer/responder.h"
#include "policy/directory/policy_directory.h"
#include "policy/records/txt_content.h"

namespace {

using emailauth::Answer;
using emailauth::Name;
using emailauth::Record;
using emailauth::RecordType;
using emailauth::Responder;
using nlohmann::json;

constexpr std::string_view kPipeAbi = "3";

std::string content_of(const Record& record) {
  return record.type == RecordType::txt ? emailauth::to_txt_content(record.data) : record.data;
}

// Calls visit(type, ttl, content) for each record of the type.
template <typename Visit>
void for_each_record(const Answer& answer, std::string_view qtype, Visit&& visit) {
  if (answer.kind != Answer::Kind::exists) return;
  for (const Record& record : answer.records) {
    if (qtype == "ANY" || qtype == to_text(record.type)) visit(to_text(record.type), record.ttl, content_of(record));
  }
}

// --- The pipe backend

// A name without records is missing: this protocol has no empty names.
std::string pipe_question(const Responder& responder, const std::string& line) {
  std::istringstream fields(line);
  std::string tag, qname, qclass, qtype;
  std::getline(fields, tag, '\t');
  std::getline(fields, qname, '\t');
  std::getline(fields, qclass, '\t');
  std::getline(fields, qtype, '\t');
  const emailauth::Result<Name> name = Name::parse(qname);
  std::string out;
  if (name) {
    const Answer answer = responder.answer(*name);
    for_each_record(answer, qtype, [&](std::string_view type, std::uint32_t ttl, const std::string& content) {
      out += answer.unbounded ? "DATA\t1\t1\t" : "DATA\t0\t1\t";
      out += qname + "\tIN\t";
      out += type;
      out += '\t' + std::to_string(ttl) + '\t' + std::to_string(answer.zone_id) + '\t';
      out += content;
      out += '\n';
    });
  }
  return out + "END\n";
}

int serve_pipe(const Responder& responder) {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("HELO\t")) {
      std::cout << (line.substr(5) == kPipeAbi ? "OK\tbench_coprocess\n" : "FAIL\n") << std::flush;
    } else if (line.starts_with("Q\t")) {
      std::cout << pipe_question(responder, line) << std::flush;
    } else {
      std::cout << "FAIL\n" << std::flush;
    }
  }
  return 0;
}

// --- The remote backend

json zone_list(const Responder& responder) {
  json zones = json::array();
  responder.for_each_zone([&](const emailauth::ZoneInfo& zone) {
    zones.push_back(
        {{"id", zone.id}, {"zone", zone.apex.to_string() + "."}, {"serial", zone.serial}, {"kind", "native"}});
  });
  return zones;
}

json lookup(const Responder& responder, const json& question) {
  const auto& qname = question.at("qname").get_ref<const std::string&>();
  json records = json::array();
  const emailauth::Result<Name> name = Name::parse(qname);
  if (!name) return records;
  const Answer answer = responder.answer(*name);
  const auto& qtype = question.at("qtype").get_ref<const std::string&>();
  const auto add = [&](std::string_view type, std::uint32_t ttl, const std::string& content) {
    records.push_back({{"qtype", type},
                       {"qname", qname},
                       {"content", content},
                       {"ttl", ttl},
                       {"domain_id", answer.zone_id},
                       {"scopeMask", answer.unbounded ? 1 : 0}});
  };
  for_each_record(answer, qtype, add);
  // PowerDNS' sign of an empty name is a record of type 0.
  if (answer.kind == Answer::Kind::exists && answer.records.empty() && qtype == "ANY") add("TYPE0", 0, "");
  return records;
}

std::string remote_answer(const Responder& responder, const std::string& line) {
  const json question = json::parse(line, nullptr, false);
  json result = false;
  if (question.is_object()) {
    const std::string method = question.value("method", "");
    if (method == "initialize") result = true;
    if (method == "lookup") result = lookup(responder, question.at("parameters"));
    if (method == "getAllDomains") result = zone_list(responder);
  }
  return json{{"result", result}}.dump() + "\n";
}

int serve_remote(const Responder& responder) {
  for (std::string line; std::getline(std::cin, line);) std::cout << remote_answer(responder, line) << std::flush;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::string_view protocol = argc == 3 ? argv[1] : "";
  if (protocol != "pipe" && protocol != "remote") {
    std::cerr << "usage: bench_coprocess pipe|remote POLICIES\n";
    return 2;
  }
  emailauth::PolicyDirectory policies(argv[2]);
  const std::shared_ptr<const Responder> responder = policies.reload(emailauth::day_of(std::time(nullptr))).responder;
  if (!responder) {
    std::cerr << "bench_coprocess: no responder.json that can be served in " << argv[2] << "\n";
    return 1;
  }
  return protocol == "pipe" ? serve_pipe(*responder) : serve_remote(*responder);
}
