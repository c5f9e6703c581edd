#include "backend/launch_order.h"

namespace emailauth::pdns {

namespace {

constexpr std::string_view kSeparators = ", \t";

bool is_ours(std::string_view entry) { return entry.substr(0, entry.find(':')) == "emailauth"; }

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; (at = text.find_first_not_of(kSeparators, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    entries.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return entries;
}

std::string join(const std::vector<std::string>& entries) {
  std::string out;
  for (const std::string& entry : entries) (out += out.empty() ? "" : ",") += entry;
  return out;
}

}  // namespace

LaunchOrder LaunchOrder::parse(std::string_view launch) {
  LaunchOrder order;
  bool found = false;
  for (std::string& entry : split(launch)) {
    if (is_ours(entry)) {
      found = true;
    } else {
      (found ? order.after : order.before).push_back(std::move(entry));
    }
  }
  return order;
}

std::string complaint(const LaunchOrder& order, std::string_view launch) {
  if (order.before.empty()) return {};
  std::vector<std::string> right;
  for (std::string& entry : split(launch)) {
    if (is_ours(entry)) right.push_back(std::move(entry));
  }
  for (const auto* others : {&order.before, &order.after}) right.insert(right.end(), others->begin(), others->end());
  return "launch=" + join(split(launch)) + ": " + join(order.before) +
         " comes first and swallows the keys and the metadata of this backend's zones, so they cannot be signed; write "
         "launch=" +
         join(right);
}

}  // namespace emailauth::pdns
