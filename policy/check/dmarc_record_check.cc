#include "policy/check/dmarc_record_check.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "policy/net/public_suffix.h"
#include "policy/records/report_uri.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::quoted_text;

constexpr std::array kKnown = {"v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "t", "psd"};
constexpr std::array kRemoved = {"pct", "rf", "ri"};

bool is_one_of(std::string_view name, std::span<const char* const> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<DmarcAction> action_of(const std::string& value) {
  for (const DmarcAction action : {DmarcAction::none, DmarcAction::quarantine, DmarcAction::reject}) {
    if (equals_ignoring_case(value, to_text(action))) return action;
  }
  return std::nullopt;
}

class RecordCheck {
 public:
  RecordCheck(const Subject& subject, DmarcReport& out)
      : subject_(subject), out_(out), tags_(parse_tags(out.record)), where_(below("_dmarc", out.at).value()) {}

  void run() {
    check_grammar();
    check_policy();
    check_pct();
    check_letters();
    check_reports("rua");
    check_reports("ruf");
    if (tags_.find("rua") == nullptr) found("dmarc-no-reports", "the record has no rua=");
    if (tags_.find("fo") != nullptr && tags_.find("ruf") == nullptr)
      found("dmarc-fo-without-ruf", tag("fo") + " is used without ruf=");
  }

 private:
  void found(FindingName name, const std::string& what, const std::string& todo = "") {
    subject_.found_at(where_, name, what, todo);
  }

  std::string tag(std::string_view name) const {
    const std::string* value = tags_.find(name);
    return quoted_text(std::string(name) + "=" + (value == nullptr ? "" : *value));
  }

  void check_grammar() {
    for (const std::string& part : tags_.broken) {
      const std::size_t at = out_.record.find(part);
      const std::string what = "at character " + std::to_string(at + 1) + ": " + quoted_text(part);
      subject_.findings.add("dmarc-syntax", where_.to_string(), what + " is not \"tag=value\"", "",
                            {out_.record, at, part.size()});
    }
    for (const std::string& name : tags_.twice) found("dmarc-duplicate-tag", quoted_text(name) + " appears twice");
    for (const Tag& one : tags_.tags) {
      if (is_one_of(one.name, kKnown)) continue;
      if (is_one_of(one.name, kRemoved))
        found("dmarc-removed-tag", tag(one.name) + " was removed by RFC 9989");
      else
        found("dmarc-unknown-tag", quoted_text(one.name) + " is not a tag of DMARC");
    }
  }

  std::optional<DmarcAction> policy_of(const char* name) {
    const std::string* value = tags_.find(name);
    if (value == nullptr) return std::nullopt;
    const std::optional<DmarcAction> action = action_of(*value);
    if (!action) found("dmarc-invalid-policy", tag(name) + " is not a policy");
    return action;
  }

  void check_policy() {
    const std::string* p = tags_.find("p");
    if (p == nullptr)
      found("dmarc-no-policy", quoted_text(out_.record) + " has no p=");
    else if (tags_.tags.size() > 1 && tags_.tags[1].name != "p")
      found("dmarc-policy-not-second", tag("p") + " comes after " + quoted_text(tags_.tags[1].name));
    const DmarcAction domain = policy_of("p").value_or(DmarcAction::none);
    const DmarcAction sub = policy_of("sp").value_or(domain);
    const DmarcAction missing = policy_of("np").value_or(sub);
    out_.policy = out_.at == subject_.domain ? domain : sub;
    out_.subdomain_policy = sub;
    const bool known = p != nullptr && action_of(*p);
    if (out_.policy == DmarcAction::none && known) {
      found("dmarc-policy-none", (out_.at == subject_.domain || tags_.find("sp") == nullptr ? tag("p") : tag("sp")) +
                                     " does nothing against forged mail");
    }
    if (sub < domain) found("dmarc-subdomain-weaker", tag("sp") + " is weaker than " + tag("p"));
    if (missing < sub) found("dmarc-nonexistent-weaker", tag("np") + " is weaker than the policy of subdomains");
  }

  void check_pct() {
    const std::string* pct = tags_.find("pct");
    if (pct == nullptr) return;
    int number = -1;
    const auto [end, failure] = std::from_chars(pct->data(), pct->data() + pct->size(), number);
    if (failure != std::errc() || end != pct->data() + pct->size() || number < 0 || number > 100)
      return found("dmarc-invalid-value", tag("pct") + " is not in 0..100");
    out_.applies_to_all_mail = number == 100;
    // t=y and pct=0 together mean the same to new and to old receivers.
    const std::string* t = tags_.find("t");
    const bool both = number == 0 && t != nullptr && ascii_lower(*t) == "y";
    if (number < 100 && !both) found("dmarc-pct-partial", tag("pct") + " asks for only a part of the mail");
  }

  void check_letters() {
    const auto check = [this](const char* name, std::string_view letters) {
      const std::string* value = tags_.find(name);
      if (value == nullptr) return;
      const bool good = value->size() == 1 && letters.find(ascii_lower(*value)[0]) != std::string_view::npos;
      if (!good) found("dmarc-invalid-value", tag(name) + " is not one of " + quoted_text(letters));
    };
    check("adkim", "rs");
    check("aspf", "rs");
    check("t", "yn");
    check("psd", "ynu");
    if (const std::string* fo = tags_.find("fo")) {
      for (const std::string& option : split(*fo, ':')) {
        if (option.size() != 1 || std::string_view("01dsDS").find(option[0]) == std::string_view::npos)
          found("dmarc-invalid-value", tag("fo") + ": " + quoted_text(option) + " is not 0, 1, d or s");
      }
    }
    const std::string* t = tags_.find("t");
    if (t != nullptr && ascii_lower(*t) == "y") {
      out_.applies_to_all_mail = false;
      found("dmarc-testing", tag("t") + " weakens the policy");
    }
    const std::string* psd = tags_.find("psd");
    if (psd != nullptr && ascii_lower(*psd) == "y" && !is_public_suffix(out_.at))
      found("dmarc-psd", tag("psd") + " at a domain that is not a public suffix");
  }

  void check_reports(const char* name) {
    const std::string* list = tags_.find(name);
    if (list == nullptr) return;
    if (split(*list, ',').empty()) return found("dmarc-report-address", tag(name) + " names no address");
    for (std::string uri : split(*list, ',')) {
      const std::size_t size = uri.find('!');
      if (size != std::string::npos) {
        found("dmarc-report-size", quoted_text(uri) + " has a size limit", "write " + quoted_text(uri.substr(0, size)));
        uri.resize(size);
      }
      const Result<std::string> good = check_report_uri(uri, false);
      if (!good) {
        found("dmarc-report-address", std::string(name) + ": " + good.error().message);
        continue;
      }
      auto& seen = out_.report_addresses;
      if (std::find(seen.begin(), seen.end(), uri) != seen.end()) continue;
      seen.push_back(uri);
      if (const auto host = mailto_domain(uri)) check_host(*host, uri);
    }
  }

  void check_host(const Name& host, const std::string& uri) {
    if (!takes_mail(host)) found("dmarc-report-unreachable", quoted_text(uri) + ": the domain accepts no mail");
    const auto organisation = [](const Name& name) { return organizational_domain(name).value_or(name); };
    if (organisation(host) == organisation(out_.at)) return;
    const Result<Name> consent = below(out_.at.to_string() + "._report._dmarc", host);
    const std::string write = consent ? consent->to_string() + " TXT \"v=DMARC1\"" : "a shorter name";
    if (consent) {
      const DnsAnswer found_there = subject_.dns.ask(*consent, RecordType::txt);
      if (found_there.failed()) return;
      if (std::any_of(found_there.texts.begin(), found_there.texts.end(), is_dmarc_record)) return;
    }
    found("dmarc-report-unauthorised", quoted_text(uri) + " belongs to another organisation, which does not ask for it",
          "have the owner of " + host.to_string() + " publish " + write);
  }

  // Returns true for an MX that is not null, or an address, and unless DNS clearly denies both.
  bool takes_mail(const Name& host) {
    const DnsAnswer mx = subject_.dns.ask(host, RecordType::mx);
    if (mx.failed()) return true;
    if (!mx.names.empty())
      return std::any_of(mx.names.begin(), mx.names.end(), [](const Name& name) { return !name.is_root(); });
    const DnsAnswer v4 = subject_.dns.ask(host, RecordType::a);
    if (v4.failed() || !v4.empty()) return true;
    const DnsAnswer v6 = subject_.dns.ask(host, RecordType::aaaa);
    return v6.failed() || !v6.empty();
  }

  const Subject& subject_;
  DmarcReport& out_;
  const TagList tags_;
  const Name where_;
};

}  // namespace

bool is_dmarc_record(const std::string& text) {
  const std::size_t end = text.find(';');
  const TagList first = parse_tags(std::string_view(text).substr(0, end));
  return first.tags.size() == 1 && first.tags[0].name == "v" && first.tags[0].value == "DMARC1";
}

void check_dmarc_record(const Subject& subject, DmarcReport& out) { RecordCheck(subject, out).run(); }

}  // namespace emailauth::check
