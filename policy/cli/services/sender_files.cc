#include "policy/cli/services/sender_files.h"

#include <algorithm>
#include <filesystem>

#include "policy/cli/write/file_replace.h"
#include "policy/json/json_value.h"
#include "policy/json/policy_node.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

SenderFile read_one(const Folder& root, const std::string& relative) {
  SenderFile out{root, relative, {}, {}, {}};
  out.policy.id = fs::path(relative).stem().string();
  Result<FileContent> content = read_policy_file(root, relative);
  if (!content) {
    out.error = relative + ": " + content.error().message;
    return out;
  }
  out.content = std::move(*content);
  Result<SenderPolicy> policy = check_sender_text(relative, out.content.text);
  if (policy)
    out.policy = std::move(*policy);
  else
    out.error = policy.error().message;
  return out;
}

}  // namespace

Result<SenderPolicy> check_sender_text(const std::string& relative, std::string_view text) {
  Diagnostics diagnostics;
  parse_policy_file(PolicyFileKind::sender, relative, text, 0, diagnostics);
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::error) return Error{to_string(d)};
  }
  const auto parsed = parse_json(text);
  std::optional<SenderPolicy> policy = read_sender(PolicyNode(std::get<JsonValue>(parsed), relative, diagnostics));
  if (!policy) return Error{relative + ": this is not a sender"};
  return std::move(*policy);
}

Result<Folder> open_senders(const std::string& directory) {
  Result<Folder> folder = Folder::open(directory);
  if (!folder) return Error{directory + ": cannot be read: " + folder.error().message + "; name a policy directory"};
  return folder;
}

Result<std::vector<SenderFile>> load_senders(const std::string& directory) {
  const Result<Folder> folder = open_senders(directory);
  if (!folder) return folder.error();
  return load_senders(*folder);
}

Result<std::vector<SenderFile>> load_senders(const Folder& folder) {
  const fs::path root = folder.path();
  std::error_code error;
  const bool is_policy_directory = fs::is_directory(root / "senders", error);
  fs::recursive_directory_iterator files(is_policy_directory ? root / "senders" : root, error);
  std::vector<SenderFile> out;
  for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
    const std::string name = files->path().filename().string();
    if (name[0] == '.' || !is_policy_directory) files.disable_recursion_pending();
    if (name[0] == '.' || files->path().extension() != ".json" || name == "responder.json") continue;
    out.push_back(read_one(folder, files->path().lexically_relative(root).string()));
  }
  if (error) return Error{folder.path() + ": cannot be read: " + error.message() + "; make it readable"};
  std::sort(out.begin(), out.end(), [](const SenderFile& a, const SenderFile& b) { return a.policy.id < b.policy.id; });
  return out;
}

Result<bool> replace_sender_file(const SenderFile& file, const std::string& text) {
  return write_files({{file.root, file.relative, file.content.signature, text}});
}

Result<bool> create_sender_file(const Folder& directory, const std::string& id, const std::string& text) {
  make_folder(directory, "senders");
  return write_files({{directory, "senders/" + id + ".json", std::nullopt, text}});
}

std::optional<Error> unknown_sender(const std::vector<SenderFile>& files, const std::vector<std::string>& ids) {
  std::vector<std::string_view> known;
  for (const SenderFile& file : files) known.push_back(file.policy.id);
  for (const std::string& id : ids) {
    if (std::find(known.begin(), known.end(), id) != known.end()) continue;
    const auto meant = nearest(id, known);
    return Error{"there is no sender " + in_quotes(id) +
                 (meant ? "; did you mean " + in_quotes(*meant) + "?" : "; \"emailauth senders list\" names them")};
  }
  return std::nullopt;
}

}  // namespace emailauth::cli
