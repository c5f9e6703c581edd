#include "policy/template/spf_template.h"

#include <algorithm>
#include <optional>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/net/address_labels.h"
#include "policy/spf/macro_string.h"

namespace emailauth {

namespace {

using Kind = TemplateElement::Kind;

// An element, or the domain itself, in the order of the term.
struct Token {
  TemplateElement element;
  char letter = 0;   // of a macro
  std::string text;  // as in the term
};

Error refuse(std::string_view text, const std::string& why) {
  return Error{in_quotes(text) + " cannot be answered: " + why};
}

std::string shown(const spf::Macro& macro) { return in_quotes(spf::to_string(macro)); }

// Returns why this macro cannot be read back from a name, or "".
std::string inversion_fault(const spf::Macro& macro) {
  const bool splits_at_dots = macro.delimiters.empty() || macro.delimiters.find('.') != std::string::npos;
  const bool chosen = macro.letter == 'h' || macro.letter == 'l' || macro.letter == 's';
  if (macro.letter == 'p')
    return shown(macro) + " makes receivers look up reverse DNS and must not be used (RFC 7208, 7.2)";
  if (chosen) return "";
  if (macro.digits > 0)
    return shown(macro) + " drops labels, so that the value cannot be recovered; write it without digits";
  if (macro.letter == 'v') {
    if (macro.delimiters.find('-') == std::string::npos) return "";
    return shown(macro) + " splits \"in-addr\" in two, so that the value cannot be recovered; remove the delimiters";
  }
  if (!macro.delimiters.empty() && macro.delimiters != ".") {
    if (macro.letter == 'i' && !splits_at_dots) return "";
    return shown(macro) +
           " splits at other characters than dots, so that the value cannot be recovered; remove the delimiters";
  }
  const bool is_domain = macro.letter == 'd' || macro.letter == 'o';
  if (is_domain && macro.reverse) {
    return shown(macro) + " reverses the domain, so that names share no zone; write it without \"r\"";
  }
  return "";
}

Token to_token(const spf::Macro& macro) {
  Token token;
  token.letter = macro.letter;
  token.text = spf::to_string(macro);
  switch (macro.letter) {
    case 'i':
      token.element.kind = Kind::address;
      token.element.reversed = macro.reverse && macro.delimiters.find_first_not_of('.') == std::string::npos;
      break;
    case 'v': token.element.kind = Kind::version; break;
    default: token.element.kind = Kind::chosen; break;
  }
  return token;
}

// Splits "text between macros" into labels. A macro must be alone between dots.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view term) : term_(term) {}

  Result<std::vector<Token>> run(const spf::MacroString& macros) {
    for (const spf::MacroString::Part& part : macros.parts()) {
      if (const auto* text = std::get_if<std::string>(&part)) {
        if (!add_text(*text)) return *fault_;
      } else if (!add_macro(std::get<spf::Macro>(part))) {
        return *fault_;
      }
    }
    if (!end_label()) return *fault_;
    return std::move(tokens_);
  }

 private:
  bool fail(const std::string& why) {
    fault_ = refuse(term_, why);
    return false;
  }

  bool add_text(const std::string& text) {
    for (const char c : text) {
      if (c == '.') {
        if (at_label_start_) return fail("it has an empty label");
        if (!end_label()) return false;
        at_label_start_ = true;
        after_macro_ = false;
        continue;
      }
      if (after_macro_) return fail("a macro shares a label with " + in_quotes({&c, 1}) + "; put a dot between them");
      label_ += c;
      at_label_start_ = false;
    }
    return true;
  }

  bool add_macro(const spf::Macro& macro) {
    if (!at_label_start_) {
      return fail(shown(macro) + " shares a label with what precedes it; put a dot between them");
    }
    const std::string fault = inversion_fault(macro);
    if (!fault.empty()) return fail(fault);
    tokens_.push_back(to_token(macro));
    at_label_start_ = false;
    after_macro_ = true;
    return true;
  }

  bool end_label() {
    if (label_.empty()) return true;  // a macro was the label, or the term ends in a dot
    if (label_.size() > 63) return fail("the label " + in_quotes(label_) + " is longer than 63 octets");
    Token token;
    token.element.label = ascii_lower(label_);
    token.text = label_;
    tokens_.push_back(std::move(token));
    label_.clear();
    return true;
  }

