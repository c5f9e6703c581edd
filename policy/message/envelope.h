// policy/message/envelope.h - Who handed the mail over, as far as its header shows.
//
// Owns which fields are believed: the Received field of the chosen hop, and Return-Path, which the last server writes.
// Results in other fields (Received-SPF, Authentication-Results) cannot be trusted and are not used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/base/result.h"
#include "policy/message/mail.h"
#include "policy/message/received.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::message {

// What the caller knows better; anything not set is taken from the header.
struct EnvelopeHints {
  std::optional<IpAddress> client;
  std::optional<std::string> helo;
  std::optional<std::string> mail_from;  // "" for the null return path
  std::size_t hop = 0;                   // the Received field to take, from 1 at the top; 0: see find_envelope
};

struct Envelope {
  std::optional<IpAddress> client;
  std::string helo;                      // "" if it is not known
  std::optional<std::string> mail_from;  // without brackets; "" for the null return path
  std::size_t hop = 0;                   // the Received field that was taken; 0: none
  std::size_t hops = 0;                  // number of Received fields
  Received received;                     // that one, read
  std::string client_from;               // the source of each: "Received 2", "--ip", …
  std::string helo_from;
  std::string mail_from_from;
};

// Takes the topmost Received field whose client has a routable address: those above it are the receiver's own servers.
// Fails if the chosen hop does not exist, or names no address.
Result<Envelope> find_envelope(const Mail& mail, const EnvelopeHints& hints);

}  // namespace emailauth::message
