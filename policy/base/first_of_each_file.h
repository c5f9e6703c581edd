// policy/base/first_of_each_file.h - No more diagnostics of one file than a person reads.
//
// For everything that shows diagnostics: whoever writes a file decides how many it has.
#pragma once

#include <cstddef>

#include "policy/base/diagnostic.h"

namespace emailauth {

// Requires diagnostics sorted by file. Keeps the first `most` of each file; one more, with the gravest severity among
// those left out, says how many were left out.
Diagnostics first_of_each_file(const Diagnostics& diagnostics, std::size_t most = 100);

}  // namespace emailauth
