#include "tests/property/template_maker.h"

#include <optional>

namespace emailauth::property {

using spf::Macro;
using spf::MacroString;

namespace {

const std::vector<std::string> kLiterals = {
    "_ip", "_ehlo", "_d",  "_i", "_x",   "at",      "in-addr", "ip6",  "0",     "1",   "5",    "a",    "f",   "10",
    "192", "255",   "256", "00", "good", "example", "sub",     "_spf", "_safe", "x-1", "e%%e", "s%_p", "vend"};

const Macro* macro_of(const MacroString::Part& part) { return std::get_if<Macro>(&part); }

// The domain: the last %{d}, otherwise the last %{o}.
std::optional<std::size_t> find_domain(const std::vector<MacroString::Part>& parts) {
  for (const char letter : {'d', 'o'}) {
    for (std::size_t i = parts.size(); i-- > 0;) {
      const Macro* macro = macro_of(parts[i]);
      if (macro != nullptr && macro->letter == letter) return i;
    }
  }
  return std::nullopt;
}

bool splits(const Macro& macro) { return macro.delimiters.empty() || macro.delimiters.find('.') != std::string::npos; }

std::string letter_of(const Macro& macro) {
  return std::string(1, macro.letter) + (macro.reverse && splits(macro) ? "r" : "");
}

}  // namespace

bool is_chosen(const Macro& macro) { return macro.letter != 'i' && macro.letter != 'v'; }

Term Term::parse(std::string_view text) {
  Term term;
  const std::size_t end = text.find_first_of(":=") + 1;
  term.kind = text.substr(0, end);
  const MacroString macros = MacroString::parse(text.substr(end), spf::MacroUse::domain_spec).value();
  const std::size_t domain = find_domain(macros.parts()).value();
  term.left.assign(macros.parts().begin(), macros.parts().begin() + static_cast<std::ptrdiff_t>(domain));
  term.domain = std::get<Macro>(macros.parts()[domain]);
  if (domain + 1 < macros.parts().size()) term.apex = std::get<std::string>(macros.parts()[domain + 1]);
  return term;
}

bool Term::uses(char letter) const {
  for (const MacroString::Part& part : left) {
    if (macro_of(part) != nullptr && macro_of(part)->letter == letter) return true;
  }
  return false;
}

std::string shape(const Term& term) {
  std::string out = term.kind;
  for (const MacroString::Part& part : term.left) {
    if (const Macro* macro = macro_of(part)) {
      out += " " + letter_of(*macro);
    } else if (std::get<std::string>(part) != ".") {
      out += " L";
    }
  }
  return out + " " + letter_of(term.domain);
}

std::string shape_class(const Term& term) {
  std::string follower = "no address";
  bool chosen = false;
  for (std::size_t i = 0; i < term.left.size(); ++i) {
    const Macro* macro = macro_of(term.left[i]);
    if (macro == nullptr) continue;
    chosen = chosen || is_chosen(*macro);
    if (macro->letter != 'i') continue;
    follower = "address.domain";
    if (i + 1 == term.left.size()) continue;
    const auto* text = std::get_if<std::string>(&term.left[i + 1]);
    if (text != nullptr && *text != ".") {
      follower = "address.literal";
    } else if (i + 2 < term.left.size()) {
      const Macro* next = macro_of(term.left[i + 2]);
      follower = next != nullptr && next->letter == 'v' ? "address.version" : "address.chosen";
    }
  }
  return term.kind + " " + follower + (chosen ? ", chosen parts" : "");
}

TemplateMaker::TemplateMaker(Dice& dice, std::vector<std::string> apexes) : dice_(dice), apexes_(std::move(apexes)) {
  for (int i = 0; i < 4; ++i) literals_.push_back(dice_.pick(kLiterals));
}

std::string TemplateMaker::literal() { return dice_.one_in(6) ? dice_.pick(kLiterals) : dice_.pick(literals_); }

std::string TemplateMaker::macro(char letter, bool may_drop_labels) {
  if (dice_.one_in(10)) letter = static_cast<char>(letter - 'a' + 'A');
  std::string text = {'%', '{', letter};
  if (may_drop_labels && dice_.one_in(5)) text += std::to_string(1 + dice_.below(3));
  if (may_drop_labels && dice_.one_in(4)) text += 'r';
  if (may_drop_labels && dice_.one_in(5)) {
    for (const char c : {'.', '-', '+', ',', '/', '_', '='}) {
      if (dice_.one_in(3)) text += c;
    }
  }
  return text + "}";
}

std::string TemplateMaker::address() {
  static const std::vector<std::string> kOdd = {"%{I}",  "%{IR}",  "%{i.}",   "%{ir.}",
                                                "%{i-}", "%{ir-}", "%{ir.-}", "%{i4}"};
  if (dice_.one_in(10)) return dice_.pick(kOdd);
  return dice_.one_in(2) ? "%{ir}" : "%{i}";
}

std::string TemplateMaker::chosen() {
  static const std::vector<char> kLetters = {'h', 'h', 'h', 'l', 'l', 's', 'o', 'd'};
  return macro(dice_.pick(kLetters), true);
}

std::string TemplateMaker::make() {
  static const std::vector<std::string> kKinds = {"include:", "include:", "exists:", "exists:", "redirect="};
  std::vector<std::string> parts;
  if (!dice_.one_in(8)) {
    if (dice_.one_in(6)) parts.push_back(literal());
    parts.push_back(address());
  }
  const std::size_t more = dice_.below(5);
  for (std::size_t i = 0; i < more; ++i) {
    const std::size_t kind = dice_.below(20);
    parts.push_back(kind < 10 ? literal() : kind < 14 ? macro('v', false) : kind < 19 ? chosen() : address());
  }
  if (!parts.empty() && parts.back().starts_with("%{") && !dice_.one_in(3)) parts.push_back(literal());
  parts.push_back(dice_.one_in(4) ? macro('o', false) : dice_.one_in(30) ? "%{d2}" : macro('d', false));
  parts.push_back(dice_.pick(apexes_));
  std::string text = dice_.pick(kKinds);
  for (const std::string& part : parts) {
    if (&part != parts.data()) text += dice_.one_in(60) ? "-" : ".";
    text += part;
  }
  return text;
}

}  // namespace emailauth::property
