#include "policy/cli/ingest/unpack.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>

#include "policy/base/diagnostic.h"

namespace emailauth::cli {

namespace {

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

Error broken(const Archive& from) {
  const char* why = archive_error_string(from.get());
  return Error{std::string("cannot be unpacked: ") + printable(why != nullptr ? why : "it is damaged") +
               "; was it cut off?"};
}

Result<std::string> read_entry(const Archive& from, Budget& budget) {
  std::string out;
  std::array<char, 65536> block;
  for (;;) {
    const la_ssize_t got = archive_read_data(from.get(), block.data(), block.size());
    if (got < 0) return broken(from);
    if (got == 0) return out;
    if (const auto spent = budget.spend(static_cast<std::uint64_t>(got)); !spent) return spent.error();
    out.append(block.data(), static_cast<std::size_t>(got));
  }
}

bool looks_like_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos || colon == 0) return false;
  for (const char c : line.substr(0, colon)) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

Form form_of(std::string_view octets) {
  if (octets.starts_with("\x1f\x8b")) return Form::gzip;
  if (octets.starts_with("PK\x03\x04")) return Form::zip;
  if (octets.starts_with("\xFF\xFE") || octets.starts_with("\xFE\xFF")) return Form::xml;  // UTF-16: for the XML reader
  if (octets.starts_with("\xEF\xBB\xBF")) octets.remove_prefix(3);
  const std::size_t begin = octets.find_first_not_of(" \t\r\n");
  if (begin == octets.npos) return Form::empty;
  octets.remove_prefix(begin);
  if (octets.starts_with("From ")) return Form::mbox;
  if (octets.front() == '<') return Form::xml;
  if (octets.front() == '{' || octets.front() == '[') return Form::json;
  return looks_like_header(octets.substr(0, octets.substr(0, 1000).find('\n'))) ? Form::mail : Form::other;
}

Result<bool> Budget::spend(std::uint64_t octets) {
  if (octets > left_) {
    return Error{"contains more than " + std::to_string(limits_.octets >> 20) +
                 " MiB when unpacked; no report needs that much"};
  }
  left_ -= octets;
  if (std::chrono::steady_clock::now() > until_)
    return Error{"takes longer than " + std::to_string(limits_.time.count()) + " seconds to unpack"};
  return true;
}

Result<bool> Budget::check(int depth, int entries) const {
  if (depth > limits_.depth)
    return Error{"is packed more than " + std::to_string(limits_.depth) + " layers deep; no report is"};
  if (entries > limits_.entries)
    return Error{"has more than " + std::to_string(limits_.entries) + " parts; no report has that many"};
  return true;
}

Result<bool> unpack(std::string_view octets, Budget& budget, const EntryVisitor& visit) {
  const Archive from(archive_read_new());
  if (form_of(octets) == Form::zip) {
    archive_read_support_format_zip(from.get());
  } else {
    archive_read_support_filter_gzip(from.get());
    archive_read_support_format_raw(from.get());
  }
  if (archive_read_open_memory(from.get(), octets.data(), octets.size()) != ARCHIVE_OK) return broken(from);
  for (int entries = 1;; ++entries) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(from.get(), &entry);
    if (code == ARCHIVE_EOF) return true;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return broken(from);
    if (const auto checked = budget.check(0, entries); !checked) return checked.error();
    if (archive_entry_is_encrypted(entry) != 0) return Error{"is encrypted; a report is not"};
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;
    const char* name = archive_entry_pathname(entry);
    const bool named = archive_format(from.get()) != ARCHIVE_FORMAT_RAW && name != nullptr;
    std::string path = named ? name : "";
    Result<std::string> content = read_entry(from, budget);
    if (!content) return content.error();
    visit(path, std::move(*content));
  }
}

}  // namespace emailauth::cli
