#include "policy/message/judge.h"

#include <algorithm>

#include "policy/check/mail_check.h"
#include "policy/dns/dns.h"
#include "policy/net/domain_text.h"
#include "policy/spf/visible_text.h"

namespace emailauth::message {

namespace {

constexpr std::size_t kMaxNames = 10;  // of one address

std::string domain_part(const std::string& address) { return address.substr(address.rfind('@') + 1); }

class MailJudge {
 public:
  MailJudge(const Mail& mail, Dns& dns, Crypto& crypto, std::int64_t now)
      : mail_(mail), dns_(dns), crypto_(crypto), now_(now) {}

  MessageReport run(const Envelope& envelope, const std::vector<std::string>& authors) {
    out_.envelope = envelope;
    out_.authors.assign(authors.begin(),
                        authors.begin() + static_cast<std::ptrdiff_t>(std::min(authors.size(), kMaxAuthors)));
    out_.from_fields = mail_.all("From").size();
    if (envelope.client) out_.reverse = reverse_name_of(*envelope.client);
    check_spf();
    out_.dkim = verify_signatures(mail_, dns_, crypto_, now_);
    out_.arc = read_arc(mail_);
    const std::vector<Identifier> identifiers = identifiers_found();
    for (const Name& domain : author_domains()) out_.dmarc.push_back(judge_dmarc(dns_, domain, identifiers));
    conclude();
    remark();
    return std::move(out_);
  }

 private:
  ReverseName reverse_name_of(const IpAddress& client) {
    const DnsAnswer found = dns_.ask(check::reverse_name(client), RecordType::ptr);
    if (found.failed()) return {"", false, true};
    ReverseName out;
    const RecordType type = client.is_v4() ? RecordType::a : RecordType::aaaa;
    for (std::size_t i = 0; i < std::min(found.names.size(), kMaxNames) && !out.confirmed; ++i) {
      const auto back = dns_.ask(found.names[i], type).addresses;
      out.confirmed = std::find(back.begin(), back.end(), client) != back.end();
      if (out.confirmed || out.name.empty()) out.name = found.names[i].to_string();
    }
    return out;
  }

  spf::Evaluation evaluate(const std::string& mail_from) {
    spf::Question question;
    question.client = *out_.envelope.client;
    question.helo = out_.envelope.helo;
    question.mail_from = mail_from;
    question.now = now_;
    return spf::check_host(dns_, question);
  }

  void check_spf() {
    const Envelope& envelope = out_.envelope;
    if (!envelope.client) return;
    if (!envelope.helo.empty()) out_.spf_helo = evaluate("");
    if (!envelope.mail_from) return;
    if (!envelope.mail_from->empty())
      out_.spf_mail_from = evaluate(*envelope.mail_from);
    else if (out_.spf_helo)
      out_.spf_mail_from = out_.spf_helo;  // postmaster@HELO (RFC 7208, 2.4)
  }

  std::vector<Identifier> identifiers_found() const {
    std::vector<Identifier> out;
    if (out_.spf_mail_from) {
      const auto domain = Name::parse(out_.spf_mail_from->domain);
      const spf::Verdict verdict = out_.spf_mail_from->verdict;
      if (domain && !domain->is_root())
        out.push_back({false, *domain, verdict == spf::Verdict::pass, std::string(spf::to_string(verdict))});
    }
    for (const SignatureReport& one : out_.dkim.signatures) {
      if (one.signature)
        out.push_back({true, one.signature->domain, one.result == DkimResult::pass, std::string(to_text(one.result))});
    }
    return out;
  }

  // Collects each domain once, and remarks what is not a domain.
  std::vector<Name> author_domains() {
    std::vector<Name> out;
    for (const std::string& address : out_.authors) {
      Result<Name> name = parse_typed_domain(domain_part(address));
      if (!name)
        name = parse_domain_text(domain_part(address));  // underscores: not a mail domain, but forged all the same
      if (!name || address.find('@') == std::string::npos) {
        out_.remarks.push_back("From has " + spf::quoted_text(address, 100) + ", which is not in a domain");
        continue;
      }
      if (std::find(out.begin(), out.end(), *name) == out.end() && out.size() < kMaxAuthorDomains) out.push_back(*name);
    }
    return out;
  }

  void set(Outcome outcome, std::string because) {
    out_.outcome = outcome;
    out_.because = std::move(because);
  }

  static Outcome outcome_of(const DmarcVerdict& verdict) {
    if (verdict.result == DmarcResult::temperror) return Outcome::deferred;
    if (verdict.result != DmarcResult::fail) return Outcome::accepted;
    switch (verdict.action) {
      case DmarcAction::none: return Outcome::accepted;
      case DmarcAction::quarantine: return Outcome::quarantined;
      case DmarcAction::reject: return Outcome::rejected;
    }
    return Outcome::accepted;
  }

