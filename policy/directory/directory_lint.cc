#include "policy/directory/directory_lint.h"

#include <algorithm>

#include "policy/base/count.h"
#include "policy/base/first_of_each_file.h"
#include "policy/directory/identity_check.h"
#include "policy/directory/lint.h"

namespace emailauth {

namespace {

std::size_t count(const Diagnostics& diagnostics, Severity severity) {
  return static_cast<std::size_t>(std::count_if(diagnostics.begin(), diagnostics.end(),
                                                [&](const Diagnostic& d) { return d.severity == severity; }));
}

}  // namespace

std::string DirectoryLint::summary() const {
  return count_of(report.files, "file") + ", " + count_of(report.domains, "domain") + ", " +
         count_of(report.senders, "sender") + ", " + count_of(zones(), "zone") + ": " + count_of(errors, "error") +
         ", " + count_of(warnings, "warning") + ", " + count_of(advice, "piece of advice", "pieces of advice");
}

DirectoryLint lint_directory(const std::string& path, Day today) {
  DirectoryLint lint;
  lint.report = PolicyDirectory(path).reload(today);
  lint.findings = lint.report.diagnostics;
  lint.findings.insert(lint.findings.end(), lint.report.dated_ahead.begin(), lint.report.dated_ahead.end());
  if (lint.report.responder) {
    const Snapshot& snapshot = lint.report.responder->snapshot();
    for (const Diagnostics& more : {advise(snapshot), advise_identities(snapshot), check_names(snapshot),
                                    check_selector_chains(*lint.report.responder)})
      lint.findings.insert(lint.findings.end(), more.begin(), more.end());
  }
  std::stable_sort(lint.findings.begin(), lint.findings.end(), by_place);
  lint.errors = count(lint.findings, Severity::error);
  lint.warnings = count(lint.findings, Severity::warning);
  lint.advice = count(lint.findings, Severity::advice);
  lint.findings = first_of_each_file(lint.findings);
  return lint;
}

}  // namespace emailauth
