// policy/cli/terminal/signals_wait.h - Work that must not be left half done.
#pragma once

#include <csignal>

namespace emailauth::cli {

// Signals that end or stop the program are delivered when this object ends.
class SignalsWait {
 public:
  SignalsWait();
  ~SignalsWait();
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace emailauth::cli
