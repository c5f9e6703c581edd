// backend/launch_order.h - Where this module stands among the backends launched.
//
// PowerDNS asks backends in the order of "launch" and stops at the first that
// says yes. The SQL backends say yes for zones that are not theirs, so whatever
// is launched before this module swallows the keys of its zones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emailauth::pdns {

struct LaunchOrder {
  std::vector<std::string> before;  // other backends launched before this one
  std::vector<std::string> after;

  // Reads the setting: "emailauth, gsqlite3:two" and the like.
  static LaunchOrder parse(std::string_view launch);
};

// What to say at start when another backend comes first; "" when none does.
std::string complaint(const LaunchOrder& order, std::string_view launch);

}  // namespace emailauth::pdns
