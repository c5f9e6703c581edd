#include "policy/cli/bimi/bimi_logo.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include <array>
#include <cstdio>
#include <pugixml.hpp>
#include <set>

#include "policy/base/utf8.h"
#include "policy/cli/bimi/svg_profile.h"
#include "policy/net/dns_name.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace {

using check::FindingName;
using spf::quoted_text;

constexpr std::string_view kNamespace = "http://www.w3.org/2000/svg";
constexpr std::size_t kLongestTitle = 64;  // characters
constexpr std::size_t kTextShown = 60;

std::size_t characters(std::string_view text) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < text.size(); at += std::max<std::size_t>(1, utf8_sequence_length(text, at))) ++out;
  return out;
}

// pugixml leaves unknown entities unchanged: only those of XML itself are well-formed
// without a document type. Returns the first other one.
std::optional<std::string> unknown_entity(std::string_view text) {
  constexpr std::array<std::string_view, 5> kKnown = {"amp", "lt", "gt", "quot", "apos"};
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    const std::size_t end = text.find(';', at);
    const std::string_view name = end == std::string_view::npos ? "" : text.substr(at + 1, end - at - 1);
    const bool known =
        std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end() ||
        (name.size() > 1 && name[0] == '#' &&
         name.find_first_not_of("0123456789abcdefABCDEF", name[1] == 'x' ? 2 : 1) == std::string_view::npos);
    if (!known) return std::string(text.substr(at, std::min<std::size_t>(name.size() + 2, kTextShown)));
  }
  return std::nullopt;
}

// Returns the text without comments and CDATA sections, in which "&" means nothing.
std::string without_sections(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t comment = std::min(text.find("<!--"), text.size());
    const std::size_t section = std::min(text.find("<![CDATA["), text.size());
    const std::size_t begin = std::min(comment, section);
    out += text.substr(0, begin);
    const std::string_view end = comment < section ? "-->" : "]]>";
    const std::size_t at = text.find(end, begin);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
  }
  return out;
}

class LogoCheck {
 public:
  LogoCheck(const std::string& where, check::Findings& findings) : where_(where), findings_(findings) {}

  std::optional<BimiLogo> run(std::string_view octets) {
    Result<std::string> svg = uncompressed(octets);
    if (!svg) {
      found("bimi-svg-unreadable", svg.error().message);
      return std::nullopt;
    }
    if (svg->size() > kLargestLogo) {
      found("bimi-svg-too-large", fmt::format("{} octets, of {} at most", svg->size(), kLargestLogo));
    }
    pugi::xml_document document;
    if (!parse(*svg, document)) return std::nullopt;
    const pugi::xml_node root = document.document_element();
    check_root(root);
    BimiLogo logo{std::move(*svg), check_title(root)};
    for (pugi::xml_node node = root; node; node = next(node, root)) check_node(node);
    return logo;
  }

 private:
  void found(FindingName name, std::string what) { findings_.add(name, where_, std::move(what)); }

  // Reports the same thing once, however often it is in the file.
  void found_once(FindingName name, const std::string& what) {
    if (said_.insert(what).second) found(name, what);
  }

