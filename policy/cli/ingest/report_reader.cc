#include "policy/cli/ingest/report_reader.h"

#include <glib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "policy/base/diagnostic.h"
#include "policy/cli/ingest/mbox.h"
#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kMostFaults = 1000;  // of one file, by name

// Prose with a report in the middle of it: some receivers put the XML into the text.
bool is_prose(const MailPart& part) {
  return part.is_text && ascii_lower(part.octets.substr(0, 2000)).find("<feedback") == std::string::npos;
}

std::string digest_of(const std::string& text) {
  char* sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(text.data()), text.size());
  const std::string out = sum;
  g_free(sum);
  return out;
}

bool begins_like_mbox(const Descriptor& file) {
  std::array<char, 256> head{};
  const ssize_t got = ::pread(file.get(), head.data(), head.size(), 0);  // nothing of a pipe
  return got > 0 && form_of(std::string_view(head.data(), static_cast<std::size_t>(got))) == Form::mbox;
}

// The names of attachments and entries of archives, in places.
std::string named(const std::string& name) { return report::without_addresses(printable(name)); }

}  // namespace

void ReportReader::fault(const std::string& place, const std::string& reason) {
  ++found_;
  if (++faults_ <= kMostFaults) sink_.fault({place, report::without_addresses(reason)});
}

// Returns true if the file had no faults.
bool ReportReader::end_file(const std::string& place) {
  if (faults_ > kMostFaults)
    sink_.fault({place, "has " + std::to_string(faults_ - kMostFaults) + " more faults, which are not named"});
  return std::exchange(faults_, 0) == 0;
}

template <typename T>
void ReportReader::take(const std::string& place, Result<T> parsed) {
  if (!parsed) return fault(place, parsed.error().message);
  ++found_;
  sink_.report(report::AnyReport(std::move(*parsed)));
}

void ReportReader::require_report(const std::string& place, std::size_t found_before) {
  if (found_ == found_before) fault(place, "contains no report: nothing in it is an aggregate, TLS or failure report");
}

bool ReportReader::read_file(const std::string& place, const Descriptor& file) {
  if (begins_like_mbox(file)) {
    if (const auto read = read_mbox_file(place, file); !read) fault(place, read.error().message);
  } else {
    Result<std::string> octets = read_all(file, limits_.octets);
    if (octets)
      read_whole(place, std::move(*octets));
    else
      fault(place, octets.error().message);
  }
  return end_file(place);
}

bool ReportReader::read_octets(const std::string& place, std::string octets) {
  read_whole(place, std::move(octets));
  return end_file(place);
}

