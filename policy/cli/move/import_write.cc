#include "policy/cli/move/import_write.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "policy/cli/write/file_replace.h"
#include "policy/cli/write/policy_edit.h"

namespace emailauth::cli {

std::optional<std::string> check_policy_text(const std::string& domain, const std::string& text) {
  Diagnostics diagnostics;
  parse_policy_file(PolicyFileKind::domains, "domains/" + domain + ".json", text, 0, diagnostics);
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::error) return to_string(d);
  }
  return std::nullopt;
}

Result<std::string> write_into_directory(const std::string& directory, const Name& domain, const std::string& text) {
  Result<PolicyEdit> edit = PolicyEdit::open(directory);
  if (!edit) return edit.error();
  const std::string file = "domains/" + domain.to_string() + ".json";
  const std::string object = text.substr(0, text.find_last_not_of('\n') + 1);
  if (const auto error = edit->add_domain(domain, file, object))
    return Error{error->message + "; nothing was written: compare it with --out, or remove it first"};
  const EditCheck check = edit->check();
  if (!check.good())
    return Error{to_string(check.errors.front()) + "; nothing was written: do what is needed above, then import again"};
  make_folder(edit->folder(), "domains");
  if (const auto error = edit->write()) return *error;
  return edit->root() + "/" + file;
}

Result<std::string> write_new_file(const std::string& path, const std::string& text) {
  Result<FilePlace> place = place_of(path);
  if (!place) return place.error();
  struct stat there {};
  if (fstatat(place->folder.descriptor(), place->name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
    return Error{path + ": already exists; remove it, or name another file"};
  const Result<bool> written = write_files({{place->folder, place->name, std::nullopt, text}});
  if (!written) return written.error();
  return path;
}

}  // namespace emailauth::cli
