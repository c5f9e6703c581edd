#include "policy/cli/dns/https_fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "policy/base/diagnostic.h"
#include "policy/net/public_address.h"

namespace emailauth::cli {

namespace {

constexpr std::uint16_t kHttpsPort = 443;

struct Body {
  std::string text;
  std::size_t largest = 0;
  bool too_large = false;
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* target) {
  Body& body = *static_cast<Body*>(target);
  const std::size_t octets = size * count;
  body.too_large = octets > body.largest - body.text.size();
  if (body.too_large) return 0;
  body.text.append(data, octets);
  return octets;
}

// The address that a connection is about to go to.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
};

std::optional<Endpoint> endpoint_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return Endpoint{IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  std::array<std::uint8_t, 16> octets{};
  std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
  return Endpoint{IpAddress::v6(octets), ntohs(v6.sin6_port)};
}

// Opens sockets only to addresses to which a stranger may send us, and remembers what it refused.
struct Gate {
  const std::vector<IpPrefix>& allowed;
  std::string refused;  // the first one: "127.0.0.1 (loopback)"

  bool allows(const Endpoint& to) const {
    const auto holds = [&](const IpPrefix& network) {
      return network.contains(to.address) || network.contains(to.address.unmapped());
    };
    return std::any_of(allowed.begin(), allowed.end(), holds) || (is_public(to.address) && to.port == kHttpsPort);
  }

  static std::string described(const Endpoint& to) {
    const std::string_view purpose = special_purpose_of(to.address);
    if (purpose.empty()) return "port " + std::to_string(to.port) + " of " + to.address.to_string();
    return to.address.to_string() + " (" + std::string(purpose) + ")";
  }

  static curl_socket_t open(void* gate, curlsocktype /*purpose*/, curl_sockaddr* address) {
    Gate& self = *static_cast<Gate*>(gate);
    const std::optional<Endpoint> to = endpoint_of(address->addr);
    if (to && self.allows(*to)) return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (self.refused.empty()) self.refused = to ? described(*to) : "no Internet address";
    return CURL_SOCKET_BAD;
  }
};

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

void set_options(CURL* curl, const std::string& uri, const FetchOptions& options) {
  curl_easy_setopt(curl, CURLOPT_URL, uri.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 3L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // a proxy would resolve names, and its addresses would not be checked
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(options.time.count()));
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, static_cast<long>(options.largest));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "emailauth");
  if (!options.roots.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.roots.c_str());
}

Fetched failed(const std::string& uri, const std::string& why, bool not_public = false) {
  return {std::nullopt, in_quotes(uri) + " " + why, not_public};
}

// Returns why nothing was sent, and where redirects had led by then.
std::string refusal(CURL* curl, const std::string& refused) {
  long redirects = 0;
  const char* last = nullptr;
  curl_easy_getinfo(curl, CURLINFO_REDIRECT_COUNT, &redirects);
  curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &last);
  const std::string by_way = redirects > 0 && last != nullptr ? "redirects to " + in_quotes(last) + ", which " : "";
  return "is not fetched: it " + by_way + "leads to " + refused;
}

}  // namespace

Fetched fetch_https(const std::string& uri, const FetchOptions& options) {
  const std::unique_ptr<CURL, Cleanup> handle(curl_easy_init());
  if (!handle) return failed(uri, "cannot be fetched: libcurl does not start");
  CURL* curl = handle.get();
  Body body{"", options.largest, false};
  Gate gate{options.allowed, ""};
  char reason[CURL_ERROR_SIZE] = "";
  set_options(curl, uri, options);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, Gate::open);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &gate);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  const CURLcode done = curl_easy_perform(curl);
  if (body.too_large || done == CURLE_FILESIZE_EXCEEDED)
    return failed(uri, "is larger than " + std::to_string(options.largest) + " octets");
  if (done == CURLE_COULDNT_CONNECT && !gate.refused.empty()) return failed(uri, refusal(curl, gate.refused), true);
  if (done != CURLE_OK) {
    const std::string why = *reason != '\0' ? reason : curl_easy_strerror(done);
    return failed(uri, "cannot be fetched: " + printable(why));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return failed(uri, "cannot be fetched: the server answers " + std::to_string(status));
  return {std::move(body.text), "", false};
}

}  // namespace emailauth::cli