  bool parse(const std::string& svg, pugi::xml_document& document) {
    if (const std::size_t bad = find_invalid_utf8(svg); bad != std::string_view::npos) {
      found("bimi-svg-not-xml", fmt::format("octet {} is not UTF-8", bad + 1));
      return false;
    }
    const unsigned options = pugi::parse_default | pugi::parse_doctype | pugi::parse_pi | pugi::parse_declaration;
    const pugi::xml_parse_result parsed = document.load_buffer(svg.data(), svg.size(), options, pugi::encoding_utf8);
    if (!parsed) {
      found("bimi-svg-not-xml", fmt::format("at octet {}: {}", parsed.offset + 1, parsed.description()));
      return false;
    }
    std::size_t elements = 0;
    for (const pugi::xml_node& node : document.children()) {
      if (node.type() == pugi::node_element) ++elements;
      if (node.type() == pugi::node_doctype) found("bimi-svg-doctype", "the file has a document type");
      if (node.type() == pugi::node_pi)
        found("bimi-svg-external", fmt::format("<?{}?> may load a style sheet", shown(node.name())));
    }
    if (elements != 1) {
      found("bimi-svg-not-xml", fmt::format("{} elements are at the top level, not one", elements));
      return false;
    }
    const auto entity = unknown_entity(without_sections(svg));
    if (entity && document.first_child().type() != pugi::node_doctype && !findings_.has("bimi-svg-doctype")) {
      found("bimi-svg-not-xml", "the entity " + quoted_text(*entity, kTextShown) + " is not known");
    }
    return true;
  }

  static std::string shown(std::string_view text) { return spf::visible_text(text, kTextShown); }

  void check_root(const pugi::xml_node& root) {
    if (std::string_view(root.name()) != "svg")
      found("bimi-svg-root", fmt::format("the root is <{}>", shown(root.name())));
    else if (root.attribute("xmlns").value() != kNamespace)
      found("bimi-svg-root", "xmlns is " + quoted_text(root.attribute("xmlns").value(), kTextShown));
    const std::string_view version = root.attribute("version").value();
    if (version != "1.2") found("bimi-svg-version", "version is " + quoted_text(version, kTextShown));
    const std::string_view profile = root.attribute("baseProfile").value();
    if (profile != "tiny-ps") found("bimi-svg-profile", "baseProfile is " + quoted_text(profile, kTextShown));
    for (const char* name : {"x", "y"}) {
      if (const pugi::xml_attribute at = root.attribute(name)) {
        found("bimi-svg-position", fmt::format("<svg> has {}={}", name, quoted_text(at.value(), kTextShown)));
      }
    }
    check_shape(root);
  }

  void check_shape(const pugi::xml_node& root) {
    const pugi::xml_attribute box = root.attribute("viewBox");
    double width = root.attribute("width").as_double();
    double height = root.attribute("height").as_double();
    std::string what = "the image";
    if (box) {
      std::string text = box.value();
      std::replace(text.begin(), text.end(), ',', ' ');
      double x = 0;
      double y = 0;
      width = height = 0;
      if (std::sscanf(text.c_str(), "%lf %lf %lf %lf", &x, &y, &width, &height) != 4) width = height = 0;
      what = "viewBox=" + quoted_text(box.value(), kTextShown);
    }
    if (!(width > 0) || !(height > 0))
      found("bimi-svg-not-square", box ? what + " cannot be read" : "there is no viewBox, and no width and height");
    else if (width != height)
      found("bimi-svg-not-square", fmt::format("{} is {} wide and {} high", what, width, height));
  }

  std::string check_title(const pugi::xml_node& root) {
    const auto is_element = [](const pugi::xml_node& node) { return node.type() == pugi::node_element; };
    const pugi::xml_node title = root.child("title");
    const std::string text = title.text().get();
    const bool empty = text.find_first_not_of(" \t\r\n") == std::string::npos;
    if (!title || empty) {
      found("bimi-svg-title", title ? "<title> is empty" : "there is no <title>");
      return "";
    }
    const pugi::xml_node first = root.find_child(is_element);
    if (first != title) found("bimi-svg-title-place", fmt::format("<{}> comes before <title>", shown(first.name())));
    const std::size_t length = characters(text);
    if (length > kLongestTitle) found("bimi-svg-title-long", fmt::format("the title has {} characters", length));
    return text;
  }

