#include "policy/spf/zone_data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "policy/spf/target_name.h"

namespace emailauth::spf {

using nlohmann::json;

// Reads a text once; the first error ends it.
class ZoneDataReader {
 public:
  bool read(const json& zone);
  std::string error;
  ZoneData data;

 private:
  struct Exchange {
    int preference;
    Name name;
  };

  bool read_node(const Name& name, const json& records);
  bool read_record(ZoneData::Node& node, const std::string& type, const json& value);
  bool read_address(ZoneData::Node& node, RecordType type, const json& value);
  bool read_name(std::vector<Name>& out, const json& value);
  bool read_exchange(const json& value);
  bool read_text(std::optional<std::vector<std::string>>& out, const json& value);
  bool read_number(const json& value, std::uint32_t& out);
  bool fail(const std::string& what);

  std::string pointer_;
  std::vector<Exchange> exchanges_;                // of the node being read
  std::optional<std::vector<std::string>> texts_;  // TXT
  std::optional<std::vector<std::string>> spf_;    // SPF, which replaces a missing TXT
};

namespace {

constexpr int kMaxCnames = 8;

// Parses, and notes a key that occurs twice in one object (the parser would silently keep the last).
json parse_strictly(std::string_view text, std::string& duplicate) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      duplicate = value.get<std::string>();
    }
    return true;
  };
  return json::parse(text, watch, false);
}

}  // namespace

bool ZoneDataReader::fail(const std::string& what) {
  error = pointer_ + ": " + what;
  return false;
}

bool ZoneDataReader::read(const json& zone) {
  if (!zone.is_object()) return fail("the zone data is not an object; write {\"example.com\": [ ... ]}");
  for (const auto& [key, records] : zone.items()) {
    pointer_ = "/" + key;
    const Result<Name> name = target_name(key);
    if (!name) return fail(name.error().message);
    if (!records.is_array()) return fail("the records of a name are not a list; write [ {\"A\": \"192.0.2.1\"} ]");
    if (!read_node(*name, records)) return false;
  }
  return true;
}

bool ZoneDataReader::read_node(const Name& name, const json& records) {
  ZoneData::Node& node = data.nodes_[name];
  exchanges_.clear();
  texts_.reset();
  spf_.reset();
  const std::string base = pointer_;
  for (std::size_t i = 0; i < records.size(); ++i) {
    pointer_ = base + "/" + std::to_string(i);
    const json& record = records[i];
    if (record == "TIMEOUT") {
      node.otherwise = DnsStatus::timeout;
      continue;
    }
    if (!record.is_object()) return fail("a record is not an object; write {\"TXT\": \"v=spf1 -all\"}");
    for (const auto& [type, value] : record.items()) {
      if (!read_record(node, type, value)) return false;
    }
  }
  std::stable_sort(exchanges_.begin(), exchanges_.end(),
                   [](const Exchange& a, const Exchange& b) { return a.preference < b.preference; });
  for (Exchange& exchange : exchanges_) node.answers[RecordType::mx].names.push_back(std::move(exchange.name));
  std::optional<std::vector<std::string>>& text = texts_ ? texts_ : spf_;
  if (text && !text->empty()) node.answers[RecordType::txt].texts = std::move(*text);
  return true;
}

bool ZoneDataReader::read_record(ZoneData::Node& node, const std::string& type, const json& value) {
  if (type == "A") return read_address(node, RecordType::a, value);
  if (type == "AAAA") return read_address(node, RecordType::aaaa, value);
  if (type == "TXT") return read_text(texts_, value);
  if (type == "SPF") return read_text(spf_, value);
  if (type == "MX") return read_exchange(value);
  if (type == "PTR") return read_name(node.answers[RecordType::ptr].names, value);
  if (type == "CNAME") return read_name(node.cname, value);
  if (type == "TTL") return read_number(value, node.ttl);
  if (type == "CNAMELOOP") return true;  // the suite's note that it does not mean a loop
  if (type == "TIMEOUT") {
    if (value == true) node.otherwise = DnsStatus::timeout;
    return value.is_boolean() || fail("TIMEOUT is not true or false");
  }
  if (type == "RCODE") {
    std::uint32_t code = 0;
    if (!read_number(value, code)) return false;
    node.otherwise = code == 0 ? DnsStatus::noerror : code == 3 ? DnsStatus::nxdomain : DnsStatus::servfail;
    return true;
  }
  return fail("\"" + type + "\" is not a type; use A, AAAA, CNAME, MX, PTR, TXT, TTL, TIMEOUT or RCODE");
}

