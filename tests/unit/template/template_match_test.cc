#include "policy/template/template_match.h"

#include <doctest/doctest.h>

using namespace emailauth;

namespace {

// Returns what match_left() makes of the first labels of a name: the address, "" for a
// match without one, "no" for no match.
std::string match(const std::string& term, const std::string& left) {
  const auto t = SpfTemplate::parse(term, {Name::parse("z.test").value()}).value();
  const Name name = Name::parse(left).value();
  NameView view;
  REQUIRE(view.assign(name.wire()));
  const auto found = match_left(t, view, view.label_count());
  if (!found) return "no";
  return found->address ? found->address->to_string() : "";
}

}  // namespace

TEST_CASE("match_left: the address is left, what a sender chose may be anything") {
  const std::string helo = "include:%{i}._ip.%{h}._h.%{d}.z.test";
  CHECK(match(helo, "192.0.2.1._ip.mta.example.net._h") == "192.0.2.1");
  CHECK(match(helo, "192.0.2.1._ip._h") == "192.0.2.1");
  CHECK(match(helo, "192.0.2.256._ip.mta._h") == "no");
  CHECK(match(helo, "0.2.1._ip.mta._h") == "no");
  CHECK(match(helo, "192.0.2.1._ip.mta._i") == "no");
  CHECK(match("include:_s.%{d}.z.test", "_s") == "");
}

TEST_CASE("match_left: labels between two runs must exist, %{v} too") {
  const std::string runs = "include:%{ir}.%{v}.%{h}._h.%{v}._v.%{l}._l.%{d}.z.test";
  CHECK(match(runs, "1.2.0.192.in-addr.mta.example._h.in-addr._v.user._l") == "192.0.2.1");
  CHECK(match(runs, "1.2.0.192.in-addr.mta.example._h.ip6._v.user._l") == "no");
  CHECK(match(runs, "1.2.0.192.in-addr.mta.example._v.in-addr._h.user._l") == "no");
  CHECK(match(runs, "1.2.0.192.ip6.mta.example._h.in-addr._v.user._l") == "no");
}
