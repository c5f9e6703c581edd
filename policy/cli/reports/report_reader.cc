#include "policy/cli/reports/report_reader.h"

#include <glib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "policy/diagnostic.h"
#include "policy/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

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

Result<std::string> contents_of(const std::string& path, std::uint64_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{"cannot be read; make it readable"};
  std::string out;
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (!error && size > most)
    return Error{"is larger than " + std::to_string(most >> 20) + " MiB; no report is (an mbox file may be)"};
  out.resize(error ? 0 : static_cast<std::size_t>(size));
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (file.bad()) return Error{"cannot be read to its end; look at the disk"};
  return out;
}

bool begins_like_mbox(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char head[5] = {};
  file.read(head, sizeof head);
  return file.gcount() == 5 && std::string_view(head, 5) == "From ";
}

bool is_maildir(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path / "cur", error) && fs::is_directory(path / "new", error);
}

// All files below a folder, without the hidden ones.
class FolderWalk {
 public:
  FolderWalk(const ReportSink& sink, std::vector<std::string>& out) : sink_(sink), out_(out) {}

  void walk(const fs::path& folder, int depth) {
    if (depth > kDeepest) return fault(folder, "lies too deep; name it as a path of its own");
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      entries.push_back(at->path());
    if (error) return fault(folder, "cannot be read: " + error.message());
    std::sort(entries.begin(), entries.end());
    const bool maildir = is_maildir(folder);
    for (const fs::path& entry : entries) {
      const std::string name = entry.filename().string();
      const bool is_folder = fs::is_directory(fs::symlink_status(entry, error));
      // Subfolders of a Maildir begin with a dot; its files are the mail server's own.
      const bool of_maildir = name == "cur" || name == "new" || (name[0] == '.' && is_maildir(entry));
      if (maildir ? !of_maildir || !is_folder : name[0] == '.') continue;
      if (is_folder)
        walk(entry, depth + 1);
      else if (fs::is_regular_file(entry, error))
        out_.push_back(entry.string());
    }
  }

 private:
  static constexpr int kDeepest = 32;
  void fault(const fs::path& path, const std::string& reason) { sink_.fault({path.string(), reason}); }

  const ReportSink& sink_;
  std::vector<std::string>& out_;
};

}  // namespace

void ReportReader::fault(const std::string& place, const std::string& reason) {
  ++found_;
  sink_.fault({place, reason});
}

template <typename T>
void ReportReader::take(const std::string& place, Result<T> parsed) {
  if (!parsed) return fault(place, parsed.error().message);
  ++found_;
  sink_.report(AnyReport(std::move(*parsed)));
}

void ReportReader::read_file(const std::string& path) {
  if (!begins_like_mbox(path)) {
    Result<std::string> octets = contents_of(path, limits_.octets);
    if (!octets) return fault(path, octets.error().message);
    return read_octets(path, std::move(*octets));
  }
  std::size_t number = 0;
  const auto read = for_each_mail(
      path, [&](std::string octets) { read_octets(path + ": mail " + std::to_string(++number), std::move(octets)); });
  if (!read) fault(path, read.error().message);
}

void ReportReader::read_octets(const std::string& place, std::string octets) {
  found_ = 0;
  Budget budget(limits_);
  if (form_of(octets) == Form::mbox) octets.erase(0, octets.find('\n') + 1);  // as Postfix' pipe writes it
  read_one(place, std::move(octets), 0, budget);
  if (found_ == 0) fault(place, "holds no report: nothing in it is an aggregate, TLS or failure report");
}

void ReportReader::read_one(const std::string& place, std::string octets, int depth, Budget& budget) {
  if (const auto checked = budget.check(depth, 0); !checked) return fault(place, checked.error().message);
  switch (form_of(octets)) {
    case Form::gzip:
    case Form::zip: return read_archive(place, octets, depth, budget);
    case Form::xml: return take(place, report::parse_aggregate_report(octets));
    case Form::json: return take(place, report::parse_tls_report(octets));
    case Form::mail:
    case Form::mbox: return read_mail(place, octets, depth, budget);
    case Form::empty: return fault(place, "is empty");
    case Form::other: break;
  }
  fault(place, "is no report: it begins with " + in_quotes(octets.substr(0, 16)) +
                   "; a report is XML, JSON, a mail, or those in gzip or zip");
}

void ReportReader::read_archive(const std::string& place, std::string_view octets, int depth, Budget& budget) {
  const auto unpacked = unpack(octets, budget, [&](const std::string& name, std::string entry) {
    const std::size_t slash = name.rfind('/');
    const std::string base = name.substr(slash == std::string::npos ? 0 : slash + 1);
    if (base.starts_with('.') || name.starts_with("__MACOSX/")) return;  // of a file manager
    read_one(name.empty() ? place : place + ": " + printable(name), std::move(entry), depth + 1, budget);
  });
  if (!unpacked) fault(place, unpacked.error().message);
}

void ReportReader::read_mail(const std::string& place, std::string_view octets, int depth, Budget& budget) {
  const Result<Mail> mail = parse_mail(octets, budget);
  if (!mail) return fault(place, mail.error().message);
  if (mail->feedback) read_feedback(place, *mail);
  for (const MailPart& part : mail->parts) {
    const Form form = form_of(part.octets);
    if (form == Form::other || form == Form::empty || form == Form::mbox || is_prose(part)) continue;
    if (form == Form::mail && part.is_text) continue;
    read_one(place + ": " + printable(part.name), part.octets, depth + 1, budget);
  }
}

void ReportReader::read_feedback(const std::string& place, const Mail& mail) {
  Result<report::FailureReport> parsed = report::parse_feedback_report(mail.feedback->fields);
  if (!parsed) return fault(place, parsed.error().message);
  ReceivedFailure out;
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

std::vector<std::string> files_below(const std::vector<std::string>& paths, const ReportSink& sink) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status))
      FolderWalk(sink, out).walk(path, 0);
    else if (fs::is_regular_file(status))
      out.push_back(path);
    else
      sink.fault({path, fs::exists(status) ? "is neither a file nor a folder" : "is not there; check the path"});
  }
  return out;
}

}  // namespace emailauth::cli
