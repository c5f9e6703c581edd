#include "policy/net/public_suffix.h"

#include <libpsl.h>

namespace emailauth {

bool is_public_suffix(const Name& name) { return psl_is_public_suffix(psl_builtin(), name.to_string().c_str()) != 0; }

bool is_listed_public_suffix(const Name& name) {
  constexpr int kListed = PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE;
  return psl_is_public_suffix2(psl_builtin(), name.to_string().c_str(), kListed) != 0;
}

std::optional<Name> organizational_domain(const Name& name) {
  const std::string text = name.to_string();
  const char* domain = psl_registrable_domain(psl_builtin(), text.c_str());
  if (domain == nullptr) return std::nullopt;
  Result<Name> parsed = Name::parse(domain);
  if (!parsed) return std::nullopt;
  return *parsed;
}

}  // namespace emailauth
