// policy/json/policy_node.h - A JSON value of a policy file while it is read.
//
// Knows its place (file, line, JSON pointer) and reports what is wrong with it, so that every reader reports in the
// same form. Knows nothing of what the keys mean.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/diagnostic.h"
#include "policy/base/word.h"
#include "policy/json/json_value.h"

namespace emailauth {

class PolicyNodes;

// Refers to the document, the name of its file and the diagnostics, which must outlive it, and to no other node:
// root.find("spf")->find("senders") is safe.
class PolicyNode {
 public:
  PolicyNode(const JsonValue& root, std::string_view file, Diagnostics& diagnostics)
      : root_(&root), value_(&root), file_(file), diagnostics_(&diagnostics) {}
  PolicyNode(JsonValue&& root, std::string_view file, Diagnostics& diagnostics) = delete;

  // Reports an error, a warning or advice at this place.
  void error(std::string message) const { report(Severity::error, std::move(message)); }
  void warning(std::string message) const { report(Severity::warning, std::move(message)); }
  void advice(std::string message) const { report(Severity::advice, std::move(message)); }

  // Returns true if this is an object, and reports any other kind.
  bool require_object() const { return expect(JsonKind::object); }

  // Reports each key of an object that is not one of `keys`, with the nearest that is ("did you mean"). Returns true if
  // there was one. Requires an object.
  bool report_unknown_keys(std::initializer_list<std::string_view> keys) const;

  // The member, or nullopt. Requires an object.
  std::optional<PolicyNode> find(std::string_view key) const;

  // The member; reports its absence ("write "key": …" with `example`).
  std::optional<PolicyNode> require(std::string_view key, std::string_view example) const;

  // The items of an array, the members of an object; empty after reporting another kind.
  PolicyNodes items() const;
  PolicyNodes members() const;
  std::string_view key() const { return key_; }  // of a member

  // The value, or nullopt after reporting that it is of another kind.
  std::optional<std::string_view> text() const;
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;

  // What the text means by `words`; reports any other text with the list of words. `what` names the thing: "a policy".
  template <typename T>
  std::optional<T> one_of(std::span<const Word<T>> words, std::string_view what) const {
    const std::optional<std::string_view> given = text();
    if (!given) return std::nullopt;
    for (const Word<T>& one : words) {
      if (one.word == *given) return one.value;
    }
    std::vector<std::string_view> known;
    for (const Word<T>& one : words) known.push_back(one.word);
    report_other_word(*given, known, what);
    return std::nullopt;
  }

  // text() that is also free of control characters; for notes and names.
  std::string note() const;

  bool is(JsonKind kind) const { return value_->kind == kind; }
  std::uint32_t line() const { return value_->line; }
  std::string_view file() const { return file_; }
  std::string pointer() const;
  Diagnostics& diagnostics() const { return *diagnostics_; }
  // has_errors_since(mark()) tells whether an error was reported in between.
  std::size_t mark() const { return diagnostics_->size(); }
  bool has_errors_since(std::size_t mark) const;

 private:
  friend class PolicyNodes;
  PolicyNode child(std::size_t index) const;  // of the items or members
  void report(Severity severity, std::string message) const;
  void report_other_word(std::string_view given, const std::vector<std::string_view>& known,
                         std::string_view what) const;
  bool expect(JsonKind kind) const;

  const JsonValue* root_;
  const JsonValue* value_;
  std::string_view key_;
  std::string_view file_;
  Diagnostics* diagnostics_;
  std::size_t depth_ = 0;
  std::array<std::uint32_t, kJsonMaxDepth> path_{};  // positions from the root down, `depth_` of them
};

// The items of an array or the members of an object, made one at a time.
class PolicyNodes {
 public:
  class Iterator {
   public:
    Iterator(const PolicyNode& parent, std::size_t index) : parent_(&parent), index_(index) {}
    PolicyNode operator*() const { return parent_->child(index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const PolicyNode* parent_;
    std::size_t index_;
  };

  PolicyNodes(const PolicyNode& parent, std::size_t size) : parent_(parent), size_(size) {}
  bool empty() const { return size_ == 0; }
  PolicyNode operator[](std::size_t index) const { return parent_.child(index); }
  // Iterators refer to this object.
  Iterator begin() const& { return {parent_, 0}; }
  Iterator end() const& { return {parent_, size_}; }

 private:
  PolicyNode parent_;
  std::size_t size_;
};

// The word of `words` that is nearest to `text`, when it is near enough to be meant.
std::optional<std::string_view> nearest(std::string_view text, const std::vector<std::string_view>& words);

// `"a", "b" or "c"`
std::string word_list(const std::vector<std::string_view>& words);

}  // namespace emailauth
