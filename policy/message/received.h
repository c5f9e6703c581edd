// policy/message/received.h - What a Received field says about one hop (RFC 5321, 4.4).
//
// Reads the forms of Postfix, Exim, Sendmail, qmail, Exchange and the large providers; parts that it does not find stay
// empty. A field is as true as the server that wrote it: the caller must decide which to trust.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/net/ip_prefix.h"

namespace emailauth::message {

struct Received {
  std::string helo;                      // the name that the client gave
  std::optional<IpAddress> client;       // its address
  std::string by;                        // the server that wrote the field
  std::string protocol;                  // "ESMTPS"
  std::string tls;                       // "TLSv1.3"; "" if it does not say
  std::string cipher;                    // "TLS_AES_256_GCM_SHA384"
  std::optional<std::string> mail_from;  // "(envelope-from <…>)"

  // Returns true if it says that the connection was encrypted.
  bool encrypted() const;
};

// `text` is the value on one line.
Received parse_received(std::string_view text);

// Returns false for addresses that are used only inside a network: private, shared, link-local and loopback
// addresses (RFC 1918, 6598, 3927, 4193, 4291).
bool is_routable(const IpAddress& address);

}  // namespace emailauth::message
