// policy/cli/bimi/svg_profile.h - What SVG Tiny Portable/Secure has, and what it left out.
//
// Owns the words of the profile (SVG Tiny 1.2 without scripts, events, animation, links and
// pictures; draft-svg-tiny-ps-abrotman). Knows nothing of files or findings.
#pragma once

#include <cstdint>
#include <string_view>

namespace emailauth::cli {

enum class SvgWord : std::uint8_t { allowed, script, animation, interactive, image, unknown };

// By its name as written; a prefix makes it unknown.
SvgWord svg_element(std::string_view name);

// Attributes of any element; "on…" is interactive. References are looked at by value, elsewhere.
SvgWord svg_attribute(std::string_view name);

}  // namespace emailauth::cli
