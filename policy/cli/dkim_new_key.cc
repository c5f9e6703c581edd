#include "policy/cli/dkim_new_key.h"

#include <unistd.h>

#include "policy/cli/signals_wait.h"

namespace emailauth::cli {

Result<NewKey> make_key(DkimEdit& edit, DkimKey entry, int bits, std::string file) {
  Result<DkimPrivateKey> pair = DkimPrivateKey::generate(entry.type, bits);
  if (!pair) return pair.error();
  entry.public_key = pair->public_key().base64;
  entry.bits = pair->public_key().bits;
  if (auto error = edit.add(entry)) return *error;
  return NewKey{std::move(entry), std::move(*pair), std::move(file)};
}

std::optional<Error> write_with_keys(const PolicyEdit& edit, const std::vector<NewKey>& keys) {
  const SignalsWait wait;
  std::vector<std::string> written;
  std::optional<Error> error;
  for (const NewKey& key : keys) {
    const Result<bool> done = key.file.empty() ? key.pair.write_output() : key.pair.write_file(key.file);
    if (!done) {
      error = done.error();
      break;
    }
    if (!key.file.empty()) written.push_back(key.file);
  }
  if (!error) error = edit.write();
  if (error) {
    for (const std::string& file : written) unlink(file.c_str());
  }
  return error;
}

}  // namespace emailauth::cli
