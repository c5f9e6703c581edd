// policy/json/policy_node.h - A JSON value of a policy file while it is read.
//
// Knows where it stands (file, line, JSON pointer) and writes down what is
// wrong with it, so that every reader reports in the same form. Knows nothing
// of what the keys mean.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/json/json_value.h"

namespace emailauth {

// Nodes refer to their parent: a child must not outlive it.
class PolicyNode {
 public:
  PolicyNode(const JsonValue& root, std::string_view file, Diagnostics& diagnostics)
      : value_(&root), file_(file), diagnostics_(&diagnostics) {}

  // Writes down an error, a warning or advice at this place.
  void error(std::string message) const { report(Severity::error, std::move(message)); }
  void warning(std::string message) const { report(Severity::warning, std::move(message)); }
  void advice(std::string message) const { report(Severity::advice, std::move(message)); }

  // True for an object that has no other keys than `keys`; else reports, with
  // the nearest known key ("did you mean").
  bool is_object_of(std::initializer_list<std::string_view> keys) const;

  // The member, or nothing. Requires an object.
  std::optional<PolicyNode> find(std::string_view key) const;

  // The member; reports its absence ("write "key": …" with `example`).
  std::optional<PolicyNode> require(std::string_view key, std::string_view example) const;

  // The items of an array, the members of an object; reports another kind.
  std::vector<PolicyNode> items() const;
  std::vector<PolicyNode> members() const;
  std::string_view key() const { return key_; }

  // The value, or nothing after reporting that it is of another kind.
  std::optional<std::string_view> text() const;
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;

  // One of `words`; reports everything else with the list of words.
  // `what` names the thing: "a policy".
  std::optional<std::size_t> one_of(std::initializer_list<std::string_view> words, std::string_view what) const;

  // text() that is also free of control characters; for notes and names.
  std::string note() const;

  bool is(JsonKind kind) const { return value_->kind == kind; }
  std::uint32_t line() const { return value_->line; }
  std::string_view file() const { return file_; }
  std::string pointer() const;
  Diagnostics& diagnostics() const { return *diagnostics_; }
  // has_errors_since(mark()) asks whether what was read in between was good.
  std::size_t mark() const { return diagnostics_->size(); }
  bool has_errors_since(std::size_t mark) const;

 private:
  PolicyNode(const JsonValue& value, const PolicyNode& parent)
      : value_(&value), parent_(&parent), file_(parent.file_), diagnostics_(parent.diagnostics_) {}
  void report(Severity severity, std::string message) const;
  bool expect(JsonKind kind) const;

  const JsonValue* value_;
  const PolicyNode* parent_ = nullptr;
  std::string_view key_;   // in an object
  std::size_t index_ = 0;  // in an array
  std::string_view file_;
  Diagnostics* diagnostics_;
};

// The word of `words` that is nearest to `text`, when it is near enough to be meant.
std::optional<std::string_view> nearest(std::string_view text, const std::vector<std::string_view>& words);

// `"a", "b" or "c"`
std::string word_list(const std::vector<std::string_view>& words);

}  // namespace emailauth
