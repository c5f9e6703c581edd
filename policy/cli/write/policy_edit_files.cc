// The files of a policy directory, and which domain is in which.
#include <algorithm>
#include <variant>

#include "policy/cli/write/edited_text.h"
#include "policy/cli/write/policy_edit.h"
#include "policy/json/json_edit.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace {

std::optional<Name> name_in(const JsonValue& object, std::string_view key) {
  const JsonValue* text = object.find(key);
  if (text == nullptr || text->kind != JsonKind::string) return std::nullopt;
  const Result<Name> name = parse_mail_domain(text->text);
  return name ? std::optional<Name>(*name) : std::nullopt;
}

std::size_t line_at(std::string_view text, std::size_t from, std::size_t to) {
  return static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(from),
                                             text.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
}

}  // namespace

void PolicyEdit::read_file(const std::string& name) {
  Result<FileContent> content = read_policy_file(folder_, name);
  if (!content) {
    unreadable_.push_back(name + ": " + content.error().message);
    return;
  }
  File& file = files_[name];
  file.content = std::move(*content);
  const std::string_view text = file.content.text;
  std::uint32_t line = 1;
  if (is_lines(name)) {
    for (std::size_t at = 0; at < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view one = text.substr(at, end - at);
      if (!one.empty() && one.back() == '\r') one.remove_suffix(1);
      if (one.find_first_not_of(" \t\r") != std::string_view::npos) index_piece(name, at, one, line);
      at = end + 1;
    }
    return;
  }
  const std::vector<std::string_view> items = json_items(text, "/domains");
  std::size_t counted = 0;
  for (const std::string_view item : items) {
    const auto at = static_cast<std::size_t>(item.data() - text.data());
    line += static_cast<std::uint32_t>(line_at(text, counted, at));
    counted = at;
    index_piece(name, at, item, line);
  }
  if (!items.empty()) return;
  const auto parsed = parse_json(text);
  const auto* root = std::get_if<JsonValue>(&parsed);
  const JsonValue* list = root == nullptr ? nullptr : root->find("domains");
  file.listed = list != nullptr && list->kind == JsonKind::array;
  if (!file.listed) index_piece(name, 0, text, 1);
}

void PolicyEdit::index_piece(const std::string& name, std::size_t at, std::string_view text, std::uint32_t line) {
  const auto parsed = parse_json(text, line);
  if (const auto* error = std::get_if<JsonError>(&parsed)) {
    unreadable_.push_back(to_string({Severity::error, name, error->line, error->pointer, error->message}));
    return;
  }
  File& file = files_[name];
  file.pieces.push_back({at, text.size(), line, std::nullopt});
  const JsonValue& object = std::get<JsonValue>(parsed);
  const std::optional<Name> domain = name_in(object, "domain");
  if (!domain) return;
  const std::size_t piece = file.pieces.size() - 1;
  claim(*domain, {name, piece, "", std::nullopt, std::nullopt});
  if (const JsonValue* aliases = object.find("aliases")) {
    for (const JsonValue& item : aliases->items) {
      const Result<Name> alias = parse_domain_text(item.text);
      if (alias) claim(*alias, {name, piece, "", *domain, std::nullopt});
    }
  }
  const JsonValue* subdomains = object.find("subdomains");
  if (subdomains == nullptr) return;
  for (const JsonMember& entry : subdomains->members) {
    const Result<Name> relative = parse_mail_domain(entry.key);
    const Result<Name> whole = relative ? *relative + *domain : relative;
    if (whole) claim(*whole, {name, piece, pointer_to("/subdomains", entry.key), std::nullopt, std::nullopt});
  }
}

// A domain comes before an alias; of two domains the second is remembered.
void PolicyEdit::claim(const Name& domain, Place place) {
  const auto [at, is_new] = places_.try_emplace(domain, place);
  if (is_new || place.alias_of) return;
  if (at->second.alias_of) {
    at->second = std::move(place);
    return;
  }
  at->second.also = place.file + ":" + std::to_string(files_.at(place.file).pieces.at(place.piece).line);
}

}  // namespace emailauth::cli