// One block at a time, as it may be larger than memory; each mail has its own limits.
Result<bool> ReportReader::read_mbox_file(const std::string& place, const Descriptor& file) {
  std::size_t number = 0;
  MboxSplitter mails(
      [&](std::string mail) { read_whole(place + ": mail " + std::to_string(++number), std::move(mail)); });
  std::string block(256 << 10, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{std::string("cannot be read to its end: ") + std::strerror(errno)};
    if (got == 0) break;
    mails.feed(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
  }
  mails.finish();
  return true;
}

void ReportReader::read_whole(const std::string& place, std::string octets) {
  const std::size_t before = found_;
  Budget budget(limits_);
  read_one(place, std::move(octets), 0, budget);
  require_report(place, before);
}

void ReportReader::read_one(const std::string& place, std::string octets, int depth, Budget& budget) {
  if (const auto checked = budget.check(depth, 0); !checked) return fault(place, checked.error().message);
  switch (form_of(octets)) {
    case Form::gzip:
    case Form::zip: return read_archive(place, octets, depth, budget);
    case Form::xml: return take(place, report::parse_aggregate_report(octets));
    case Form::json: return take(place, report::parse_tls_report(octets));
    case Form::mail: return read_mail(place, octets, depth, budget), read_mails_behind(place, octets, depth, budget);
    case Form::mbox: return read_mbox(place, octets, depth, budget);
    case Form::empty: return fault(place, "is empty");
    case Form::other: break;
  }
  fault(place, "is not a report: it begins with " + in_quotes(octets.substr(0, 4)) +
                   "; a report is XML, JSON or a mail, or one of these in gzip or zip");
}

void ReportReader::read_archive(const std::string& place, std::string_view octets, int depth, Budget& budget) {
  const auto unpacked = unpack(octets, budget, [&](const std::string& name, std::string entry) {
    const std::size_t slash = name.rfind('/');
    const std::string base = name.substr(slash == std::string::npos ? 0 : slash + 1);
    if (base.starts_with('.') || name.starts_with("__MACOSX/")) return;  // of a file manager
    read_one(name.empty() ? place : place + ": " + named(name), std::move(entry), depth + 1, budget);
  });
  if (!unpacked) fault(place, unpacked.error().message);
}

void ReportReader::read_mbox(const std::string& place, std::string_view octets, int depth, Budget& budget) {
  std::vector<std::string> mails;
  MboxSplitter splitter([&mails](std::string mail) { mails.push_back(std::move(mail)); });
  splitter.feed(octets);
  splitter.finish();
  for (std::size_t i = 0; i < mails.size(); ++i) {
    // A mail server passes on one mail that follows a "From " line.
    const std::string here = mails.size() == 1 ? place : place + ": mail " + std::to_string(i + 1);
    const std::size_t before = found_;
    read_one(here, std::move(mails[i]), depth + 1, budget);
    require_report(here, before);
  }
}

// Reads what follows the first mail of an mbox file that lacks its first line. If the lines that look so are text of
// the mail, no report follows them, and there is nothing to report.
void ReportReader::read_mails_behind(const std::string& place, std::string_view octets, int depth, Budget& budget) {
  if (!may_hold_further_mails(octets)) return;
  int number = 0;
  MboxSplitter mails([&](std::string mail) {
    if (++number == 1 || form_of(mail) != Form::mail) return;
    const std::string here = place + ": mail " + std::to_string(number);
    if (const auto checked = budget.check(depth + 1, number); !checked) return fault(here, checked.error().message);
    read_mail(here, mail, depth + 1, budget);
  });
  mails.feed(octets);
  mails.finish();
}

void ReportReader::read_mail(const std::string& place, std::string_view octets, int depth, Budget& budget) {
  const Result<Mail> mail = parse_mail(octets, budget);
  if (!mail) return fault(place, mail.error().message);
  if (mail->feedback) read_feedback(place, *mail);
  for (const MailPart& part : mail->parts) {
    const Form form = form_of(part.octets);
    if (form == Form::other || form == Form::empty || form == Form::mbox || is_prose(part)) continue;
    if (form == Form::mail && part.is_text) continue;
    read_one(place + ": " + named(part.name), part.octets, depth + 1, budget);
  }
}

void ReportReader::read_feedback(const std::string& place, const Mail& mail) {
  Result<report::FailureReport> parsed = report::parse_feedback_report(mail.feedback->fields);
  if (!parsed) return fault(place, parsed.error().message);
  report::ReceivedFailure out;
  out.report = std::move(*parsed);
  if (!out.report.arrival) out.report.arrival = mail.date;
  const auto kept = [](const std::string& text) {
    return report::with_valid_utf8(std::string_view(text).substr(0, report::kMaxFailureText));
  };
  out.report.headers = kept(mail.feedback->headers);
  out.report.message = kept(mail.feedback->message);
  out.organisation = mail.sender.empty() ? ascii_lower(out.report.reporting_mta) : mail.sender;
  out.id =
      mail.id.empty() ? digest_of(mail.feedback->fields + mail.feedback->headers + mail.feedback->message) : mail.id;
  ++found_;
  sink_.report(std::move(out));
}

}  // namespace emailauth::cli
