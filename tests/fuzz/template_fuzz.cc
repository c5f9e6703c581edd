// Reads lines as SPF templates of one responder. An accepted template must match the
// names that it makes, and no names that were cut.
#include <cstdint>

#include "policy/answer/explain.h"
#include "policy/snapshot/spf_view.h"
#include "policy/template/template_match.h"
#include "policy/template/template_overlap.h"
#include "tests/fuzz/require.h"

using namespace emailauth;  // NOLINT: a test driver
using emailauth::tests::require;

namespace {

// Returns the address that the template's own question asks about.
void check_question(const SpfTemplate& t, const Mail& mail) {
  const Result<Name> name = question_for(t, mail);
  NameView view;
  if (!name || !view.assign(name->wire()) || !t.has_address()) return;
  const auto apex = view.begin_of_suffix(t.view_apex().wire());
  if (!apex || view.text_length() >= 190) return;  // cut
  const std::size_t domain_labels = Name::parse(mail.domain)->label_count();
  if (*apex <= domain_labels) return;
  const auto match = t.is_adjacent() ? match_adjacent(t, view, *apex, !mail.client.is_v4())
                                     : match_left(t, view, *apex - domain_labels);
  require(match && match->address == mail.client, t.text() + " cannot read its own question " + name->to_string());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Name> zones = {*Name::parse("z.test")};
  SpfView view(zones[0]);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (int i = 0; i < 6 && !text.empty(); ++i) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Result<SpfTemplate> t = SpfTemplate::parse(text.substr(0, end), zones);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!t) {
      require(!t.error().message.empty(), "a refusal has a reason");
      continue;
    }
    require(t->view_apex().is_at_or_below(zones[0]), "a template ends in a zone");
    if (t->kind() == SpfTermKind::exists) {
      require(t->has_address(), "exists: has an address");
      require(t->is_unsafe() == t->has_chosen(), "exists: with a chosen part is unsafe");
      require(t->has_chosen() || !can_misread(*t, *t), "an address under exists: has one width: " + t->text());
    }
    for (const char* client : {"192.0.2.1", "2001:db8::1"}) {
      check_question(*t, {*IpAddress::parse(client), "mta.example.net", "user", "example.com"});
    }
    if (t->view_apex() == zones[0]) static_cast<void>(view.add(*t));
  }
  return 0;
}
