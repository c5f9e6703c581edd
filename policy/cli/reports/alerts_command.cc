// `emailauth alerts`.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/base/diagnostic.h"
#include "policy/cli/options/command.h"
#include "policy/cli/report_database/report_store.h"
#include "policy/cli/reports/alert_config.h"
#include "policy/cli/reports/domain_history.h"
#include "policy/cli/reports/run_command.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

namespace alerts_command {

constexpr char kCommand[] = "alerts";

using report::Alert;

struct Options {
  std::vector<std::string> domains;
  DomainOptions domain;  // the options that are the same for all
  std::string rules;
  int timeout = 0;  // seconds; 0 if it is not given
  bool all = false;
  bool json = false;
};

struct Told {
  std::string domain;
  std::vector<Alert> alerts;   // to be reported
  std::vector<Alert> current;  // all that hold now
  std::vector<std::string> cleared;
  bool changed = false;  // compared with what was reported before
};

// Which of the alerts are new, and which of those reported before no longer hold.
Told compare(const std::string& domain, std::vector<Alert> current, const std::set<std::string>& known, bool all) {
  std::set<std::string> over = known;
  Told out{domain, {}, {}, {}, false};
  for (const Alert& alert : current) {
    const bool told = over.erase(key_of(alert)) > 0;
    if (all || !told) out.alerts.push_back(alert);
    out.changed = out.changed || !told;
  }
  out.changed = out.changed || !over.empty();
  out.current = std::move(current);
  out.cleared.assign(over.begin(), over.end());
  return out;
}

// What is to be reported about one domain.
Result<Told> look_at(const std::string& name, const Options& options, const AlertConfig& config, ReportStore& store) {
  DomainOptions one = options.domain;
  one.domain = name;
  const auto domain = domain_history(one, 1, store);
  if (!domain) return domain.error();
  const auto told = store.told_alerts(domain->history.domain);
  if (!told) return told.error();
  const std::set<std::string> known(told->begin(), told->end());
  auto found = alerts_for(domain->history, domain->knowledge.known, domain->filter.until, config.limits, known);
  return compare(domain->history.domain, std::move(found), known, options.all);
}

// If nothing has changed, nothing is written, and no program has to wait.
Result<bool> remember(ReportStore& store, std::vector<Told> told) {
  std::erase_if(told, [](const Told& one) { return !one.changed; });
  if (told.empty()) return true;
  if (auto begun = store.begin(); !begun) return begun;
  for (const Told& one : told) {
    std::vector<std::pair<std::string, Day>> keys;
    for (const Alert& alert : one.current) keys.emplace_back(key_of(alert), alert.since);
    if (auto set = store.set_told_alerts(one.domain, keys); !set) return set;
  }
  return store.commit();
}

Shown text_of(const std::vector<Told>& told) {
  Shown out;
  for (const Told& one : told) {
    for (const Alert& alert : one.alerts)
      out += Shown::of("{}: {}: {} [{}]\n", one.domain, to_string(alert.since), printable(alert.what), alert.kind);
    for (const std::string& key : one.cleared) out += Shown::of("{}: no longer: {}\n", one.domain, printable(key));
  }
  return out;
}

nlohmann::ordered_json json_of(const std::vector<Told>& told) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Told& one : told) {
    for (const Alert& alert : one.alerts) {
      out.push_back({{"domain", one.domain},
                     {"kind", alert.kind},
                     {"about", alert.about},
                     {"since", to_string(alert.since)},
                     {"what", alert.what},
                     {"cleared", false}});
    }
    for (const std::string& key : one.cleared) {
      const std::size_t space = key.find(' ');
      out.push_back({{"domain", one.domain},
                     {"kind", key.substr(0, space)},
                     {"about", key.substr(space + 1)},
                     {"cleared", true}});
    }
  }
  return out;
}

Result<AlertConfig> config_of(const Options& options) {
  AlertConfig config;
  if (!options.rules.empty()) {
    auto loaded = load_alert_config(options.rules);
    if (!loaded) return loaded.error();
    config = std::move(*loaded);
  }
  if (options.timeout > 0) config.timeout = std::chrono::seconds(options.timeout);
  return config;
}

