#include "policy/json/policy_node.h"

#include <doctest/doctest.h>

using namespace emailauth;

namespace {

struct Document {
  JsonValue root;
  Diagnostics found;

  explicit Document(std::string_view text) : root(std::get<JsonValue>(parse_json(text))) {}
  PolicyNode node() { return {root, "x.json", found}; }
};

enum class Mode : std::uint8_t { blocked = 7, sending = 3 };
constexpr Word<Mode> kModes[] = {{"sending", Mode::sending}, {"blocked", Mode::blocked}};

}  // namespace

TEST_CASE("PolicyNode: a child outlives the nodes that it came from") {
  Document document(R"({"a~/b": [{"x": "one"}, {"x": {"y": 2}}]})");
  const PolicyNode deep = *document.node().find("a~/b")->items()[1].find("x")->find("y");
  CHECK(deep.pointer() == "/a~0~1b/1/x/y");
  CHECK(deep.key() == "y");
  CHECK(deep.integer(0, 5) == 2);
  std::string pointers;
  for (const PolicyNode& item : document.node().find("a~/b")->items()) {
    for (const PolicyNode& member : item.members()) pointers += member.pointer() + " ";
  }
  CHECK(pointers == "/a~0~1b/0/x /a~0~1b/1/x ");
  deep.error("wrong");
  CHECK(to_string(document.found.back()) == "x.json:1: /a~0~1b/1/x/y: wrong");
}

TEST_CASE("PolicyNode: the deepest document that is parsed has a pointer") {
  std::string text(kJsonMaxDepth, '[');
  text += "1" + std::string(kJsonMaxDepth, ']');
  Document document(text);
  std::optional<PolicyNode> at = document.node();
  while (at->is(JsonKind::array)) at = at->items()[0];
  std::string expected;
  for (std::size_t i = 0; i < kJsonMaxDepth; ++i) expected += "/0";
  CHECK(at->pointer() == expected);
}

TEST_CASE("PolicyNode: no object, and an object with keys that are not known") {
  Document list("[1]");
  CHECK_FALSE(list.node().require_object());
  CHECK(to_string(list.found.at(0)) == "x.json:1: this is an array; write an object");
  CHECK(list.node().members().empty());

  Document object(R"({"sending": 1, "colour": 2})");
  CHECK(object.node().require_object());
  CHECK(object.node().report_unknown_keys({"sendin", "mode"}));
  REQUIRE(object.found.size() == 2);
  CHECK(object.found[0].message == R"(the key "sending" is not known here; did you mean "sendin"?)");
  CHECK(object.found[1].pointer == "/colour");
  CHECK(object.found[1].message == R"(the key "colour" is not known here; use "sendin" or "mode")");
  CHECK_FALSE(object.node().report_unknown_keys({"sending", "colour"}));
  CHECK(object.found.size() == 2);
}

TEST_CASE("PolicyNode: a word means what its table says, in whatever order that is") {
  Document document(R"(["blocked", "sending", "asleep", 1])");
  const PolicyNodes items = document.node().items();
  CHECK(items[0].one_of<Mode>(kModes, "a mode") == Mode::blocked);
  CHECK(items[1].one_of<Mode>(kModes, "a mode") == Mode::sending);
  CHECK(document.found.empty());
  CHECK_FALSE(items[2].one_of<Mode>(kModes, "a mode"));
  CHECK_FALSE(items[3].one_of<Mode>(kModes, "a mode"));
  REQUIRE(document.found.size() == 2);
  CHECK(to_string(document.found[0]) == R"(x.json:1: /2: "asleep" is not a mode; use "sending" or "blocked")");
  CHECK(document.found[1].message == R"(this is a number "1"; write a string)");
  CHECK(word_of<Mode>(kModes, Mode::blocked) == "blocked");
  CHECK(word_of<Mode>(kModes, Mode()).empty());
}
