#include "policy/cli/report_database/stored_row.h"

#include <algorithm>

#include "policy/base/count.h"
#include "policy/base/diagnostic.h"
#include "policy/base/utf8.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kMostExamples = 3;

const char* word_of(sqlite::Type type) {
  switch (type) {
    case sqlite::Type::integer: return "a whole number";
    case sqlite::Type::real: return "a fraction";
    case sqlite::Type::text: return "text";
    case sqlite::Type::blob: return "octets";
    case sqlite::Type::null: return "nothing";
  }
  return "";
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  });
}

}  // namespace

void Damage::add(const std::string& what) {
  ++rows_;
  if (examples_.size() < kMostExamples && std::find(examples_.begin(), examples_.end(), what) == examples_.end())
    examples_.push_back(what);
}

std::string Damage::to_string() const {
  if (rows_ == 0) return {};
  std::string out = count_of(rows_, "damaged row") + std::string(word_for(rows_, " was", " were")) + " left out (";
  for (std::size_t i = 0; i < examples_.size(); ++i) out += (i == 0 ? "" : "; ") + printable(examples_[i]);
  return out + (rows_ > examples_.size() ? "; …)" : ")");
}

report::Disposition StoredRow::disposition(int column) {
  constexpr auto kLast = static_cast<std::int64_t>(report::Disposition::reject);
  return static_cast<report::Disposition>(number(column, "disposition", 0, kLast));
}

std::string StoredRow::text(int column, const char* name, std::size_t most) {
  const sqlite::Type type = statement_.type(column);
  if (type != sqlite::Type::text) {
    refuse(std::string(name) + " is " + word_of(type) + ", not text");
    return {};
  }
  std::string out = statement_.text(column);
  if (is_printable_ascii(out) && out.size() <= most) return out;
  if (out.size() > most)
    refuse(std::string(name) + " has more than " + std::to_string(most) + " octets");
  else if (find_invalid_utf8(out) != std::string::npos)
    refuse(std::string(name) + " is not UTF-8");
  else if (has_control_characters(out))
    refuse(std::string(name) + " has control characters");
  else
    return out;
  return {};
}

std::string StoredRow::octets(int column, const char* name) {
  const sqlite::Type type = statement_.type(column);
  if (type == sqlite::Type::blob) return statement_.blob(column);
  refuse(std::string(name) + " is " + word_of(type) + ", not octets");
  return {};
}

void StoredRow::refuse(const std::string& why) {
  if (fault_.empty()) fault_ = std::string(table_) + ": " + why;
}

bool StoredRow::is_sound(Damage& damage) const {
  if (!fault_.empty()) damage.add(fault_);
  return fault_.empty();
}

void StoredRow::refuse_number(int column, const char* name, std::int64_t least, std::int64_t most) {
  const sqlite::Type type = statement_.type(column);
  if (type != sqlite::Type::integer) return refuse(std::string(name) + " is " + word_of(type) + ", not a whole number");
  refuse(std::string(name) + " " + std::to_string(statement_.number(column)) + " is not in " + std::to_string(least) +
         " to " + std::to_string(most));
}

std::uint32_t IdMap::find(std::int64_t id) const {
  if (id < kDense) {
    const auto at = static_cast<std::size_t>(id);
    return at < dense_.size() ? dense_[at] : kNone;
  }
  const auto found = others_.find(id);
  return found == others_.end() ? kNone : found->second;
}

void IdMap::set(std::int64_t id, std::uint32_t place) {
  if (id >= kDense) {
    others_[id] = place;
    return;
  }
  const auto at = static_cast<std::size_t>(id);
  if (at >= dense_.size()) dense_.resize(std::max(at + 1, dense_.size() * 2), kNone);
  dense_[at] = place;
}

std::vector<std::int64_t> IdMap::ids() const {
  std::vector<std::int64_t> out;
  for (std::size_t id = 0; id < dense_.size(); ++id) {
    if (dense_[id] != kNone) out.push_back(static_cast<std::int64_t>(id));
  }
  const auto sorted = static_cast<std::ptrdiff_t>(out.size());
  for (const auto& [id, place] : others_) out.push_back(id);
  std::sort(out.begin() + sorted, out.end());  // those are larger: none is negative
  return out;
}

}  // namespace emailauth::cli
