// `emailauth netblock add` and `emailauth netblock remove`.
#include <algorithm>

#include "policy/cli/edit/edit_command.h"
#include "policy/cli/options/command.h"
#include "policy/cli/write/edited_text.h"
#include "policy/files/domain_policy.h"
#include "policy/net/ip_prefix.h"

namespace emailauth::cli {

namespace netblock_command {

struct Options {
  EditOptions edit;
  std::vector<std::string> words;  // domains and networks
};

struct Run {
  const Options& options;
  PolicyEdit edit;
  std::vector<EditedDomain> done;
  std::vector<std::string> remarks;
};

// Returns the networks of a domain as in its file; an item that is not a network is left as a gap, so that
// the numbers are those of the items.
std::vector<std::optional<IpPrefix>> networks_of(const PolicyEdit& edit, const Name& domain) {
  const JsonValue object = edit.value(domain);
  std::vector<std::optional<IpPrefix>> out;
  const JsonValue* list = value_at(object, "/spf/netblocks");
  if (list == nullptr) return out;
  for (const JsonValue& item : list->items) {
    const JsonValue* text = item.find("network");
    const Result<IpPrefix> network = text == nullptr ? Error{} : IpPrefix::parse(text->text);
    out.push_back(network ? std::optional<IpPrefix>(*network) : std::nullopt);
  }
  return out;
}

bool lies_in(const IpPrefix& inner, const IpPrefix& outer) {
  return inner.family() == outer.family() && inner.length() >= outer.length() && outer.contains(inner.first());
}

std::optional<Error> add_network(Run& run, const Name& domain, const IpPrefix& network,
                                 std::vector<std::string>& said) {
  for (const std::optional<IpPrefix>& there : networks_of(run.edit, domain)) {
    if (!there) continue;
    if (lies_in(network, *there)) {
      if (network != *there) {
        run.remarks.push_back(network.to_string() + " is in " + there->to_string() + ", which " + domain.to_string() +
                              " has already");
      }
      return std::nullopt;
    }
    if (lies_in(*there, network)) {
      run.remarks.push_back(there->to_string() + " of " + domain.to_string() + " is in " + network.to_string() +
                            " and is no longer needed");
    }
  }
  std::string object = "{\"network\": " + json_text(network.to_string());
  if (!run.options.edit.note.empty()) object += ", \"note\": " + json_text(signed_note(run.options.edit));
  said.push_back(network.to_string());
  return run.edit.set(domain, "/spf/netblocks/-", object + "}");
}

std::optional<Error> remove_network(Run& run, const Name& domain, const IpPrefix& network,
                                    std::vector<std::string>& said) {
  const std::vector<std::optional<IpPrefix>> there = networks_of(run.edit, domain);
  const auto at = std::find(there.begin(), there.end(), network);
  if (at == there.end()) {
    std::string hint = "its file has other netblocks, or none";
    for (const std::optional<IpPrefix>& other : there) {
      if (other && lies_in(network, *other)) hint = "it is in " + in_quotes(other->to_string());
    }
    return Error{in_quotes(network.to_string()) + " is not a netblock of " + domain.to_string() + "; " + hint};
  }
  said.push_back(network.to_string());
  return run.edit.remove(domain, "/spf/netblocks/" + std::to_string(at - there.begin()));
}

std::optional<Error> change(Run& run, const Name& domain, const std::vector<IpPrefix>& networks, bool adds) {
  if (adds) {
    if (const auto inherited = inherits_spf(run.edit, domain)) return inherited;
  }
  const Result<DomainPlace> place = run.edit.place(domain);
  if (!place) return place.error();
  std::vector<std::string> said;
  for (const IpPrefix& network : networks) {
    const auto error = adds ? add_network(run, domain, network, said) : remove_network(run, domain, network, said);
    if (error) return error;
  }
  if (said.empty()) {
    run.done.push_back({domain, "has that already", false});
    return std::nullopt;
  }
  std::string list;
  for (const std::string& one : said) list += (list.empty() ? "" : ", ") + one;
  run.done.push_back({domain, adds ? "sends from " + list : "no longer sends from " + list, true});
  remark_when_blocked(run.edit, domain, run.remarks);
  return adds ? std::nullopt : add_note(run.edit, domain, run.options.edit);
}

bool looks_like_network(const std::string& word) {
  return word.find('/') != std::string::npos || word.find(':') != std::string::npos || IpPrefix::parse(word).ok();
}

int run_all(const Options& options, bool adds) {
  const std::string command = adds ? "netblock add" : "netblock remove";
  std::vector<std::string> texts;
  std::vector<IpPrefix> networks;
  for (const std::string& word : options.words) {
    if (!looks_like_network(word)) {
      texts.push_back(word);
      continue;
    }
    const Result<IpPrefix> network = adds ? parse_authorised_network(word, false) : IpPrefix::parse(word);
    if (!network) return trouble(command, network.error().message);
    if (std::find(networks.begin(), networks.end(), *network) == networks.end()) networks.push_back(*network);
  }
  const Result<std::vector<Name>> domains = typed_domains(texts);
  if (!domains) return trouble(command, domains.error().message);
  if (domains->empty() || networks.empty()) {
    return trouble(command, "name a domain and a network, such as \"example.com 192.0.2.0/24\"");
  }
  Result<PolicyEdit> edit = open_edit(options.edit);
  if (!edit) return trouble(command, edit.error().message);
  Run run{options, std::move(*edit), {}, {}};
  for (const Name& domain : *domains) {
    if (const auto error = change(run, domain, networks, adds)) return trouble(command, error->message);
  }
  return finish_edit(command, run.edit, options.edit, run.done, run.remarks);
}

void add_one(CLI::App& netblock, const char* name, const char* what, const char* footer, bool adds, Program& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = netblock.add_subcommand(name, what);
  command->add_option("DOMAIN|NETWORK", options->words, "Domains or subdomains, and networks or addresses")->required();
  add_edit_options(program, *command, options->edit);
  if (!adds) add_replay_options(program, *command, options->edit);
  command->footer(footer);
  program.on_call(*command, [options, adds] { return run_all(*options, adds); });
}

}  // namespace netblock_command

void add_netblock(CLI::App& app, Program& program) {
  using namespace netblock_command;
  CLI::App* netblock = app.add_subcommand("netblock", "A domain's own networks that it sends from");
  netblock->require_subcommand(1);
  add_one(*netblock, "add", "Let domains send from networks",
          "--note stays with the network.\n\n"
          "Examples:\n"
          "  emailauth netblock add example.com 198.51.100.0/28 --note \"branch office\"\n"
          "  emailauth netblock add example.com bakery.example 203.0.113.7 2001:db8:7::/64 --write\n\n"
          "Exit status: 0 done or shown, 1 the policies would be broken, 2 wrong usage or I/O.",
          true, program);
  add_one(*netblock, "remove", "Remove networks from domains",
          "If reports show that legitimate mail would be lost, nothing is written.\n\n"
          "Examples:\n"
          "  emailauth netblock remove example.com 192.0.2.0/24\n"
          "  emailauth netblock remove example.net 198.51.100.64/26 --note \"moved out\" --write\n\n"
          "Exit status: 0 done or shown, 1 the policies would be broken or\n"
          "legitimate mail lost, 2 wrong usage or I/O.",
          false, program);
}

}  // namespace emailauth::cli
