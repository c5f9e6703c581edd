#include "policy/cli/options/settings.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "policy/base/usual_directory.h"

namespace emailauth::cli {

namespace {

namespace fs = std::filesystem;

constexpr char kUsualReports[] = "/var/lib/emailauth/reports.sqlite3";
constexpr std::size_t kMostOctets = 65536;  // of a configuration file

Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return Error{path + ": is a directory; name the configuration file"};
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string out(kMostOctets + 1, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (!file.is_open() || file.bad()) {
    const std::string why = errno != 0 ? std::strerror(errno) : "it cannot be read";
    return Error{path + ": cannot be read: " + why + "; make it readable, or name another configuration file"};
  }
  out.resize(static_cast<std::size_t>(file.gcount()));
  if (out.size() > kMostOctets) return Error{path + ": has more than 65536 octets; is it the configuration file?"};
  return out;
}

// "192.0.2.53, 192.0.2.54"
std::vector<std::string> split_list(std::string_view text) {
  constexpr std::string_view kBetween = ", \t";
  std::vector<std::string> out;
  for (std::size_t at = text.find_first_not_of(kBetween); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    out.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBetween, end);
  }
  return out;
}

std::vector<std::string> standard_values(const SettingKind& kind) {
  if (kind.name == kPolicies.name) return {kUsualDirectory};
  if (kind.name == kReports.name) return {kUsualReports};
  if (kind.name != kCatalogue.name) return {};
  const std::string catalogue = installed_catalogue();
  return catalogue.empty() ? std::vector<std::string>{} : std::vector{catalogue};
}

}  // namespace

std::string_view to_text(Origin origin) {
  switch (origin) {
    case Origin::option: return "option";
    case Origin::environment: return "environment";
    case Origin::file: return "file";
    case Origin::standard: return "default";
  }
  return "";
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<Settings> Settings::load(const std::string& file, const Environment& environment) {
  Settings out;
  out.environment_ = environment;
  out.file_is_named_by_option_ = !file.empty();
  out.file_ = file.empty() ? environment(kConfigurationVariable).value_or("") : file;
  if (out.file_.empty()) {
    std::error_code error;
    if (!fs::exists(kUsualConfiguration, error) && !error) return out;
    out.file_ = kUsualConfiguration;
  }
  const Result<std::string> text = read_text(out.file_);
  if (!text) return text.error();
  Result<std::vector<ConfiguredLine>> lines = parse_configuration(out.file_, *text);
  if (!lines) return lines.error();
  out.lines_ = std::move(*lines);
  return out;
}

Setting Settings::find(const SettingKind& kind, const std::vector<std::string>& given) const {
  if (!given.empty()) return {given, Origin::option, "--" + std::string(kind.name), true};
  const std::string variable(kind.variable);
  if (const auto value = environment_(variable); value && !value->empty()) {
    std::vector<std::string> values = kind.is_list ? split_list(*value) : std::vector{*value};
    if (!values.empty()) return {std::move(values), Origin::environment, variable, false};
  }
  for (const ConfiguredLine& line : lines_) {
    if (line.name != kind.name) continue;
    return {line.values, Origin::file, file_ + ":" + std::to_string(line.line), file_is_named_by_option_};
  }
  return {standard_values(kind), Origin::standard, "default", false};
}

std::string installed_catalogue() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path folder = program.parent_path();
  for (const fs::path& place :
       {folder.parent_path() / "share/emailauth/catalogue", folder.parent_path().parent_path() / "policy/catalogue",
        fs::path("/usr/share/emailauth/catalogue")}) {
    if (place.is_absolute() && fs::is_directory(place, error)) return place.string();
  }
  return "";
}

}  // namespace emailauth::cli
