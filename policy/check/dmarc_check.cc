#include "policy/check/dmarc_check.h"

#include <algorithm>

#include "policy/check/dmarc_record_check.h"
#include "policy/check/dmarc_walk.h"
#include "policy/net/public_suffix.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::check {

namespace {

using spf::quoted_text;

// "v=dmarc1", "DMARC1; p=…", "\"v=DMARC1", "p=reject; v=DMARC1".
bool looks_like_dmarc(const std::string& text) {
  const std::string lower = ascii_lower(text);
  return lower.find("dmarc1") != std::string::npos && !is_dmarc_record(text);
}

class Discovery {
 public:
  explicit Discovery(const Subject& subject) : subject_(subject) {}

  DmarcReport run() {
    const std::vector<Name> walk = tree_walk(subject_.domain);
    std::vector<DnsQuestion> questions;
    for (const Name& domain : walk) {
      if (const auto name = below("_dmarc", domain)) questions.push_back({*name, RecordType::txt});
    }
    subject_.dns.expect(questions);
    if (!check_own()) return out_;
    out_.organisation_by_list = organizational_domain(subject_.domain);
    out_.organisation_by_walk = organisation_by_walk(subject_.dns, walk).domain;
    choose();
    return out_;
  }

 private:
  std::string record_of(const Name& domain) { return dmarc_record_of(subject_.dns, domain); }

  // Returns false if there is nothing more to say: the domain's own name does not answer, or has several records.
  bool check_own() {
    const auto name = below("_dmarc", subject_.domain);
    if (!name) return false;
    const DnsAnswer found = subject_.dns.ask(*name, RecordType::txt);
    if (found.failed()) {
      subject_.found_at(*name, "dmarc-unavailable", "TXT: " + failure_text(found));
      return false;
    }
    std::vector<std::string> records;
    bool like = false;
    for (const std::string& text : found.texts) {
      if (is_dmarc_record(text)) {
        records.push_back(text);
      } else if (looks_like_dmarc(text)) {
        like = true;
        subject_.found_at(*name, "dmarc-not-recognised", quoted_text(text) + " is not read as DMARC");
      } else {
        subject_.found_at(*name, "dmarc-foreign-text", quoted_text(text) + " is not a DMARC record");
      }
    }
    if (const auto target = cname_beside(subject_.dns, found, *name)) {
      subject_.found_at(*name, "dmarc-beside-cname", "a TXT record is next to a CNAME to " + target->to_string());
    }
    if (records.size() > 1) {
      subject_.found_at(*name, "dmarc-two-records",
                        std::to_string(records.size()) + " DMARC records: " + quoted_text(records[0], 100) + " and " +
                            quoted_text(records[1], 100));
      return false;
    }
    return !like || !records.empty();
  }

  void choose() {
    const auto from = [this](const std::optional<Name>& organisation) -> std::optional<Name> {
      for (const auto& domain : {std::optional<Name>(subject_.domain), organisation}) {
        if (domain && !record_of(*domain).empty()) return domain;
      }
      return std::nullopt;
    };
    const std::optional<Name> by_walk = from(out_.organisation_by_walk);
    const std::optional<Name> by_list = from(out_.organisation_by_list);
    if (!by_walk && !by_list) return missing();
    if (by_walk != by_list) {
      const auto text = [](const std::optional<Name>& n) { return n ? "that of " + n->to_string() : "none"; };
      subject_.found("dmarc-policy-differs",
                     "by RFC 9989 the record is " + text(by_walk) + ", by the public suffix list " + text(by_list));
    }
    out_.at = by_walk ? *by_walk : *by_list;
    out_.record = record_of(out_.at);
    check_dmarc_record(subject_, out_);
    compare_organisations();
  }

  // Under strict alignment no receiver looks for the organisation.
  void compare_organisations() {
    const auto& walk = out_.organisation_by_walk;
    const auto& list = out_.organisation_by_list;
    if (!walk || !list || *walk == *list) return;
    const TagList tags = parse_tags(out_.record);
    const auto strict = [&tags](const char* tag) {
      const std::string* value = tags.find(tag);
      return value != nullptr && ascii_lower(*value) == "s";
    };
    if (strict("adkim") && strict("aspf")) return;
    subject_.found("dmarc-organisation-differs", "the organisation is " + walk->to_string() + " by RFC 9989 and " +
                                                     list->to_string() + " by the public suffix list");
  }

  void missing() {
    // A record is missing for certain only if every name that may have it answers.
    for (const auto& domain : {out_.organisation_by_list, std::optional<Name>(subject_.domain.parent())}) {
      const auto name = domain && !domain->is_root() ? below("_dmarc", *domain) : Result<Name>(Error{});
      if (!name || !subject_.dns.ask(*name, RecordType::txt).failed()) continue;
      const std::string why = failure_text(subject_.dns.ask(*name, RecordType::txt));
      return subject_.found_at(*name, "dmarc-unavailable", "TXT: " + why);
    }
    std::vector<Name> places = {subject_.domain};
    for (const std::string& label : {std::string("dmarc"), "_dmarc." + subject_.domain.to_string()}) {
      if (const auto name = below(label, subject_.domain)) places.push_back(*name);
    }
    for (const Name& place : places) {
      for (const std::string& text : subject_.dns.ask(place, RecordType::txt).texts) {
        if (!is_dmarc_record(text)) continue;
        return subject_.found_at(place, "dmarc-wrong-place",
                                 quoted_text(text) + " is here, and there is none at _dmarc");
      }
    }
    subject_.found("dmarc-missing", "_dmarc." + subject_.domain.to_string() + " has no DMARC record");
  }

  const Subject& subject_;
  DmarcReport out_;
};

}  // namespace

DmarcReport check_dmarc(const Subject& subject) { return Discovery(subject).run(); }

}  // namespace emailauth::check
