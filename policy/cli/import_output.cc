#include "policy/cli/import_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emailauth::cli {

using importing::Import;
using importing::ImportNote;

namespace {

const char* word(ImportNote::Kind kind) {
  switch (kind) {
    case ImportNote::Kind::lost: return "lost";
    case ImportNote::Kind::needed: return "needed";
    case ImportNote::Kind::note: return "note";
  }
  return "";
}

std::size_t count(const Import& import, ImportNote::Kind kind) {
  return static_cast<std::size_t>(
      std::count_if(import.notes.begin(), import.notes.end(), [kind](const ImportNote& n) { return n.kind == kind; }));
}

}  // namespace

std::string to_text(const Import& import, const std::string& domain) {
  std::string out;
  for (const ImportNote& note : import.notes) {
    out += fmt::format("{:<7} {:<8} {}: {}\n", word(note.kind), note.part, note.where, note.what);
    if (!note.todo.empty()) out += fmt::format("                 do: {}\n", note.todo);
  }
  if (import.complete()) return out + fmt::format("{}: all that was found is in the policy\n", domain);
  return out + fmt::format("{}: {} lost, {} needed\n", domain, count(import, ImportNote::Kind::lost),
                           count(import, ImportNote::Kind::needed));
}

std::string to_json(const Import& import) {
  using nlohmann::ordered_json;
  ordered_json out{{"policy", ordered_json::parse(import.policy)}, {"complete", import.complete()}};
  out["notes"] = ordered_json::array();
  for (const ImportNote& note : import.notes) {
    ordered_json one{{"kind", word(note.kind)}, {"part", note.part}, {"where", note.where}, {"what", note.what}};
    if (!note.todo.empty()) one["do"] = note.todo;
    out["notes"].push_back(std::move(one));
  }
  out["new_senders"] = import.new_senders;
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace emailauth::cli
