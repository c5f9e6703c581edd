#include "policy/folder/copy_name.h"

#include <algorithm>
#include <array>
#include <optional>

#include "policy/net/dns_name.h"

namespace emailauth {

namespace {

constexpr std::array<std::string_view, 4> kBefore = {"copy of ", "backup of ", "copy-of-", "copy_of_"};
constexpr std::array<std::string_view, 12> kBehind = {".bak",    ".backup", ".old",  ".orig", ".save",   ".copy",
                                                      " - copy", " copy",   "-copy", "_copy", " (copy)", "~"};
constexpr std::array<std::string_view, 6> kFolders = {"backup", "backups", "bak", "old", "archive", "copies"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Returns "bank (2)", "bank copy 2", "bank (copy 2)" without their number: "bank", "bank copy", "bank (copy)".
std::string without_number(std::string_view stem) {
  const bool brackets = !stem.empty() && stem.back() == ')';
  const std::string_view inside = brackets ? stem.substr(0, stem.size() - 1) : stem;
  std::size_t end = inside.size();
  while (end > 0 && is_digit(inside[end - 1])) --end;
  if (end == inside.size() || end == 0) return "";
  const std::string_view rest = inside.substr(0, end);
  if (brackets && rest.back() == '(') return std::string(rest.substr(0, rest.find_last_not_of(" (") + 1));
  if (rest.back() != ' ') return "";
  const std::string shorter = std::string(rest.substr(0, rest.size() - 1)) + (brackets ? ")" : "");
  return ascii_lower(shorter).ends_with(brackets ? "copy)" : "copy") ? shorter : "";
}

// Returns the stem of which a copy's stem was made; "" for others.
std::string original_stem(std::string_view stem) {
  const std::string lower = ascii_lower(stem);
  for (const std::string_view word : kBefore) {
    if (lower.starts_with(word)) return std::string(stem.substr(word.size()));
  }
  for (const std::string_view word : kBehind) {
    if (lower.ends_with(word)) return std::string(stem.substr(0, stem.size() - word.size()));
  }
  return without_number(stem);
}

// "bank.json.bak.json" -> "bank.json"
std::string first_file_name(std::string_view base) {
  for (const std::string_view extension : {std::string_view(".jsonl."), std::string_view(".json.")}) {
    const std::size_t at = base.find(extension);
    if (at != std::string_view::npos && at > 0) return std::string(base.substr(0, at + extension.size() - 1));
  }
  return "";
}

}  // namespace

std::string original_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  const std::string_view folder = path.substr(0, begin);
  const std::string_view base = path.substr(begin);
  if (const std::string first = first_file_name(base); !first.empty()) return std::string(folder) + first;
  const std::size_t dot = base.rfind('.');
  if (dot == std::string_view::npos) return "";
  if (const std::string stem = original_stem(base.substr(0, dot)); !stem.empty())
    return std::string(folder) + stem + std::string(base.substr(dot));
  if (slash == std::string_view::npos || slash == 0) return "";
  const std::size_t above = path.rfind('/', slash - 1);
  const std::string last = ascii_lower(path.substr(above + 1, slash - above - 1));
  if (above == std::string_view::npos || std::find(kFolders.begin(), kFolders.end(), last) == kFolders.end()) return "";
  return std::string(path.substr(0, above + 1)) + std::string(base);
}

}  // namespace emailauth
