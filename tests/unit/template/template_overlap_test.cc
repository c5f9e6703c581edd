#include "policy/template/template_overlap.h"

#include <doctest/doctest.h>

using namespace emailauth;

namespace {

SpfTemplate parsed(const std::string& left) {
  return SpfTemplate::parse("include:" + left + ".z.test", {Name::parse("z.test").value()}).value();
}

}  // namespace

TEST_CASE("can_misread: names of one template that are read as another's") {
  struct Case {
    const char* source;
    const char* reader;
    bool misread;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"%{ir}.%{v}.%{d}", "%{ir}.%{v}.%{d}", false, "%{v} tells where the address ends"},
      {"%{i}._ip.%{d}", "%{i}._ip.%{d}", false, "so does a label that is not a digit"},
      {"%{i}.0.f._ip.%{d}", "%{i}.0.f._ip.%{d}", false, "behind digits, too"},
      {"%{v}.%{ir}.%{d}", "%{v}.%{ir}.%{d}", false, "and %{v} in front of it"},
      {"5.%{i}.10.%{d}", "5.%{i}.10.%{d}", false, "\"10\" is two digits"},
      {"%{ir}.%{d}", "%{ir}.%{d}", true, "28 digits in front of the domain make an IPv6 address of an IPv4 one"},
      {"%{ir}.0.%{d}", "%{ir}.0.%{d}", true, "as above"},
      {"%{i}._ip.%{d}", "%{ir}._r.%{d}", false, "different labels at the same place"},
      {"%{i}._ip.%{d}", "%{ir}._ip._r.%{d}", true, "the domain \"_r.example.com\" makes the address be read backwards"},
      {"%{ir}._ip._r.%{d}", "%{i}._ip.%{d}", false, "the domain begins right of \"_r\""},
      {"%{i}._ip.%{d}", "%{i}._ip._x.%{d}", false, "the same address at the same place"},
      {"%{i}.5._x.%{d}", "1.%{i}._x.%{d}", true, "1.2.3.4 asks for the same name as 2.3.4.5"},
      {"1.%{i}._x.%{d}", "%{i}.5._x.%{d}", true, "as above"},
      {"a.%{i}._x.%{d}", "b.%{i}._x.%{d}", false, "different labels in front"},
      {"%{ir}.%{d}", "%{ir}.%{v}.%{d}", true, "28 digits and \"ip6\" in front of the domain"},
      {"%{ir}.%{v}.%{d}", "%{ir}.%{d}", false, "the domain begins right of \"in-addr\""},
      {"%{d}", "%{ir}.%{v}.%{d}", true, "an address in front of the domain"},
      {"_s.%{d}", "%{ir}.%{v}.%{d}", false, "\"_s\" is at the left end"},
      {"%{i}._ip.%{h}._ehlo.%{d}", "%{ir}.%{v}.%{d}", false, "what is left of a cut name has \"_ehlo\" in it"},
      {"%{i}._ip.%{h}._ehlo.%{d}", "%{ir}._ehlo.%{d}", true, "which may be all: \"1.2.0.192._ehlo.example.com\""},
      {"%{i}._ip.%{h}._ehlo.%{d}", "%{i}._ip._ehlo.%{d}", true, "as above"},
      {"%{i}._ip.%{h}._ehlo.%{d}", "%{i}._ip.%{h}._ehlo.%{d}", true, "a cut name of its own"},
      {"%{i}._ip.%{h}.ip6.%{d}", "%{ir}.%{v}.%{d}", true, "the label behind what is chosen can be %{v}"},
      {"%{i}._ip.%{h}.7.%{d}", "%{ir}.%{v}.%{d}", true, "or part of an address"},
      {"%{h}._h.%{d}", "%{i}._h.%{d}", true, "the HELO is an address"},
      {"%{h}._h.%{d}", "%{i}._i.%{d}", false, "the label is another"},
      {"%{i}._ip.%{d}", "%{ir}._ip.%{h}._h.%{d}", true, "the domain \"x._h.example.com\""},
      {"%{i}._ip._x.%{d}", "%{ir}._ip.%{h}._h.%{d}", true, "what is chosen can hold \"_x\""},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.source);
    CAPTURE(c.reader);
    CAPTURE(c.why);
    CHECK(can_misread(parsed(c.source), parsed(c.reader)) == c.misread);
  }
}
