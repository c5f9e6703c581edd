#include "policy/cli/message/message_output.h"

#include <fmt/format.h>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/base/utc_time.h"
#include "policy/cli/terminal/terminal.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace {

using message::DkimResult;
using message::DmarcResult;
using message::DmarcVerdict;
using message::MessageReport;
using message::Outcome;
using message::SignatureReport;

std::string visible(std::string_view text) { return spf::visible_text(text, 300); }

Colour colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted: return Colour::green;
    case Outcome::quarantined:
    case Outcome::deferred: return Colour::yellow;
    case Outcome::rejected: return Colour::red;
  }
  return Colour::red;
}

Shown result_text(std::string_view result) {
  const bool pass = result == "pass";
  const bool bad = result == "fail" || result == "permerror";
  return coloured(result, pass ? Colour::green : bad ? Colour::red : Colour::yellow);
}

void add_line(Shown& out, std::string_view what, const Shown& text) { out += Shown::of("  {:<10} {}\n", what, text); }

Shown origin_part(const JudgedMail& mail) {
  const MessageReport& report = mail.report;
  const message::Envelope& envelope = report.envelope;
  Shown out = Shown::of("Where it came from\n");
  if (envelope.client)
    add_line(out, "client", Shown::of("{} ({})", envelope.client->to_string(), envelope.client_from));
  if (report.reverse) {
    const message::ReverseName& name = *report.reverse;
    const std::string text = name.failed         ? "DNS does not answer"
                             : name.name.empty() ? "none"
                                                 : name.name + (name.confirmed ? ", which resolves back to it"
                                                                               : ", which does not resolve back to it");
    add_line(out, "name", Shown(text));
  }
  if (!envelope.helo.empty()) add_line(out, "HELO", Shown::of("{} ({})", visible(envelope.helo), envelope.helo_from));
  if (envelope.mail_from)
    add_line(out, "MAIL FROM", Shown::of("<{}> ({})", visible(*envelope.mail_from), envelope.mail_from_from));
  if (envelope.hop != 0) {
    const message::Received& hop = envelope.received;
    std::string tls = hop.encrypted() ? "yes" : "not recorded";
    for (const std::string* part : {&hop.tls, &hop.cipher, &hop.protocol}) {
      if (!part->empty()) tls += ", " + visible(*part);
    }
    add_line(out, "encrypted", Shown::of("{} (Received {})", tls, envelope.hop));
  }
  if (mail.source) {
    const std::string kind(report::to_text(mail.source->kind));
    const std::string name = printable(mail.source->name);
    add_line(out, "sender",
             Shown::of("{}{}, confidence {}", name.starts_with(kind) ? "" : kind + ": ", name,
                       to_string(mail.source->confidence)));
    for (const std::string& line : mail.source->evidence) add_line(out, "", Shown(printable(line)));
  }
  return out;
}

Shown spf_part(const MessageReport& report) {
  Shown out;
  if (report.spf_helo)
    add_line(out, "HELO",
             Shown::of("{}: {}", result_text(spf::to_string(report.spf_helo->verdict)), report.spf_helo->reason));
  if (report.spf_mail_from)
    add_line(
        out, "MAIL FROM",
        Shown::of("{}: {}", result_text(spf::to_string(report.spf_mail_from->verdict)), report.spf_mail_from->reason));
  return out.empty() ? out : Shown::of("SPF\n") + out;
}

