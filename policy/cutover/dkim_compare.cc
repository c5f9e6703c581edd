#include <algorithm>

#include "policy/cutover/compare_context.h"
#include "policy/records/dkim_record.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cutover {

namespace {

constexpr const char* kDkimPart = "DKIM";

// Returns the key that verifies signatures; nullopt if none does.
std::optional<DkimRecord> live_key(const std::vector<std::string>& texts) {
  if (texts.size() != 1) return std::nullopt;
  const Result<DkimRecord> record = parse_dkim_record(texts.front());
  if (!record || record->public_key.empty()) return std::nullopt;
  return *record;
}

class DkimCompare {
 public:
  explicit DkimCompare(const CompareContext& context) : context_(context) {}

  void run() {
    const PublishedRrset* pointer = context_.moves(PublicationPart::dkim);
    if (pointer == nullptr) return;
    // With CNAMEs, only the selectors in the policy move.
    const bool all_move = pointer->key.type == RecordType::ns;
    std::vector<Name> selectors = context_.wanted.selectors;
    for (const Name& selector : context_.options.selectors) {
      if (all_move && std::find(selectors.begin(), selectors.end(), selector) == selectors.end())
        selectors.push_back(selector);
    }
    ask_all(selectors);
    if (all_move) compare_wildcard();
    for (const Name& selector : selectors) compare(selector);
    context_.out.selectors = selectors.size();
  }

 private:
  std::optional<Name> name_of(const std::string& selector) const {
    const Result<Name> name = below(selector + "._domainkey", context_.wanted.domain);
    return name ? std::optional<Name>(*name) : std::nullopt;
  }

  void ask_all(const std::vector<Name>& selectors) {
    std::vector<DnsQuestion> questions;
    for (const Name& selector : selectors) {
      if (const auto name = name_of(selector.to_string())) questions.push_back({*name, RecordType::txt});
    }
    context_.dns.expect(questions);
  }

  void compare_wildcard() {
    const auto name = name_of(std::string(kNobodysSelector));
    if (!name) return;
    wildcard_ = context_.dns.ask(*name, RecordType::txt).texts;
    if (!live_key(wildcard_) || live_key(wildcard_) == live_key(context_.our_texts(*name))) return;
    context_.refuse(
        kDkimPart, "*._domainkey." + context_.wanted.domain.to_string(),
        "every selector has a key, and the policy has only those that it lists",
        Todo("find out which selectors are in use, and import each")
            .then(context_.here(context_.command({"emailauth", "dkim", "import"}).option("--selector", "SELECTOR"))));
  }

  void compare(const Name& selector) {
    const auto name = name_of(selector.to_string());
    if (!name) return;
    const DnsAnswer today = context_.dns.ask(*name, RecordType::txt);
    const std::optional<DkimRecord> live = live_key(today.texts);
    if (!live) return;
    const bool of_policy = std::find(context_.wanted.selectors.begin(), context_.wanted.selectors.end(), selector) !=
                           context_.wanted.selectors.end();
    if (today.texts == wildcard_ && !of_policy) return;
    context_.out.live_selectors.push_back(selector.to_string());
    judge(selector, *name, today.owner != *name, *live, context_.our_texts(*name));
  }

  void judge(const Name& selector, const Name& name, bool is_alias, const DkimRecord& live,
             const std::vector<std::string>& ours) {
    const Todo command =
        context_.here(context_.command({"emailauth", "dkim", "import"}).option("--selector", selector.to_string()));
    if (ours.empty()) {
      const std::string what = is_alias ? "a CNAME leads to a key" : "a key is live";
      return context_.refuse(kDkimPart, name.to_string(),
                             what + ", and the policy has none: signatures with it would fail", command);
    }
    const std::optional<DkimRecord> key = live_key(ours);
    if (!key) {
      return context_.refuse(kDkimPart, name.to_string(),
                             "a key is live, and the policy answers " + spf::quoted_text(ours.front(), 60), command);
    }
    if (key->public_key != live.public_key || key->type != live.type) {
      return context_.refuse(kDkimPart, name.to_string(),
                             "the key in the policy is another: signatures with the live one would fail", command);
    }
    if (key->testing != live.testing || key->strict != live.strict)
      context_.change(kDkimPart, name.to_string(), "the flags t= of the key differ");
  }

  const CompareContext& context_;
  std::vector<std::string> wildcard_;
};

}  // namespace

void compare_dkim(const CompareContext& context) { DkimCompare(context).run(); }

}  // namespace emailauth::cutover