  static std::string text_of(const DmarcVerdict& verdict) {
    switch (verdict.result) {
      case DmarcResult::pass: return verdict.reason;
      case DmarcResult::none: return verdict.reason + ": DMARC asks for nothing";
      case DmarcResult::temperror: return verdict.reason;
      case DmarcResult::fail: break;
    }
    std::string out = "DMARC fails (" + verdict.reason + ") and " + verdict.at.to_string() + " asks for " +
                      verdict.tag + "=" + std::string(emailauth::to_text(verdict.asked));
    if (verdict.testing) out += ", one step less while it tests (t=y)";
    return out;
  }

  void conclude() {
    if (out_.from_fields != 1) {
      return set(Outcome::rejected, out_.from_fields == 0
                                        ? "it has no From, and a mail must have one (RFC 5322, 3.6)"
                                        : "it has " + std::to_string(out_.from_fields) +
                                              " From fields, and a mail must have one (RFC 5322, 3.6)");
    }
    if (out_.dmarc.empty()) return set(Outcome::rejected, "From contains no address in a domain (RFC 5322, 3.6.2)");
    const DmarcVerdict* worst = nullptr;
    const auto rank = [](const DmarcVerdict& v) {
      constexpr int kRanks[] = {0, 1, 3, 2};  // accepted, quarantined, rejected, deferred
      return kRanks[static_cast<int>(outcome_of(v))] * 2 + (v.result == DmarcResult::fail ? 1 : 0);
    };
    for (const DmarcVerdict& one : out_.dmarc) {
      if (worst == nullptr || rank(one) > rank(*worst)) worst = &one;
    }
    set(outcome_of(*worst), text_of(*worst));
    if (out_.dmarc.size() > 1)
      out_.because =
          "of " + std::to_string(out_.dmarc.size()) + " domains in From the strictest decides: " + out_.because;
  }

  void remark() {
    const auto add = [this](bool holds, std::string text) {
      if (holds) out_.remarks.push_back(std::move(text));
    };
    add(!out_.envelope.client,
        "no Received field names the client's address, so SPF cannot be evaluated; give it with --ip");
    add(out_.envelope.client && !out_.envelope.mail_from,
        "Return-Path is missing, so SPF of MAIL FROM cannot be evaluated; give it with --from");
    add(out_.spf_mail_from && out_.spf_mail_from->verdict == spf::Verdict::fail,
        "a receiver that acts on SPF alone refuses the mail before it looks at DKIM");
    add(out_.reverse && !out_.reverse->confirmed && !out_.reverse->failed,
        "the client's address has no name that resolves back to it; many receivers refuse such clients");
    add(mail_.bare_cr, "it contains a CR without LF: servers repair that in different ways, and break signatures");
    add(mail_.nul, "it contains an octet 0, which is not allowed in mail (RFC 5322, 4): some servers cut or refuse it");
    add(mail_.cut_header, "its header ends at a line that is not a field: servers may read it in different ways");
    add(out_.dkim.left_out > 0,
        "it has " + std::to_string(out_.dkim.left_out + kMaxSignatures) + " signatures; the first 32 were verified");
    add(out_.authors.size() > 1,
        "From has " + std::to_string(out_.authors.size()) + " addresses; many receivers refuse more than one");
    for (const DmarcVerdict& one : out_.dmarc)
      add(one.pct < 100, "pct=" + std::to_string(one.pct) + " of " + one.at.to_string() +
                             " means nothing to receivers that follow RFC 9989; older ones apply the policy to that "
                             "many percent of the mail");
  }

  const Mail& mail_;
  Dns& dns_;
  Crypto& crypto_;
  const std::int64_t now_;
  MessageReport out_;
};

}  // namespace

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted: return "accepted";
    case Outcome::quarantined: return "quarantined";
    case Outcome::rejected: return "rejected";
    case Outcome::deferred: return "deferred";
  }
  return {};
}

bool MessageReport::is_clean() const {
  const bool dmarc_passes =
      !dmarc.empty() && from_fields == 1 &&
      std::all_of(dmarc.begin(), dmarc.end(), [](const auto& v) { return v.result == DmarcResult::pass; });
  return dmarc_passes && std::all_of(dkim.signatures.begin(), dkim.signatures.end(),
                                     [](const auto& s) { return s.result == DkimResult::pass; });
}

bool MessageReport::is_undecided() const { return outcome == Outcome::deferred; }

MessageReport judge_mail(const Mail& mail, const Envelope& envelope, const std::vector<std::string>& authors, Dns& dns,
                         Crypto& crypto, std::int64_t now) {
  return MailJudge(mail, dns, crypto, now).run(envelope, authors);
}

}  // namespace emailauth::message
