// backend/launch_order.h - The position of this module among the launched backends.
//
// PowerDNS calls backends in the order of "launch" and stops at the first that returns true. The SQL backends return
// true for zones that are not theirs, so a backend that is launched before this module swallows the keys of its zones.
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

// Returns what to log at start if another backend comes first; "" if none does.
std::string complaint(const LaunchOrder& order, std::string_view launch);

}  // namespace emailauth::pdns
