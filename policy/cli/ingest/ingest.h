// policy/cli/ingest/ingest.h - Reports from files into the store.
//
// Owns the threads: several read, one writes, in batches. A report is stored
// whole or not at all, and once, whatever happens to the program.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policy/cli/ingest/report_reader.h"
#include "policy/cli/ingest/set_aside_folder.h"
#include "policy/cli/report_database/report_store.h"

namespace emailauth::cli {

struct IngestOptions {
  std::vector<std::string> paths;  // "-" is standard input
  UnpackLimits limits;
  unsigned readers = 2;
  bool keep_personal_data = false;  // of failure and TLS reports
  bool progress = false;
  SetAsideFolder* set_aside = nullptr;  // gets copies of files that cannot be read; must outlive the call
};

struct IngestCounts {
  std::size_t files = 0;
  std::size_t aggregate = 0;   // new
  std::size_t tls = 0;         // new
  std::size_t failure = 0;     // new
  std::size_t known = 0;       // already stored
  std::uint64_t messages = 0;  // that new aggregate reports are about
  std::vector<Fault> faults;
  std::optional<Error> trouble;  // why a file could not be set aside, the first
};

// Fails if the store fails: what was committed before that stays.
Result<IngestCounts> ingest(const IngestOptions& options, ReportStore& store);

}  // namespace emailauth::cli
