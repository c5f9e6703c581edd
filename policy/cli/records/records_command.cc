
#include <algorithm>
#include <memory>
#include <optional>

#include "policy/cli/options/command.h"
#include "policy/cli/records/records_compat.h"
#include "policy/cli/records/records_live.h"
#include "policy/cli/records/records_output.h"
#include "policy/cli/services/known_services.h"
#include "policy/cli/terminal/clock.h"
#include "policy/cli/terminal/json_output.h"
#include "policy/cli/terminal/shown.h"
#include "policy/directory/policy_directory.h"
#include "policy/net/domain_text.h"
#include "policy/net/public_suffix.h"

namespace emailauth::cli {

namespace records_command {

constexpr char kCommand[] = "records";

struct Options {
  std::string domain;
  ChosenPath policies;
  std::string way;
  std::string format = "text";
  std::string zone;
  std::string spf_template;
  std::string compat;
  ChosenResolvers resolvers;
  std::vector<std::string> selectors;
  std::string at;
  bool live = false;
  bool json = false;
};

std::optional<Error> check_usage(const Options& options) {
  const auto one_of = [](const std::string& value, std::initializer_list<const char*> known) {
    return std::find(known.begin(), known.end(), value) != known.end();
  };
  if (!one_of(options.way, {"", "ns", "cname"})) {
    return Error{"--way " + in_quotes(options.way) + " is not a way to point; use \"ns\" or \"cname\""};
  }
  if (!one_of(options.format, {"text", "zone", "pdnsutil"})) {
    return Error{"--format " + in_quotes(options.format) + " is not a format; use \"text\", \"zone\" or \"pdnsutil\""};
  }
  const bool of_live = options.resolvers.by_option || !options.selectors.empty();
  if (of_live && !options.live) {
    return Error{"--resolver, --trust-anchor and --selector are for querying DNS; add --live"};
  }
  if (options.resolvers.by_option && options.resolvers.servers.size() > 1 && options.format != "text") {
    return Error{"--format " + options.format + " goes with one --resolver; leave out the others"};
  }
  if (!options.compat.empty() && options.format == "pdnsutil" && !options.live) {
    return Error{
        "--compat replaces a record, and pdnsutil replaces all texts of a name together; add --live, so that the "
        "others "
        "are known"};
  }
  return std::nullopt;
}

// Returns the zone that the owner's records go into.
Result<Name> owners_zone(const Options& options, const Name& domain) {
  if (options.zone.empty()) return organizational_domain(domain).value_or(domain);
  const Result<Name> zone = parse_domain_text(options.zone);
  if (!zone) return Error{"--zone: " + zone.error().message};
  if (domain.is_at_or_below(*zone)) return *zone;
  return Error{"--zone " + in_quotes(options.zone) + " does not contain " + in_quotes(domain.to_string()) +
               "; name the zone that contains it"};
}

// What was asked for, from policies alone.
struct Request {
  const Options& options;
  const Responder& responder;
  Name zone;
  Publication wanted;  // --compat: the temporary record
  std::optional<CompatRecord> compat;
};

void print_plan(const Request& request, const RecordsPlan& plan) {
  const Options& options = request.options;
  const bool text = options.format == "text";
  print(text ? to_text(plan) : options.format == "zone" ? to_zone_lines(plan) : to_pdnsutil(plan));
  for (const std::string& problem : plan.wanted.problems) trouble(kCommand, problem);
}

// Prints what one resolver sees or, without one, what to do; `json` gets the same.
int report(const Request& request, RecordsLive* live, const std::vector<Name>& selectors,
           nlohmann::ordered_json& json) {
  const Options& options = request.options;
  std::optional<PublicationState> state;
  const Publication* wanted = &request.wanted;
  Result<Publication> by_alias = Error{};
  if (live != nullptr) {
    state = live->check(request.responder, *wanted, selectors);
    // If no way was chosen, the other one is right, too.
    if (!state->complete() && options.way.empty() && request.responder.snapshot().responder->policy.mirror_zone) {
      by_alias = publication_of(request.responder, wanted->domain, {PointBy::cname, options.spf_template, {}});
      if (by_alias && !request.compat) {
        PublicationState other = live->check(request.responder, *by_alias, selectors);
        if (other.complete()) {
          state = std::move(other);
          wanted = &*by_alias;
        }
      }
    }
  }
  const PublicationState* found = state ? &*state : nullptr;
  RecordsPlan plan{*wanted, found, {}, request.zone};
  bool good = wanted->problems.empty() && (found == nullptr || (found->complete() && found->lost_selectors.empty()));
  nlohmann::ordered_json cost;
  if (request.compat) {
    const CompatCost counted = count_cost(request.responder, *request.compat, live == nullptr ? nullptr : &live->dns());
    good &= counted.good;
    cost = counted.json;
    plan.steps = compat_steps(*request.compat, counted.notes, found);
  } else {
    plan.steps = steps_of(*wanted, found);
  }
  json = to_json(plan);
  if (request.compat) json["cost"] = cost;
  if (!options.json) print_plan(request, plan);
  return good ? kFine : kFindings;
}

int report_live(const Request& request, nlohmann::ordered_json& json) {
  const Options& options = request.options;
  const Result<std::vector<Name>> selectors = selectors_to_look_for(options.policies.path, options.selectors);
  if (!selectors) return trouble(kCommand, "--selector: " + selectors.error().message);
  std::vector<std::string> servers = options.resolvers.servers;
  if (servers.empty()) servers.emplace_back();
  if (options.format != "text") servers.resize(1);  // of several that are configured
  json = nlohmann::ordered_json::array();
  int status = kFine;
  for (const std::string& server : servers) {
    ResolverOptions how;
    how.server = server;
    how.trust_anchor = options.resolvers.trust_anchor;
    how.total_time = std::chrono::minutes(2);
    Result<RecordsLive> live = RecordsLive::open(how, request.wanted.domain);
    if (!live) return trouble(kCommand, live.error().message);
    if (servers.size() > 1 && !options.json) print("As {} sees it:\n", server);
    nlohmann::ordered_json one;
    status = std::max(status, report(request, &*live, *selectors, one));
    if (!server.empty()) one["resolver"] = server;
    json.push_back(std::move(one));
  }
  if (servers.size() == 1) json = nlohmann::ordered_json(json.front());
  return status;
}

int records(const Options& options) {
  if (const auto error = check_usage(options)) return trouble(kCommand, error->message);
  const Result<Name> domain = parse_mail_domain(options.domain);
  if (!domain) return trouble(kCommand, domain.error().message);
  const Result<Name> zone = owners_zone(options, *domain);
  if (!zone) return trouble(kCommand, zone.error().message);
  const Result<std::int64_t> time = time_at(options.at);
  if (!time) return trouble(kCommand, time.error().message);
  PolicyDirectory directory(options.policies.path);
  const LoadReport& loaded = directory.reload(day_of(*time));
  if (!loaded.responder) {
    for (const Diagnostic& d : loaded.diagnostics) complain("{}\n", to_string(d));
    return kTrouble;
  }
  const PublicationOptions how{options.way == "cname" ? PointBy::cname : PointBy::ns, options.spf_template, {}};
  Result<Publication> wanted = publication_of(*loaded.responder, *domain, how);
  if (!wanted) {
    // The domain may be in one of the files that are broken.
    for (const Diagnostic& d : loaded.diagnostics) {
      if (d.severity == Severity::error) complain("{}\n", to_string(d));
    }
    return trouble(kCommand, wanted.error().message);
  }
  Request request{options, *loaded.responder, *zone, std::move(*wanted), std::nullopt};
  if (!options.compat.empty()) {
    Result<CompatRecord> compat =
        compat_record(*loaded.responder, request.wanted, how, options.policies.path, options.compat);
    if (!compat) return trouble(kCommand, compat.error().message);
    request.wanted = compat->temporary;
    request.compat = std::move(*compat);
  }
  nlohmann::ordered_json json;
  const int status = options.live ? report_live(request, json) : report(request, nullptr, {}, json);
  if (options.json && status != kTrouble) print("{}\n", shown_json(json));
  return status;
}

}  // namespace records_command

void add_records(CLI::App& app, Program& program) {
  using namespace records_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("records", "Print what the owner of a domain publishes, step by step");
  command->add_option("DOMAIN", options->domain, "The domain")->required();
  program.add_policies(*command, options->policies);
  command->add_option("--way", options->way,
                      "How to point to us: ns (delegation, the default), or cname (mirror zone)");
  command->add_option("--format", options->format, "text, zone (lines of a zone file) or pdnsutil (commands)")
      ->capture_default_str();
  command->add_option("--zone", options->zone, "The owner's zone, if it is not the registered domain");
  command->add_option("--template", options->spf_template, "Publish this SPF term, as in responder.json");
  command->add_option("--compat", options->compat,
                      "The temporary SPF record for a vendor that insists on its own include");
  command->add_flag("--live", options->live, "Query DNS: what is in place, what differs, what is left to do");
  program.add_resolvers(*command, options->resolvers);
  command->add_option("--selector", options->selectors, "… and look for this DKIM selector too; may be repeated")
      ->allow_extra_args(false);
  add_json(*command, options->json, "records, steps and findings");
  add_at(*command, options->at);
  command->footer(
      "The owner publishes this once; from then on changes are made in policy files. Steps\n"
      "are in a safe order: whatever is in use keeps working at each of them.\n\n"
      "For a zone in PowerDNS with an SQL or LMDB backend use --format pdnsutil; for one in files\n"
      "(the bind backend) use --format zone. With --live, TTLs are those that the resolver\n"
      "has left: the zone's may be longer.\n\n"
      "Examples:\n"
      "  emailauth records example.com\n"
      "  emailauth records example.com --format pdnsutil --live\n"
      "  emailauth records example.com --way cname --format zone\n"
      "  emailauth records example.com --live --resolver 192.0.2.53\n"
      "  emailauth records example.com --compat sendgrid --live\n\n"
      "Exit status: 0 fine, 1 with --live: something is missing or differs; a record that\n"
      "receivers would not accept, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return records(*options); });
}

}  // namespace emailauth::cli
