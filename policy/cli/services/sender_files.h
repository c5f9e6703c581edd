// policy/cli/services/sender_files.h - senders/*.json of a policy directory, read one by one
// and replaced without ever being half written.
//
// Owns the disk; knows nothing about DNS.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/files/policy_file.h"
#include "policy/files/sender_policy.h"
#include "policy/folder/folder.h"

namespace emailauth::cli {

struct SenderFile {
  Folder root;           // the folder that it was found beneath, held open
  std::string relative;  // "senders/sendgrid.json"
  FileContent content;
  SenderPolicy policy;  // only the id (from the file's name) if it has errors
  std::string error;    // the first thing that is wrong with it; "" if it is good
};

// Returns all of them, sorted by id: of a policy directory, or of a folder that itself
// contains sender files, such as the catalogue. The error names the folder.
Result<std::vector<SenderFile>> load_senders(const std::string& directory);

// The same for a folder that the caller holds open: later writes go beneath it, too.
Result<std::vector<SenderFile>> load_senders(const Folder& folder);

// Opens a policy directory, or a folder of sender files. The error names it.
Result<Folder> open_senders(const std::string& directory);

// Returns an error about the first of `ids` that none of the files has, with the nearest one that exists.
std::optional<Error> unknown_sender(const std::vector<SenderFile>& files, const std::vector<std::string>& ids);

// Reads the text as a server would; the error is the first diagnostic.
Result<SenderPolicy> check_sender_text(const std::string& relative, std::string_view text);

// Replaces the file in one step: a reader, or a loss of power, sees the old text
// or the new one. Keeps mode and owner. Refuses if the file has changed since it
// was read. Changes nothing on failure.
Result<bool> replace_sender_file(const SenderFile& file, const std::string& text);

// Creates senders/<id>.json in a policy directory, complete from the first moment. The file must not exist yet.
Result<bool> create_sender_file(const Folder& directory, const std::string& id, const std::string& text);

}  // namespace emailauth::cli
