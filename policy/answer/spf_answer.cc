#include "policy/answer/spf_answer.h"

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

// " ip4:192.0.2.1".
std::string restated_terms(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  std::string terms = plain.is_v4() ? " ip4:" : " ip6:";
  terms += plain.to_string();
  if (plain != address) terms += " ip6:" + address.to_string();
  return terms;
}

}  // namespace

std::string restated(const IpAddress& address) { return restated_terms(address).substr(1); }

std::string authorised_record(const IpAddress& address, std::string_view all) {
  return record_of(restated_terms(address), all);
}

std::string passed_on_record(const LinkedSpf& spf, const IpAddress& address, std::string_view all) {
  std::string terms;
  for (const CompiledPassthrough* term : spf.passthrough) {
    if (term->is_for(address.unmapped())) terms += " " + expand(*term, address.unmapped());
  }
  return record_of(terms, all);
}

std::string passed_on_record(const LinkedSpf& spf, std::string_view all) {
  std::string terms;
  for (const CompiledPassthrough* term : spf.passthrough) {
    if (term->is_same_for_all()) terms += " " + expand(*term, IpAddress());
  }
  return record_of(terms, all);
}

std::string record_with(std::string_view terms, std::string_view all) {
  return record_of(terms.empty() ? "" : " " + std::string(terms), all);
}

std::string empty_record(std::string_view all) { return record_of("", all); }

std::string static_record(const LinkedSpf& spf, const SpfPageStart& start, const std::string& owner,
                          std::string_view all) {
  return record_of(spf.pages->terms(start, owner), all);
}

}  // namespace emailauth
