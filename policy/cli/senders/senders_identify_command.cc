
#include <memory>
#include <nlohmann/json.hpp>

#include "policy/cli/options/command.h"
#include "policy/cli/senders/senders_command.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"
#include "policy/senders/sender_identity.h"

namespace emailauth::cli {

namespace senders_identify_command {

struct Options {
  std::string directory;
  std::string catalogue;
  std::string ip;
  std::string dkim_domain;
  std::string selector;
  std::string return_path;
  std::string include;
  bool json = false;
};

int trouble(const std::string& message) {
  complain("emailauth senders: {}\n", message);
  return kTrouble;
}

Result<std::optional<Name>> name_of(const std::string& option, const std::string& text) {
  if (text.empty()) return std::optional<Name>();
  const std::size_t at = text.rfind('@');  // a whole return path is welcome, too
  const Result<Name> name = parse_domain_text(at == std::string::npos ? text : text.substr(at + 1));
  if (!name) return Error{option + ": " + name.error().message};
  return std::optional<Name>(*name);
}

Result<MailEvidence> evidence_of(const Options& options) {
  MailEvidence out;
  if (!options.ip.empty()) {
    const Result<IpAddress> ip = IpAddress::parse(options.ip);
    if (!ip) return Error{"--ip: " + ip.error().message};
    out.ip = *ip;
  }
  const auto dkim = name_of("--dkim-domain", options.dkim_domain);
  if (!dkim) return dkim.error();
  out.dkim_domain = *dkim;
  const auto path = name_of("--return-path", options.return_path);
  if (!path) return path.error();
  out.return_path = *path;
  out.selector = options.selector;
  const std::string& include = options.include;
  out.include = include.substr(include.find(':') == std::string::npos ? 0 : include.find(':') + 1);
  if (!out.ip && !out.dkim_domain && !out.return_path && out.selector.empty() && out.include.empty()) {
    return Error{"identify needs evidence; give --ip, --dkim-domain, --selector, --return-path or --include"};
  }
  return out;
}

void print_json(const std::vector<SenderMatch>& matches) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const SenderMatch& match : matches) {
    out.push_back({{"id", match.sender->id},
                   {"name", match.sender->name},
                   {"confidence", to_string(match.confidence)},
                   {"unverified", match.sender->unverified},
                   {"evidence", match.evidence}});
  }
  print("{}\n", shown_json(out));
}

int identify(const Options& options) {
  const Result<MailEvidence> mail = evidence_of(options);
  if (!mail) return trouble(mail.error().message);
  std::string where = options.directory.empty() ? options.catalogue : options.directory;
  if (where.empty()) where = default_catalogue();
  if (where.empty()) return trouble("there is no catalogue; name one with --catalogue PATH, or a policy directory");
  const auto files = load_senders(where);
  if (!files) return trouble(files.error().message);
  std::vector<SenderPolicy> senders;
  for (const SenderFile& file : *files) {
    if (file.error.empty())
      senders.push_back(file.policy);
    else
      complain("emailauth senders: {}\n", file.error);
  }
  const std::vector<SenderMatch> matches = identify_sender(senders, *mail);
  if (options.json) {
    print_json(matches);
  } else if (matches.empty()) {
    print("no known service fits\n");
  } else {
    for (const SenderMatch& match : matches) {
      print("{} ({}): confidence {}\n", match.sender->id, printable(match.sender->name), to_string(match.confidence));
      for (const std::string& line : match.evidence) print("  {}\n", line);
      if (match.sender->unverified) print("  some facts in its file are unverified\n");
    }
  }
  return matches.empty() ? kFindings : kFine;
}

}  // namespace senders_identify_command

void add_senders_identify(CLI::App& senders, int& status) {
  using namespace senders_identify_command;
  auto options = std::make_shared<Options>();
  CLI::App* command =
      senders.add_subcommand("identify", "Name the service behind an address, a signature or a return path");
  auto* directory = command->add_option("DIR", options->directory, "Look in this policy directory");
  command->add_option("--catalogue", options->catalogue, "Look in this folder of sender files")->excludes(directory);
  command->add_option("--ip", options->ip, "The client's address; known for senders that were refreshed");
  command->add_option("--dkim-domain", options->dkim_domain, "d= of the signature");
  command->add_option("--selector", options->selector, "s= of the signature");
  command->add_option("--return-path", options->return_path, "The envelope sender, or its domain");
  command->add_option("--include", options->include, "An SPF term of the owner's record");
  command->add_flag("--json", options->json, "Print the matches as JSON");
  command->footer(
      "Most specific evidence comes first. Without DIR and --catalogue the installed\n"
      "catalogue is used.\n\n"
      "Examples:\n"
      "  emailauth senders identify --catalogue policy/catalogue --include include:sendgrid.net\n"
      "  emailauth senders identify /etc/powerdns/emailauth --ip 167.89.0.1\n\n"
      "Exit status: 0 a service fits, 1 none does, 2 wrong usage or I/O.");
  command->callback([options, &status] { status = identify(*options); });
}

}  // namespace emailauth::cli
