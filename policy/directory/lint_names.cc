// Where names are, and zones that are empty.
#include "policy/directory/lint.h"

namespace emailauth {

namespace {

std::string dotted(std::string_view labels) { return to_presentation(std::string(labels) + '\0'); }

// Returns the nearest domain above a name; nullptr if there is none.
const DomainIndex::Node* domain_above(const DomainIndex& domains, std::string_view labels) {
  while (true) {
    labels.remove_prefix(1U + static_cast<unsigned char>(labels[0]));
    if (labels.empty()) return nullptr;
    const DomainIndex::Node* node = domains.find(labels);
    if (node != nullptr && node->domain != nullptr && !node->is_alias) return node;
  }
}

// Findings of one file: a provider may have thousands of such names.
class FileCheck {
 public:
  FileCheck(const Snapshot& snapshot, const LinkedUnit& linked, Diagnostics& found)
      : domains_(snapshot.domains), unit_(*linked.unit), found_(found) {}

  void run() {
    for (const Domain& domain : unit_.domains()) {
      const DomainIndex::Node* node = domains_.find(unit_.name(domain));
      if (node == nullptr || node->domain != &domain) continue;
      check_place("the domain ", unit_.name(domain), domain.line);
      for (const HostedFamily family : kHostedFamilies) {
        if (domain.zones.has(family) && !holds(domain, family)) check_zone(domain, family);
      }
    }
    for (const DomainUnit::Alias& alias : unit_.aliases()) {
      const DomainIndex::Node* node = domains_.find(alias.labels);
      if (node != nullptr && node->is_alias && node->unit == &unit_)
        check_place("the alias ", alias.labels, alias.line);
    }
    finish();
  }

 private:
  struct First {
    Diagnostic diagnostic;
    std::size_t count = 0;
  };

  void note(First& first, Severity severity, std::uint32_t line, std::string message) {
    if (first.count++ == 0) first.diagnostic = {severity, unit_.file(), line, "", std::move(message)};
  }

  void check_place(std::string_view what, std::string_view labels, std::uint32_t line) {
    const DomainIndex::Node* above = domain_above(domains_, labels);
    if (above == nullptr || above->unit == &unit_) return;
    note(below_, Severity::warning, line,
         std::string(what) + in_quotes(dotted(labels)) + " is below " + in_quotes(dotted(above->labels())) + " of " +
             above->unit->file() + ":" + std::to_string(above->domain->line) +
             "; move it there, to \"subdomains\" or \"aliases\", so that the person responsible for that file knows "
             "about it");
  }

  void check_zone(const Domain& domain, HostedFamily family) {
    const std::string apex = std::string(to_text(family)) + "." + dotted(unit_.name(domain));
    const std::string key = in_quotes(key_of(family));
    const std::string why = domain.blocked && !domain.lists_zones
                                ? "the domain is blocked and its policy has " + key + ": remove that"
                                : "\"delegated\" lists " + key + ": remove that there";
    note(empty_, Severity::advice, domain.line,
         in_quotes(apex) + " is served empty, because " + why +
             " when its owner's name servers no longer delegate it (dig NS " + apex + ")");
  }

  void finish() {
    for (First* first : {&below_, &empty_}) {
      if (first->count == 0) continue;
      if (first->count > 1)
        first->diagnostic.message += " (and " + std::to_string(first->count - 1) + " more like it in this file)";
      found_.push_back(std::move(first->diagnostic));
    }
  }

  const DomainIndex& domains_;
  const DomainUnit& unit_;
  Diagnostics& found_;
  First below_;
  First empty_;
};

}  // namespace

Diagnostics check_names(const Snapshot& snapshot) {
  Diagnostics found;
  for (const auto& linked : snapshot.units) FileCheck(snapshot, *linked, found).run();
  return found;
}

}  // namespace emailauth