bool ZoneDataReader::read_address(ZoneData::Node& node, RecordType type, const json& value) {
  const Result<IpAddress> address = IpAddress::parse(value.is_string() ? value.get<std::string>() : "");
  const bool right = address.ok() && address->is_v4() == (type == RecordType::a);
  if (!right) {
    const std::string shown = value.dump(-1, ' ', true, json::error_handler_t::replace);
    return fail(shown + " is not an address for " + std::string(to_text(type)));
  }
  node.answers[type].addresses.push_back(*address);
  return true;
}

bool ZoneDataReader::read_name(std::vector<Name>& out, const json& value) {
  if (!value.is_string()) return fail("a name is not a string");
  const std::string text = value.get<std::string>();
  const Result<Name> name = text.empty() || text == "." ? Result<Name>(Name()) : target_name(text);
  if (!name) return fail(name.error().message);
  out.push_back(*name);
  return true;
}

bool ZoneDataReader::read_exchange(const json& value) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_number_unsigned() ||
      value[0].get<std::uint64_t>() > 65535) {
    return fail("an MX is not a pair; write [10, \"mx.example.com\"]");
  }
  std::vector<Name> name;
  if (!read_name(name, value[1])) return false;
  exchanges_.push_back({value[0].get<int>(), name.front()});
  return true;
}

bool ZoneDataReader::read_text(std::optional<std::vector<std::string>>& out, const json& value) {
  const bool strings =
      value.is_array() && std::all_of(value.begin(), value.end(), [](const json& part) { return part.is_string(); });
  if (!value.is_string() && !strings) return fail("a text is neither a string nor a list of strings");
  if (!out) out.emplace();
  if (value == "NONE") return true;
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else {
    for (const json& part : value) text += part.get<std::string>();
  }
  out->push_back(std::move(text));
  return true;
}

bool ZoneDataReader::read_number(const json& value, std::uint32_t& out) {
  constexpr std::uint64_t kMax = 0x7fffffff;  // RFC 2181, 8
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMax) return fail("a number is not in 0..2147483647");
  out = value.get<std::uint32_t>();
  return true;
}

Result<ZoneData> ZoneData::parse(std::string_view json_text) {
  std::string duplicate;
  const json zone = parse_strictly(json_text, duplicate);
  if (zone.is_discarded()) return Error{"the zone data is not JSON; check commas, quotes and brackets"};
  if (!duplicate.empty()) return Error{"\"" + duplicate + "\" appears twice in one object; join the two lists"};
  ZoneDataReader reader;
  if (!reader.read(zone)) return Error{reader.error};
  return std::move(reader.data);
}

DnsAnswer ZoneData::ask(const DnsQuestion& question) {
  const Name* at = &question.name;
  for (int hops = 0; hops <= kMaxCnames; ++hops) {
    const auto node = nodes_.find(*at);
    DnsAnswer answer;
    answer.ttl = kDefaultTtl;
    if (node == nodes_.end()) {
      answer.status = DnsStatus::nxdomain;
      return answer;
    }
    const auto known = node->second.answers.find(question.type);
    if (known != node->second.answers.end()) answer = known->second;
    answer.ttl = node->second.ttl;
    if (!answer.empty()) return answer;
    if (node->second.cname.empty()) {
      answer.status = node->second.otherwise;
      return answer;
    }
    at = &node->second.cname.front();
  }
  DnsAnswer loop;
  loop.status = DnsStatus::servfail;
  return loop;
}

}  // namespace emailauth::spf