  std::string_view term_;
  std::vector<Token> tokens_;
  std::string label_;
  bool at_label_start_ = true;
  bool after_macro_ = false;
  std::optional<Error> fault_;
};

// The domain is %{d} if there is one, otherwise %{o}.
std::optional<std::size_t> domain_token(const std::vector<Token>& tokens) {
  for (const char letter : {'d', 'o'}) {
    const auto found = std::find_if(tokens.rbegin(), tokens.rend(), [&](const Token& t) { return t.letter == letter; });
    if (found != tokens.rend()) return static_cast<std::size_t>(tokens.rend() - found) - 1;
  }
  return std::nullopt;
}

// The part right of the domain must be literal labels inside a zone.
Result<Name> view_apex_of(std::string_view term, const std::vector<Token>& tokens, std::size_t domain,
                          const std::vector<Name>& zones) {
  Name apex;
  for (std::size_t i = tokens.size(); i-- > domain + 1;) {
    if (tokens[i].letter == 'i' || tokens[i].letter == 'v') {
      return refuse(term,
                    "the address is right of the domain, so that an unknown domain could not be denied once for all "
                    "addresses; put %{i} first");
    }
    if (tokens[i].letter != 0) {
      return refuse(term, "a sender can choose what %{" + std::string(1, tokens[i].letter) +
                              "} says, and it is right of the domain; put it left of %{d}");
    }
    const std::string& label = tokens[i].element.label;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; })) {
      return refuse(term, "the label " + in_quotes(label) +
                              " is right of the domain; use letters, digits, \"-\" and \"_\" there");
    }
    const Result<Name> longer = apex.with_label(label);
    if (!longer) return longer.error();
    apex = *longer;
  }
  const bool ours =
      std::any_of(zones.begin(), zones.end(), [&](const Name& zone) { return apex.is_at_or_below(zone); });
  if (ours) return apex;
  if (apex.is_root()) return refuse(term, "it ends in the domain, not in a zone of ours; end it in one of \"zones\"");
  return refuse(term, in_quotes(apex.to_string()) + " is in none of \"zones\"; add the zone, or correct the term");
}

// The address must be the first macro; before it only literals.
std::string address_fault(const std::vector<TemplateElement>& left) {
  bool chosen = false;
  bool address = false;
  for (const TemplateElement& element : left) {
    if (element.kind == Kind::chosen) chosen = true;
    if (element.kind != Kind::address) continue;
    if (address) return "it contains the address twice; write %{i} or %{ir} once";
    if (chosen) return "a sender can choose what is left of the address; put %{i} first";
    address = true;
  }
  return "";
}

// Two runs of unknown length need a label between them to show where one ends.
std::string boundary_fault(const std::vector<TemplateElement>& left) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].kind != Kind::chosen) continue;
    const bool last = i + 1 == left.size();
    if (last || left[i + 1].kind != Kind::literal) {
      return "what a sender can choose is not set off by a label to its right; write \"%{h}._ehlo.%{d}\"";
    }
  }
  return "";
}

// What shows where the address ends, as RFC 7208 writes it: 4 labels or 32.
enum class Boundary : std::uint8_t {
  fixed,   // a label that is not a digit of an address, or %{v}; or there is no address
  chosen,  // a sender can choose the labels that follow, digits too
  domain,  // so can a sender before the domain, if its owner publishes a wildcard
};

Boundary address_boundary(const std::vector<TemplateElement>& left) {
  bool in_front = true;
  for (const TemplateElement& element : left) {
    switch (element.kind) {
      case Kind::version: return Boundary::fixed;  // on either side
      case Kind::address: in_front = false; break;
      case Kind::chosen: return in_front ? Boundary::fixed : Boundary::chosen;
      case Kind::literal:
        if (!in_front && !is_nibble(element.label)) return Boundary::fixed;
        break;
    }
  }
  return in_front ? Boundary::fixed : Boundary::domain;
}

bool domain_follows_address(const std::vector<TemplateElement>& left) {
  const auto end = std::find_if(left.rbegin(), left.rend(), [](const TemplateElement& element) {
    return element.kind != Kind::literal || !is_nibble(element.label);
  });
  return end != left.rend() && end->kind == Kind::address;
}

// Returns the term with a label after the address that no address has: what to write instead.
std::string with_boundary(SpfTermKind kind, const std::vector<Token>& tokens, std::string_view boundary) {
  std::string text(to_text(kind));
  for (const Token& token : tokens) {
    if (text.size() > to_text(kind).size()) text += '.';
    text += token.text;
    if (token.element.kind == Kind::address) text += "." + std::string(boundary);
  }
  return in_quotes(text);
}

