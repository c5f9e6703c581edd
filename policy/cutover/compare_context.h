// policy/cutover/compare_context.h - What every comparison gets: both sides, and a place for findings. Private to
// policy/cutover.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "policy/cutover/cutover.h"
#include "policy/dns/certain_dns.h"

namespace emailauth::cutover {

struct CompareContext {
  CertainDns& dns;
  const Responder& responder;
  const Publication& wanted;
  const CutoverOptions& options;
  CutoverReport& out;

  void refuse(std::string_view part, std::string where, std::string what, Todo todo) const {
    out.findings.push_back(
        {{std::move(what), "", std::move(todo)}, CutoverFinding::Weight::refuse, std::string(part), std::move(where)});
  }
  void change(std::string_view part, std::string where, std::string what, Todo todo = {}) const {
    out.findings.push_back(
        {{std::move(what), "", std::move(todo)}, CutoverFinding::Weight::change, std::string(part), std::move(where)});
  }

  // Returns a command about the domain: {"emailauth", "dkim", "import"}.
  CommandLine command(std::initializer_list<std::string_view> verbs) const;
  // Returns the same command with the directory of the policies.
  CommandLine here(const CommandLine& command) const;
  // Returns the record of a part; nullptr if that part does not move.
  const PublishedRrset* moves(PublicationPart part) const;
  // Returns the texts that we would answer for a name, also after a CNAME of the policy.
  std::vector<std::string> our_texts(const Name& name) const;
};

void compare_dkim(const CompareContext& context);
void compare_dmarc(const CompareContext& context);
void compare_spf(const CompareContext& context);
void compare_services(const CompareContext& context);
void compare_reports(const CompareContext& context);

}  // namespace emailauth::cutover
