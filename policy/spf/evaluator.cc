#include "policy/spf/evaluator.h"

#include "policy/spf/host_check.h"

namespace emailauth::spf {

namespace {

constexpr std::size_t kMaxIdentity = 512;  // octets of a local part or HELO

std::string_view without_final_dot(std::string_view text) {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  return text;
}

// Sections 2.3, 2.4 and 4.3: which identity is checked, and what its parts are.
MacroValues values_of(const Question& question) {
  MacroValues values;
  const std::string_view helo = std::string_view(question.helo).substr(0, kMaxIdentity);
  const std::string_view mail_from = question.mail_from;
  const std::size_t at = mail_from.rfind('@');
  values.local_part = std::string(mail_from.substr(0, at == std::string_view::npos ? 0 : std::min(at, kMaxIdentity)));
  if (values.local_part.empty()) values.local_part = "postmaster";
  const std::string_view domain = at == std::string_view::npos ? mail_from : mail_from.substr(at + 1);
  values.sender_domain = std::string(without_final_dot(mail_from.empty() ? helo : domain));
  values.client = question.client.unmapped();
  values.helo = helo.empty() ? "unknown" : std::string(helo);
  values.receiver = question.receiver;
  values.now = question.now;
  return values;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::none: return "none";
    case Verdict::neutral: return "neutral";
    case Verdict::pass: return "pass";
    case Verdict::fail: return "fail";
    case Verdict::softfail: return "softfail";
    case Verdict::temperror: return "temperror";
    case Verdict::permerror: return "permerror";
  }
  return {};
}

std::string TraceStep::to_string() const {
  std::string out(static_cast<std::size_t>(depth) * 2, ' ');
  out += term.empty() ? domain + ":" : "  " + term;
  if (!asked.empty()) {
    out += " [";
    for (const AskedName& question : asked) {
      if (&question != asked.data()) out += "; ";
      out += std::string(to_text(question.type)) + " " + question.name.to_string() + ": " + question.answer;
    }
    out += "]";
  }
  return out + " " + outcome;
}

Evaluation check_host(Dns& dns, const Question& question, const Limits& limits) {
  MacroValues values = values_of(question);
  const std::string domain = values.sender_domain;
  return HostCheck(dns, limits, std::move(values)).run(domain);
}

}  // namespace emailauth::spf
