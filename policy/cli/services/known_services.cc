#include "policy/cli/services/known_services.h"

#include <algorithm>
#include <iterator>

#include "policy/cli/services/sender_files.h"
#include "policy/cli/terminal/list_file.h"
#include "policy/net/domain_text.h"

namespace emailauth::cli {

namespace {

// The usual names of keys in mail software and services.
constexpr const char* kCommonSelectors[] = {"default", "dkim", "mail", "selector1", "selector2", "google", "s1",
                                            "s2",      "k1",   "k2",   "k3",        "key1",      "mta",    "smtp"};

Result<std::vector<SenderPolicy>> senders_of(const std::string& directory) {
  const auto files = load_senders(directory);
  if (!files) return files.error();
  std::vector<SenderPolicy> out;
  for (const SenderFile& file : *files) {
    if (file.error.empty()) out.push_back(file.policy);
  }
  return out;
}

Result<bool> add_listed(const std::string& path, std::vector<Name>& out) {
  const Result<std::vector<ListedLine>> lines = read_list(path);
  if (!lines) return lines.error();
  for (const ListedLine& line : *lines) {
    const Result<Name> selector = parse_selector(line.text);
    if (!selector) return Error{path + ":" + std::to_string(line.number) + ": " + selector.error().message};
    add_new({*selector}, out);
  }
  return true;
}

}  // namespace

void add_new(const std::vector<Name>& names, std::vector<Name>& out) {
  for (const Name& name : names) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
}

Result<std::vector<Name>> selectors_to_look_for(const std::string& directory, const std::vector<std::string>& named) {
  std::vector<std::string> texts = named;
  texts.insert(texts.end(), std::begin(kCommonSelectors), std::end(kCommonSelectors));
  if (const auto files = load_senders(directory)) {
    for (const SenderFile& file : *files) {
      texts.insert(texts.end(), file.policy.dkim_selectors.begin(), file.policy.dkim_selectors.end());
    }
  }
  std::vector<Name> selectors;
  for (const std::string& text : texts) {
    const Result<Name> selector = parse_selector(text);
    if (!selector) return selector.error();
    if (std::find(selectors.begin(), selectors.end(), *selector) == selectors.end()) selectors.push_back(*selector);
  }
  return selectors;
}

Result<KnownServices> known_services(const WantedServices& wanted) {
  KnownServices out;
  const std::string& catalogue = wanted.catalogue;
  for (const std::string& text : wanted.selectors) {
    const Result<Name> selector = parse_selector(text);
    if (!selector) return Error{"--selector: " + selector.error().message};
    add_new({*selector}, out.selectors);
  }
  if (!wanted.selectors_file.empty()) {
    if (const auto added = add_listed(wanted.selectors_file, out.selectors); !added) return added.error();
  }
  if (!wanted.directory.empty()) {
    Result<std::vector<SenderPolicy>> senders = senders_of(wanted.directory);
    if (!senders) return senders.error();
    out.senders = std::move(*senders);
  }
  if (!catalogue.empty()) {
    Result<std::vector<SenderPolicy>> senders = senders_of(catalogue);
    if (!senders) return senders.error();
    out.catalogue = std::move(*senders);
  }
  for (const std::string& directory : {wanted.directory, catalogue}) {
    const Result<std::vector<Name>> selectors = selectors_to_look_for(directory, {});
    if (!selectors) return selectors.error();
    add_new(*selectors, out.selectors);
  }
  return out;
}

}  // namespace emailauth::cli
