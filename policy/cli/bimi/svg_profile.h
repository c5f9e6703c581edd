// policy/cli/bimi/svg_profile.h - What SVG Tiny Portable/Secure allows, and what it leaves out.
//
// Owns the words of the profile (SVG Tiny 1.2 without scripts, events, animation, links and
// pictures; draft-svg-tiny-ps-abrotman). Knows nothing about files or findings.
#pragma once

#include <cstdint>
#include <string_view>

namespace emailauth::cli {

enum class SvgWord : std::uint8_t { allowed, script, animation, interactive, image, unknown };

// Classifies an element by its name as written; a prefix makes it unknown.
SvgWord svg_element(std::string_view name);

// Classifies an attribute of any element; "on…" is interactive. References are checked elsewhere, by value.
SvgWord svg_attribute(std::string_view name);

}  // namespace emailauth::cli
