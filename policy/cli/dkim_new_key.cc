#include "policy/cli/dkim_new_key.h"

#include <unistd.h>

#include <csignal>

namespace emailauth::cli {

namespace {

// Signals that end a program wait as long as this lives.
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t waiting;
    sigemptyset(&waiting);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&waiting, signal);
    sigprocmask(SIG_BLOCK, &waiting, &before_);
  }
  ~SignalsWait() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

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
