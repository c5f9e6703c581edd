#include "policy/cli/dkim/dkim_new_key.h"

#include <fcntl.h>
#include <unistd.h>

#include "policy/cli/terminal/signals_wait.h"
#include "policy/cli/write/file_replace.h"

namespace emailauth::cli {

Result<NewKey> make_key(DkimEdit& edit, DkimKey entry, int bits, const std::string& file) {
  std::optional<FilePlace> place;
  if (!file.empty()) {
    Result<FilePlace> found = place_of(file);
    if (!found) return Error{"the private key: " + found.error().message};
    place = std::move(*found);
  }
  Result<DkimPrivateKey> pair = DkimPrivateKey::generate(entry.type, bits);
  if (!pair) return pair.error();
  entry.public_key = pair->public_key().base64;
  entry.bits = pair->public_key().bits;
  if (auto error = edit.add(entry)) return *error;
  return NewKey{std::move(entry), std::move(*pair), std::move(place)};
}

std::optional<Error> write_with_keys(const PolicyEdit& edit, const std::vector<NewKey>& keys) {
  const SignalsWait wait;
  std::vector<const FilePlace*> written;
  std::optional<Error> error;
  for (const NewKey& key : keys) {
    const Result<bool> done = key.file ? key.pair.write_file(*key.file) : key.pair.write_output();
    if (!done) {
      error = done.error();
      break;
    }
    if (key.file) written.push_back(&*key.file);
  }
  if (!error) error = edit.write();
  if (error) {
    for (const FilePlace* file : written) unlinkat(file->folder.descriptor(), file->name.c_str(), 0);
  }
  return error;
}

}  // namespace emailauth::cli
