// policy/import/note_list.h - The notes of an import, bounded however many there would be.
//
// Owns that a record has kMostNotes at most, and that what is left out is counted.
// Private to policy/import.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policy/import/import.h"

namespace emailauth::importing {

class NoteList {
 public:
  void add(ImportNote note);

  // Returns all notes, the gravest kinds first. "and 7 more like these" replaces those left out of a
  // record, with the gravest kind among them.
  std::vector<ImportNote> take();

 private:
  struct Record {
    std::size_t notes = 0;
    std::size_t left_out = 0;
    ImportNote::Kind gravest = ImportNote::Kind::note;  // the gravest of those left out
  };

  std::vector<ImportNote> notes_;
  std::map<std::pair<std::string, std::string>, Record> records_;  // by part and name
};

}  // namespace emailauth::importing
