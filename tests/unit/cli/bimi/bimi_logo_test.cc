#include "policy/cli/bimi/bimi_logo.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <set>
#include <vector>

#include "policy/cli/bimi/svg_profile.h"

namespace emailauth::cli {

namespace {

// Returns <svg …> with these attributes in place of `of`, and this inside.
std::string svg(const std::string& inside, const std::string& of = "", const std::string& attributes = "") {
  std::string out =
      R"(<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 100 100">)";
  if (const std::size_t at = out.find(of); !of.empty()) out.replace(at, of.size(), attributes);
  return out + inside + "</svg>\n";
}

const std::string kTitle = "<title>Example</title>";
const std::string kGood =
    kTitle + R"(<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>)" +
    R"x(<g fill="url(#g)"><path d="M0 0h100v100z"/><use xlink:href="#g" xmlns:xlink="x"/></g>)x";

std::string gzip(const std::string& text) {
  std::string out(text.size() + 200, '\0');
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

struct Fault {
  const char* why;
  std::string file;
  std::vector<std::string> names;  // of the findings, in their order
  std::string what;                // of the first
};

std::vector<Fault> faults() {
  const std::string xlink = R"(xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href=)";
  return {
      {"empty", "", {"bimi-svg-unreadable"}, "the file is empty"},
      {"gzip that is cut off",
       gzip(svg(kGood)).substr(0, 60),
       {"bimi-svg-unreadable"},
       "it begins like gzip, but cannot be uncompressed"},
      {"something behind gzip",
       gzip(svg(kGood)) + "x",
       {"bimi-svg-unreadable"},
       "something follows the compressed file"},
      {"a bomb",
       gzip(std::string(5U << 20U, ' ')),
       {"bimi-svg-unreadable"},
       "uncompressed it is larger than 1048576 octets"},
      {"a very large file",
       std::string((1U << 20U) + 1, ' '),
       {"bimi-svg-unreadable"},
       "the file is larger than 1048576 octets"},
      {"over 32 kB",
       svg(kGood + "<!--" + std::string(33000, 'x') + "-->"),
       {"bimi-svg-too-large"},
       "33307 octets, of 32768 at most"},
      {"not XML", "<svg", {"bimi-svg-not-xml"}, "at octet 4: Error parsing start element tag"},
      {"HTML",
       "<html><body></body></html>",
       {"bimi-svg-root", "bimi-svg-version", "bimi-svg-profile", "bimi-svg-not-square", "bimi-svg-title",
        "bimi-svg-element", "bimi-svg-element"},
       "the root is <html>"},
      {"no UTF-8", svg(kTitle + "\xff"), {"bimi-svg-not-xml"}, "octet 121 is not UTF-8"},
      {"two roots", svg(kGood) + "<svg/>", {"bimi-svg-not-xml"}, "2 elements are at the top level, not one"},
      {"an attribute twice", svg(kTitle + R"(<g id="a" id="b"/>)"), {"bimi-svg-not-xml"}, "id of <g> appears twice"},
      {"an entity of its own",
       svg(kTitle + "<desc>&logo;</desc>"),
       {"bimi-svg-not-xml"},
       R"(the entity "&logo;" is not known)"},
      {"a document type",
       "<!DOCTYPE svg [<!ENTITY a \"b\">]>" + svg(kTitle + "<desc>&a;</desc>"),
       {"bimi-svg-doctype"},
       "the file has a document type"},
      {"no namespace", svg(kGood, R"(xmlns="http://www.w3.org/2000/svg" )", ""), {"bimi-svg-root"}, R"(xmlns is "")"},
      {"version 1.1", svg(kGood, "1.2", "1.1"), {"bimi-svg-version"}, R"(version is "1.1")"},
      {"profile tiny", svg(kGood, "tiny-ps", "tiny"), {"bimi-svg-profile"}, R"(baseProfile is "tiny")"},
      {"x and y",
       svg(kGood, "version", R"(x="0px" y="0px" version)"),
       {"bimi-svg-position", "bimi-svg-position"},
       R"(<svg> has x="0px")"},
      {"not square",
       svg(kGood, "100 100", "100 50"),
       {"bimi-svg-not-square"},
       R"(viewBox="0 0 100 50" is 100 wide and 50 high)"},
      {"a view box of words",
       svg(kGood, "0 0 100 100", "all of it"),
       {"bimi-svg-not-square"},
       R"(viewBox="all of it" cannot be read)"},
      {"no view box, and not square",
       svg(kGood, R"(viewBox="0 0 100 100")", R"(width="10" height="20")"),
       {"bimi-svg-not-square"},
       "the image is 10 wide and 20 high"},
      {"no size at all",
       svg(kGood, R"(viewBox="0 0 100 100")", ""),
       {"bimi-svg-not-square"},
       "there is no viewBox, and no width and height"},
      {"no title", svg("<path d=\"M0 0\"/>"), {"bimi-svg-title"}, "there is no <title>"},
      {"an empty title", svg("<title> </title>"), {"bimi-svg-title"}, "<title> is empty"},
      {"the title not first", svg("<desc>a</desc>" + kTitle), {"bimi-svg-title-place"}, "<desc> comes before <title>"},
      {"a title of 65 characters",
       svg("<title>" + std::string(63, 'a') + "\xc3\xa4" + "b</title>"),
       {"bimi-svg-title-long"},
       "the title has 65 characters"},
      {"a script", svg(kTitle + "<script>alert(1)</script>"), {"bimi-svg-script"}, "<script>"},
      {"an address that is a script",
       svg(kTitle + "<use " + xlink + "\"JavaScript:alert(1)\"/>"),
       {"bimi-svg-script"},
       R"x(xlink:href="JavaScript:alert(1)" of <use>)x"},
      {"another file",
       svg(kTitle + "<use " + xlink + "\"https://x.example/a.svg#b\"/>"),
       {"bimi-svg-external"},
       R"(xlink:href="https://x.example/a.svg#b" of <use>)"},
      {"a paint from elsewhere",
       svg(kTitle + R"x(<g fill="URL( 'https://x.example/a.svg#b')"/>)x"),
       {"bimi-svg-external"},
       R"x(fill="URL( 'https://x.example/a.svg#b')" of <g>)x"},
      {"another base",
       svg(kTitle + R"(<g xml:base="https://x.example/"/>)"),
       {"bimi-svg-external"},
       R"(xml:base="https://x.example/" of <g>)"},
      {"a style sheet",
       R"(<?xml-stylesheet href="a.css"?>)" + svg(kGood),
       {"bimi-svg-external"},
       "<?xml-stylesheet?> may load a style sheet"},
      {"animation", svg(kTitle + "<g><animate/><set/></g>"), {"bimi-svg-animation", "bimi-svg-animation"}, "<animate>"},
      {"a link", svg(kTitle + "<a " + xlink + "\"#x\"/>"), {"bimi-svg-interactive"}, "<a>"},
      {"an event", svg(kTitle + R"x(<g onload="x()"/>)x"), {"bimi-svg-interactive"}, R"x(onload="x()" of <g>)x"},
      {"a picture",
       svg(kTitle + "<image " + xlink + "\"data:image/png;base64,AAAA\"/>"),
       {"bimi-svg-image", "bimi-svg-image"},
       "<image>"},
      {"a style element, said once", svg(kTitle + "<style/><g><style/></g>"), {"bimi-svg-element"}, "<style>"},
      {"what an editor leaves",
       svg(kTitle + R"(<sodipodi:namedview xmlns:sodipodi="x"/>)"),
       {"bimi-svg-element"},
       "<sodipodi:namedview>"},
      {"a style attribute",
       svg(kTitle + R"(<g style="fill:red"/><g style="fill:blue"/>)"),
       {"bimi-svg-attribute"},
       "style= of <g>"},
  };
}

std::vector<std::string> names_of(const check::Findings& findings) {
  std::vector<std::string> out;
  for (const check::Finding& finding : findings.all()) out.emplace_back(finding.kind->name);
  return out;
}

}  // namespace

TEST_CASE("check_logo: a good logo, plain and compressed") {
  const std::string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- & -->\n";
  for (const std::string& file : {svg(kGood), declaration + svg(kGood), gzip(svg(kGood)),
                                  svg(kTitle + "<desc>a &amp; b &#x26;<![CDATA[&c]]></desc>")}) {
    check::Findings findings;
    const auto logo = check_logo(file, "logo.svg", findings);
    CHECK(names_of(findings).empty());
    REQUIRE(logo);
    CHECK(logo->title == "Example");
    CHECK(logo->svg.find("<svg ") != std::string::npos);
  }
}

TEST_CASE("check_logo: every planted fault, by name, and no other") {
  std::set<std::string> met;
  for (const Fault& fault : faults()) {
    CAPTURE(fault.why);
    check::Findings findings;
    check_logo(fault.file, "logo.svg", findings);
    CHECK(names_of(findings) == fault.names);
    REQUIRE(!findings.all().empty());
    CHECK(findings.all().front().what == fault.what);
    CHECK(findings.all().front().where == "logo.svg");
    met.insert(fault.names.begin(), fault.names.end());
  }
  for (const check::FindingKind& kind : check::kBimiFindings) {
    if (kind.name.starts_with("bimi-svg-")) CHECK_MESSAGE(met.count(std::string(kind.name)) == 1, kind.name);
  }
}

TEST_CASE("svg_element, svg_attribute: prefixes and case count") {
  CHECK(svg_element("linearGradient") == SvgWord::allowed);
  for (const char* name : {"lineargradient", "svg:path", "filter", "mask", "clipPath", "symbol"})
    CHECK(svg_element(name) == SvgWord::unknown);
  CHECK(svg_attribute("stroke-width") == SvgWord::allowed);
  CHECK(svg_attribute("xmlns:anything") == SvgWord::allowed);
  for (const char* name : {"style", "opacity", "data-name", "enable-background"})
    CHECK(svg_attribute(name) == SvgWord::unknown);
}

}  // namespace emailauth::cli
