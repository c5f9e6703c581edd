#include "policy/cli/unbound_resolver.h"

#include <fmt/format.h>
#include <poll.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "policy/ip_prefix.h"

namespace emailauth::cli {

using spf::DnsAnswer;
using spf::DnsStatus;
using spf::QueryType;
using Clock = std::chrono::steady_clock;

struct UnboundResolver::Context {
  ub_ctx* handle = ub_ctx_create();
  Context() = default;
  ~Context() { ub_ctx_delete(handle); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

namespace {

// What the callback of an asynchronous question leaves behind.
struct Pending {
  bool done = false;
  ub_result* result = nullptr;
};

void keep_result(void* pending, int error, ub_result* result) {
  auto* out = static_cast<Pending*>(pending);
  out->done = true;
  out->result = error == 0 ? result : nullptr;
}

std::string joined_strings(std::string_view rdata) {
  std::string out;
  while (!rdata.empty()) {
    const std::size_t length = static_cast<unsigned char>(rdata[0]);
    out += rdata.substr(1, length);
    rdata.remove_prefix(std::min(rdata.size(), length + 1));
  }
  return out;
}

std::array<std::uint8_t, 16> octets_of(std::string_view rdata) {
  std::array<std::uint8_t, 16> octets{};
  std::transform(rdata.begin(), rdata.end(), octets.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return octets;
}

// Up to four octets in network byte order.
std::uint32_t number_of(std::string_view rdata) {
  std::uint32_t number = 0;
  for (const char c : rdata) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// An MX exchange and its place in the order of preference.
struct Exchange {
  std::uint32_t preference;
  Name name;
};

void add_record(DnsAnswer& answer, std::vector<Exchange>& exchanges, QueryType type, std::string_view rdata) {
  switch (type) {
    case QueryType::a:
      if (rdata.size() == 4) answer.addresses.push_back(IpAddress::v4(number_of(rdata)));
      break;
    case QueryType::aaaa:
      if (rdata.size() == 16) answer.addresses.push_back(IpAddress::v6(octets_of(rdata)));
      break;
    case QueryType::txt: answer.texts.push_back(joined_strings(rdata)); break;
    case QueryType::ptr:
      if (const Result<Name> name = Name::from_wire(rdata)) answer.names.push_back(*name);
      break;
    case QueryType::mx:
      if (rdata.size() < 3) break;
      if (const Result<Name> name = Name::from_wire(rdata.substr(2))) {
        exchanges.push_back({number_of(rdata.substr(0, 2)), *name});
      }
      break;
  }
}

// "signature expired" of "validation failure <example.com. TXT IN>: signature expired from 192.0.2.53".
std::string reason_in(std::string_view why_bogus) {
  const std::size_t question_end = why_bogus.find(">: ");
  if (question_end != std::string_view::npos) why_bogus.remove_prefix(question_end + 3);
  return std::string(why_bogus.substr(0, why_bogus.find(" from ")));
}

DnsStatus status_of(const ub_result& result) {
  constexpr int kNoError = 0;
  constexpr int kNxDomain = 3;
  if (result.bogus != 0) return DnsStatus::bogus;
  if (result.rcode != kNoError && result.rcode != kNxDomain) return DnsStatus::servfail;
  return result.rcode == kNxDomain ? DnsStatus::nxdomain : DnsStatus::noerror;
}

std::vector<std::string_view> rdata_of(const ub_result& result) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; result.havedata != 0 && result.data[i] != nullptr; ++i) {
    out.emplace_back(result.data[i], static_cast<std::size_t>(result.len[i]));
  }
  return out;
}

// "12345 13 2 <digest>" (RFC 4034, 5.3).
std::string ds_text(std::string_view rdata) {
  if (rdata.size() < 4) return "";
  std::string out = fmt::format("{} {} {} ", number_of(rdata.substr(0, 2)), number_of(rdata.substr(2, 1)),
                                number_of(rdata.substr(3, 1)));
  for (const char c : rdata.substr(4)) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// The records are those of another name, which a CNAME led to.
bool stands_elsewhere(const ub_result& result, const Name& name) {
  if (result.canonname == nullptr) return false;
  const Result<Name> canonical = Name::parse(result.canonname);
  return canonical && *canonical != name;
}

void read_records(const ub_result& result, QueryType type, DnsAnswer& answer) {
  std::vector<Exchange> exchanges;
  for (const std::string_view rdata : rdata_of(result)) add_record(answer, exchanges, type, rdata);
  std::stable_sort(exchanges.begin(), exchanges.end(),
                   [](const Exchange& a, const Exchange& b) { return a.preference < b.preference; });
  for (Exchange& exchange : exchanges) answer.names.push_back(std::move(exchange.name));
}

// Lets libunbound work until the answer is there or `end` has come.
void wait_for(ub_ctx* handle, const Pending& pending, Clock::time_point end) {
  while (!pending.done) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return;
    pollfd readable{ub_fd(handle), POLLIN, 0};
    if (poll(&readable, 1, static_cast<int>(left)) > 0) ub_process(handle);
  }
}

// libunbound answers these itself; a server that was named is to be asked for everything.
void ask_for_special_zones(ub_ctx* handle) {
  for (const char* zone : {"test.", "invalid.", "onion.", "home.arpa.", "local."}) ub_ctx_zone_remove(handle, zone);
}

}  // namespace

Result<std::string> server_address(const std::string& text) {
  std::string_view host = text;
  std::string_view port = "53";
  if (!host.empty() && host[0] == '[') {
    const std::size_t close = host.find(']');
    if (close != std::string_view::npos && host.substr(close + 1, 1) == ":") port = host.substr(close + 2);
    host = host.substr(1, close == std::string_view::npos ? close : close - 1);
  } else if (std::count(host.begin(), host.end(), ':') == 1) {
    port = host.substr(host.find(':') + 1);
    host = host.substr(0, host.find(':'));
  }
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good_port = failure == std::errc() && end == port.data() + port.size() && number > 0 && number < 65536;
  if (!IpAddress::parse(host) || !good_port) {
    return Error{"\"" + text + "\" is not the address of a server; write \"192.0.2.53\" or \"192.0.2.53:5300\""};
  }
  return std::string(host) + "@" + std::string(port);
}

UnboundResolver::UnboundResolver(std::unique_ptr<Context> context, const ResolverOptions& options)
    : context_(std::move(context)), options_(options), end_(Clock::now() + options.total_time) {}

UnboundResolver::~UnboundResolver() = default;

Result<std::unique_ptr<UnboundResolver>> UnboundResolver::open(const ResolverOptions& options) {
  auto context = std::make_unique<Context>();
  ub_ctx* handle = context->handle;
  if (handle == nullptr) return Error{"libunbound could not be started; is there memory left?"};
  const auto option = [handle](const char* name, const char* value) { ub_ctx_set_option(handle, name, value); };
  option("do-not-query-localhost:", "no");
  option("unblock-lan-zones:", "yes");
  option("insecure-lan-zones:", "yes");
  option("cache-max-ttl:", "604800");  // TTLs of up to a week are told as they are
  option("val-log-level:", "2");       // else it does not say why something is bogus
  ub_ctx_debugout(handle, nullptr);    // what matters is in the answers
  ub_ctx_async(handle, 1);
  int failed = 0;
  if (options.server.empty()) {
    failed = ub_ctx_resolvconf(handle, nullptr);
    if (failed != 0) return Error{"/etc/resolv.conf names no server; name one with --resolver"};
  } else {
    const Result<std::string> address = server_address(options.server);
    if (!address) return address.error();
    failed = ub_ctx_set_fwd(handle, address->c_str());
    if (failed != 0) return Error{"\"" + options.server + "\": " + ub_strerror(failed)};
  }
  if (!options.trust_anchor.empty()) {
    // libunbound opens it only when it is asked something.
    if (access(options.trust_anchor.c_str(), R_OK) != 0) {
      return Error{"trust anchor \"" + options.trust_anchor + "\": " + std::strerror(errno)};
    }
    failed = ub_ctx_add_ta_file(handle, options.trust_anchor.c_str());
    if (failed != 0) return Error{"trust anchor \"" + options.trust_anchor + "\": " + ub_strerror(failed)};
  }
  if (!options.server.empty()) ask_for_special_zones(handle);
  return std::unique_ptr<UnboundResolver>(new UnboundResolver(std::move(context), options));
}

DnsAnswer UnboundResolver::ask(const Name& name, int type,
                               const std::function<void(const ub_result&, DnsAnswer&)>& read) {
  DnsAnswer answer;
  answer.status = DnsStatus::timeout;
  Clock::time_point end = Clock::now() + options_.question_time;
  if (options_.total_time.count() > 0) end = std::min(end, end_);
  if (Clock::now() >= end) return answer;

  Pending pending;
  int id = 0;
  constexpr int kClassIn = 1;
  const std::string text = name.to_string();
  if (ub_resolve_async(context_->handle, text.c_str(), type, kClassIn, &pending, keep_result, &id) != 0) {
    answer.status = DnsStatus::servfail;
    return answer;
  }
  wait_for(context_->handle, pending, end);
  if (!pending.done) {
    ub_cancel(context_->handle, id);
    return answer;
  }
  answer.status = pending.result == nullptr ? DnsStatus::servfail : status_of(*pending.result);
  if (answer.status == DnsStatus::bogus && pending.result->why_bogus != nullptr)
    answer.why = reason_in(pending.result->why_bogus);
  if (pending.result != nullptr) answer.ttl = static_cast<std::uint32_t>(std::max(pending.result->ttl, 0));
  if (!answer.failed()) read(*pending.result, answer);
  ub_resolve_free(pending.result);
  return answer;
}

DnsAnswer UnboundResolver::query(const Name& name, QueryType type) {
  return ask(name, static_cast<int>(type),
             [type](const ub_result& result, DnsAnswer& answer) { read_records(result, type, answer); });
}

DnsAnswer UnboundResolver::records_at(const Name& name, RecordType type) {
  return ask(name, static_cast<int>(type), [&](const ub_result& result, DnsAnswer& answer) {
    if (type != RecordType::cname && stands_elsewhere(result, name)) return;
    for (const std::string_view rdata : rdata_of(result)) {
      if (type == RecordType::ds)
        answer.texts.push_back(ds_text(rdata));
      else if (const Result<Name> target = Name::from_wire(rdata))
        answer.names.push_back(*target);
    }
    std::sort(answer.names.begin(), answer.names.end());
    std::sort(answer.texts.begin(), answer.texts.end());
  });
}

}  // namespace emailauth::cli
