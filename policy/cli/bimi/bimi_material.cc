#include "policy/cli/bimi/bimi_material.h"

#include <unistd.h>

#include <fstream>

#include "policy/check/dmarc_check.h"
#include "policy/check/service_check.h"
#include "policy/cli/bimi/bimi_logo.h"
#include "policy/cli/dns/check_dns.h"
#include "policy/cli/dns/https_fetch.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"
#include "policy/net/public_suffix.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace {

// Returns an error if DNS does not answer for the name.
std::optional<Error> must_answer(Dns& dns, const Name& name) {
  const DnsAnswer found = dns.ask(name, RecordType::txt);
  if (!found.failed()) return std::nullopt;
  return Error{name.to_string() + ": " + failure_text(found) +
               "; use another resolver with --resolver, or try again later"};
}

// The record at the domain, else at its organisation (BIMI draft, 7.2). Of the findings of `emailauth
// check` only those about logos are kept.
std::optional<Error> ask_dns(Dns& dns, const BimiSources& sources, BimiMaterial& material, check::Findings& findings) {
  std::vector<Name> places = {*material.domain};
  const std::optional<Name> organisation = organizational_domain(*material.domain);
  if (organisation && *organisation != *material.domain) places.push_back(*organisation);
  for (const Name& place : places) {
    const Result<Name> record_at = below(sources.selector + "._bimi", place);
    const Result<Name> dmarc_at = below("_dmarc", place);
    if (!record_at || !dmarc_at) return record_at ? dmarc_at.error() : record_at.error();
    for (const Name* name : {&*record_at, &*dmarc_at}) {
      if (auto error = must_answer(dns, *name)) return error;
    }
    check::Findings all;
    const check::Subject subject{place, dns, all};
    const check::DmarcReport dmarc = check::check_dmarc(subject);
    material.dmarc = dmarc.record;
    material.record = check::check_bimi(subject, dmarc, sources.selector);
    bool found = !material.record.empty();
    for (const check::Finding& finding : all.all()) {
      if (!finding.kind->name.starts_with("bimi-")) continue;
      findings.add(finding);
      found = true;
    }
    if (found) return std::nullopt;
  }
  findings.add("bimi-record-missing", sources.selector + "._bimi." + material.domain->to_string(),
               "the domain has no BIMI record");
  return std::nullopt;
}

// Shows one line on a terminal while a file is fetched.
class Fetching {
 public:
  explicit Fetching(const std::string& uri) : shown_(isatty(STDERR_FILENO) == 1) {
    if (shown_) complain("\r\033[Kfetching {}", printable(uri));
  }
  ~Fetching() {
    if (shown_) complain("\r\033[K");
  }
  Fetching(const Fetching&) = delete;
  Fetching& operator=(const Fetching&) = delete;

 private:
  const bool shown_;
};

// Fetches what --logo and --evidence leave open from the addresses in the record.
void fetch(const BimiSources& sources, BimiMaterial& material, check::Findings& findings) {
  const check::TagList tags = check::parse_tags(material.record);
  const auto get = [&](const char* tag, const std::string& given, std::optional<std::string>& content,
                       std::string& from) {
    const std::string* uri = tags.find(tag);
    if (!given.empty() || uri == nullptr || uri->empty()) return;
    from = spf::visible_text(*uri);
    FetchOptions how;
    how.largest = kLargestFile;
    how.roots = sources.web_roots;
    how.allowed = sources.allowed;
    const Fetching fetching(*uri);
    Fetched fetched = fetch_https(*uri, how);
    if (fetched.body)
      content = std::move(*fetched.body);
    else if (fetched.not_public)
      findings.add("bimi-not-public", from, fetched.failure);
    else
      findings.add("bimi-not-fetched", from, fetched.failure);
  };
  const std::string* logo = tags.find("l");
  material.declines = !material.record.empty() && logo != nullptr && logo->empty();
  get("l", sources.logo, material.logo, material.logo_from);
  get("a", sources.evidence, material.evidence, material.evidence_from);
}

}  // namespace

Result<std::string> read_named_file(const std::string& option, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');  // the caller refuses anything larger
  const bool opened = in.good();
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!opened || in.bad()) return Error{option + " " + in_quotes(path) + " cannot be read; name a file"};
  return text;
}

Result<BimiMaterial> gather_bimi(const BimiSources& sources, check::Findings& findings) {
  BimiMaterial material;
  if (!sources.logo.empty()) {
    Result<std::string> logo = read_named_file("--logo", sources.logo);
    if (!logo) return logo.error();
    material.logo = std::move(*logo);
    material.logo_from = sources.logo;
  }
  if (!sources.evidence.empty()) {
    Result<std::string> evidence = read_named_file("--evidence", sources.evidence);
    if (!evidence) return evidence.error();
    material.evidence = std::move(*evidence);
    material.evidence_from = sources.evidence;
  }
  if (sources.domain.empty()) return material;
  const Result<Name> domain = parse_typed_domain(sources.domain);
  if (!domain) return domain.error();
  material.domain = *domain;
  const auto dns = CheckDns::open(sources.resolvers.together(kDomainTime));
  if (!dns) return dns.error();
  (*dns)->begin_domain();
  if (const auto error = ask_dns(**dns, sources, material, findings)) return *error;
  fetch(sources, material, findings);
  return material;
}

}  // namespace emailauth::cli
