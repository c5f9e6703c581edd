#include "tests/property/verifier.h"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <stdexcept>

extern char** environ;

namespace emailauth::property {

using nlohmann::json;

namespace {

constexpr int kPatienceMs = 30000;

class OwnVerifier : public Verifier {
 public:
  OwnVerifier(std::string name, spf::NameCut cut) : Verifier(std::move(name)) { limits_.cut = cut; }

  Judgement judge(const Case& c, Dns& dns) override {
    spf::Question question;
    question.client = c.client;
    question.helo = c.helo;
    question.mail_from = c.sender;
    const spf::Evaluation made = spf::check_host(dns, question, limits_);
    return {std::string(to_string(made.verdict)), made.reason};
  }

 private:
  spf::Limits limits_;
};

std::string to_hex(std::string_view octets) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : octets) {
    out += kHex[static_cast<unsigned char>(c) >> 4U];
    out += kHex[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

std::string from_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return out;
}

RecordType type_of(const std::string& text) {
  for (const auto type : {RecordType::a, RecordType::aaaa, RecordType::txt, RecordType::mx, RecordType::ptr}) {
    if (to_text(type) == text) return type;
  }
  throw std::runtime_error("a verifier asked for the type " + text);
}

json to_json(const DnsAnswer& answer) {
  json addresses = json::array();
  for (const IpAddress& address : answer.addresses) addresses.push_back(address.to_string());
  const std::string rcode = answer.failed()                        ? "SERVFAIL"
                            : answer.status == DnsStatus::nxdomain ? "NXDOMAIN"
                                                                   : "NOERROR";
  return {{"rcode", rcode}, {"texts", answer.texts}, {"addresses", addresses}};
}

class Program : public Verifier {
 public:
  Program(std::string name, const std::string& command) : Verifier(std::move(name)) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no socket pair");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string text = "exec " + command;
    std::string shell = "sh";
    std::string option = "-c";
    char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    const int failure = posix_spawn(&pid_, "/bin/sh", &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    socket_ = ends[0];
    if (failure != 0) throw std::runtime_error("cannot start " + command);
  }
  ~Program() override {
    close(socket_);  // it reads the end of its input, and ends
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Judgement judge(const Case& c, Dns& dns) override {
    write_line({{"ip", c.client.to_string()}, {"helo", to_hex(c.helo)}, {"sender", to_hex(c.sender)}});
    while (true) {
      const json said = json::parse(read_line());
      if (said.contains("verdict")) return {said["verdict"], said.value("detail", "")};
      write_line(to_json(answer(said, dns)));
    }
  }

 private:
  static DnsAnswer answer(const json& said, Dns& dns) {
    const Result<Name> name = Name::from_wire(from_hex(said.at("ask").get<std::string>()));
    DnsAnswer failure;
    failure.status = DnsStatus::servfail;
    return name ? dns.ask(*name, type_of(said.at("type"))) : failure;
  }

  void write_line(const json& object) {
    const std::string line = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    for (std::size_t at = 0; at < line.size();) {
      const ssize_t sent = send(socket_, line.data() + at, line.size() - at, MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR) throw std::runtime_error(name() + " has ended");
      if (sent > 0) at += static_cast<std::size_t>(sent);
    }
  }

  std::string read_line() {
    while (true) {
      const std::size_t end = read_.find('\n');
      if (end != std::string::npos) {
        std::string line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      pollfd waiting = {socket_, POLLIN, 0};
      if (poll(&waiting, 1, kPatienceMs) == 0) throw std::runtime_error(name() + " says nothing");
      char octets[4096];
      const ssize_t got = recv(socket_, octets, sizeof octets, 0);
      if (got == 0 || (got < 0 && errno != EINTR)) throw std::runtime_error(name() + " has ended");
      if (got > 0) read_.append(octets, static_cast<std::size_t>(got));
    }
  }

  int socket_ = -1;
  pid_t pid_ = -1;
  std::string read_;
};

}  // namespace

std::unique_ptr<Verifier> make_own_verifier(std::string name, spf::NameCut cut) {
  return std::make_unique<OwnVerifier>(std::move(name), cut);
}

std::unique_ptr<Verifier> start_verifier(std::string name, const std::string& command) {
  return std::make_unique<Program>(std::move(name), command);
}

}  // namespace emailauth::property
