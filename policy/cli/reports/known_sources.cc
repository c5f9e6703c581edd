#include "policy/cli/reports/known_sources.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "policy/cli/services/sender_files.h"
#include "policy/cli/terminal/clock.h"
#include "policy/files/policy_file.h"
#include "policy/net/dns_name.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

// `above` fills in what an entry leaves open: its senders if they cover subdomains, and its sp.
void inherit(const DomainPolicy& above, DomainPolicy& out) {
  if (!out.spf && above.spf && above.spf->covers_subdomains) out.spf = above.spf;
  if (!out.dmarc && above.dmarc) {
    out.dmarc = above.dmarc;
    out.dmarc->p = above.dmarc->sp.value_or(above.dmarc->p);
  }
  if (!above.dkim) return;
  if (!out.dkim) out.dkim.emplace();
  out.dkim->keys.insert(out.dkim->keys.end(), above.dkim->keys.begin(), above.dkim->keys.end());
}

// The policies at and above a name, from all files that were read.
class Search {
 public:
  explicit Search(const Name& domain) : domain_(domain) {}

  void look_in(const std::string& relative, std::string_view text) {
    if (!relative.ends_with(".jsonl")) return read(relative, text, false);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (may_hold(text.substr(0, end))) read(relative, text.substr(0, end), true);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  // Returns what was found.
  void finish(DomainKnowledge& out) && {
    for (auto& [labels, found] : found_) {
      if (out.policy) {
        inherit(found.second, *out.policy);
      } else {
        out.file = std::move(found.first);
        out.policy = std::move(found.second);
      }
    }
  }

 private:
  // Parsing a million lines takes seconds; looking for the registered part of the name does not.
  bool may_hold(std::string_view line) const {
    const std::string text = domain_.to_string();
    const std::size_t dot = text.rfind('.', text.rfind('.') - 1);
    const std::string tail = text.substr(dot == std::string::npos ? 0 : dot + 1);
    return std::search(line.begin(), line.end(), tail.begin(), tail.end(), [](char a, char b) {
             return ascii_lower(static_cast<unsigned char>(a)) == ascii_lower(static_cast<unsigned char>(b));
           }) != line.end();
  }

  void read(const std::string& relative, std::string_view text, bool one_domain) {
    const auto parsed = parse_json(text);
    const auto* root = std::get_if<JsonValue>(&parsed);
    if (root == nullptr) return;  // "emailauth lint" says what is wrong; the others continue
    Diagnostics ignored;
    const PolicyNode node(*root, relative, ignored);
    const auto take = [&](DomainPolicy policy) { consider(relative, std::move(policy)); };
    one_domain ? read_domain(node, {take}) : read_domain_file(node, {take});
  }

  void consider(const std::string& relative, DomainPolicy policy) {
    if (!domain_.is_at_or_below(policy.domain)) return;
    const std::size_t labels = policy.domain.label_count();
    found_.try_emplace(labels, relative, std::move(policy));
  }

  const Name& domain_;
  std::map<std::size_t, std::pair<std::string, DomainPolicy>, std::greater<>> found_;  // the most specific first
};

void add_services(const std::vector<SenderFile>& files, report::KnownSources& out) {
  for (const SenderFile& file : files) {
    if (file.error.empty() && out.service(file.policy.id) == nullptr) out.services.push_back(file.policy);
  }
}

Result<bool> look_through(const PolicySources& where, const std::string& directory, Search& search) {
  const Result<Folder> folder = Folder::open(directory);
  if (!folder) return Error{directory + ": does not exist; name the policy directory with --policies"};
  const fs::path root = folder->path();
  std::error_code error;
  for (const auto& [relative, text] : where.instead) search.look_in(relative, text);
  for (fs::recursive_directory_iterator at(root / "domains", error), end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (path.extension() != ".json" && path.extension() != ".jsonl") continue;
    const std::string relative = path.lexically_relative(root).string();
    if (where.instead.contains(relative)) continue;
    const Result<FileContent> content = read_policy_file(*folder, relative);
    if (!content) return Error{relative + ": " + content.error().message};
    search.look_in(relative, content->text);
  }
  return true;
}

}  // namespace

void add_policy(const DomainPolicy& policy, report::KnownSources& out) {
  if (policy.spf) {
    for (const SenderReference& sender : policy.spf->senders) out.enabled.insert(sender.sender);
    std::vector<IpPrefix> networks;
    for (const Netblock& netblock : policy.spf->netblocks) networks.push_back(netblock.network);
    out.netblocks = IpSet::of(networks);
  }
  if (!policy.dkim) return;
  const Day today = day_of(now());
  for (const DkimKey& key : policy.dkim->keys) {
    if (state_on(key, today) != DkimKeyState::revoked) out.keys.push_back({key.selector.to_string(), key.sender});
  }
}

Result<DomainKnowledge> domain_knowledge(const Name& domain, const PolicySources& where) {
  DomainKnowledge out;
  out.known.domain = domain.to_string();
  std::error_code error;
  out.directory = where.policies;
  if (!out.directory.empty()) {
    if (fs::is_directory(fs::path(out.directory) / "senders", error)) {
      const auto files = load_senders(out.directory);
      if (!files) return files.error();
      add_services(*files, out.known);
      for (const SenderPolicy& service : out.known.services) out.known.configured.insert(service.id);
    }
    Search search(domain);
    if (const auto looked = look_through(where, out.directory, search); !looked) return looked.error();
    std::move(search).finish(out);
    if (out.policy) add_policy(*out.policy, out.known);
  }
  if (where.catalogue.empty()) return out;
  const auto files = load_senders(where.catalogue);
  if (!files) return files.error();
  add_services(*files, out.known);
  return out;
}

}  // namespace emailauth::cli
