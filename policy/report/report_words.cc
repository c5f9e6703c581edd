// The closed sets of words in aggregate reports, and what receivers write for them.
#include "policy/base/text.h"
#include "policy/base/word.h"
#include "policy/net/dns_name.h"
#include "policy/report/aggregate_report.h"

namespace emailauth::report {

namespace {

// The first word of a value is the one that is written; later ones are read too.
constexpr Word<Disposition> kDispositions[] = {{"none", Disposition::none},
                                               {"pass", Disposition::pass},
                                               {"quarantine", Disposition::quarantine},
                                               {"reject", Disposition::reject},
                                               {"", Disposition::unspecified}};
constexpr Word<AuthResult> kAuthResults[] = {
    {"none", AuthResult::none},           {"pass", AuthResult::pass},           {"fail", AuthResult::fail},
    {"softfail", AuthResult::softfail},   {"neutral", AuthResult::neutral},     {"policy", AuthResult::policy},
    {"temperror", AuthResult::temperror}, {"permerror", AuthResult::permerror}, {"hardfail", AuthResult::fail},
    {"invalid", AuthResult::permerror},   {"unknown", AuthResult::permerror},   {"error", AuthResult::temperror},
    {"", AuthResult::unspecified}};
constexpr Word<Override> kOverrides[] = {{"forwarded", Override::forwarded},
                                         {"sampled_out", Override::sampled_out},
                                         {"trusted_forwarder", Override::trusted_forwarder},
                                         {"mailing_list", Override::mailing_list},
                                         {"local_policy", Override::local_policy},
                                         {"policy_test_mode", Override::policy_test_mode},
                                         {"other", Override::other}};
constexpr Word<SpfScope> kScopes[] = {
    {"helo", SpfScope::helo}, {"mfrom", SpfScope::mfrom}, {"mailfrom", SpfScope::mfrom}, {"", SpfScope::unspecified}};

// What `text` means; `otherwise` when it is none of the words.
template <typename T, std::size_t N>
T meaning_of(const Word<T> (&words)[N], std::string_view text, T otherwise) {
  text = trimmed(text);
  for (const auto& [word, meaning] : words) {
    if (equals_ignoring_case(word, text)) return meaning;
  }
  return otherwise;
}

}  // namespace

std::string_view to_text(Disposition disposition) { return word_of<Disposition>(kDispositions, disposition); }
std::string_view to_text(AuthResult result) { return word_of<AuthResult>(kAuthResults, result); }
std::string_view to_text(Override reason) { return word_of<Override>(kOverrides, reason); }
std::string_view to_text(SpfScope scope) { return word_of<SpfScope>(kScopes, scope); }

Disposition parse_disposition(std::string_view text) {
  return meaning_of(kDispositions, text, Disposition::unspecified);
}
AuthResult parse_auth_result(std::string_view text) { return meaning_of(kAuthResults, text, AuthResult::unspecified); }
Override parse_override(std::string_view text) { return meaning_of(kOverrides, text, Override::other); }
SpfScope parse_spf_scope(std::string_view text) { return meaning_of(kScopes, text, SpfScope::unspecified); }

}  // namespace emailauth::report
