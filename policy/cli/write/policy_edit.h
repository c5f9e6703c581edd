// policy/cli/write/policy_edit.h - Changes to domains in the files of a policy directory.
//
// Owns which file has a domain, what that file will look like (order, spacing and
// everything that is not changed stay), whether the server would accept it, and that it
// is written as a whole or not at all. Knows nothing about the meaning of a change.
//
//   Result<PolicyEdit> edit = PolicyEdit::open("pdns-conf/emailauth");
//   if (!edit) ...
//   if (auto error = edit->set(domain, "/dmarc/p", "\"reject\"")) ...
//   const EditCheck check = edit->check();      // as the server would load it
//   if (check.good()) edit->write();
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/base/result.h"
#include "policy/cli/terminal/clock.h"
#include "policy/directory/policy_directory.h"
#include "policy/folder/folder.h"
#include "policy/json/json_value.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

// A domain, or a subdomain entry.
struct DomainPlace {
  std::string file;        // "domains/bulk.jsonl"
  std::uint32_t line = 0;  // where its top-level object begins; 0 if it is new
  bool subdomain = false;  // it is one of the "subdomains" of another
};

// A file, before and after.
struct FileChange {
  std::string file;
  std::string before;
  std::string after;
  bool created = false;
};

struct EditCheck {
  Diagnostics errors;    // what the edit would break, in any file; lines are those of the new text
  Diagnostics warnings;  // other findings that it would cause
  Diagnostics broken;    // errors that the edited files had before and would keep: until they are fixed,
                         // the server continues with the last good version
  bool good() const { return errors.empty(); }
};

class PolicyEdit {
 public:
  // Reads every domain file of a policy directory, and checks as of `today`. The error names the directory.
  static Result<PolicyEdit> open(const std::string& directory, Day today = day_of(now()));

  // Returns every domain and subdomain entry that is in exactly one place, by name.
  std::vector<Name> domains() const;

  // Returns where `domain` is. The error says that no file has it (with the nearest domain that
  // exists), that it is an alias, or that it appears twice.
  Result<DomainPlace> place(const Name& domain) const;
  bool has(const Name& domain) const;

  // Also returns true for an alias, and for a domain that appears twice.
  bool is_known(const Name& domain) const { return places_.count(domain) > 0; }

  // Returns what its file says now, edits included. Requires has(domain).
  JsonValue value(const Name& domain) const;

  // Returns the nearest domain above `domain` that a file has; nullopt if there is none.
  std::optional<Name> parent_of(const Name& domain) const;

  // Sets the value at `pointer` (RFC 6901, from the object of the domain or entry) to JSON text;
  // creates missing objects and arrays on the way. See json_edit.h for
  // "-" and for how lines are indented; an object on one line stays on one line.
  std::optional<Error> set(const Name& domain, std::string_view pointer, std::string_view value);

  // Removes the member or item at `pointer`.
  std::optional<Error> remove(const Name& domain, std::string_view pointer);

  // Adds a subdomain entry (a JSON object) below a domain of the directory.
  std::optional<Error> add_subdomain(const Name& domain, std::string_view object);

  // Adds a domain (a JSON object with that "domain") to `file`, such as "domains/parked.jsonl":
  // after the last one, or to a new file. A *.json file with a single domain has no room.
  std::optional<Error> add_domain(const Name& domain, const std::string& file, std::string_view object);

  // Returns the files that would change, by name.
  std::vector<FileChange> changes() const;

  // Loads the whole directory as the server does, without and with the edit.
  EditCheck check() const;

  // Writes all files or none. Refuses if one has changed since open(). Call check() first.
  std::optional<Error> write() const;

  // The directory, held open since open(): what is read and written is beneath it.
  const Folder& folder() const { return folder_; }
  const std::string& root() const { return folder_.path(); }

 private:
  // The object of a domain at the top level of a file.
  struct Piece {
    std::size_t begin = 0;  // in the file's text
    std::size_t size = 0;
    std::uint32_t line = 0;             // 0: it is new
    std::optional<std::string> edited;  // the text that replaces it
  };
  struct File {
    FileContent content;
    bool created = false;
    bool listed = true;  // has room for another domain
    std::vector<Piece> pieces;
  };
  struct Place {
    std::string file;
    std::size_t piece = 0;
    std::string pointer;              // from the piece's object: "", "/subdomains/news"
    std::optional<Name> alias_of;     // only another name of that domain
    std::optional<std::string> also;  // "domains/b.json:3", which claims it too
  };

  PolicyEdit(Folder folder, PolicyDirectory directory, Day today)
      : folder_(std::move(folder)), directory_(std::move(directory)), today_(today) {}

  void read_file(const std::string& name);
  void index_piece(const std::string& name, std::size_t at, std::string_view text, std::uint32_t line);
  void claim(const Name& domain, Place place);
  Result<const Place*> find(const Name& domain) const;
  Error unknown(const Name& domain) const;
  std::string text_of(const Place& place) const;
  std::optional<Error> put(const Place& place, const Result<std::string>& text);

  Folder folder_;
  PolicyDirectory directory_;  // as on disk
  Day today_;
  std::map<std::string, File> files_;
  std::vector<std::string> unreadable_;  // why some files could not be searched
  std::map<Name, Place> places_;
};

}  // namespace emailauth::cli
