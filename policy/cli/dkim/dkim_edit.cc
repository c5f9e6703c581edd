#include "policy/cli/dkim/dkim_edit.h"

#include <algorithm>

#include "policy/cli/write/edited_text.h"
#include "policy/json/policy_node.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace {

std::string pointer_of(std::size_t index, const std::string& member) {
  return "/dkim/keys/" + std::to_string(index) + "/" + member;
}

}  // namespace

Result<std::vector<DkimKey>> keys_in(const JsonValue& domain, const std::string& file) {
  Diagnostics diagnostics;
  const PolicyNode node(domain, file, diagnostics);
  const auto dkim = node.find("dkim");
  if (!dkim) return std::vector<DkimKey>();
  std::optional<DkimPolicy> policy = read_dkim(*dkim);
  if (policy) return std::move(policy->keys);
  const auto error = std::find_if(diagnostics.begin(), diagnostics.end(),
                                  [](const Diagnostic& d) { return d.severity == Severity::error; });
  return Error{file + ": " + error->pointer + ": " + error->message};
}

std::string key_json(const DkimKey& key) {
  std::string out;
  const auto add = [&](const char* member, const std::string& value) {
    out += (out.empty() ? "{\"" : ", \"") + std::string(member) + "\": " + value;
  };
  const auto add_text = [&](const char* member, std::string_view text) { add(member, json_text(text)); };
  const auto add_day = [&](const char* member, const std::optional<Day>& day) {
    if (day) add_text(member, to_string(*day));
  };
  add_text("selector", key.selector.to_string());
  if (key.cname) add_text("cname", key.cname->to_string());
  if (!key.public_key.empty()) {
    add_text("type", to_text(key.type));
    add_text("public_key", key.public_key);
  }
  if (key.testing) add("testing", "true");
  if (key.strict) add("strict", "true");
  if (!key.sender.empty()) add_text("sender", key.sender);
  if (key.state) add_text("state", to_text(*key.state));
  add_day("created", key.created);
  add_day("revoked_on", key.revoked_on);
  return out + "}";
}

Result<DkimEdit> DkimEdit::open(PolicyEdit& edit, const std::string& domain) {
  const Result<Name> name = parse_mail_domain(domain);
  if (!name) return name.error();
  const Result<DomainPlace> place = edit.place(*name);
  if (!place) return place.error();
  Result<std::vector<DkimKey>> keys = keys_in(edit.value(*name), place->file);
  if (!keys) return keys.error();
  DkimEdit out(edit, *name);
  out.keys_ = std::move(*keys);
  return out;
}

std::optional<std::size_t> DkimEdit::find(const Name& selector) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].selector == selector) return i;
  }
  return std::nullopt;
}

std::optional<Error> DkimEdit::add(const DkimKey& key) { return edit_->set(domain_, "/dkim/keys/-", key_json(key)); }

std::optional<Error> DkimEdit::set(std::size_t index, const std::string& member, const std::string& text) {
  return edit_->set(domain_, pointer_of(index, member), json_text(text));
}

std::optional<Error> DkimEdit::remove(std::size_t index, const std::string& member) {
  return edit_->remove(domain_, pointer_of(index, member));
}

}  // namespace emailauth::cli