  void check_node(const pugi::xml_node& node) {
    if (node.type() == pugi::node_pi) found_once("bimi-svg-external", fmt::format("<?{}?>", shown(node.name())));
    if (node.type() != pugi::node_element) return;
    const std::string tag = fmt::format("<{}>", shown(node.name()));
    switch (svg_element(node.name())) {
      case SvgWord::allowed: break;
      case SvgWord::script: found_once("bimi-svg-script", tag); break;
      case SvgWord::animation: found_once("bimi-svg-animation", tag); break;
      case SvgWord::interactive: found_once("bimi-svg-interactive", tag); break;
      case SvgWord::image: found_once("bimi-svg-image", tag); break;
      case SvgWord::unknown: found_once("bimi-svg-element", tag); break;
    }
    std::set<std::string_view> names;
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (!names.insert(attribute.name()).second)
        found_once("bimi-svg-not-xml", fmt::format("{} of {} appears twice", shown(attribute.name()), tag));
      check_attribute(tag, attribute.name(), attribute.value());
    }
  }

  void check_attribute(const std::string& tag, std::string_view name, std::string_view value) {
    const std::string what = fmt::format("{}={} of {}", shown(name), quoted_text(value, kTextShown), tag);
    const std::string lower = ascii_lower(value);
    if (lower.find("javascript:") != std::string::npos) return found_once("bimi-svg-script", what);
    const bool reference = name == "href" || name.ends_with(":href");
    if (reference && lower.starts_with("data:")) return found_once("bimi-svg-image", what);
    if (name == "xml:base" || (reference && !value.starts_with('#'))) return found_once("bimi-svg-external", what);
    if (refers_outside(lower)) return found_once("bimi-svg-external", what);
    switch (svg_attribute(name)) {
      case SvgWord::allowed: break;
      case SvgWord::interactive: found_once("bimi-svg-interactive", what); break;
      case SvgWord::script:
      case SvgWord::animation:
      case SvgWord::image:
      case SvgWord::unknown: found_once("bimi-svg-attribute", fmt::format("{}= of {}", shown(name), tag)); break;
    }
  }

  // "url(http://…)", in any property; "url(#id)" stays in the file.
  static bool refers_outside(std::string_view lower) {
    for (std::size_t at = lower.find("url("); at != std::string_view::npos; at = lower.find("url(", at + 4)) {
      const std::size_t target = lower.find_first_not_of(" \t\r\n'\"", at + 4);
      if (target == std::string_view::npos || lower[target] != '#') return true;
    }
    return false;
  }

  // Returns the node after `node` in the file, below `root`; none after the last.
  static pugi::xml_node next(pugi::xml_node node, const pugi::xml_node& root) {
    if (node.first_child()) return node.first_child();
    while (node != root && !node.next_sibling()) node = node.parent();
    return node == root ? pugi::xml_node() : node.next_sibling();
  }

  const std::string& where_;
  check::Findings& findings_;
  std::set<std::string> said_;
};

}  // namespace

bool is_gzip(std::string_view octets) { return octets.substr(0, 2) == "\x1f\x8b"; }

Result<std::string> uncompressed(std::string_view octets) {
  if (octets.empty()) return Error{"the file is empty"};
  if (octets.size() > kLargestFile) return Error{fmt::format("the file is larger than {} octets", kLargestFile)};
  if (!is_gzip(octets)) return std::string(octets);
  std::string in(octets);
  std::string out(kLargestFile + 1, '\0');
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Error{"there is not enough memory to uncompress it"};
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = inflate(&stream, Z_FINISH);
  const std::size_t size = out.size() - stream.avail_out;
  const bool rest = stream.avail_in > 0;
  inflateEnd(&stream);
  if (size > kLargestFile) return Error{fmt::format("uncompressed it is larger than {} octets", kLargestFile)};
  if (ended != Z_STREAM_END) return Error{"it begins like gzip, but cannot be uncompressed"};
  if (rest) return Error{"something follows the compressed file"};
  out.resize(size);
  return out;
}

std::optional<BimiLogo> check_logo(std::string_view octets, const std::string& where, check::Findings& findings) {
  return LogoCheck(where, findings).run(octets);
}

}  // namespace emailauth::cli
