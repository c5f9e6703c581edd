// A vendor's records, all the way through: flattened, written as a sender file, loaded, asked.
// For negative_terms; reads one JSON object per line from standard input:
//
//   {"zonedata": {...}, "term": "include:d0.example", "ips": ["192.0.2.1", ...]}
//
// and writes {"refused": why} or, one per line,
//
//   {"answers": [{"text": "v=spf1 ...", "withheld": ["exists:192.0.2.1.x.d0.example"]}, ...],
//    "static": {"owner.example._nspf.provider.net": "v=spf1 ..."}}
//
// `withheld`: pass-through terms that the answer would contain without their "except".
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "policy/files/sender_table.h"
#include "policy/senders/sender_resolution.h"
#include "policy/spf/flatten.h"
#include "policy/spf/zone_data.h"
#include "tests/make_responder.h"

using namespace emailauth;
using nlohmann::json;

namespace {

constexpr const char* kResponder = R"({"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
  "zones": ["_spf.provider.net", "_nspf.provider.net"],
  "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net", "include:%{d}._nspf.provider.net"]})";
constexpr const char* kDomain = R"({"domain": "owner.example", "spf": {"senders": ["vendor"]}})";
constexpr const char* kStatic = "owner.example._nspf.provider.net";

std::string question_about(const IpAddress& address) {
  const auto macros = spf::MacroString::parse("%{ir}.%{v}.%{d}._spf.provider.net", spf::MacroUse::domain_spec);
  spf::MacroValues values;
  values.domain = "owner.example";
  values.client = address;
  return macros->expand_domain(values);
}

json answer_about(const Responder& responder, const SenderResolution& resolution, const IpAddress& address) {
  json out = {{"text", tests::ask(responder, question_about(address)).at(0)}, {"withheld", json::array()}};
  for (const PassthroughTerm& term : resolution.passthrough) {
    const auto compiled = compile_passthrough(term);
    if (!compiled->is_for(address)) out["withheld"].push_back(expand(*compiled, address));
  }
  return out;
}

// The static record with all its pages.
void add_pages(const Responder& responder, const std::string& name, json& out) {
  const std::string text = tests::ask(responder, name).at(0);
  out[name] = text;
  const std::size_t next = text.find("include:_p");
  if (next != std::string::npos) add_pages(responder, text.substr(next + 8, text.find(' ', next) - next - 8), out);
}

json run(const json& input) {
  auto dns = spf::ZoneData::parse(input.at("zonedata").dump());
  const std::vector<std::string> terms = {input.at("term").get<std::string>()};
  const spf::Flattened flattened = spf::flatten(*dns, terms, {.allow_wide = true});
  if (!flattened.usable()) return {{"refused", flattened.findings.at(0).to_string()}};
  const SenderResolution resolution = resolution_of(flattened, 0);
  const std::string sender =
      R"({"sender": "vendor", "allow_wide": true, "resolved": )" + to_json_text(resolution) + "}";
  try {
    const auto responder = tests::make_responder(kResponder, {kDomain}, {sender});
    json out = {{"answers", json::array()}, {"static", json::object()}};
    for (const json& ip : input.at("ips"))
      out["answers"].push_back(answer_about(*responder, resolution, IpAddress::parse(ip.get<std::string>()).value()));
    add_pages(*responder, kStatic, out["static"]);
    return out;
  } catch (const std::runtime_error& error) {  // too many look-ups, said by the loader
    return {{"refused", error.what()}};
  }
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << run(json::parse(line)).dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  }
}
