#include "tests/make_responder.h"

#include <stdexcept>

#include "policy/files/policy_file.h"
#include "tests/some_day.h"

namespace emailauth::tests {

namespace {

void stop_at_errors(const Diagnostics& diagnostics) {
  std::string all;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::error) all += to_string(d) + "\n";
  }
  if (!all.empty()) throw std::runtime_error(all);
}

}  // namespace

std::shared_ptr<const Responder> make_responder(std::string_view responder, const std::vector<std::string>& domains,
                                                const std::vector<std::string>& senders) {
  Diagnostics diagnostics;
  std::vector<SenderTable::Sender> table;
  for (std::size_t i = 0; i < senders.size(); ++i) {
    const std::string file = "senders/" + std::to_string(i) + ".json";
    auto sender = parse_policy_file(PolicyFileKind::sender, file, senders[i], 1, diagnostics).sender;
    stop_at_errors(diagnostics);
    table.push_back(std::move(*sender));
  }
  auto policy = parse_policy_file(PolicyFileKind::responder, "responder.json", responder, 1, diagnostics).responder;
  stop_at_errors(diagnostics);
  const auto unit = compile_responder(std::move(*policy), 1, "responder.json", diagnostics);
  stop_at_errors(diagnostics);
  const auto sender_table = std::make_shared<const SenderTable>(std::move(table));
  SpfLinker linker(sender_table, unit->static_apex, unit->dearest_template);
  std::vector<std::shared_ptr<const LinkedUnit>> units;
  for (std::size_t i = 0; i < domains.size(); ++i) {
    const std::string file = "domains/" + std::to_string(i) + ".json";
    auto parsed = parse_policy_file(PolicyFileKind::domains, file, domains[i], 1, diagnostics);
    stop_at_errors(diagnostics);
    units.push_back(link_unit(std::move(parsed.domains), linker, diagnostics));
  }
  stop_at_errors(diagnostics);
  SnapshotParts parts;
  parts.responder = unit;
  parts.senders = sender_table;
  parts.units = std::move(units);
  parts.serial = 1;
  parts.today = kSomeDay;
  auto snapshot = build_snapshot(std::move(parts)).snapshot;
  if (!snapshot) throw std::runtime_error("the domains do not go together");
  return std::make_shared<const Responder>(std::move(snapshot));
}

std::vector<std::string> ask(const Responder& responder, std::string_view name) {
  const Answer answer = responder.answer(Name::parse(name).value());
  if (answer.kind == Answer::Kind::missing) return {"NXDOMAIN"};
  if (answer.kind == Answer::Kind::outside) return {"REFUSED"};
  std::vector<std::string> out;
  for (const Record& record : answer.records) {
    const std::string type = record.type == RecordType::txt ? "" : std::string(to_text(record.type)) + " ";
    out.push_back(type + record.data);
  }
  return out;
}

}  // namespace emailauth::tests
