#include "policy/cli/reports/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStep{20};  // between looks at the process
constexpr std::chrono::seconds kGrace{2};       // between SIGTERM and SIGKILL

// Sets the action at a signal, until this object ends.
class AtSignal {
 public:
  AtSignal(int signal, void (*handler)(int)) : signal_(signal), before_(std::signal(signal, handler)) {}
  ~AtSignal() { std::signal(signal_, before_); }
  AtSignal(const AtSignal&) = delete;
  AtSignal& operator=(const AtSignal&) = delete;

 private:
  const int signal_;
  void (*const before_)(int);
};

// In the child: becomes the command, and ends with this program, which could not end it otherwise.
[[noreturn]] void become(const std::vector<std::string>& command, int input) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execvp's type
  words.push_back(nullptr);
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::dup2(input, STDIN_FILENO);
  ::execvp(words[0], words.data());
  complain("emailauth alerts: {} cannot be run: {}\n", in_quotes(command.front()), std::strerror(errno));
  ::_exit(127);
}

// A running command.
class Process {
 public:
  Process(pid_t child, int input) : child_(child), input_(input) {}
  ~Process() { close_input(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Passes the text, as far as the command reads it, and waits. Returns the state of waitpid(); nullopt if time is up.
  std::optional<int> feed_and_wait(std::string_view text, Clock::time_point until) {
    while (!has_ended()) {
      if (Clock::now() >= until) return std::nullopt;
      feed(text);
    }
    return state();
  }

  // Ends the process and its group. Until its state is collected no other group can have its number.
  void end() {
    ::kill(-child_, SIGTERM);
    const Clock::time_point until = Clock::now() + kGrace;
    while (Clock::now() < until && !has_ended()) std::this_thread::sleep_for(kStep);
    ::kill(-child_, SIGKILL);
    state();
  }

 private:
  bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child_;
  }

  int state() {
    int out = 0;
    while (::waitpid(child_, &out, 0) < 0 && errno == EINTR) {
    }
    return out;
  }

  // One step of passing the text, or of waiting.
  void feed(std::string_view& text) {
    pollfd ready{input_, POLLOUT, 0};  // poll() ignores a negative descriptor and only waits
    if (::poll(&ready, 1, static_cast<int>(kStep.count())) <= 0 || input_ < 0) return;
    const ssize_t written = ::write(input_, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (text.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) close_input();
  }

  void close_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
  }

  const pid_t child_;
  int input_;  // -1 when everything was passed
};

std::string how_it_ended(int state) {
  return WIFEXITED(state) ? "exit status " + std::to_string(WEXITSTATUS(state))
                          : "signal " + std::to_string(WTERMSIG(state));
}

}  // namespace

Result<bool> run_command(const std::vector<std::string>& command, const std::string& text, std::chrono::seconds most) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{std::string("no pipe can be created: ") + std::strerror(errno)};
  const AtSignal has_state(SIGCHLD, SIG_DFL);  // the program that started us may ignore it
  const pid_t child = ::fork();
  if (child == 0) become(command, ends[0]);
  const int reason = errno;
  ::close(ends[0]);
  if (child < 0) {
    ::close(ends[1]);
    return Error{std::string("no process can be created: ") + std::strerror(reason)};
  }
  ::setpgid(child, child);  // parent or child, whichever comes first: it must have its group before it can be ended
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const AtSignal need_not_read(SIGPIPE, SIG_IGN);
  Process process(child, ends[1]);
  const std::optional<int> state = process.feed_and_wait(text, Clock::now() + most);
  const std::string name = in_quotes(command.front());
  if (!state) {
    process.end();
    return Error{
        "the command " + name + " took longer than " + count_of(most.count(), "second") +
        " and was ended; these alerts will be reported again (\"timeout\" in the configuration gives it more time)"};
  }
  if (WIFEXITED(*state) && WEXITSTATUS(*state) == 0) return true;
  return Error{"the command " + name + " failed (" + how_it_ended(*state) + "); these alerts will be reported again"};
}

}  // namespace emailauth::cli
