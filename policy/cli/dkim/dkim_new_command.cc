#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "policy/cli/dkim/dkim_command.h"
#include "policy/cli/dkim/dkim_new_key.h"
#include "policy/cli/dkim/signer_lines.h"
#include "policy/cli/options/command.h"
#include "policy/cli/terminal/shown.h"
#include "policy/net/domain_text.h"
#include "policy/records/dkim_rotation.h"

namespace emailauth::cli {

namespace dkim_new_command {

constexpr char kCommand[] = "dkim new";

struct Options {
  DkimEditOptions edit;
  std::string domain;
  std::string selector;
  std::string type = "rsa";
  std::string sender;
  std::string out;
  int bits = 0;
};

// What the command prints goes to standard error, so that standard output has only the key.
class OutputForKey {
 public:
  OutputForKey() : output_(dup(STDOUT_FILENO)) { dup2(STDERR_FILENO, STDOUT_FILENO); }
  ~OutputForKey() {
    restore();
    close(output_);
  }
  OutputForKey(const OutputForKey&) = delete;
  OutputForKey& operator=(const OutputForKey&) = delete;

  void restore() const {
    std::fflush(stdout);
    dup2(output_, STDOUT_FILENO);
  }

 private:
  int output_;
};

Result<DkimKey> entry_of(const Options& options, const DkimEdit& keys, Day today) {
  DkimKey key;
  if (options.type != "rsa" && options.type != "ed25519") {
    return Error{"--type " + in_quotes(options.type) + " is not a key type; use \"rsa\" or \"ed25519\""};
  }
  key.type = options.type == "rsa" ? DkimKeyType::rsa : DkimKeyType::ed25519;
  if (options.bits != 0 && key.type == DkimKeyType::ed25519) {
    return Error{"--bits is for RSA; keys of type ed25519 have one size"};
  }
  if (options.bits != 0 && (options.bits < 1024 || options.bits > 4096)) {
    return Error{"--bits " + std::to_string(options.bits) + " is not in 1024..4096, which verifiers accept; use 2048"};
  }
  key.selector = new_selector(keys.keys(), key.type, today);
  if (!options.selector.empty()) {
    const Result<Name> selector = parse_selector(options.selector);
    if (!selector) return Error{"--selector: " + selector.error().message};
    key.selector = *selector;
  }
  if (keys.find(key.selector)) {
    return Error{"the selector " + in_quotes(key.selector.to_string()) + " of " + keys.domain().to_string() +
                 " is in use; a key never changes under its name: choose another"};
  }
  key.sender = options.sender;
  key.state = DkimKeyState::pending;
  key.created = today;
  return key;
}

int make(const Options& options) {
  Result<DkimTask> task = begin_task(options.edit);
  if (!task) return trouble(kCommand, task.error().message);
  Result<DkimEdit> keys = DkimEdit::open(task->edit, options.domain);
  if (!keys) return trouble(kCommand, keys.error().message);
  const Result<DkimKey> entry = entry_of(options, *keys, task->today);
  if (!entry) return trouble(kCommand, entry.error().message);
  if (!options.out.empty() && std::filesystem::exists(std::filesystem::symlink_status(options.out))) {
    return trouble(kCommand, options.out + ": already exists; a private key is never overwritten: name another file");
  }
  std::vector<NewKey> made;
  Result<NewKey> key = make_key(*keys, *entry, options.bits == 0 ? 2048 : options.bits, options.out);
  if (!key) return trouble(kCommand, key.error().message);
  made.push_back(std::move(*key));
  if (auto error = add_note(task->edit, keys->domain(), options.edit)) return trouble(kCommand, error->message);

  const DkimKey& added = made.front().entry;
  const std::string name = in_quotes(added.selector.to_string());
  const std::vector<EditedDomain> done{
      {keys->domain(), fmt::format("gets the {} key {} of {} bits, pending", to_text(added.type), name, added.bits),
       true}};
  std::vector<std::string> remarks{name +
                                   " must not sign before resolvers have it: \"emailauth dkim rotate\" says when"};
  if (!options.edit.write) remarks.emplace_back("this key is discarded; --write creates another one and keeps it");
  std::optional<OutputForKey> output;
  if (options.out.empty() && options.edit.write) output.emplace();
  const auto write = [&]() -> std::optional<Error> {
    if (output) output->restore();
    auto error = write_with_keys(task->edit, made);
    if (output) output.emplace();
    return error;
  };
  const int status = finish_edit(kCommand, task->edit, options.edit, done, remarks, write);
  if (status == kFine && options.edit.write && !options.edit.json) {
    std::error_code ignored;
    const std::string file =
        options.out.empty() ? "/path/to/the/private.key" : std::filesystem::absolute(options.out, ignored).string();
    print(signer_lines(added, keys->domain(), file));
  }
  return status;
}

}  // namespace dkim_new_command

void add_dkim_new(CLI::App& dkim, Program& program) {
  using namespace dkim_new_command;
  auto options = std::make_shared<Options>();
  CLI::App* command = dkim.add_subcommand("new", "Create a key pair, and put its public half into the policy");
  command->add_option("DOMAIN", options->domain, "The domain")->required();
  command->add_option("--selector", options->selector, "Its name (unless given, made from type and date)");
  command->add_option("--type", options->type, "rsa or ed25519")->capture_default_str();
  command->add_option("--bits", options->bits, "Of an RSA key, 1024 to 4096 (2048 unless set)");
  command->add_option("--sender", options->sender, "The service that signs with it");
  command->add_option("--out", options->out,
                      "Write the private key to this new file, mode 0600 (unless given, to standard output)");
  add_dkim_edit_options(program, *command, options->edit);
  command->footer(
      "The key is pending: it is published, and signs when \"emailauth dkim rotate\" has seen\n"
      "that resolvers have it. The private key is PEM, as OpenDKIM and rspamd read it, and goes\n"
      "only where --out says; the lines for both are printed with it.\n\n"
      "Examples:\n"
      "  emailauth dkim new example.com\n"
      "  emailauth dkim new example.com --out /etc/dkimkeys/example.com.pem --write\n"
      "  emailauth dkim new example.com --type ed25519 --selector ed1 --out ed1.pem --write\n\n"
      "Exit status: 0 done or shown, 1 the policies would be broken, 2 wrong usage or I/O.");
  program.on_call(*command, [options] { return make(*options); });
}

}  // namespace emailauth::cli
