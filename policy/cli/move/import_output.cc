#include "policy/cli/move/import_output.h"
#include "policy/cli/terminal/remark_text.h"

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

Shown to_text(const Import& import, const std::string& domain) {
  Shown out;
  for (const ImportNote& note : import.notes) {
    out += Shown::of("{:<7} {:<8} {}: {}\n", word(note.kind), note.part, note.where, note.what);
    out += why_and_todo(note, 17);
  }
  if (import.complete()) return out + Shown::of("{}: everything that was found is in the policy\n", domain);
  return out + Shown::of("{}: {} lost, {} needed\n", domain, count(import, ImportNote::Kind::lost),
                         count(import, ImportNote::Kind::needed));
}

nlohmann::ordered_json to_json(const Import& import) {
  using nlohmann::ordered_json;
  ordered_json out{{"policy", ordered_json::parse(import.policy)}, {"complete", import.complete()}};
  out["notes"] = ordered_json::array();
  for (const ImportNote& note : import.notes) {
    ordered_json one{{"kind", word(note.kind)}, {"part", note.part}, {"where", note.where}, {"what", note.what}};
    if (!note.todo.empty()) one["do"] = note.todo.text();
    out["notes"].push_back(std::move(one));
  }
  out["new_senders"] = import.new_senders;
  return out;
}

}  // namespace emailauth::cli
