#include <algorithm>

#include "policy/base/command_line.h"
#include "policy/check/subject.h"
#include "policy/import/import_context.h"
#include "policy/net/domain_text.h"
#include "policy/records/dkim_record.h"
#include "policy/spf/visible_text.h"

namespace emailauth::importing {

namespace {

using spf::quoted_text;

constexpr const char* kDkimPart = "DKIM";

class DkimImport {
 public:
  DkimImport(const ImportContext& context, const ordered_json& spf) : context_(context) {
    if (spf.contains("senders")) senders_ = spf["senders"].get<std::vector<std::string>>();
  }

  ordered_json run() {
    ask_all();
    const std::optional<Name> nobodys = name_of(std::string(kNobodysSelector));
    if (nobodys) {
      wildcard_ = context_.dns.ask(*nobodys, RecordType::txt);
      has_wildcard_ = wildcard_.owner != *nobodys || !wildcard_.texts.empty();
    }
    for (const Name& selector : context_.options.selectors) import_selector(selector);
    ordered_json out;
    if (!keys_.empty()) out["keys"] = keys_;
    if (has_wildcard_) import_wildcard(out);
    return out;
  }

 private:
  std::optional<Name> name_of(const std::string& selector) const {
    const Result<Name> name = below(selector + "._domainkey", context_.domain);
    return name ? std::optional<Name>(*name) : std::nullopt;
  }

  void ask_all() {
    std::vector<DnsQuestion> questions;
    for (const Name& selector : context_.options.selectors) {
      if (const auto name = name_of(selector.to_string())) questions.push_back({*name, RecordType::txt});
    }
    context_.dns.expect(questions);
  }

  // What no name of a selector leads to, but "*" does.
  bool is_wildcard(const DnsAnswer& found, const Name& where) const {
    if (!has_wildcard_) return false;
    if (found.owner != where) return found.owner == wildcard_.owner;
    return found.texts == wildcard_.texts;
  }

  void import_selector(const Name& selector) {
    const auto where = name_of(selector.to_string());
    if (!where) return;
    const DnsAnswer found = context_.dns.ask(*where, RecordType::txt);
    const bool aliased = found.owner != *where;
    if (found.failed() || (found.texts.empty() && !aliased) || is_wildcard(found, *where)) return;
    if (aliased) return add_alias(selector, *where);
    if (found.texts.size() > 1) {
      return context_.lost(kDkimPart, *where,
                           std::to_string(found.texts.size()) + " records: receivers verify with either, or with none",
                           "remove all but one, then import again");
    }
    add_key(selector, *where, found.texts.front());
  }

  // Kept as a CNAME, even if it leads to nothing today: the service owns the key.
  void add_alias(const Name& selector, const Name& where) {
    const std::optional<Name> target = check::cname_at(context_.dns, where);
    if (!target) return;
    if (!parse_domain_text(target->to_string())) {
      return context_.lost(kDkimPart, where,
                           "its CNAME leads to " + quoted_text(target->to_string()) + ", which no policy can contain",
                           "ask the service for a key or another name");
    }
    ordered_json key{{"selector", selector.to_string()}, {"cname", target->to_string()}};
    const KnownSender known = sender_of_key(context_.options, *target, selector.to_string());
    if (known.sender != nullptr) key["sender"] = known.sender->id;
    keys_.push_back(std::move(key));
  }

  void add_key(const Name& selector, const Name& where, const std::string& text) {
    const Result<DkimRecord> record = parse_dkim_record(text);
    if (!record) return context_.note(kDkimPart, where, record.error().message + "; no receiver uses it; left out");
    ordered_json key{{"selector", selector.to_string()}};
    if (record->public_key.empty()) {
      key["state"] = "revoked";
    } else {
      const Result<int> bits = public_key_bits(record->type, record->public_key);
      if (!bits) {
        return context_.lost(kDkimPart, where, bits.error().message,
                             Todo("have the signer use a new key, then add it")
                                 .then(in_directory(CommandLine({"emailauth", "dkim", "import"})
                                                        .operand(context_.domain.to_string())
                                                        .option("--selector", "NEW"),
                                                    context_.options.directory)));
      }
      key["type"] = record->type == DkimKeyType::rsa ? "rsa" : "ed25519";
      key["public_key"] = record->public_key;
    }
    if (record->testing) key["testing"] = true;
    if (record->strict) key["strict"] = true;
    if (const std::string sender = sender_by_selector(selector.to_string()); !sender.empty()) key["sender"] = sender;
    keys_.push_back(std::move(key));
  }

  // Returns the only sender of the domain that signs with this selector.
  std::string sender_by_selector(const std::string& selector) const {
    std::string out;
    for (const auto& senders : {context_.options.senders, context_.options.catalogue}) {
      for (const SenderPolicy& sender : senders) {
        const auto& selectors = sender.dkim_selectors;
        const bool enabled = std::find(senders_.begin(), senders_.end(), sender.id) != senders_.end();
        if (!enabled || std::find(selectors.begin(), selectors.end(), selector) == selectors.end()) continue;
        if (!out.empty() && out != sender.id) return "";
        out = sender.id;
      }
    }
    return out;
  }

  void import_wildcard(ordered_json& out) const {
    const Result<Name> star = below("*._domainkey", context_.domain);
    if (!star) return;
    const bool revoked = wildcard_.texts.size() == 1 && [&] {
      const Result<DkimRecord> record = parse_dkim_record(wildcard_.texts.front());
      return record && record->public_key.empty();
    }();
    if (revoked) {
      out["other_selectors"] = "revoked";
      return;
    }
    const std::string what = wildcard_.texts.empty() ? "a CNAME to " + wildcard_.owner.to_string()
                                                     : quoted_text(wildcard_.texts.front(), 80);
    context_.lost(kDkimPart, *star, "every selector is answered with " + what,
                  "name the selectors in use with --selector, as in s= of a DKIM-Signature header");
  }

  const ImportContext& context_;
  std::vector<std::string> senders_;  // senders that the SPF policy enables
  ordered_json keys_ = ordered_json::array();
  DnsAnswer wildcard_;
  bool has_wildcard_ = false;
};

}  // namespace

ordered_json import_dkim(const ImportContext& context, const ordered_json& spf) {
  return DkimImport(context, spf).run();
}

}  // namespace emailauth::importing
