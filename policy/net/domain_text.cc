#include "policy/net/domain_text.h"

#include <idn2.h>

#include <memory>

#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/base/utf8.h"

namespace emailauth {

namespace {

bool has_u_label(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return true;
  }
  return false;
}

// Returns the A-label form by IDNA2008 with UTS 46 mapping, or "" if there is none.
std::string to_a_labels(std::string_view text) {
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return "";
  char* converted = nullptr;
  if (idn2_to_ascii_8z(copy.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) return "";
  const std::unique_ptr<char, decltype(&idn2_free)> owner(converted, &idn2_free);
  return converted;
}

Error refuse(std::string_view text, std::string_view why) {
  return Error{in_quotes(text) + " is not a domain name: " + std::string(why)};
}

// Returns what is wrong with one label, or "".
std::string label_fault(std::string_view label, bool services) {
  for (const char c : label) {
    if (is_alphanumeric(c) || c == '-' || c == '_') continue;
    return "the character " + in_quotes(std::string_view(&c, 1)) +
           " is not allowed; use letters, digits, \"-\" and dots";
  }
  if (!label.empty() && (label.front() == '-' || label.back() == '-')) {
    return "the label " + in_quotes(label) + " begins or ends with \"-\"; remove it";
  }
  if (!services && !label.empty() && label.front() == '_') {
    return "the label " + in_quotes(label) + " names a service, not a place for mail; write the domain alone";
  }
  return "";
}

Result<Name> parse_checked(std::string_view text, bool services) {
  if (has_u_label(text)) {
    const std::string ascii = find_invalid_utf8(text) == std::string_view::npos ? to_a_labels(text) : "";
    return ascii.empty() ? refuse(text, "it has characters that no A-label can represent")
                         : Error{in_quotes(text) + " has U-labels; write the A-labels: " + in_quotes(ascii)};
  }
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    const std::string fault = label_fault(text.substr(begin, end - begin), services);
    if (!fault.empty()) return refuse(text, fault);
    begin = end + 1;
  }
  return Name::parse(text);
}

}  // namespace

Result<Name> parse_domain_text(std::string_view text) {
  if (text == ".") return refuse(text, "the root is not one of our zones");
  return parse_checked(text, true);
}

Result<Name> parse_mail_domain(std::string_view text) {
  if (text == ".") return refuse(text, "the root has no mail policy");
  return parse_checked(text, false);
}

Result<Name> parse_typed_domain(std::string_view text) {
  const bool converts = has_u_label(text) && find_invalid_utf8(text) == std::string_view::npos;
  const std::string ascii = converts ? to_a_labels(text) : "";
  return parse_mail_domain(ascii.empty() ? text : std::string_view(ascii));
}

Result<Name> parse_selector(std::string_view text) {
  Result<Name> name = parse_checked(text, true);
  if (!name || name->is_root()) {
    return Error{in_quotes(text) + " is not a selector; use letters, digits, \"-\", \"_\" and dots"};
  }
  return name;
}

}  // namespace emailauth
