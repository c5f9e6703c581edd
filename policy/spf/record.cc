#include "policy/spf/record.h"

#include "policy/net/dns_name.h"
#include "policy/spf/record_parser.h"

namespace emailauth::spf {

namespace {

constexpr std::string_view kVersion = "v=spf1";

std::string cidr_text(const Mechanism& mechanism) {
  std::string out;
  if (mechanism.cidr4 != 32) out += "/" + std::to_string(mechanism.cidr4);
  if (mechanism.cidr6 != 128) out += "//" + std::to_string(mechanism.cidr6);
  return out;
}

}  // namespace

std::string_view to_string(MechanismKind kind) {
  switch (kind) {
    case MechanismKind::all: return "all";
    case MechanismKind::include: return "include";
    case MechanismKind::a: return "a";
    case MechanismKind::mx: return "mx";
    case MechanismKind::ptr: return "ptr";
    case MechanismKind::ip4: return "ip4";
    case MechanismKind::ip6: return "ip6";
    case MechanismKind::exists: return "exists";
  }
  return {};
}

char to_char(Qualifier qualifier) {
  switch (qualifier) {
    case Qualifier::pass: return '+';
    case Qualifier::fail: return '-';
    case Qualifier::softfail: return '~';
    case Qualifier::neutral: return '?';
  }
  return '+';
}

std::string Mechanism::to_string() const {
  std::string out;
  if (qualifier != Qualifier::pass) out += to_char(qualifier);
  if (kind == MechanismKind::ip4 || kind == MechanismKind::ip6) return out + network.to_spf_term();
  out += spf::to_string(kind);
  if (domain) out += ":" + domain->to_string();
  return out + cidr_text(*this);
}

bool Mechanism::asks_dns() const {
  return kind != MechanismKind::all && kind != MechanismKind::ip4 && kind != MechanismKind::ip6;
}

std::string Modifier::to_string() const { return name + "=" + value.to_string(); }

std::string SyntaxError::to_string() const { return "at " + std::to_string(span.offset) + ": " + message; }

bool Record::has_version(std::string_view text) {
  if (!equals_ignoring_case(text.substr(0, kVersion.size()), kVersion)) return false;
  return text.size() == kVersion.size() || text[kVersion.size()] == ' ';
}

Result<Record> Record::parse(std::string_view text) {
  RecordParser parser(text);
  if (!parser.errors().empty()) return Error{parser.errors().front().to_string()};
  return parser.take_record();
}

std::vector<SyntaxError> check_record(std::string_view text) { return RecordParser(text).errors(); }

std::string Record::to_string() const {
  std::string out(kVersion);
  for (const Mechanism& mechanism : mechanisms_) out += " " + mechanism.to_string();
  if (redirect_) out += " " + redirect_->to_string();
  if (explanation_) out += " " + explanation_->to_string();
  for (const Modifier& modifier : unknown_) out += " " + modifier.to_string();
  return out;
}

}  // namespace emailauth::spf
