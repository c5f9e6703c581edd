#include "policy/cli/dkim/signer_lines.h"

namespace emailauth::cli {

Shown signer_lines(const DkimKey& key, const Name& domain, const std::string& file) {
  const std::string selector = key.selector.to_string();
  const std::string name = domain.to_string();
  Shown out;
  if (key.type == DkimKeyType::rsa) {
    out += Shown::of(
        "OpenDKIM, KeyTable:\n  {0}._domainkey.{1} {1}:{0}:{2}\n"
        "OpenDKIM, SigningTable:\n  *@{1} {0}._domainkey.{1}\n",
        selector, name, file);
  } else {
    out += Shown::of("OpenDKIM 2.10 does not sign with ed25519; rspamd and dkimpy do.\n");
  }
  return out + Shown::of(
                   "rspamd, local.d/dkim_signing.conf:\n"
                   "  domain {{\n    {} {{\n      selectors [ {{ path: \"{}\"; selector: \"{}\"; }} ]\n    }}\n  }}\n",
                   name, file, selector);
}

}  // namespace emailauth::cli