Shown dkim_part(const JudgedMail& mail) {
  Shown out = Shown::of("DKIM\n");
  const auto& signatures = mail.report.dkim.signatures;
  if (signatures.empty()) return out + Shown::of("  there is no signature\n");
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const SignatureReport& one = signatures[i];
    out += Shown::of("  {} d={} s={}: {}{}\n", i + 1, visible(one.name.domain), visible(one.name.selector),
                     result_text(message::to_text(one.result)), one.reason.empty() ? "" : ": " + one.reason);
    std::string facts;
    if (one.signature) {
      facts = fmt::format("{}, {}/{}", one.signature->algorithm, message::to_text(one.signature->header),
                          message::to_text(one.signature->body));
      if (one.key_bits != 0) facts += fmt::format(", key of {} bits", one.key_bits);
      if (const std::string age = age_text(*one.signature, mail.now); !age.empty()) facts += ", " + age;
      out += Shown::of("    {}\n", facts);
    }
    for (const std::string& remark : one.remarks) out += Shown::of("    note: {}\n", remark);
  }
  for (const std::string& line : mail.key_dates) out += Shown::of("  {}\n", line);
  return out;
}

Shown arc_part(const message::ArcReport& arc) {
  if (arc.sets.empty() && arc.problem.empty()) return {};
  Shown out = Shown::of("ARC (as written; seals are not verified, and change nothing here)\n");
  for (const message::ArcSet& set : arc.sets)
    out += Shown::of("  {} d={} s={}, cv={}\n", set.instance, set.domain, set.selector, set.cv);
  if (!arc.problem.empty()) out += Shown::of("  no receiver can use it: {}\n", arc.problem);
  return out;
}

Shown dmarc_part(const DmarcVerdict& verdict) {
  Shown out = Shown::of("DMARC for {}: {}: {}\n", verdict.author.to_string(),
                        result_text(message::to_text(verdict.result)), verdict.reason);
  if (!verdict.record.empty()) {
    add_line(out, "policy", Shown::of("{} (of {})", visible(verdict.record), verdict.at.to_string()));
    add_line(out, "asks for",
             Shown::of("{}={} for mail that fails{}{}", verdict.tag, emailauth::to_text(verdict.asked),
                       verdict.testing ? ", one step less while it tests (t=y)" : "",
                       verdict.exists ? "" : "; the domain does not exist"));
  }
  add_line(out, "organisational domain", Shown(verdict.organisation.to_string()));
  for (const message::Alignment& one : verdict.alignments)
    add_line(out, one.identifier.dkim ? "DKIM" : "SPF",
             Shown::of("{} of {}: {}: {}", one.identifier.result, one.identifier.domain.to_string(),
                       one.aligned ? "aligned" : "not aligned", one.why));
  return out;
}

}  // namespace

std::string age_text(const message::DkimSignature& signature, std::int64_t now) {
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kHour = 3600;
  if (!signature.signed_at) return "";
  const std::int64_t age = now - *signature.signed_at;
  const auto count = [](std::int64_t number, const char* what) { return count_of(number, what) + " before"; };
  const std::string text = age >= kDay    ? count(age / kDay, "day")
                           : age >= kHour ? count(age / kHour, "hour")
                           : age >= 0     ? count(age / 60, "minute")
                                          : "not yet";
  return "signed " + to_rfc3339(*signature.signed_at) + ", " + text;
}

Shown to_text(const JudgedMail& mail) {
  const MessageReport& report = mail.report;
  std::string from;
  for (const std::string& address : report.authors) from += (from.empty() ? "" : ", ") + visible(address);
  Shown out = Shown::of("From {}\n", from.empty() ? Shown("nobody") : coloured(from, Colour::bold));
  const std::string what = report.outcome == Outcome::deferred
                               ? "would be put off, or judged without DMARC,"
                               : fmt::format("would be {}", message::to_text(report.outcome));
  out += Shown::of("{} by a receiver that follows RFC 9989, because {}\n\n", coloured(what, colour_of(report.outcome)),
                   report.because);
  out += origin_part(mail) + spf_part(report) + dkim_part(mail) + arc_part(report.arc);
  for (const DmarcVerdict& verdict : report.dmarc) out += dmarc_part(verdict);
  for (const std::string& remark : report.remarks) out += Shown::of("note: {}\n", remark);
  return out;
}

}  // namespace emailauth::cli