std::string width_fault(SpfTermKind kind, Boundary boundary, const std::vector<Token>& tokens) {
  const std::string reason =
      "the 4 labels of an IPv4 address and 28 hexadecimal digits look like the 32 labels of an IPv6 address, and ";
  if (boundary == Boundary::chosen) {
    return reason + "a sender can choose what follows the address; put a label between them: " +
           with_boundary(kind, tokens, "_ip");
  }
  if (boundary == Boundary::domain && kind == SpfTermKind::exists) {
    return reason + "nothing separates the address from the domain; write " + with_boundary(kind, tokens, "%{v}");
  }
  return "";
}

struct Term {
  SpfTermKind kind = SpfTermKind::include;
  std::string_view spec;
};

// Returns true for "%{iR}": the grammar allows it (RFC 7208, 7.1; RFC 5234, 2.3), but pyspf reads it as "%{i}".
bool has_upper_case_reversal(std::string_view spec) {
  for (std::size_t at = spec.find("%{"); at != std::string_view::npos; at = spec.find("%{", at + 2)) {
    const std::size_t transformer = spec.find_first_not_of("0123456789", std::min(at + 3, spec.size()));
    if (transformer != std::string_view::npos && spec[transformer] == 'R') return true;
  }
  return false;
}

Result<Term> split_term(std::string_view text) {
  for (const SpfTermKind kind : {SpfTermKind::include, SpfTermKind::redirect, SpfTermKind::exists}) {
    const std::string_view prefix = to_text(kind);
    if (text.size() > prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix)) {
      return Term{kind, text.substr(prefix.size())};
    }
  }
  if (text.find(' ') != std::string_view::npos)
    return refuse(text, "this is more than one term; write only the one that points here");
  return refuse(text, "it is not an \"include:\", \"exists:\" or \"redirect=\" term");
}

}  // namespace

std::string_view to_text(SpfTermKind kind) {
  switch (kind) {
    case SpfTermKind::include: return "include:";
    case SpfTermKind::redirect: return "redirect=";
    case SpfTermKind::exists: return "exists:";
  }
  return "";
}

Result<SpfTemplate> SpfTemplate::parse(std::string_view text, const std::vector<Name>& zones) {
  const Result<Term> term = split_term(text);
  if (!term) return term.error();
  const auto macros = spf::MacroString::parse(term->spec, spf::MacroUse::domain_spec);
  if (!macros) return refuse(text, macros.error().message);
  if (has_upper_case_reversal(term->spec)) {
    return refuse(text,
                  "some receivers overlook an \"R\" in upper case, and would ask about another address; write \"r\"");
  }
  const Result<std::vector<Token>> tokens = Tokenizer(text).run(*macros);
  if (!tokens) return tokens.error();

  const std::optional<std::size_t> domain = domain_token(*tokens);
  if (!domain)
    return refuse(text, "it has neither %{d} nor %{o}, so that every domain would get the same answer; add %{d}");
  const Result<Name> apex = view_apex_of(text, *tokens, *domain, zones);
  if (!apex) return apex.error();

  SpfTemplate out;
  out.text_ = std::string(text);
  out.kind_ = term->kind;
  out.view_apex_ = *apex;
  for (std::size_t i = 0; i < *domain; ++i) out.left_.push_back((*tokens)[i].element);
  for (const TemplateElement& element : out.left_) {
    out.has_address_ = out.has_address_ || element.kind == Kind::address;
    out.has_chosen_ = out.has_chosen_ || element.kind == Kind::chosen;
    out.literal_count_ += element.kind == Kind::literal ? 1 : 0;
  }
  const Boundary boundary = address_boundary(out.left_);
  out.is_adjacent_ = domain_follows_address(out.left_);
  for (const std::string& fault :
       {address_fault(out.left_), boundary_fault(out.left_), width_fault(out.kind_, boundary, *tokens)}) {
    if (!fault.empty()) return refuse(text, fault);
  }
  if (out.kind_ == SpfTermKind::exists && !out.has_address_) {
    return refuse(text, "\"exists:\" without %{i} would let every address send; add %{i} or %{ir}");
  }
  return out;
}

}  // namespace emailauth
