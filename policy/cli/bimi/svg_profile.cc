#include "policy/cli/bimi/svg_profile.h"

#include <algorithm>
#include <iterator>

namespace emailauth::cli {

namespace {

constexpr std::string_view kElements[] = {
    "circle",   "defs",           "desc",  "ellipse",        "font",     "font-face", "g",
    "glyph",    "hkern",          "line",  "linearGradient", "metadata", "path",      "polygon",
    "polyline", "radialGradient", "rect",  "solidColor",     "stop",     "svg",       "text",
    "textArea", "tbreak",         "title", "tspan",          "use",
};

constexpr std::string_view kScripts[] = {"script", "handler", "listener"};

constexpr std::string_view kAnimations[] = {"animate",   "animateColor", "animateMotion", "animateTransform",
                                            "animation", "discard",      "mpath",         "set"};

constexpr std::string_view kInteractive[] = {"a", "audio", "video", "foreignObject", "prefetch", "cursor", "view"};

constexpr std::string_view kImages[] = {"image", "feImage"};

constexpr std::string_view kAttributes[] = {
    // of the whole image and of every element
    "about",
    "baseProfile",
    "class",
    "content",
    "contentScriptType",
    "datatype",
    "externalResourcesRequired",
    "focusable",
    "height",
    "id",
    "playbackOrder",
    "preserveAspectRatio",
    "property",
    "rel",
    "requiredFonts",
    "resource",
    "rev",
    "role",
    "snapshotTime",
    "systemLanguage",
    "timelineBegin",
    "typeof",
    "version",
    "viewBox",
    "width",
    "xml:base",
    "xml:id",
    "xml:lang",
    "xml:space",
    "zoomAndPan",
    // how it is painted
    "buffered-rendering",
    "color",
    "color-rendering",
    "direction",
    "display",
    "display-align",
    "fill",
    "fill-opacity",
    "fill-rule",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "image-rendering",
    "line-increment",
    "shape-rendering",
    "solid-color",
    "solid-opacity",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "stroke-width",
    "text-align",
    "text-anchor",
    "text-rendering",
    "unicode-bidi",
    "vector-effect",
    "viewport-fill",
    "viewport-fill-opacity",
    "visibility",
    // shapes, text, gradients
    "cx",
    "cy",
    "d",
    "editable",
    "gradientUnits",
    "href",
    "offset",
    "pathLength",
    "points",
    "r",
    "rotate",
    "rx",
    "ry",
    "transform",
    "x",
    "x1",
    "x2",
    "xlink:href",
    "y",
    "y1",
    "y2",
    // fonts
    "accented-height",
    "alphabetic",
    "arabic-form",
    "ascent",
    "bbox",
    "cap-height",
    "descent",
    "font-stretch",
    "g1",
    "g2",
    "glyph-name",
    "hanging",
    "horiz-adv-x",
    "horiz-origin",
    "horiz-origin-x",
    "ideographic",
    "k",
    "lang",
    "mathematical",
    "overline-position",
    "overline-thickness",
    "panose-1",
    "slope",
    "stemh",
    "stemv",
    "strikethrough-position",
    "strikethrough-thickness",
    "u1",
    "u2",
    "underline-position",
    "underline-thickness",
    "unicode",
    "unicode-range",
    "units-per-em",
    "widths",
    "x-height",
};

template <std::size_t N>
bool has(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

SvgWord svg_element(std::string_view name) {
  if (has(kElements, name)) return SvgWord::allowed;
  if (has(kScripts, name)) return SvgWord::script;
  if (has(kAnimations, name)) return SvgWord::animation;
  if (has(kInteractive, name)) return SvgWord::interactive;
  return has(kImages, name) ? SvgWord::image : SvgWord::unknown;
}

SvgWord svg_attribute(std::string_view name) {
  if (name == "xmlns" || name.starts_with("xmlns:")) return SvgWord::allowed;
  if (name.starts_with("on") || name.starts_with("ev:")) return SvgWord::interactive;
  return has(kAttributes, name) ? SvgWord::allowed : SvgWord::unknown;
}

}  // namespace emailauth::cli
