#include "policy/json/policy_node.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "policy/net/dns_name.h"

namespace emailauth {

namespace {

// Edits (insert, drop, replace a character, swap two neighbours) that turn one
// text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;  // the row above `above`
  std::vector<std::size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, std::move(row));
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view text, const std::vector<std::string_view>& words) {
  if (text.size() > 64) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = std::max<std::size_t>(1, text.size() / 3) + 1;
  const std::string lower = ascii_lower(text);
  for (const std::string_view word : words) {
    const std::size_t distance = edit_distance(lower, ascii_lower(word));
    if (distance >= best_distance || distance >= word.size()) continue;  // nothing in common
    best_distance = distance;
    best = word;
  }
  return best;
}

std::string word_list(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += in_quotes(words[i]);
  }
  return out;
}

void PolicyNode::report(Severity severity, std::string message) const {
  diagnostics_->push_back({severity, std::string(file_), value_->line, pointer(), std::move(message)});
}

bool PolicyNode::has_errors_since(std::size_t mark) const {
  return std::any_of(diagnostics_->begin() + static_cast<std::ptrdiff_t>(mark), diagnostics_->end(),
                     [](const Diagnostic& d) { return d.severity == Severity::error; });
}

std::string PolicyNode::pointer() const {
  std::string out;
  const JsonValue* at = root_;
  for (std::size_t i = 0; i < depth_; ++i) {
    if (at->kind == JsonKind::object) {
      const JsonMember& member = at->members[path_[i]];
      out = pointer_to(out, member.key);
      at = &member.value;
    } else {
      out = pointer_to(out, path_[i]);
      at = &at->items[path_[i]];
    }
  }
  return out;
}

bool PolicyNode::expect(JsonKind kind) const {
  if (value_->kind == kind) return true;
  const std::string shown = is(JsonKind::number) || is(JsonKind::string) ? " " + in_quotes(value_->text) : "";
  error("this is " + std::string(to_text(value_->kind)) + shown + "; write " + std::string(to_text(kind)));
  return false;
}

bool PolicyNode::report_unknown_keys(std::initializer_list<std::string_view> keys) const {
  bool reported = false;
  for (const JsonMember& member : value_->members) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    reported = true;
    const std::optional<std::string_view> meant = nearest(member.key, keys);
    diagnostics_->push_back({Severity::error, std::string(file_), member.line, pointer_to(pointer(), member.key),
                             "the key " + in_quotes(member.key) + " is not known here; " +
                                 (meant ? "did you mean " + in_quotes(*meant) + "?" : "use " + word_list(keys))});
  }
  return reported;
}

PolicyNode PolicyNode::child(std::size_t index) const {
  PolicyNode out(*this);
  out.path_[out.depth_++] = static_cast<std::uint32_t>(index);
  if (is(JsonKind::object)) {
    out.value_ = &value_->members[index].value;
    out.key_ = value_->members[index].key;
  } else {
    out.value_ = &value_->items[index];
  }
  return out;
}

std::optional<PolicyNode> PolicyNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < value_->members.size(); ++i) {
    if (value_->members[i].key == key) return child(i);
  }
  return std::nullopt;
}

std::optional<PolicyNode> PolicyNode::require(std::string_view key, std::string_view example) const {
  std::optional<PolicyNode> child = find(key);
  if (!child) error("the key " + in_quotes(key) + " is missing; write " + std::string(example));
  return child;
}

PolicyNodes PolicyNode::items() const { return {*this, expect(JsonKind::array) ? value_->items.size() : 0}; }

PolicyNodes PolicyNode::members() const { return {*this, expect(JsonKind::object) ? value_->members.size() : 0}; }

std::optional<std::string_view> PolicyNode::text() const {
  if (!expect(JsonKind::string)) return std::nullopt;
  return value_->text;
}

std::optional<bool> PolicyNode::boolean() const {
  if (!expect(JsonKind::boolean)) return std::nullopt;
  return value_->boolean;
}

std::optional<std::int64_t> PolicyNode::integer(std::int64_t least, std::int64_t most) const {
  if (!expect(JsonKind::number)) return std::nullopt;
  std::int64_t number = 0;
  const std::string& text = value_->text;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return number;
  error(in_quotes(text) + " is not a whole number in " + std::to_string(least) + ".." + std::to_string(most));
  return std::nullopt;
}

void PolicyNode::report_other_word(std::string_view given, const std::vector<std::string_view>& known,
                                   std::string_view what) const {
  error(in_quotes(given) + " is not " + std::string(what) + "; use " + word_list(known));
}

std::string PolicyNode::note() const {
  const std::optional<std::string_view> value = text();
  return value ? printable(*value) : "";
}

}  // namespace emailauth
