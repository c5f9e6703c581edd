#include "policy/cli/options/trouble.h"

#include "policy/cli/terminal/shown.h"

namespace emailauth::cli {

int trouble(std::string_view command, std::string_view message) {
  complain("emailauth {}: {}\n", command, message);
  return kTrouble;
}

}  // namespace emailauth::cli
