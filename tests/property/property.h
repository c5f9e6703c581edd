// tests/property/property.h - What must be true of every message.
//
// A client passes only if the policy in force, or a vendor's own record, grants it. And what is granted does
// pass; otherwise the first rule could be kept by answering nothing.
#pragma once

#include <optional>
#include <string>

#include "tests/property/verifier.h"
#include "tests/property/world_dns.h"

namespace emailauth::property {

struct Trial {
  Judgement judgement;
  bool is_granted = false;
  // Granted for no better reason than this: the sender's domain is a name in our zones whose record passes on a
  // vendor's term. That term is about the address in the name, which the sender chose with it. Strict alignment
  // (DMARC) keeps such a pass from counting for anybody else.
  bool is_by_name = false;
  // Granted only by the policy of a domain above the sender's, because a label of it is one of a template.
  bool is_by_ancestor = false;
  bool must_pass = false;  // an honest message of a granted client, where nothing looks like anything else
  std::vector<WorldDns::Asked> asked;
  bool was_generous = false;  // see WorldDns

  bool passes() const { return judgement.verdict == "pass"; }
  bool is_hole() const { return passes() && !is_granted; }
  bool is_lost() const { return must_pass && !passes(); }
};

Trial try_case(const World& world, const Case& c, Verifier& verifier, Answerer answerer);

// Returns a smaller world and message with the same fault: fewer templates, domains, networks, shorter names.
struct Finding {
  WorldSpec spec;
  Case message;
};
Finding shrink(Finding found, Verifier& verifier, Answerer answerer);

// Returns everything that is needed to understand the fault, on several lines.
std::string describe(const Finding& found, Verifier& verifier, Answerer answerer);

}  // namespace emailauth::property
