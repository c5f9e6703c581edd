#include "policy/cli/dns/unbound_context.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace emailauth::cli {

namespace {

// The result that the callback of an asynchronous question stores.
struct Pending {
  int id = 0;
  bool done = false;
  UnboundContext::Asked* asked = nullptr;
};

void keep_result(void* pending, int error, ub_result* result) {
  auto* out = static_cast<Pending*>(pending);
  out->done = true;
  out->asked->failed = error != 0;
  out->asked->result.reset(error == 0 ? result : nullptr);
}

// libunbound answers these itself, but a server that was named must get all queries.
void ask_for_special_zones(ub_ctx* handle) {
  for (const char* zone : {"test.", "invalid.", "onion.", "home.arpa.", "local."}) ub_ctx_zone_remove(handle, zone);
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

// The strings of a TXT record, without what separates them.
std::string joined_strings(std::string_view rdata) {
  std::string out;
  while (!rdata.empty()) {
    const std::size_t length = static_cast<unsigned char>(rdata[0]);
    out += rdata.substr(1, length);
    rdata.remove_prefix(std::min(rdata.size(), length + 1));
  }
  return out;
}

// The number in up to four octets.
std::uint32_t number_of(std::string_view rdata) {
  std::uint32_t number = 0;
  for (const char c : rdata) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::optional<IpAddress> address_of(std::string_view rdata) {
  if (rdata.size() == 4) return IpAddress::v4(number_of(rdata));
  if (rdata.size() != 16) return std::nullopt;
  std::array<std::uint8_t, 16> octets{};
  std::transform(rdata.begin(), rdata.end(), octets.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return IpAddress::v6(octets);
}

// The exchanges of MX records, the most preferred first.
std::vector<Name> exchanges_of(std::span<const std::string_view> rdata) {
  struct Exchange {
    std::uint32_t preference;
    Name name;
  };
  std::vector<Exchange> exchanges;
  for (const std::string_view one : rdata) {
    if (one.size() < 3) continue;
    if (const Result<Name> name = Name::from_wire(one.substr(2)))
      exchanges.push_back({number_of(one.substr(0, 2)), *name});
  }
  std::stable_sort(exchanges.begin(), exchanges.end(),
                   [](const Exchange& a, const Exchange& b) { return a.preference < b.preference; });
  std::vector<Name> out;
  for (Exchange& exchange : exchanges) out.push_back(std::move(exchange.name));
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

void read_records(const ub_result& result, RecordType type, DnsAnswer& answer) {
  const std::vector<std::string_view> records = rdata_of(result);
  switch (type) {
    case RecordType::a:
    case RecordType::aaaa:
      for (const std::string_view rdata : records) {
        if (const auto address = address_of(rdata)) answer.addresses.push_back(*address);
      }
      return;
    case RecordType::txt:
    case RecordType::spf:
      for (const std::string_view rdata : records) answer.texts.push_back(joined_strings(rdata));
      break;
    case RecordType::ds:
      for (const std::string_view rdata : records) answer.texts.push_back(ds_text(rdata));
      break;
    case RecordType::mx: answer.names = exchanges_of(records); return;
    case RecordType::ns:
    case RecordType::cname:
    case RecordType::ptr:
      for (const std::string_view rdata : records) {
        if (const Result<Name> name = Name::from_wire(rdata)) answer.names.push_back(*name);
      }
      break;
    case RecordType::soa: return;  // nothing here looks at one
  }
  std::sort(answer.names.begin(), answer.names.end());
  std::sort(answer.texts.begin(), answer.texts.end());
}

Validation validation_of(const ub_result& result) {
  if (result.bogus != 0) return Validation::bogus;
  return result.secure != 0 ? Validation::secure : Validation::insecure;
}

}  // namespace

Result<std::unique_ptr<UnboundContext>> UnboundContext::open(const ResolverOptions& options) {
  std::unique_ptr<UnboundContext> context(new UnboundContext);
  if (context->handle_ == nullptr) return Error{"libunbound could not be started; is there enough memory?"};
  const Result<bool> configured = context->configure(options);
  if (!configured) return configured.error();
  return context;
}

Result<bool> UnboundContext::configure(const ResolverOptions& options) {
  const auto option = [this](const char* name, const char* value) { ub_ctx_set_option(handle_, name, value); };
  option("do-not-query-localhost:", "no");
  option("unblock-lan-zones:", "yes");
  option("insecure-lan-zones:", "yes");
  option("cache-max-ttl:", "604800");  // TTLs of up to a week are reported unchanged
  option("val-log-level:", "2");       // otherwise it does not say why something is bogus
  ub_ctx_debugout(handle_, nullptr);   // what matters is in the answers
  ub_ctx_async(handle_, 1);
  if (options.from_root) {
    if (const auto used = use_root(options.root_hints); !used) return used.error();
  } else if (options.server.empty()) {
    if (ub_ctx_resolvconf(handle_, nullptr) != 0)
      return Error{"/etc/resolv.conf names no server; name one with --resolver"};
  } else {
    if (const auto used = use_server(options.server); !used) return used.error();
    for (const std::string& server : options.more_servers) {
      if (const auto used = use_server(server); !used) return used.error();
    }
  }
  if (!options.trust_anchor.empty()) {
    // libunbound opens it only at the first query.
    if (access(options.trust_anchor.c_str(), R_OK) != 0) {
      return Error{"trust anchor \"" + options.trust_anchor + "\": " + std::strerror(errno)};
    }
    const int failed = ub_ctx_add_ta_file(handle_, options.trust_anchor.c_str());
    if (failed != 0) return Error{"trust anchor \"" + options.trust_anchor + "\": " + ub_strerror(failed)};
  }
  if (!options.server.empty() || options.from_root) ask_for_special_zones(handle_);
  return true;
}

Result<bool> UnboundContext::use_root(const std::string& hints) {
  if (hints.empty()) return true;
  if (access(hints.c_str(), R_OK) != 0) return Error{"root hints \"" + hints + "\": " + std::strerror(errno)};
  const int failed = ub_ctx_set_option(handle_, "root-hints:", hints.c_str());
  if (failed != 0) return Error{"root hints \"" + hints + "\": " + ub_strerror(failed)};
  return true;
}

Result<bool> UnboundContext::use_server(const std::string& server) {
  const Result<std::string> address = server_address(server);
  if (!address) return address.error();
  const int failed = ub_ctx_set_fwd(handle_, address->c_str());
  if (failed != 0) return Error{"\"" + server + "\": " + ub_strerror(failed)};
  return true;
}

void UnboundContext::ask(std::span<Asked> questions, Clock::time_point end) {
  constexpr int kClassIn = 1;
  std::vector<Pending> pending(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    pending[i].asked = &questions[i];
    const auto& [name, type] = questions[i].question;
    questions[i].failed = ub_resolve_async(handle_, name.to_string().c_str(), static_cast<int>(type), kClassIn,
                                           &pending[i], keep_result, &pending[i].id) != 0;
    pending[i].done = questions[i].failed;
  }
  const auto waits = [&pending] {
    return std::any_of(pending.begin(), pending.end(), [](const Pending& p) { return !p.done; });
  };
  while (waits()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) break;
    pollfd readable{ub_fd(handle_), POLLIN, 0};
    if (poll(&readable, 1, static_cast<int>(left)) > 0) ub_process(handle_);
  }
  for (const Pending& one : pending) {
    if (!one.done) ub_cancel(handle_, one.id);
  }
}

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

DnsAnswer answer_in(const UnboundContext::Asked& asked, const ResolverOptions& options) {
  const auto& [name, type] = asked.question;
  DnsAnswer answer;
  answer.owner = name;
  const ub_result* result = asked.result.get();
  if (result == nullptr) {
    answer.status = asked.failed ? DnsStatus::servfail : DnsStatus::timeout;
    return answer;
  }
  answer.status = status_of(*result);
  answer.ttl = static_cast<std::uint32_t>(std::max(result->ttl, 0));
  if (!options.trust_anchor.empty()) answer.validation = validation_of(*result);
  if (result->bogus != 0 && result->why_bogus != nullptr) answer.why = result->why_bogus;
  if (answer.failed()) return answer;
  if (result->canonname != nullptr) {
    if (const Result<Name> owner = Name::parse(result->canonname)) answer.owner = *owner;
  }
  // NS and DS of another name say nothing about this one.
  const bool of_the_name_itself = type == RecordType::ns || type == RecordType::ds;
  if (of_the_name_itself && answer.owner != name) return answer;
  read_records(*result, type, answer);
  return answer;
}

}  // namespace emailauth::cli
