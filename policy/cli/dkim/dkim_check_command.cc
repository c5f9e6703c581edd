#include <fmt/format.h>

#include <memory>

#include "policy/cli/dkim/dkim_command.h"
#include "policy/cli/dkim/dkim_live.h"
#include "policy/cli/dkim/dkim_private_key.h"
#include "policy/cli/edit/edit_command.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace dkim_check_command {

constexpr char kCommand[] = "dkim check";

struct Options {
  std::string domain;
  std::string selector;
  std::string key;
  ChosenResolvers resolvers;
};

std::string described(DkimKeyType type, int bits) {
  return type == DkimKeyType::rsa ? fmt::format("rsa, {} bits", bits) : "ed25519";
}

// Returns what is wrong with the record for a signer that has this key.
std::vector<std::string> faults_of(const DkimRecord& record, const DkimPublicKey& key) {
  std::vector<std::string> out;
  if (record.public_key.empty()) return {"the key is revoked: sign with another key"};
  if (record.type != key.type) {
    out.push_back(fmt::format("DNS has a key of type {}, the file one of type {}: sign with the key that is published",
                              to_text(record.type), to_text(key.type)));
  } else if (record.public_key != key.base64) {
    out.emplace_back(
        "the key in DNS is not the one in the file: sign with the key that is published, or publish this one");
  }
  if (record.testing) out.emplace_back("it says t=y, testing: receivers may ignore signatures; remove \"testing\"");
  if (record.type == DkimKeyType::rsa && record.bits < 2048)
    out.push_back(fmt::format("the RSA key has {} bits; RFC 8301 asks for at least 2048", record.bits));
  return out;
}

int check_key(const Options& options) {
  const Result<Name> domain = parse_mail_domain(options.domain);
  if (!domain) return trouble(kCommand, domain.error().message);
  const Result<Name> selector = parse_selector(options.selector);
  if (!selector) return trouble(kCommand, selector.error().message);
  const Result<Name> name = key_name(*selector, *domain);
  if (!name) return trouble(kCommand, name.error().message);
  const Result<SecretText> text = SecretText::read(options.key);
  if (!text) return trouble(kCommand, text.error().message);
  const Result<DkimPublicKey> key = parse_pem_key(text->view());
  if (!key) return trouble(kCommand, options.key + ": " + key.error().message);
  Result<DkimLive> live = DkimLive::open(options.resolvers);
  if (!live) return trouble(kCommand, live.error().message);
  const FoundKey found = live->find(*selector, *domain);
  if (found.failed) return trouble(kCommand, name->to_string() + ": DNS does not answer: " + found.why);
  std::vector<std::string> faults;
  if (found.record)
    faults = faults_of(*found.record, *key);
  else
    faults.push_back("DNS has no key: " + found.why);
  print("{}{}\n", name->to_string(), found.alias ? " -> " + found.alias->to_string() : "");
  if (found.record && found.record->bits > 0)
    print("  in DNS:  {}\n", described(found.record->type, found.record->bits));
  print("  in file: {}\n", described(key->type, key->bits));
  for (const std::string& fault : faults) print("  wrong:   {}\n", fault);
  if (faults.empty()) print("  the private key matches the published key\n");
  return faults.empty() ? kFine : kFindings;
}

}  // namespace dkim_check_command

void add_dkim_check(CLI::App& dkim, Program& program) {
  using namespace dkim_check_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = dkim.add_subcommand("check", "Check whether a private key matches the one in DNS");
  command->add_option("DOMAIN", options->domain, "The domain")->required();
  command->add_option("SELECTOR", options->selector, "The selector that the signer uses")->required();
  command->add_option("--key", options->key, "The signer's key: a PEM file")->required();
  program.add_resolvers(*command, options->resolvers);
  command->footer(
      "Examples:\n"
      "  emailauth dkim check example.com s1 --key /etc/dkimkeys/example.com.pem\n"
      "  emailauth dkim check example.com s1 --key s1.pem --resolver 192.0.2.53\n\n"
      "Exit status: 0 it matches, 1 it does not, or the key should not be used, 2 wrong usage or\n"
      "I/O, or DNS does not answer.");
  program.on_call(*command, [options] { return check_key(*options); });
}

}  // namespace emailauth::cli
