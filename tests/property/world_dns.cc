#include "tests/property/world_dns.h"

#include <algorithm>

#include "policy/spf/macro_string.h"
#include "policy/spf/target_name.h"

namespace emailauth::property {

namespace {

DnsAnswer no_such_name() {
  DnsAnswer answer;
  answer.status = DnsStatus::nxdomain;
  return answer;
}

DnsAnswer text_answer(std::string text, RecordType type) {
  DnsAnswer answer;
  if (type == RecordType::txt) answer.texts.push_back(std::move(text));
  return answer;
}

std::string shown(const DnsAnswer& answer) {
  std::string out;
  for (const std::string& text : answer.texts) out += (out.empty() ? "" : " | ") + text;
  for (const IpAddress& address : answer.addresses) out += (out.empty() ? "" : " | ") + address.to_string();
  return out.empty() ? describe(answer) : out;
}

// Returns the address that begins the name in one of the four spellings, if `accepts` accepts it.
template <typename F>
std::optional<IpAddress> leading_address(const Labels& labels, F&& accepts) {
  for (const std::size_t width : {std::size_t{32}, std::size_t{4}}) {
    if (labels.size() < width) continue;
    const Labels front(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(width));
    for (const bool in_reverse : {false, true}) {
      const std::optional<IpAddress> address = read(front, in_reverse);
      if (address && accepts(*address)) return address;
    }
  }
  return std::nullopt;
}

// Returns the name, below a vendor's term, that a receiver makes for this client.
std::string vendor_name(const std::string& term, std::size_t sender, const IpAddress& client) {
  const auto macros = spf::MacroString::parse(term.substr(term.find(':') + 1), spf::MacroUse::domain_spec);
  spf::MacroValues values;
  values.client = client;
  values.domain = vendor_record_name(sender);
  return ascii_lower(macros.value().expand_domain(values));
}

// Returns what the vendor publishes for receivers that include it: refusals first, then its term.
std::string vendor_record(const SenderSpec& sender) {
  std::string record = "v=spf1";
  for (const std::string& network : sender.except) record += " -" + IpPrefix::parse(network).value().to_spf_term();
  // Mail::SPF would read ::ffff:0:0/96 as all of IPv4: that would be the vendor's own fault.
  for (const IpPrefix& network : (set_of(sender.networks) - IpSet::mapped()).to_prefixes()) {
    record += " " + network.to_spf_term();
  }
  return record + (sender.term.empty() ? "" : " " + sender.term) + " -all";
}

}  // namespace

DnsAnswer WorldDns::ask(const DnsQuestion& question) {
  const auto& [name, type] = question;
  if (!first_name_) first_name_ = name;
  DnsAnswer answer = find(name, type);
  asked_.push_back({name.to_string(), type, shown(answer)});
  return answer;
}

DnsAnswer WorldDns::find(const Name& name, RecordType type) {
  if (world_.is_in_our_zones(name)) {
    longest_name_ = std::max(longest_name_, spf::plain_text(name).size());
    DnsAnswer answer = answerer_ == Answerer::responder ? ask_responder(name, type) : ask_careless(name, type);
    const bool is_positive = std::any_of(answer.texts.begin(), answer.texts.end(), [](const std::string& text) {
      return std::count(text.begin(), text.end(), ' ') > 1;
    });
    was_generous_ = was_generous_ || !answer.addresses.empty() || is_positive;
    return answer;
  }
  for (std::size_t i = 0; i < world_.spec().senders.size(); ++i) {
    if (name.is_at_or_below(Name::parse(vendor_zone(i)).value())) return ask_vendor(i, name, type);
  }
  return world_.is_owned(name) ? text_answer(owners_record_, type) : no_such_name();
}

DnsAnswer WorldDns::ask_responder(const Name& name, RecordType type) {
  const Answer given = world_.responder().answer(name);
  if (given.kind == Answer::Kind::missing) return no_such_name();
  DnsAnswer answer;
  if (given.kind == Answer::Kind::outside) answer.status = DnsStatus::servfail;
  for (const Record& record : given.records) {
    if (record.type == RecordType::txt && type == RecordType::txt) answer.texts.push_back(record.data);
    if (record.type == RecordType::a && type == RecordType::a)
      answer.addresses.push_back(IpAddress::parse(record.data).value());
  }
  return answer;
}

DnsAnswer WorldDns::ask_careless(const Name& name, RecordType type) const {
  const auto is_granted = [&](const IpAddress& address) { return world_.grants_somewhere(address); };
  if (!leading_address(split(spf::plain_text(name)), is_granted)) return text_answer("v=spf1 -all", type);
  DnsAnswer answer = text_answer("v=spf1 +all", type);
  if (type == RecordType::a) answer.addresses.push_back(IpAddress::parse("127.0.0.2").value());
  return answer;
}

DnsAnswer WorldDns::ask_vendor(std::size_t number, const Name& name, RecordType type) const {
  const SenderSpec& sender = world_.spec().senders[number];
  const std::string text = spf::plain_text(name);
  if (text == vendor_record_name(number)) return text_answer(vendor_record(sender), type);
  if (sender.term.empty()) return no_such_name();
  const auto is_asked_for = [&](const IpAddress& address) { return vendor_name(sender.term, number, address) == text; };
  const std::optional<IpAddress> client = leading_address(split(text), is_asked_for);
  const bool yes = client && world_.vendor_says_yes(number, *client);
  if (sender.term.starts_with("include:")) return text_answer(yes ? "v=spf1 +all" : "v=spf1 -all", type);
  if (!yes) return no_such_name();
  DnsAnswer answer;
  if (sender.term.starts_with("exists:")) {
    if (type == RecordType::a) answer.addresses.push_back(IpAddress::parse("127.0.0.2").value());
  } else if (type == (client->is_v4() ? RecordType::a : RecordType::aaaa)) {
    answer.addresses.push_back(*client);
  }
  return answer;
}

}  // namespace emailauth::property
