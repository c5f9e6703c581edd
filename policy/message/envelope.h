// policy/message/envelope.h - Who handed the mail over, as far as its header tells.
//
// Owns which fields are believed: the Received field of the hop that is asked about,
// and Return-Path, which the last server writes. What other fields say of results
// (Received-SPF, Authentication-Results) is nobody's word for it and not used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/message/mail.h"
#include "policy/message/received.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::message {

// What the caller knows better; what is not set is looked for.
struct EnvelopeHints {
  std::optional<IpAddress> client;
  std::optional<std::string> helo;
  std::optional<std::string> mail_from;  // "" for the null return path
  std::size_t hop = 0;                   // the Received field to take, from 1 at the top; 0: see find_envelope
};

struct Envelope {
  std::optional<IpAddress> client;
  std::string helo;                      // "" when nothing says it
  std::optional<std::string> mail_from;  // without brackets; "" for the null return path
  std::size_t hop = 0;                   // the Received field that was taken; 0: none
  std::size_t hops = 0;                  // Received fields in all
  Received received;                     // that one, read
  std::string client_from;               // where each comes from: "Received 2", "--ip", …
  std::string helo_from;
  std::string mail_from_from;
};

// Takes the topmost Received field whose client has a routable address: above it are
// the receiver's own servers. The error is of a hop that is not there, or that names
// no address.
Result<Envelope> find_envelope(const Mail& mail, const EnvelopeHints& hints);

}  // namespace emailauth::message
