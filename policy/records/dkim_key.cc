#include "policy/records/dkim_key.h"

#include <algorithm>
#include <set>

#include "policy/net/domain_text.h"

namespace emailauth {

namespace {

constexpr Word<DkimKeyType> kTypes[] = {{"rsa", DkimKeyType::rsa}, {"ed25519", DkimKeyType::ed25519}};
constexpr Word<DkimKeyState> kStates[] = {{"pending", DkimKeyState::pending},
                                          {"active", DkimKeyState::active},
                                          {"retiring", DkimKeyState::retiring},
                                          {"revoked", DkimKeyState::revoked}};
constexpr Word<OtherSelectors> kOtherSelectors[] = {{"none", OtherSelectors::none},
                                                    {"revoked", OtherSelectors::revoked}};

void read_key_material(const PolicyNode& node, DkimKey& key) {
  if (const auto type = node.find("type")) {
    key.type = type->one_of<DkimKeyType>(kTypes, "a key type").value_or(DkimKeyType::rsa);
  }
  const auto material = node.find("public_key");
  if (!material) {
    if (key.state != DkimKeyState::revoked) node.error("a key needs \"public_key\" or \"cname\"; write one of them");
    return;
  }
  const std::optional<std::string_view> text = material->text();
  if (!text) return;
  const Result<int> bits = public_key_bits(key.type, *text);
  if (!bits) return material->error(bits.error().message);
  key.public_key = std::string(*text);
  key.bits = *bits;
  if (key.type == DkimKeyType::rsa && key.bits < 2048) {
    material->advice("the RSA key has " + std::to_string(key.bits) + " bits; RFC 8301 asks for at least 2048");
  } else if (key.bits > 4096) {
    material->warning("the RSA key has " + std::to_string(key.bits) +
                      " bits; verifiers need not accept more than 4096 (RFC 8301, 3.2)");
  }
}

std::optional<Day> read_day(const PolicyNode& node, std::string_view key) {
  const auto date = node.find(key);
  const auto text = date ? date->text() : std::nullopt;
  if (!text) return std::nullopt;
  const std::optional<Day> day = parse_day(*text);
  if (!day) date->error(in_quotes(*text) + " is not a date; write \"2026-05-01\"");
  return day;
}

// The events of a key happen in this order; several may be on one day.
void check_order(const PolicyNode& node, const DkimKey& key) {
  const std::pair<const char*, std::optional<Day>> steps[] = {{"created", key.created},
                                                              {"active_from", key.active_from},
                                                              {"retire_after", key.retire_after},
                                                              {"revoked_on", key.revoked_on}};
  const std::pair<const char*, std::optional<Day>>* before = nullptr;
  for (const auto& step : steps) {
    if (!step.second) continue;
    if (before != nullptr && *step.second < *before->second) {
      node.find(step.first)
          ->error(in_quotes(to_string(*step.second)) + " comes before " + in_quotes(before->first) + ", " +
                  in_quotes(to_string(*before->second)) + "; correct one of the two dates");
    }
    before = &step;
  }
}

void check_state(const PolicyNode& node, const DkimKey& key) {
  const bool signs = key.state == DkimKeyState::pending || key.state == DkimKeyState::active;
  if (signs && key.revoked_on) {
    const std::string state = in_quotes(to_text(*key.state));
    node.find("revoked_on")
        ->error("a key in the state " + state +
                " is not revoked; write \"state\": \"revoked\", or leave out \"state\": then the dates decide");
  }
  if (key.state == DkimKeyState::pending && key.retire_after && !key.active_from) {
    node.find("retire_after")
        ->error("a key that is \"pending\" has not signed yet; write \"active_from\" too, or another \"state\"");
  }
}

void read_dates(const PolicyNode& node, DkimKey& key) {
  key.created = read_day(node, "created");
  key.active_from = read_day(node, "active_from");
  key.retire_after = read_day(node, "retire_after");
  key.revoked_on = read_day(node, "revoked_on");
  check_order(node, key);
  check_state(node, key);
  const auto visible = node.find("visible_since");
  const auto text = visible ? visible->text() : std::nullopt;
  if (!text) return;
  key.visible_since = parse_rfc3339(*text);
  if (!key.visible_since) visible->error(in_quotes(*text) + " is not a time; write \"2026-05-01T06:00:00Z\"");
}

std::optional<DkimKey> read_key(const PolicyNode& node) {
  if (!node.require_object() ||
      node.report_unknown_keys({"selector", "type", "public_key", "cname", "sender", "created", "visible_since",
                                "active_from", "retire_after", "revoked_on", "state", "testing", "strict", "note"})) {
    return std::nullopt;
  }
  DkimKey key;
  const auto selector = node.require("selector", "\"selector\": \"s1\"");
  const auto selector_text = selector ? selector->text() : std::nullopt;
  if (!selector_text) return std::nullopt;
  Result<Name> name = parse_selector(*selector_text);
  if (!name) {
    selector->error(name.error().message);
    return std::nullopt;
  }
  key.selector = *name;
  if (const auto state = node.find("state")) key.state = state->one_of<DkimKeyState>(kStates, "a key state");
  if (const auto flag = node.find("testing")) key.testing = flag->boolean().value_or(false);
  if (const auto flag = node.find("strict")) key.strict = flag->boolean().value_or(false);
  if (const auto sender = node.find("sender")) key.sender = sender->note();
  if (const auto note = node.find("note")) note->note();
  read_dates(node, key);
  if (const auto cname = node.find("cname")) {
    if (node.find("public_key")) cname->error("a name is either a CNAME or a key; remove \"cname\" or \"public_key\"");
    const auto text = cname->text();
    if (!text) return std::nullopt;
    Result<Name> target = parse_domain_text(*text);
    if (!target)
      cname->error(target.error().message);
    else
      key.cname = *target;
  } else {
    read_key_material(node, key);
  }
  return key;
}

}  // namespace

std::optional<DkimPolicy> read_dkim(const PolicyNode& node) {
  const std::size_t before = node.mark();
  if (!node.require_object()) return std::nullopt;
  node.report_unknown_keys({"keys", "other_selectors"});
  DkimPolicy policy;
  if (const auto keys = node.find("keys")) {
    std::set<Name> seen;
    for (const PolicyNode& item : keys->items()) {
      std::optional<DkimKey> key = read_key(item);
      if (!key) continue;
      if (!seen.insert(key->selector).second)
        item.error("the selector " + in_quotes(key->selector.to_string()) + " appears twice; one name has one record");
      policy.keys.push_back(std::move(*key));
    }
  }
  if (const auto other = node.find("other_selectors")) {
    policy.other_selectors =
        other->one_of<OtherSelectors>(kOtherSelectors, "an answer for other selectors").value_or(OtherSelectors::none);
  }
  if (node.has_errors_since(before)) return std::nullopt;
  return policy;
}

std::string_view to_text(DkimKeyType type) { return word_of<DkimKeyType>(kTypes, type); }

std::string_view to_text(DkimKeyState state) { return word_of<DkimKeyState>(kStates, state); }

DkimKeyState state_on(const DkimKey& key, Day day) {
  DkimKeyState state = key.state.value_or(key.active_from ? DkimKeyState::pending : DkimKeyState::active);
  if (key.active_from && *key.active_from <= day) state = std::max(state, DkimKeyState::active);
  if (key.retire_after && *key.retire_after < day) state = std::max(state, DkimKeyState::retiring);
  if (key.revoked_on && *key.revoked_on <= day) state = DkimKeyState::revoked;
  return state;
}

Day revoked_from(const DkimKey& key) {
  if (key.state == DkimKeyState::revoked) return Day::min();
  return key.revoked_on.value_or(Day::max());
}

std::string to_record(const DkimKey& key) {
  std::string record = "v=DKIM1; k=" + std::string(to_text(key.type));
  if (key.testing || key.strict) {
    record += "; t=";
    record += key.testing ? (key.strict ? "y:s" : "y") : "s";
  }
  return record + "; p=" + key.public_key;
}

}  // namespace emailauth
