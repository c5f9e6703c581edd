// policy/cli/options/settings.h - What is configured once for all commands, and where each value comes from.
//
//   option           --policies DIR
//   environment      EMAILAUTH_POLICIES
//   file             policies = DIR     in /etc/emailauth/emailauth.conf
//   default
//
// The first of these that has a value decides. Owns the names of the settings. Knows nothing of CLI11; the only files
// that it opens are the configuration file and those in which it looks for the catalogue.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/base/result.h"

namespace emailauth::cli {

struct SettingKind {
  std::string_view name;      // in the file; "--<name>" is the option
  std::string_view variable;  // of the environment
  bool is_path;               // the file must write it from "/" on
  bool is_list;               // may have several values
};

inline constexpr SettingKind kPolicies{"policies", "EMAILAUTH_POLICIES", true, false};
inline constexpr SettingKind kCatalogue{"catalogue", "EMAILAUTH_CATALOGUE", true, false};
inline constexpr SettingKind kReports{"reports", "EMAILAUTH_REPORTS", true, false};
inline constexpr SettingKind kResolver{"resolver", "EMAILAUTH_RESOLVER", false, true};
inline constexpr SettingKind kTrustAnchor{"trust-anchor", "EMAILAUTH_TRUST_ANCHOR", true, false};

// All of them, in the order in which they are shown.
inline constexpr std::array kSettings{kPolicies, kCatalogue, kReports, kResolver, kTrustAnchor};

inline constexpr char kUsualConfiguration[] = "/etc/emailauth/emailauth.conf";
inline constexpr char kConfigurationVariable[] = "EMAILAUTH_CONFIG";

enum class Origin { option, environment, file, standard };

// "option", "environment", "file" or "default".
std::string_view to_text(Origin origin);

struct Setting {
  std::vector<std::string> values;  // at most one, unless the kind is a list; empty if the setting has no value
  Origin origin = Origin::standard;
  std::string place;          // "--policies", "EMAILAUTH_POLICIES", "/etc/emailauth/emailauth.conf:3", "default"
  bool command_line = false;  // an option says it, or the file that --config names

  // The value of a setting that is not a list; "" if it has none.
  std::string value() const { return values.empty() ? "" : values.front(); }
};

// A line of a configuration file.
struct ConfiguredLine {
  std::string name;
  std::vector<std::string> values;
  int line = 0;
};

// Reads the text of a configuration file. Each line is empty, a comment ("#" or ";"), or one setting:
//
//   policies = /srv/policies
//   resolver = ["192.0.2.53", "192.0.2.54"]
//
// This is the part of CLI11's format that all of its versions read alike. The error is that of the first line that is
// none of these, names no setting, or repeats one; it begins with "<file>:<line>: ".
Result<std::vector<ConfiguredLine>> parse_configuration(const std::string& file, std::string_view text);

// Returns the value of a variable of the environment; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

class Settings {
 public:
  // Reads the environment and the configuration file: `file` if it is not "" (from --config), else EMAILAUTH_CONFIG,
  // else the usual one, which may be missing. The error names the file, and the line if there is one.
  static Result<Settings> load(const std::string& file, const Environment& environment);

  // The value of `kind`, one of kSettings; `given` are the values of its option, empty if it was not given.
  Setting find(const SettingKind& kind, const std::vector<std::string>& given) const;

  // The configuration file that was read; "" if there is none.
  const std::string& file() const { return file_; }

 private:
  Environment environment_;
  std::string file_;
  bool file_is_named_by_option_ = false;
  std::vector<ConfiguredLine> lines_;
};

// The catalogue that belongs to this program: ../share/emailauth/catalogue, seen from the folder of the program; that
// of the source tree in which it was built; or /usr/share/emailauth/catalogue. Returns "" if there is none of these.
std::string installed_catalogue();

}  // namespace emailauth::cli