// Returns the domains that were named, or all; remarks those that are left out.
Result<StoredDomains> domains_of(const Options& options, ReportStore& store) {
  if (!options.domains.empty()) return StoredDomains{options.domains, {}};
  auto domains = stored_domains(store, options.domain.reports);
  if (!domains) return domains;
  for (const std::string& line : domains->others) trouble(kCommand, line);
  return domains;
}

// The results for all domains.
struct Look {
  std::vector<Told> told;
  bool any = false;  // there are alerts
  int status = kFine;
};

// A domain that cannot be examined does not silence the others.
Look look_at_all(const std::vector<std::string>& domains, const Options& options, const AlertConfig& config,
                 ReportStore& store) {
  Look out;
  for (const std::string& name : domains) {
    auto compared = look_at(name, options, config, store);
    if (!compared) {
      out.status = trouble(kCommand, compared.error().message);
      continue;
    }
    out.any = out.any || !compared->alerts.empty();
    out.told.push_back(std::move(*compared));
  }
  return out;
}

int alert(const Options& options) {
  const Result<AlertConfig> config = config_of(options);
  if (!config) return trouble(kCommand, config.error().message);
  auto store = ReportStore::open(options.domain.reports.path, ReportStore::Mode::write);
  if (!store) return trouble(kCommand, store.error().message);
  const auto domains = domains_of(options, *store);
  if (!domains) return trouble(kCommand, domains.error().message);
  Look look = look_at_all(domains->mail, options, *config, *store);
  const Shown text = text_of(look.told);
  if (options.json)
    print("{}\n", shown_json(json_of(look.told)));
  else
    print(text);
  std::fflush(stdout);
  const int said = say_remarks(store->remarks(), "emailauth alerts", look.status);
  if (!config->command.empty() && !text.empty()) {
    if (const auto done = run_command(config->command, text.text(), config->timeout); !done)
      return trouble(kCommand, done.error().message);
  }
  if (const auto kept = remember(*store, std::move(look.told)); !kept) return trouble(kCommand, kept.error().message);
  return said == kFine && (look.any || !domains->others.empty()) ? kFindings : said;
}

}  // namespace alerts_command

void add_alerts(CLI::App& app, Program& program) {
  using namespace alerts_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("alerts", "Report what changed in the mail of your domains, each change once");
  command->add_option("DOMAIN", options->domains, "Only these domains");
  program.add_reports(*command, options->domain.reports);
  program.add_policies(*command, options->domain.policies, Need::if_there);
  program.add_catalogue(*command, options->domain.catalogue);
  command->add_option("--until", options->domain.until, "As if this day were today");
  command->add_option("--rules", options->rules, "A command to run, and limits (JSON)");
  command->add_option("--timeout", options->timeout, "Seconds that the command may take [60, or as the rules say]")
      ->check(CLI::Range(1, static_cast<int>(kMostAlertTimeout.count())));
  command->add_flag("--all", options->all, "Also report what was reported before");
  add_json(*command, options->json, "the alerts");
  command->footer(
      "Compares the last 7 days of reports with the 28 before:\n"
      "  new-sender        somebody began to send in the domain's name\n"
      "  falling-pass      less of a known sender's mail passes DMARC\n"
      "  selector-failing  a DKIM selector verified, but no longer does\n"
      "  spoofing-wave     much more forged mail than usual\n"
      "  silent-receiver   a receiver that reported daily no longer reports\n"
      "  policy-changed    receivers see another DMARC policy\n"
      "An alert is reported once, and once more when it is over. The rules may name a command\n"
      "that receives the alerts on its standard input:\n"
      "  {\"command\": [\"mail\", \"-s\", \"DMARC\", \"postmaster@example.com\"], \"timeout\": 60,\n"
      "   \"limits\": {\"few\": 50}}\n"
      "A command that takes longer is ended with all processes that it started, and gets the\n"
      "same alerts the next time.\n\n"
      "Examples:\n"
      "  emailauth alerts --rules /etc/emailauth/alerts.json\n"
      "  emailauth alerts example.com --all --json\n\n"
      "Exit status: 0 nothing new, 1 there are alerts, or domains or damaged rows that were\n"
      "left out, 2 wrong usage or I/O, or the command failed or took too long.");
  program.on_call(*command, [options] { return alert(*options); });
}

}  // namespace emailauth::cli
