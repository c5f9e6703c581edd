// policy/finding/finding_kind.h - A row of the tables of findings.
//
// The name is stable, for scripts; the rest is what a person needs to act.
#pragma once

#include <string_view>

#include "policy/base/diagnostic.h"

namespace emailauth::check {

struct FindingKind {
  std::string_view name;  // "spf-too-many-lookups"
  Severity severity;
  std::string_view why;        // what happens to mail
  std::string_view todo;       // what to do, when the finding itself does not know better
  std::string_view reference;  // "RFC 7208, 4.6.4"
};

}  // namespace emailauth::check
