#include "policy/cli/policy_edit.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <variant>

#include "policy/cli/edited_text.h"
#include "policy/cli/file_replace.h"
#include "policy/domain_text.h"
#include "policy/json_edit.h"
#include "policy/policy_node.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

bool is_lines(std::string_view file) { return file.size() >= 6 && file.substr(file.size() - 6) == ".jsonl"; }

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

// What a diagnostic says, wherever its line has moved to.
using Said = std::pair<std::string, std::string>;

std::multiset<Said> said(const Diagnostics& diagnostics) {
  std::multiset<Said> out;
  for (const Diagnostic& d : diagnostics) out.emplace(d.file, d.message);
  return out;
}

}  // namespace

Result<PolicyEdit> PolicyEdit::open(const std::string& directory) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error || !fs::is_directory(root, error)) {
    return Error{"the policy directory " + in_quotes(directory) +
                 " cannot be read: " + (error ? error.message() : "Not a directory") + "; name one with --dir"};
  }
  PolicyDirectory loaded(root.string());
  loaded.reload();
  PolicyEdit edit(std::move(loaded));
  edit.root_ = root.string();
  for (const std::string& name : edit.directory_.names_of(PolicyFileKind::domains)) edit.read_file(name);
  return edit;
}

void PolicyEdit::read_file(const std::string& name) {
  Result<FileContent> content = read_policy_file(root_, name);
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

// A domain goes before an alias; of two domains the second is remembered.
void PolicyEdit::claim(const Name& domain, Place place) {
  const auto [at, is_new] = places_.try_emplace(domain, place);
  if (is_new || place.alias_of) return;
  if (at->second.alias_of) {
    at->second = std::move(place);
    return;
  }
  at->second.also = place.file + ":" + std::to_string(files_.at(place.file).pieces.at(place.piece).line);
}

Error PolicyEdit::unknown(const Name& domain) const {
  const std::string text = domain.to_string();
  std::string message = in_quotes(text) + " stands in no file of " + root_ + "/domains";
  std::vector<std::string> names;
  for (const auto& [name, place] : places_) names.push_back(name.to_string());
  const std::optional<std::string_view> meant = nearest(text, {names.begin(), names.end()});
  if (meant)
    message += "; did you mean " + in_quotes(*meant) + "?";
  else
    message += "; write its policy first, or see --dir";
  if (!unreadable_.empty()) message += " (not searched: " + unreadable_.front() + ")";
  return Error{message};
}

Result<const PolicyEdit::Place*> PolicyEdit::find(const Name& domain) const {
  const auto found = places_.find(domain);
  if (found == places_.end()) return unknown(domain);
  const Place& place = found->second;
  if (place.alias_of) {
    return Error{in_quotes(domain.to_string()) + " is an alias of " + in_quotes(place.alias_of->to_string()) +
                 "; name that one"};
  }
  if (place.also) {
    return Error{in_quotes(domain.to_string()) + " stands in " + place.file + " and in " + *place.also +
                 "; keep one of them first"};
  }
  return &place;
}

Result<DomainPlace> PolicyEdit::place(const Name& domain) const {
  const Result<const Place*> found = find(domain);
  if (!found) return found.error();
  const Place& place = **found;
  return DomainPlace{place.file, files_.at(place.file).pieces.at(place.piece).line, !place.pointer.empty()};
}

JsonValue PolicyEdit::value(const Name& domain) const {
  const Place& place = **find(domain);
  const auto parsed = parse_json(text_of(place));
  const JsonValue& object = std::get<JsonValue>(parsed);
  return *value_at(object, place.pointer);
}

std::optional<Name> PolicyEdit::parent_of(const Name& domain) const {
  for (Name above = domain.parent(); !above.is_root(); above = above.parent()) {
    const auto found = places_.find(above);
    if (found != places_.end() && !found->second.alias_of && found->second.pointer.empty()) return above;
  }
  return std::nullopt;
}

std::string PolicyEdit::text_of(const Place& place) const {
  const File& file = files_.at(place.file);
  const Piece& piece = file.pieces.at(place.piece);
  return piece.edited ? *piece.edited : file.content.text.substr(piece.begin, piece.size);
}

std::optional<Error> PolicyEdit::put(const Place& place, const Result<std::string>& text) {
  Piece& piece = files_.at(place.file).pieces.at(place.piece);
  if (!text)
    return Error{place.file + ":" + std::to_string(piece.line) + ": cannot be edited: " + text.error().message};
  piece.edited = *text;
  return std::nullopt;
}

std::optional<Error> PolicyEdit::set(const Name& domain, std::string_view pointer, std::string_view value) {
  const Result<const Place*> found = find(domain);
  if (!found) return found.error();
  const Place& place = **found;
  const File& file = files_.at(place.file);
  const std::string margin = margin_at(file.content.text, file.pieces.at(place.piece).begin);
  return put(place, set_in_object(text_of(place), margin, place.pointer + std::string(pointer), value));
}

std::optional<Error> PolicyEdit::remove(const Name& domain, std::string_view pointer) {
  const Result<const Place*> found = find(domain);
  if (!found) return found.error();
  return put(**found, remove_json_value(text_of(**found), (*found)->pointer + std::string(pointer)));
}

std::optional<Error> PolicyEdit::add_subdomain(const Name& domain, std::string_view object) {
  const std::optional<Name> parent = parent_of(domain);
  if (!parent || has(domain)) return Error{in_quotes(domain.to_string()) + " is no new name below a domain"};
  const std::string text = domain.to_string();
  const std::string key = text.substr(0, text.size() - parent->to_string().size() - 1);
  const Place place = places_.at(*parent);
  const std::string pointer = pointer_to("/subdomains", key);
  if (auto error = set(*parent, pointer, object)) return error;
  claim(domain, {place.file, place.piece, pointer, std::nullopt, std::nullopt});
  return std::nullopt;
}

std::optional<Error> PolicyEdit::add_domain(const Name& domain, const std::string& file, std::string_view object) {
  const bool is_policy_file =
      file.rfind("domains/", 0) == 0 && (is_lines(file) || fs::path(file).extension() == ".json");
  if (!is_policy_file || fs::path(file).lexically_normal() != fs::path(file) ||
      fs::path(file).filename().string()[0] == '.') {
    return Error{in_quotes(file) + " is no file for domains; write one such as \"domains/parked.jsonl\""};
  }
  const auto known = places_.find(domain);
  if (known != places_.end()) {
    return Error{in_quotes(domain.to_string()) + " stands in " + known->second.file + " already"};
  }
  const auto [at, is_new] = files_.try_emplace(file);
  if (is_new) at->second.created = true;
  if (!at->second.listed) {
    return Error{file + " is no list of domains and has no room for another; name another file"};
  }
  at->second.pieces.push_back({at->second.content.text.size(), 0, 0, std::string(object)});
  claim(domain, {file, at->second.pieces.size() - 1, "", std::nullopt, std::nullopt});
  return std::nullopt;
}

std::vector<FileChange> PolicyEdit::changes() const {
  std::vector<FileChange> out;
  for (const auto& [name, file] : files_) {
    std::string after;
    std::size_t at = 0;
    std::vector<std::string> added;
    for (const Piece& piece : file.pieces) {
      if (!piece.edited) continue;
      if (piece.line == 0) {
        added.push_back(*piece.edited);
        continue;
      }
      after += file.content.text.substr(at, piece.begin - at) + *piece.edited;
      at = piece.begin + piece.size;
    }
    if (at == 0 && added.empty()) continue;
    after += file.content.text.substr(at);
    if (!added.empty()) after = is_lines(name) ? with_lines(after, added) : with_items(after, added, name);
    if (after != file.content.text) out.push_back({name, file.content.text, std::move(after), file.created});
  }
  return out;
}

EditCheck PolicyEdit::check() const {
  std::map<std::string, std::string> texts;
  for (FileChange& change : changes()) texts.emplace(std::move(change.file), std::move(change.after));
  PolicyDirectory with_edit = directory_;
  with_edit.pretend(texts);
  std::multiset<Said> before = said(directory_.report().diagnostics);
  EditCheck out;
  for (const Diagnostic& d : with_edit.reload().diagnostics) {
    const auto known = before.find({d.file, d.message});
    const bool is_error = d.severity == Severity::error;
    if (known == before.end())
      (is_error ? out.errors : out.warnings).push_back(d);
    else if (is_error && texts.count(d.file) > 0)
      out.broken.push_back(d);
    if (known != before.end()) before.erase(known);
  }
  return out;
}

std::optional<Error> PolicyEdit::write() const {
  std::vector<FileWrite> writes;
  for (FileChange& change : changes()) {
    const File& file = files_.at(change.file);
    FileWrite write{root_, change.file, std::nullopt, std::move(change.after)};
    if (!file.created) write.read = file.content.signature;
    writes.push_back(std::move(write));
  }
  const FolderLock lock(root_);
  if (!lock.holds()) return Error{root_ + ": another emailauth is writing here; run the command again"};
  const Result<bool> written = write_files(writes);
  return written ? std::nullopt : std::optional<Error>(written.error());
}

}  // namespace emailauth::cli
