#include "policy/spf_answer.h"

namespace emailauth {

namespace {

constexpr std::string_view kVersion = "v=spf1";

std::string record_of(std::string_view terms, std::string_view all) {
  std::string record(kVersion);
  record += terms;
  record += ' ';
  record += all;
  return record;
}

std::string page_of(const LinkedSpf& spf, std::size_t page, const std::string& owner, std::string_view all) {
  std::string terms = spf.pages[page];
  if (page + 1 < spf.pages.size()) terms += " include:" + page_label(spf.pages[page + 1]) + "." + owner;
  return record_of(terms, all);
}

}  // namespace

std::string authorised_record(const IpAddress& address, std::string_view all) {
  const IpAddress plain = address.unmapped();
  std::string terms = plain.is_v4() ? " ip4:" : " ip6:";
  terms += plain.to_string();
  if (plain != address) terms += " ip6:" + address.to_string();
  return record_of(terms, all);
}

std::string unauthorised_record(const LinkedSpf& spf, const IpAddress& address, bool maybe_cut, std::string_view all) {
  std::string terms;
  for (const CompiledPassthrough* term : spf.passthrough) {
    if (maybe_cut && (term->domain.uses('i') || !term->except.empty())) continue;
    if (term->is_for(address.unmapped())) terms += " " + expand(*term, address.unmapped());
  }
  return record_of(terms, all);
}

std::string empty_record(std::string_view all) { return record_of("", all); }

std::string static_record(const LinkedSpf& spf, const std::string& owner, std::string_view all) {
  return spf.pages.empty() ? record_of("", all) : page_of(spf, 0, owner, all);
}

std::string page_record(const LinkedSpf& spf, std::string_view label, const std::string& owner) {
  for (std::size_t i = 1; i < spf.pages.size(); ++i) {
    if (page_label(spf.pages[i]) == label) return page_of(spf, i, owner, "-all");
  }
  return "";
}

}  // namespace emailauth
