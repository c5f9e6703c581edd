// Evaluates questions read from standard input, one JSON object per line, for
// compare_with_others:
//
//   {"zonedata": {...}, "ip": "192.0.2.1", "helo": "mta.example", "from": "u@example.com"}
//
// and writes {"result", "reason", "explanation", "terms", "voids", "asked_ptr"}, one per line.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "policy/spf/evaluator.h"
#include "policy/spf/zone_data.h"

using emailauth::IpAddress;
using emailauth::RecordType;
using emailauth::spf::check_host;
using emailauth::spf::Evaluation;
using emailauth::spf::Question;
using emailauth::spf::ZoneData;
using nlohmann::json;

namespace {

bool asked_ptr(const Evaluation& evaluation) {
  for (const auto& step : evaluation.trace) {
    for (const auto& question : step.asked) {
      if (question.type == RecordType::ptr) return true;
    }
  }
  return false;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const json input = json::parse(line);
    auto dns = ZoneData::parse(input.at("zonedata").dump());
    if (!dns) {
      std::cerr << dns.error().message << "\n";
      return 1;
    }
    Question question;
    question.client = IpAddress::parse(input.at("ip").get<std::string>()).value();
    question.helo = input.at("helo").get<std::string>();
    question.mail_from = input.at("from").get<std::string>();
    const Evaluation got = check_host(*dns, question);
    const json output = {{"result", to_string(got.verdict)}, {"reason", got.reason},
                         {"explanation", got.explanation},   {"terms", got.terms},
                         {"voids", got.void_lookups},        {"asked_ptr", asked_ptr(got)}};
    std::cout << output.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  }
}
