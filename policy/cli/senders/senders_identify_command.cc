
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/cli/options/command.h"
#include "policy/cli/senders/senders_command.h"
#include "policy/cli/services/sender_files.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"
#include "policy/senders/sender_identity.h"

namespace emailauth::cli {

namespace senders_identify_command {

constexpr char kCommand[] = "senders";

struct Options {
  ChosenPath policies;
  ChosenPath catalogue;
  std::string ip;
  std::string dkim_domain;
  std::string selector;
  std::string return_path;
  std::string include;
  bool json = false;
};

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

// Returns the senders of the folder that an option names; without an option those of the policy directory, then those
// of the catalogue that it lacks. Leaves out a file with errors, and says so.
Result<std::vector<SenderPolicy>> senders_to_search(const Options& options) {
  std::vector<std::string> places;
  if (!options.catalogue.by_option) places.push_back(options.policies.path);
  if (!options.policies.by_option) places.push_back(options.catalogue.path);
  std::vector<SenderPolicy> out;
  std::set<std::string> seen;
  for (const std::string& place : places) {
    if (place.empty()) continue;
    const auto files = load_senders(place);
    if (!files) return files.error();
    for (const SenderFile& file : *files) {
      if (!seen.insert(file.policy.id).second) continue;
      if (file.error.empty())
        out.push_back(file.policy);
      else
        trouble(kCommand, file.error);
    }
  }
  if (out.empty()) return Error{"no sending services are known here; name a folder with --catalogue or --policies"};
  return out;
}

int identify(const Options& options) {
  const Result<MailEvidence> mail = evidence_of(options);
  if (!mail) return trouble(kCommand, mail.error().message);
  const Result<std::vector<SenderPolicy>> senders = senders_to_search(options);
  if (!senders) return trouble(kCommand, senders.error().message);
  const std::vector<SenderMatch> matches = identify_sender(*senders, *mail);
  if (options.json) {
    print_json(matches);
  } else if (matches.empty()) {
    print("no known service matches\n");
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

void add_senders_identify(CLI::App& senders, Program& program) {
  using namespace senders_identify_command;
  auto options = std::make_shared<Options>();
  CLI::App* command =
      senders.add_subcommand("identify", "Name the service behind an address, a signature or a return path");
  program.add_policies(*command, options->policies, Need::if_there);
  program.add_catalogue(*command, options->catalogue);
  command->get_option("--catalogue")->excludes(command->get_option("--policies"));
  command->add_option("--ip", options->ip, "The client's address; known for senders that were refreshed");
  command->add_option("--dkim-domain", options->dkim_domain, "d= of the signature");
  command->add_option("--selector", options->selector, "s= of the signature");
  command->add_option("--return-path", options->return_path, "The envelope sender, or its domain");
  command->add_option("--include", options->include, "An SPF term of the owner's record");
  add_json(*command, options->json, "the matches");
  command->footer(
      "Most specific evidence comes first. --policies or --catalogue looks there only; without\n"
      "them the policy directory is searched, and the catalogue for services that it lacks.\n\n"
      "Examples:\n"
      "  emailauth senders identify --catalogue policy/catalogue --include include:sendgrid.net\n"
      "  emailauth senders identify --policies pdns-conf/emailauth --ip 167.89.0.1\n\n"
      "Exit status: 0 a service matches, 1 none does, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return identify(*options); });
}

}  // namespace emailauth::cli
