// policy/base/first_of_each_file.h - As many diagnostics of one file as a person reads.
//
// For whatever shows them: how many there are is decided by whoever writes the file.
#pragma once

#include <cstddef>

#include "policy/base/diagnostic.h"

namespace emailauth {

// Requires diagnostics that are sorted by file. Keeps the first `most` of each file; one more, of the gravest severity
// that is left out, says how many there are.
Diagnostics first_of_each_file(const Diagnostics& diagnostics, std::size_t most = 100);

}  // namespace emailauth
