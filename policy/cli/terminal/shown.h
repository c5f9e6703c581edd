// policy/cli/terminal/shown.h - Text that may reach a terminal, a log or a pipe, and the way there.
//
// Ensures that text written by others does nothing where it is shown: a format is ours, and every text
// in it is made inert (policy/base/inert_text.h). The program writes text only by print() and
// complain(); tests/layers/check finds code that bypasses them.
#pragma once

#include <fmt/format.h>

#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace emailauth::cli {

class Shown;
enum class Colour;

// The type of a value in a format: text is made inert, unless it is already Shown; numbers stay.
template <typename T>
using ShownArgument =
    std::conditional_t<std::is_same_v<T, Shown>, std::string_view,
                       std::conditional_t<std::is_convertible_v<const T&, std::string_view>, std::string, T>>;

class Shown {
 public:
  Shown() = default;

  // Text of any origin, on one line.
  explicit Shown(std::string_view text);
  // Text of any origin on several lines: keeps line ends and tabs.
  static Shown lines(std::string_view text);
  // Returns `format` with `values`, each on one line. Keeps the line ends of the format itself, and of
  // values that are Shown.
  //
  //   Shown::of("{}: {}\n", "a\nb", 7).text() == "a\\010b: 7\n"
  template <typename... T>
  static Shown of(fmt::format_string<ShownArgument<T>...> format, const T&... values);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

  Shown& operator+=(const Shown& other);
  friend Shown operator+(Shown a, const Shown& b) { return std::move(a += b); }
  friend bool operator==(const Shown& a, std::string_view b) { return a.text_ == b; }
  friend std::ostream& operator<<(std::ostream& out, const Shown& shown);

 private:
  friend Shown coloured(const Shown& text, Colour colour);

  struct AsItIs {};
  Shown(AsItIs /*tag*/, std::string text) : text_(std::move(text)) {}

  template <typename T>
  static ShownArgument<T> argument(const T& value);

  std::string text_;
};

// Write to standard output and to standard error.
void print(const Shown& text);
void complain(const Shown& text);

template <typename... T>
void print(fmt::format_string<ShownArgument<T>...> format, const T&... values) {
  print(Shown::of<T...>(format, values...));
}

template <typename... T>
void complain(fmt::format_string<ShownArgument<T>...> format, const T&... values) {
  complain(Shown::of<T...>(format, values...));
}

template <typename T>
ShownArgument<T> Shown::argument(const T& value) {
  if constexpr (std::is_same_v<T, Shown>) {
    return value.text_;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return Shown(std::string_view(value)).text_;
  } else {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, char>, "text, Shown or a number");
    return value;
  }
}

template <typename... T>
Shown Shown::of(fmt::format_string<ShownArgument<T>...> format, const T&... values) {
  return {AsItIs(),
          fmt::vformat(format, fmt::make_format_args(static_cast<const ShownArgument<T>&>(argument(values))...))};
}

}  // namespace emailauth::cli
