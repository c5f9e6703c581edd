// policy/message/received.h - What a Received field says of one hop (RFC 5321, 4.4).
//
// Reads what Postfix, Exim, Sendmail, qmail, Exchange and the large providers write;
// what it does not find is empty. It is as true as the server that wrote it: who
// reads it decides which one to trust.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/net/ip_prefix.h"

namespace emailauth::message {

struct Received {
  std::string helo;                      // what the client called itself
  std::optional<IpAddress> client;       // its address
  std::string by;                        // the server that wrote the field
  std::string protocol;                  // "ESMTPS"
  std::string tls;                       // "TLSv1.3"; "" when nothing says so
  std::string cipher;                    // "TLS_AES_256_GCM_SHA384"
  std::optional<std::string> mail_from;  // "(envelope-from <…>)"

  // It says that the connection was encrypted.
  bool encrypted() const;
};

// `text`: the value on one line.
Received parse_received(std::string_view text);

// False for what is used inside a network only: private, shared, link-local and loopback
// addresses (RFC 1918, 6598, 3927, 4193, 4291).
bool is_routable(const IpAddress& address);

}  // namespace emailauth::message
