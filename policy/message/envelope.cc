#include "policy/message/envelope.h"

namespace emailauth::message {

namespace {

// "<bounce@example.com>", "bounce@example.com", "<>"; leaves out comments after it.
std::string address_of(std::string_view text) {
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos) return std::string(text.substr(0, text.find_first_of(" \t(")));
  const std::size_t close = text.find('>', open);
  return std::string(text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
}

std::string field_text(std::size_t hop) { return "Received " + std::to_string(hop); }

Result<bool> find_hop(const Mail& mail, std::size_t wanted, Envelope& out) {
  const std::vector<const HeaderField*> fields = mail.all("Received");
  out.hops = fields.size();
  if (wanted > fields.size()) {
    return Error{"Received field " + std::to_string(wanted) + " does not exist; the mail has " +
                 std::to_string(fields.size()) + ": name one with --hop, or the client with --ip"};
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (wanted != 0 && wanted != i + 1) continue;
    Received received = parse_received(unfolded(*fields[i]));
    const bool fits = received.client && (wanted != 0 || is_routable(*received.client));
    if (!fits) continue;
    out.hop = i + 1;
    out.received = std::move(received);
    return true;
  }
  if (wanted != 0)
    return Error{field_text(wanted) + " names no address; name another with --hop, or the client with --ip"};
  return true;
}

}  // namespace

Result<Envelope> find_envelope(const Mail& mail, const EnvelopeHints& hints) {
  Envelope out;
  if (!hints.client || hints.hop != 0) {
    if (const auto found = find_hop(mail, hints.hop, out); !found) return found.error();
  }
  out.client = hints.client;
  out.client_from = "--ip";
  if (!out.client && out.hop != 0) {
    out.client = out.received.client;
    out.client_from = field_text(out.hop);
  }
  out.helo = hints.helo.value_or(out.received.helo);
  out.helo_from = hints.helo ? "--helo" : field_text(out.hop);
  out.mail_from = hints.mail_from;
  out.mail_from_from = "--from";
  if (out.mail_from) return out;
  if (const auto fields = mail.all("Return-Path"); !fields.empty()) {
    out.mail_from = address_of(unfolded(*fields.front()));
    out.mail_from_from = "Return-Path";
  } else if (out.received.mail_from) {
    out.mail_from = out.received.mail_from;
    out.mail_from_from = field_text(out.hop);
  }
  return out;
}

}  // namespace emailauth::message
