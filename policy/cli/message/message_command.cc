// `emailauth message`.
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/base/diagnostic.h"
#include "policy/cli/dns/asking_dns.h"
#include "policy/cli/dns/check_dns.h"
#include "policy/cli/dns/chosen_resolvers.h"
#include "policy/cli/ingest/mail_parts.h"
#include "policy/cli/message/mail_source.h"
#include "policy/cli/message/message_output.h"
#include "policy/cli/message/openssl_crypto.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/message/judge.h"

namespace emailauth::cli {

namespace message_command {

constexpr char kCommand[] = "message";

struct Options {
  std::string file = "-";
  std::string ip;
  std::optional<std::string> helo;
  std::optional<std::string> from;
  std::size_t hop = 0;
  ChosenPath policies;
  ChosenPath catalogue;
  ChosenResolvers resolvers;
  std::string at;
  bool json = false;
};

// Reads at most one octet more than a mail may have: enough to refuse it.
Result<std::string> read_octets(const std::string& path) {
  const bool standard = path == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      standard ? stdin : std::fopen(path.c_str(), "rb"), [](std::FILE* f) { return f == stdin ? 0 : std::fclose(f); });
  const std::string name = standard ? "standard input" : path;
  if (!file) return Error{name + ": cannot be read; name a file with one mail"};
  std::string out;
  std::array<char, 65536> part{};
  std::size_t got = 1;
  while (got > 0 && out.size() <= message::kMaxMail) {
    got = std::fread(part.data(), 1, part.size(), file.get());
    out.append(part.data(), got);
  }
  if (std::ferror(file.get()) != 0) return Error{name + ": cannot be read; name a file with one mail"};
  return out;
}

Result<message::EnvelopeHints> hints_of(const Options& options) {
  message::EnvelopeHints out;
  out.helo = options.helo;
  out.hop = options.hop;
  if (options.from) {
    out.mail_from = *options.from == "<>" ? "" : *options.from;
    const std::string& from = *out.mail_from;
    if (!from.empty() && (from.find('@') == std::string::npos || from.find('<') != std::string::npos))
      return Error{"--from " + in_quotes(from) +
                   " is not an address; write \"bounce@example.com\", or \"<>\" for none"};
  }
  if (options.ip.empty()) return out;
  const Result<IpAddress> ip = IpAddress::parse(options.ip);
  if (!ip) return Error{"--ip: " + ip.error().message};
  out.client = ip->unmapped();
  return out;
}

std::vector<std::string> authors_of(const message::Mail& mail) {
  start_mail_reader();
  std::vector<std::string> out;
  for (const message::HeaderField* field : mail.all("From")) {
    std::string value = message::unfolded(*field);
    for (char& c : value) c = c == '\0' ? '?' : c;  // GMime would end there
    const std::vector<std::string> addresses = addresses_in(value);
    out.insert(out.end(), addresses.begin(), addresses.end());
  }
  return out;
}

int judge(const Options& options) {
  const Result<std::int64_t> time = time_at(options.at);
  if (!time) return trouble(kCommand, time.error().message);
  const auto hints = hints_of(options);
  if (!hints) return trouble(kCommand, hints.error().message);
  const Result<std::string> octets = read_octets(options.file);
  if (!octets) return trouble(kCommand, octets.error().message);
  const std::string place = (options.file == "-" ? "standard input" : options.file) + ": ";
  const Result<message::Mail> mail = message::parse_mail(*octets);
  if (!mail) return trouble(kCommand, place + mail.error().message);
  const Result<message::Envelope> envelope = message::find_envelope(*mail, *hints);
  if (!envelope) return trouble(kCommand, place + envelope.error().message);
  const auto dns = CheckDns::open(options.resolvers.together(kDomainTime));
  if (!dns) return trouble(kCommand, dns.error().message);
  JudgedMail judged;
  judged.now = *time;
  {
    Progress progress(0, isatty(STDERR_FILENO) == 1, std::chrono::seconds(1));
    AskingDns asking(**dns, progress);
    OpensslCrypto crypto;
    judged.report = message::judge_mail(*mail, *envelope, authors_of(*mail), asking, crypto, *time);
  }
  if (judged.report.dmarc.size() == 1) {
    const Result<DomainKnowledge> known =
        domain_knowledge(judged.report.dmarc.front().author, {options.policies.path, options.catalogue.path, {}});
    if (!known) return trouble(kCommand, known.error().message);
    judged.source = source_of(judged.report, known->known);
    judged.key_dates = key_dates(judged.report, *known, *time);
  }
  if (options.json)
    print("{}\n", shown_json(to_json(judged)));
  else
    print(to_text(judged));
  if (judged.report.is_undecided()) return kTrouble;
  return judged.report.is_clean() ? kFine : kFindings;
}

}  // namespace message_command

void add_message(CLI::App& app, Program& program) {
  using namespace message_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("message", "What a receiver will think of a mail, and why");
  command->add_option("FILE", options->file, "One mail, with its whole header; \"-\" is standard input")
      ->capture_default_str();
  command->add_option("--ip", options->ip, "The client's address, if Received does not show it");
  command->add_option("--helo", options->helo, "What the client said in HELO or EHLO");
  command->add_option("--from", options->from, "MAIL FROM, if Return-Path is missing; \"<>\" for none");
  command
      ->add_option(
          "--hop", options->hop,
          "Take the client from this Received field, from 1 at the top (unless given, the first with a public address)")
      ->check(CLI::Range(1, 2000));
  program.add_policies(*command, options->policies, Need::if_there);
  program.add_catalogue(*command, options->catalogue);
  program.add_resolvers(*command, options->resolvers);
  command->add_option("--at", options->at, "Judge as at this time (UTC): 2026-05-01 or 2026-05-01T06:00:00Z");
  add_json(*command, options->json, "everything");
  command->footer(
      "Verifies every DKIM signature, evaluates SPF for HELO and MAIL FROM, and applies DMARC\n"
      "as RFC 9989 says, with today's DNS; says which identifier aligns, or why none\n"
      "does, what the owner asks for, who sends, and what is weak. Where the mail came from\n"
      "is read from the Received field of your own server and from Return-Path; results in\n"
      "Received-SPF and Authentication-Results are not believed. ARC is shown, not verified.\n\n"
      "Keys and records change: for an old mail this says what would happen today. --at\n"
      "affects only what has a date in the mail, such as signatures that expire.\n\n"
      "Examples:\n"
      "  emailauth message mail.eml\n"
      "  emailauth message mail.eml --ip 192.0.2.1 --helo mail.example.com --from bounce@example.com\n"
      "  emailauth message mail.eml --hop 1 --at 2026-11-20T06:00:00Z --json\n\n"
      "Exit status: 0 DMARC passes and every signature verifies, 1 otherwise, 2 wrong usage, I/O,\n"
      "or DNS that does not answer.");
  program.on_call(*command, [options] { return judge(*options); });
}

}  // namespace emailauth::cli
