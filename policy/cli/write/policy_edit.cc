#include "policy/cli/write/policy_edit.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <variant>

#include "policy/base/first_of_each_file.h"
#include "policy/cli/write/edited_text.h"
#include "policy/cli/write/file_replace.h"
#include "policy/json/json_edit.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

// Identifies a diagnostic wherever its line has moved to.
using Said = std::pair<std::string, std::string>;

std::multiset<Said> said(const Diagnostics& diagnostics) {
  std::multiset<Said> out;
  for (const Diagnostic& d : diagnostics) out.emplace(d.file, d.message);
  return out;
}

}  // namespace

Result<PolicyEdit> PolicyEdit::open(const std::string& directory, Day today) {
  Result<Folder> folder = Folder::open(directory);
  if (!folder) {
    return Error{"the policy directory " + in_quotes(directory) + " cannot be read: " + folder.error().message +
                 "; name one with --policies"};
  }
  PolicyDirectory loaded(folder->path());
  loaded.reload(today);
  PolicyEdit edit(std::move(*folder), std::move(loaded), today);
  for (const std::string& name : edit.directory_.names_of(PolicyFileKind::domains)) edit.read_file(name);
  return edit;
}

Error PolicyEdit::unknown(const Name& domain) const {
  const std::string text = domain.to_string();
  std::string message = in_quotes(text) + " is not in any file under " + root() + "/domains";
  std::vector<std::string> names;
  for (const auto& [name, place] : places_) names.push_back(name.to_string());
  const std::optional<std::string_view> meant = nearest(text, {names.begin(), names.end()});
  if (meant)
    message += "; did you mean " + in_quotes(*meant) + "?";
  else
    message += "; write its policy first, or see --policies";
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
    return Error{in_quotes(domain.to_string()) + " is in " + place.file + " and in " + *place.also +
                 "; keep one of them first"};
  }
  return &place;
}

bool PolicyEdit::has(const Name& domain) const {
  const auto found = places_.find(domain);
  return found != places_.end() && !found->second.alias_of && !found->second.also;
}

Result<DomainPlace> PolicyEdit::place(const Name& domain) const {
  const Result<const Place*> found = find(domain);
  if (!found) return found.error();
  const Place& place = **found;
  return DomainPlace{place.file, files_.at(place.file).pieces.at(place.piece).line, !place.pointer.empty()};
}

std::vector<Name> PolicyEdit::domains() const {
  std::vector<Name> out;
  for (const auto& [name, place] : places_) {
    if (!place.alias_of && !place.also) out.push_back(name);
  }
  return out;
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
  if (!parent || has(domain)) return Error{in_quotes(domain.to_string()) + " is not a new name below a domain"};
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
    return Error{in_quotes(file) + " is not a file for domains; write one such as \"domains/parked.jsonl\""};
  }
  const auto known = places_.find(domain);
  if (known != places_.end()) {
    return Error{in_quotes(domain.to_string()) + " is already in " + known->second.file};
  }
  const auto [at, is_new] = files_.try_emplace(file);
  if (is_new) at->second.created = true;
  if (!at->second.listed) {
    return Error{file + " is not a list of domains and has no room for another; name another file"};
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
  for (const Diagnostic& d : with_edit.reload(today_).diagnostics) {
    const auto known = before.find({d.file, d.message});
    const bool is_error = d.severity == Severity::error;
    if (known == before.end())
      (is_error ? out.errors : out.warnings).push_back(d);
    else if (is_error && texts.count(d.file) > 0)
      out.broken.push_back(d);
    if (known != before.end()) before.erase(known);
  }
  for (Diagnostics* list : {&out.errors, &out.warnings, &out.broken}) *list = first_of_each_file(*list);
  return out;
}

std::optional<Error> PolicyEdit::write() const {
  std::vector<FileWrite> writes;
  for (FileChange& change : changes()) {
    const File& file = files_.at(change.file);
    FileWrite write{folder_, change.file, std::nullopt, std::move(change.after)};
    if (!file.created) write.read = file.content.signature;
    writes.push_back(std::move(write));
  }
  const FolderLock lock(folder_);
  if (!lock.holds()) return Error{root() + ": another emailauth is writing here; run the command again"};
  const Result<bool> written = write_files(writes);
  return written ? std::nullopt : std::optional<Error>(written.error());
}

}  // namespace emailauth::cli
