#include "policy/base/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <vector>

#include "policy/base/inert_text.h"

namespace emailauth {

namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kMostCells = 1U << 20;  // of a table of two blocks without a common unique line

using Lines = std::vector<std::string_view>;

// Each line with its line end, which the last one may lack.
Lines lines_of(std::string_view text) {
  Lines out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

// Lines b_begin..b_end replace lines a_begin..a_end.
struct Change {
  std::size_t a_begin = 0;
  std::size_t a_end = 0;
  std::size_t b_begin = 0;
  std::size_t b_end = 0;
};

struct Pair {
  std::size_t a = 0;
  std::size_t b = 0;
};

class Differ {
 public:
  Differ(const Lines& a, const Lines& b) : a_(a), b_(b) {}

  std::vector<Change> changes() {
    compare({0, a_.size(), 0, b_.size()});
    return std::move(changes_);
  }

 private:
  void compare(Change block) {
    while (block.a_begin < block.a_end && block.b_begin < block.b_end && a_[block.a_begin] == b_[block.b_begin]) {
      ++block.a_begin;
      ++block.b_begin;
    }
    while (block.a_begin < block.a_end && block.b_begin < block.b_end && a_[block.a_end - 1] == b_[block.b_end - 1]) {
      --block.a_end;
      --block.b_end;
    }
    if (block.a_begin == block.a_end || block.b_begin == block.b_end) return add(block);
    std::vector<Pair> anchors = rising(unique_pairs(block));
    if (anchors.empty()) anchors = longest_common(block);
    if (anchors.empty()) return add(block);
    for (const Pair& anchor : anchors) {
      compare({block.a_begin, anchor.a, block.b_begin, anchor.b});
      block.a_begin = anchor.a + 1;
      block.b_begin = anchor.b + 1;
    }
    compare(block);
  }

  void add(const Change& change) {
    if (change.a_begin < change.a_end || change.b_begin < change.b_end) changes_.push_back(change);
  }

  // Returns the lines that occur once in each block, in the order of the first.
  std::vector<Pair> unique_pairs(const Change& block) const {
    struct Seen {
      std::size_t in_a = 0;
      std::size_t in_b = 0;
      std::size_t b = 0;
    };
    std::unordered_map<std::string_view, Seen> seen;
    for (std::size_t i = block.a_begin; i < block.a_end; ++i) ++seen[a_[i]].in_a;
    for (std::size_t i = block.b_begin; i < block.b_end; ++i) {
      const auto found = seen.find(b_[i]);
      if (found == seen.end()) continue;
      ++found->second.in_b;
      found->second.b = i;
    }
    std::vector<Pair> out;
    for (std::size_t i = block.a_begin; i < block.a_end; ++i) {
      const Seen& line = seen[a_[i]];
      if (line.in_a == 1 && line.in_b == 1) out.push_back({i, line.b});
    }
    return out;
  }

  // Returns the longest part of `pairs` in which the second number rises too (patience sorting).
  static std::vector<Pair> rising(const std::vector<Pair>& pairs) {
    std::vector<std::size_t> tops;                     // of each pile, an index into pairs
    std::vector<std::size_t> before(pairs.size(), 0);  // the top of the pile to the left at that time
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto pile = std::lower_bound(tops.begin(), tops.end(), pairs[i].b,
                                         [&](std::size_t top, std::size_t b) { return pairs[top].b < b; });
      before[i] = pile == tops.begin() ? i : *(pile - 1);
      if (pile == tops.end())
        tops.push_back(i);
      else
        *pile = i;
    }
    std::vector<Pair> out;
    for (std::size_t i = tops.empty() ? 0 : tops.back(), left = tops.size(); left > 0; --left, i = before[i]) {
      out.push_back(pairs[i]);
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  // Returns the longest common sequence of two blocks that are small enough for a table; otherwise nothing.
  std::vector<Pair> longest_common(const Change& block) const {
    const std::size_t rows = block.a_end - block.a_begin;
    const std::size_t columns = block.b_end - block.b_begin;
    if (rows > kMostCells / columns) return {};
    std::vector<std::uint32_t> best((rows + 1) * (columns + 1), 0);
    const auto cell = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return best[i * (columns + 1) + j]; };
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        cell(i, j) = a_[block.a_begin + i] == b_[block.b_begin + j] ? cell(i + 1, j + 1) + 1
                                                                    : std::max(cell(i + 1, j), cell(i, j + 1));
      }
    }
    std::vector<Pair> out;
    for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
      if (a_[block.a_begin + i] == b_[block.b_begin + j])
        out.push_back({block.a_begin + i++, block.b_begin + j++});
      else if (cell(i + 1, j) >= cell(i, j + 1))
        ++i;
      else
        ++j;
    }
    return out;
  }

  const Lines& a_;
  const Lines& b_;
  std::vector<Change> changes_;
};

void append_line(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (line.back() != '\n') out += "\n\\ No newline at end of file\n";
}

// Returns "3,7": the first line from 1, and how many; an empty range names the line before it.
std::string range(std::size_t begin, std::size_t end) {
  const std::size_t count = end - begin;
  return std::to_string(count == 0 ? begin : begin + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

// Changes `first` to `last` (exclusive) are so close that they share a hunk.
void append_hunk(std::string& out, const Lines& a, const Lines& b, const Change* first, const Change* last) {
  const Change& end = *(last - 1);
  const std::size_t lead = std::min(first->a_begin, kContext);
  const std::size_t trail = std::min(a.size() - end.a_end, kContext);
  out += "@@ -" + range(first->a_begin - lead, end.a_end + trail) + " +" +
         range(first->b_begin - lead, end.b_end + trail) + " @@\n";
  std::size_t at = first->a_begin - lead;
  for (const Change* change = first; change != last; ++change) {
    for (; at < change->a_begin; ++at) append_line(out, ' ', a[at]);
    for (; at < change->a_end; ++at) append_line(out, '-', a[at]);
    for (std::size_t i = change->b_begin; i < change->b_end; ++i) append_line(out, '+', b[i]);
  }
  for (; at < end.a_end + trail; ++at) append_line(out, ' ', a[at]);
}

}  // namespace

std::string unified_diff(std::string_view name, std::string_view before, std::string_view after, bool created) {
  if (before == after) return "";
  const Lines a = lines_of(before);
  const Lines b = lines_of(after);
  const std::vector<Change> changes = Differ(a, b).changes();
  std::string out = created ? "--- /dev/null\n" : "--- a/" + inert(name) + "\n";
  out += "+++ b/" + inert(name) + "\n";
  for (std::size_t i = 0; i < changes.size();) {
    std::size_t end = i + 1;
    while (end < changes.size() && changes[end].a_begin - changes[end - 1].a_end <= 2 * kContext) ++end;
    append_hunk(out, a, b, &changes[i], changes.data() + end);
    i = end;
  }
  return out;
}

}  // namespace emailauth
