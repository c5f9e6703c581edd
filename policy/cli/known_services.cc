#include "policy/cli/known_services.h"

#include <algorithm>
#include <filesystem>

#include "policy/cli/list_file.h"
#include "policy/cli/records_live.h"
#include "policy/cli/sender_files.h"
#include "policy/domain_text.h"

namespace emailauth::cli {

namespace {

Result<std::vector<SenderPolicy>> senders_of(const std::string& directory) {
  const auto files = load_senders(directory);
  if (!files) return files.error();
  std::vector<SenderPolicy> out;
  for (const SenderFile& file : *files) {
    if (file.error.empty()) out.push_back(file.policy);
  }
  return out;
}

void add_new(const std::vector<Name>& names, std::vector<Name>& out) {
  for (const Name& name : names) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
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

Result<KnownServices> known_services(const WantedServices& wanted) {
  KnownServices out;
  const std::string catalogue = wanted.catalogue.empty() ? default_catalogue() : wanted.catalogue;
  std::error_code ignored;
  const bool has_directory = !wanted.directory.empty() && std::filesystem::is_directory(wanted.directory, ignored);
  for (const std::string& text : wanted.selectors) {
    const Result<Name> selector = parse_selector(text);
    if (!selector) return Error{"--selector: " + selector.error().message};
    add_new({*selector}, out.selectors);
  }
  if (!wanted.selectors_file.empty()) {
    if (const auto added = add_listed(wanted.selectors_file, out.selectors); !added) return added.error();
  }
  if (has_directory) {
    Result<std::vector<SenderPolicy>> senders = senders_of(wanted.directory);
    if (!senders) return senders.error();
    out.senders = std::move(*senders);
  }
  if (!catalogue.empty()) {
    Result<std::vector<SenderPolicy>> senders = senders_of(catalogue);
    if (!senders) return senders.error();
    out.catalogue = std::move(*senders);
  }
  for (const std::string& directory : {has_directory ? wanted.directory : "", catalogue}) {
    const Result<std::vector<Name>> selectors = selectors_to_look_for(directory, {});
    if (!selectors) return selectors.error();
    add_new(*selectors, out.selectors);
  }
  return out;
}

}  // namespace emailauth::cli
