#include "policy/import/note_list.h"

#include <algorithm>

#include "policy/dns/budget.h"

namespace emailauth::importing {

void NoteList::add(ImportNote note) {
  Record& record = records_[{note.part, note.where}];
  if (++record.notes <= kMostNotes) {
    notes_.push_back(std::move(note));
    return;
  }
  ++record.left_out;
  record.gravest = std::min(record.gravest, note.kind);
}

std::vector<ImportNote> NoteList::take() {
  for (const auto& [place, record] : records_) {
    if (record.left_out == 0) continue;
    std::string what = "and " + std::to_string(record.left_out) + " more like these";
    notes_.push_back({{std::move(what), "", {}}, record.gravest, place.first, place.second});
  }
  std::stable_sort(notes_.begin(), notes_.end(),
                   [](const ImportNote& a, const ImportNote& b) { return a.kind < b.kind; });
  return std::move(notes_);
}

}  // namespace emailauth::importing
