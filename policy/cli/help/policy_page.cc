#include "policy/cli/help/policy_page.h"
#include "policy/base/usual_directory.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "policy/cli/help/roff.h"
#include "policy/cli/help/schemas.h"

namespace emailauth::cli {

namespace {

using Json = nlohmann::ordered_json;

class SchemaPage {
 public:
  explicit SchemaPage(const char* text) : schema_(Json::parse(text)) {}

  std::string section() {
    out_ = ".SH " + roff(schema_.at("title").get<std::string>()) + "\n" + text_of(schema_) + "\n";
    const bool of_domains = schema_.contains("else");
    keys(of_domains ? resolved(schema_.at("else")) : schema_, "");
    return out_;
  }

 private:
  // Returns the target of a "$ref", with the members next to it.
  Json resolved(const Json& node) const {
    if (!node.contains("$ref")) return node;
    const auto reference = node.at("$ref").get<std::string>();
    Json out = schema_.at(Json::json_pointer(reference.substr(1)));
    for (const auto& [key, value] : node.items()) {
      if (key != "$ref") out[key] = value;
    }
    return out;
  }

  static std::string text_of(const Json& node) {
    return node.contains("description") ? roff(node.at("description").get<std::string>()) : "";
  }

  std::string kind_of(const Json& node) const {
    if (node.contains("enum")) {
      std::string words;
      for (const Json& word : node.at("enum")) words += (words.empty() ? "" : ", ") + word.dump();
      return "one of " + words;
    }
    if (node.contains("oneOf")) {
      std::string kinds;
      for (const Json& one : node.at("oneOf")) kinds += (kinds.empty() ? "" : " or ") + kind_of(resolved(one));
      return kinds;
    }
    const auto type = node.value("type", Json("value"));
    if (type == "array" && node.contains("items")) return "list: each " + kind_of(resolved(node.at("items")));
    return type.is_string() ? type.get<std::string>() : type.dump();
  }

  void keys(const Json& object, const std::string& above) {
    if (!object.contains("properties")) return;
    std::set<std::string> required;
    if (object.contains("required")) required = object.at("required").get<std::set<std::string>>();
    for (const auto& [key, value] : object.at("properties").items()) {
      const Json node = resolved(value);
      const std::string path = above + key;
      std::string facts = kind_of(node);
      if (required.count(key) > 0) facts += ", required";
      if (node.contains("default")) facts += ", default " + node.at("default").dump();
      out_ += ".TP\n\\fB" + roff(path) + "\\fR (" + roff(facts) + ")\n" + text_of(node);
      if (node.contains("description")) out_ += "\n";
      below(value, node, path);
    }
  }

  // Describes the keys inside a value; does not repeat those of a part that was described before.
  void below(const Json& written, const Json& node, const std::string& path) {
    if (written.contains("$ref") && !seen_.insert(written.at("$ref").get<std::string>()).second) {
      if (node.contains("properties")) out_ += "As above.\n";
      return;
    }
    keys(node, path + ".");
    if (node.contains("oneOf")) {
      for (const Json& one : node.at("oneOf")) below(one, resolved(one), path);
    }
    if (node.contains("items")) {
      const Json& items = node.at("items");
      below(items, resolved(items), path + "[]");
    }
    if (node.contains("additionalProperties") && node.at("additionalProperties").is_object()) {
      const Json& values = node.at("additionalProperties");
      below(values, resolved(values), path + ".*");
    }
  }

  Json schema_;
  std::set<std::string> seen_;
  std::string out_;
};

}  // namespace

std::string policy_page() {
  std::string out = roff_head("emailauth-policy", "5", "policy files of the email-authentication responder");
  out +=
      ".SH DESCRIPTION\n"
      "A policy directory, by default " +
      std::string(kUsualDirectory) +
      ", contains JSON files:\n"
      "responder.json for the operator, senders/*.json with sending services, and\n"
      "domains/*.json or domains/*.jsonl with mail domains. The running server loads changes at once; a\n"
      "file with errors keeps its last good version, if it has had one, in service. Unknown keys, duplicate keys and "
      "wrong values are "
      "errors.\n"
      "Below, a key inside another is written with a dot, an item of a list with [], and any key with *.\n";
  for (const char* schema : {kResponderSchema, kSenderSchema, kDomainSchema}) out += SchemaPage(schema).section();
  return out + ".SH EXAMPLES\nA domain that sends no mail:\n.PP\n.nf\n" +
         roff("{\"domain\": \"example.org\", \"mode\": \"blocked\"}") +
         "\n.fi\n.SH SEE ALSO\n.BR emailauth (1),\n.BR emailauth\\-lint (1)\n";
}

}  // namespace emailauth::cli
