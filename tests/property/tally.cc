#include "tests/property/tally.h"

#include <iomanip>
#include <sstream>

#include "tests/property/template_maker.h"

namespace emailauth::property {

void Tally::add_world(const World& world, std::size_t offered) {
  ++worlds_;
  offered_ += offered;
  accepted_ += world.spec().templates.size();
  for (const std::string& text : world.spec().templates) shapes_.insert(shape(Term::parse(text)));
}

void Tally::count(PerKind& kind, const Trial& trial) const {
  ++kind.cases;
  kind.granted += trial.is_granted ? 1U : 0U;
  kind.passed += trial.passes() ? 1U : 0U;
  kind.generous += trial.was_generous ? 1U : 0U;
  if (!trial.is_hole()) return;
  if (++kind.holes == 1) kind.first_hole = cases_;
}

void Tally::add(const std::string& verifier, const Case& c, const Trial& trial, double seconds) {
  ++cases_;
  holes_ += trial.is_hole() ? 1U : 0U;
  passes_by_name_ += trial.passes() && trial.is_by_name ? 1U : 0U;
  passes_by_ancestor_ += trial.passes() && trial.is_by_ancestor ? 1U : 0U;
  PerVerifier& counts = verifiers_[verifier];
  ++counts.cases;
  ++counts.verdicts[trial.judgement.verdict];
  counts.owed += trial.must_pass ? 1U : 0U;
  counts.lost += trial.is_lost() ? 1U : 0U;
  counts.seconds += seconds;
  count(classes_[shape_class(Term::parse(c.published))], trial);
  const std::string attack(to_text(c.attack));
  if (trial.is_hole()) count(found_[shape_class(Term::parse(c.published)) + ": " + attack], trial);
  count(attacks_[attack], trial);
  count(clients_[std::string(to_text(c.client_kind)) + (c.client.is_v4_mapped() ? ", mapped" : "")], trial);
}

std::uint64_t Tally::holes_by(Attack attack) const {
  const auto found = attacks_.find(std::string(to_text(attack)));
  return found == attacks_.end() ? 0 : found->second.holes;
}

std::uint64_t Tally::owed(const std::string& verifier) const {
  const auto found = verifiers_.find(verifier);
  return found == verifiers_.end() ? 0 : found->second.owed;
}

std::uint64_t Tally::lost(const std::string& verifier) const {
  const auto found = verifiers_.find(verifier);
  return found == verifiers_.end() ? 0 : found->second.lost;
}

std::string Tally::line() const {
  std::uint64_t owed = 0;
  std::uint64_t lost = 0;
  for (const auto& [name, counts] : verifiers_) {
    owed += counts.owed;
    lost += counts.lost;
  }
  return std::to_string(cases_) + " cases in " + std::to_string(worlds_) + " worlds, " + std::to_string(holes_) +
         " holes; " + std::to_string(owed) + " honest messages that must pass, " + std::to_string(lost) + " lost";
}

std::string Tally::table(const std::string& title, const std::map<std::string, PerKind>& rows) {
  std::ostringstream out;
  out << std::left << std::setw(54) << title << std::right << std::setw(12) << "cases" << std::setw(11) << "granted"
      << std::setw(11) << "passed" << std::setw(11) << "generous" << std::setw(8) << "holes"
      << "  first\n";
  for (const auto& [name, kind] : rows) {
    out << "  " << std::left << std::setw(52) << name << std::right << std::setw(12) << kind.cases << std::setw(11)
        << kind.granted << std::setw(11) << kind.passed << std::setw(11) << kind.generous << std::setw(8) << kind.holes;
    if (kind.holes > 0) out << "  " << kind.first_hole;
    out << "\n";
  }
  return out.str();
}

std::string Tally::summary() const {
  std::ostringstream out;
  out << line() << "\n"
      << offered_ << " templates offered, " << accepted_ << " accepted, of " << shapes_.size() << " shapes\n"
      << passes_by_name_ << " strangers passed as a name in our zones that hands on a vendor's term\n"
      << passes_by_ancestor_ << " passed by the policy of a domain above theirs, behind a label of a template\n";
  for (const auto& [name, counts] : verifiers_) {
    out << std::left << std::setw(20) << name << std::right << std::setw(12) << counts.cases << " cases, "
        << static_cast<std::uint64_t>(static_cast<double>(counts.cases) / std::max(counts.seconds, 1e-9)) << "/s:";
    for (const auto& [verdict, times] : counts.verdicts) out << " " << verdict << " " << times;
    out << "; owed " << counts.owed << ", lost " << counts.lost << "\n";
  }
  out << table("template", classes_) << table("attack", attacks_) << table("client", clients_)
      << (found_.empty() ? "" : table("holes", found_));
  return out.str();
}

}  // namespace emailauth::property
