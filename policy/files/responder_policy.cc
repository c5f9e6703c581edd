#include "policy/files/responder_policy.h"

#include <algorithm>

#include "policy/net/domain_text.h"
#include "policy/records/report_uri.h"

namespace emailauth {

namespace {

std::vector<Name> read_names(const PolicyNode& list, std::string_view what) {
  std::vector<Name> out;
  const auto items = list.items();
  for (const PolicyNode& item : items) {
    const auto text = item.text();
    if (!text) continue;
    const Result<Name> name = parse_domain_text(*text);
    if (!name) {
      item.error(name.error().message);
    } else if (std::find(out.begin(), out.end(), *name) != out.end()) {
      item.error("the " + std::string(what) + " " + in_quotes(*text) + " appears twice; keep one");
    } else {
      out.push_back(*name);
    }
  }
  if (items.empty() && list.is(JsonKind::array))
    list.error("the list is empty; name at least one " + std::string(what));
  return out;
}

std::vector<TemplateText> read_templates(const PolicyNode& list) {
  std::vector<TemplateText> out;
  for (const PolicyNode& item : list.items()) {
    if (const auto text = item.text()) out.push_back({std::string(*text), item.line(), item.pointer()});
  }
  return out;
}

// Returns the texts of existing templates, each once.
std::vector<TemplateText> read_unsafe_templates(const PolicyNode& list, const ResponderPolicy& responder) {
  std::vector<TemplateText> out;
  const auto holds = [](const std::vector<TemplateText>& templates, std::string_view text) {
    return std::any_of(templates.begin(), templates.end(), [&](const TemplateText& t) { return t.text == text; });
  };
  for (const PolicyNode& item : list.items()) {
    const auto text = item.text();
    if (!text) continue;
    if (holds(out, *text)) {
      item.error(in_quotes(*text) + " is listed twice; keep one");
    } else if (!holds(responder.spf_templates, *text)) {
      item.error(in_quotes(*text) + " is not one of \"spf_templates\"; copy the text from there, or remove it here");
    }
    out.push_back({std::string(*text), item.line(), item.pointer()});
  }
  return out;
}

// "hostmaster@provider.net" or "hostmaster.provider.net" to an SOA RNAME.
std::optional<Name> read_hostmaster(const PolicyNode& node) {
  const auto text = node.text();
  if (!text) return std::nullopt;
  const std::size_t at = text->rfind('@');
  if (at == std::string_view::npos) {
    const Result<Name> name = parse_domain_text(*text);
    if (name) return *name;
    node.error(name.error().message);
    return std::nullopt;
  }
  if (at == 0 || at > 63) {
    node.error(in_quotes(*text) +
               " has no mailbox of 1 to 63 characters before the \"@\"; write \"hostmaster@provider.net\"");
    return std::nullopt;
  }
  const Result<Name> domain = parse_domain_text(text->substr(at + 1));
  const Result<Name> rname = domain ? domain->with_label(text->substr(0, at)) : domain;
  if (rname) return *rname;
  node.error(rname.error().message);
  return std::nullopt;
}

void read_ttl(const PolicyNode& node, std::string_view key, std::int64_t most, std::uint32_t& out) {
  const auto ttl = node.find(key);
  const auto seconds = ttl ? ttl->integer(0, most) : std::nullopt;
  if (seconds) out = static_cast<std::uint32_t>(*seconds);
}

void read_ttls(const PolicyNode& node, AnswerTtls& ttl) {
  if (!node.require_object() || node.report_unknown_keys({"authorized", "unauthorized", "static", "negative"})) return;
  read_ttl(node, "authorized", 604800, ttl.authorized);
  read_ttl(node, "unauthorized", 604800, ttl.unauthorized);
  read_ttl(node, "static", 604800, ttl.static_records);
  read_ttl(node, "negative", 300, ttl.negative);
}

void read_mirror_zone(const PolicyNode& node, ResponderPolicy& responder) {
  const auto text = node.text();
  if (!text) return;
  const Result<Name> name = parse_domain_text(*text);
  if (!name) return node.error(name.error().message);
  if (std::find(responder.zones.begin(), responder.zones.end(), *name) == responder.zones.end()) {
    node.error(in_quotes(*text) + " is not one of \"zones\"; add it there");
  }
  responder.mirror_zone = *name;
}

void read_report_mailbox(const PolicyNode& node, ResponderPolicy& responder) {
  const auto text = node.text();
  if (!text) return;
  const Result<std::string> uri = check_report_uri(*text, false);
  if (!uri) return node.error(uri.error().message);
  responder.report_mailbox = *uri;
}

// Nested zones would answer for one another, but each name has one zone.
void check_zones(const PolicyNode& node, const std::vector<Name>& zones) {
  for (const Name& zone : zones) {
    for (const Name& other : zones) {
      if (zone == other || !zone.is_at_or_below(other)) continue;
      node.error("the zone " + in_quotes(zone.to_string()) + " lies inside " + in_quotes(other.to_string()) +
                 "; keep the outer one, names below it need no zone of their own");
    }
  }
}

}  // namespace

std::optional<ResponderPolicy> read_responder(const PolicyNode& root) {
  const std::size_t before = root.mark();
  if (!root.require_object()) return std::nullopt;
  root.report_unknown_keys({"$schema", "note", "nameservers", "hostmaster", "zones", "spf_templates",
                            "unsafe_exists_templates", "mirror_zone", "mirror_old_names", "strict_organizations",
                            "report_mailbox", "report_mx", "ttl", "serial"});
  ResponderPolicy responder;
  if (const auto note = root.find("note")) note->note();
  if (const auto list = root.require("nameservers", "\"nameservers\": [\"ns1.provider.net\"]")) {
    responder.nameservers = read_names(*list, "name server");
  }
  if (const auto node = root.require("hostmaster", "\"hostmaster\": \"hostmaster@provider.net\"")) {
    responder.hostmaster = read_hostmaster(*node).value_or(Name());
  }
  if (const auto list = root.require("zones", "\"zones\": [\"_spf.provider.net\"]")) {
    responder.zones = read_names(*list, "zone");
    check_zones(*list, responder.zones);
  }
  if (const auto list = root.find("spf_templates")) responder.spf_templates = read_templates(*list);
  if (const auto list = root.find("unsafe_exists_templates")) {
    responder.unsafe_exists_templates = read_unsafe_templates(*list, responder);
  }
  if (const auto node = root.find("mirror_zone")) read_mirror_zone(*node, responder);
  if (const auto node = root.find("mirror_old_names")) responder.mirror_old_names = node->boolean().value_or(true);
  if (const auto list = root.find("strict_organizations"))
    responder.strict_organizations = read_names(*list, "organizational domain");
  if (const auto node = root.find("report_mailbox")) read_report_mailbox(*node, responder);
  if (const auto list = root.find("report_mx")) responder.report_mx = read_names(*list, "mail exchanger");
  if (const auto node = root.find("ttl")) read_ttls(*node, responder.ttl);
  if (const auto node = root.find("serial")) {
    if (const auto number = node->integer(1, 4294967295)) responder.serial = static_cast<std::uint32_t>(*number);
  }
  if (root.has_errors_since(before)) return std::nullopt;
  return responder;
}

}  // namespace emailauth
