// Tries the property on random worlds: template_property --help
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/property/property.h"
#include "tests/property/tally.h"
#include "tests/property/template_maker.h"
#include "tests/property/world_maker.h"

using namespace emailauth::property;  // NOLINT: a test driver
using emailauth::spf::NameCut;

namespace {

constexpr const char* kHelp = R"(usage: template_property [OPTION]…
Random policies, templates and messages: only clients that a policy grants may pass, and these must.

  --seed N               what is tried follows from it; a fresh one, which is printed, when not given
  --rounds N             N worlds, each judged by every verifier
  --seconds N            worlds for so long, one verifier at a time, all of them for the same time
  --first N              begin with this round: repeats a finding
  --cases N              messages in each world (100)
  --verifier NAME=COMMAND  another receiver (see tests/property/verifier.h)
  --only NAME            only verifiers with this name
  --keep-going           do not end at the first finding: count them all
  --careless             our zones are answered by a careless responder; succeeds when its holes are found

Exit status: 0 no finding, 1 a finding, 2 could not run.
)";

constexpr double kMostLost = 0.05;           // of what other receivers owe: they have their own limits
constexpr std::uint64_t kSureToOwe = 20000;  // cases after which somebody must have passed

struct Options {
  std::uint64_t seed = std::random_device()();
  std::uint64_t rounds = 0;
  std::uint64_t first = 0;
  std::uint64_t cases = 100;
  double seconds = 0;
  std::vector<std::pair<std::string, std::string>> verifiers;
  std::string only;
  bool keep_going = false;
  Answerer answerer = Answerer::responder;
};

Options parse_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string option = arguments[i];
    const auto value = [&]() -> std::string {
      if (++i >= count) throw std::runtime_error(option + " needs a value");
      return arguments[i];
    };
    if (option == "--seed")
      options.seed = std::stoull(value());
    else if (option == "--rounds")
      options.rounds = std::stoull(value());
    else if (option == "--first")
      options.first = std::stoull(value());
    else if (option == "--cases")
      options.cases = std::stoull(value());
    else if (option == "--seconds")
      options.seconds = std::stod(value());
    else if (option == "--only")
      options.only = value();
    else if (option == "--keep-going")
      options.keep_going = true;
    else if (option == "--careless")
      options.answerer = Answerer::careless, options.keep_going = true;
    else if (option == "--verifier") {
      const std::string both = value();
      const std::size_t end = both.find('=');
      if (end == std::string::npos) throw std::runtime_error("--verifier wants NAME=COMMAND");
      options.verifiers.emplace_back(both.substr(0, end), both.substr(end + 1));
    } else {
      throw std::runtime_error(option + " is not an option; see --help");
    }
  }
  if (options.rounds == 0 && options.seconds == 0) options.seconds = 5;
  return options;
}

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Run {
 public:
  explicit Run(Options options) : options_(std::move(options)) {
    add(make_own_verifier("ours, cuts any", NameCut::any_label), true);
    add(make_own_verifier("ours, cuts valid", NameCut::valid_labels), true);
    add(make_own_verifier("ours, cuts short", NameCut::short_labels), true);
    for (const auto& [name, command] : options_.verifiers) {
      if (is_wanted(name)) add(start_verifier(name, command), false);
    }
    if (verifiers_.empty()) throw std::runtime_error("there is no verifier " + options_.only);
  }

  int run() {
    const auto last = options_.first + (options_.rounds > 0 ? options_.rounds : UINT64_MAX - options_.first);
    for (round_ = options_.first; round_ < last && !is_over(); ++round_) play_round();
    std::cout << "seed " << options_.seed << ", " << round_ - options_.first << " rounds, " << clock_.seconds()
              << " s\n"
              << tally_.summary();
    return verdict();
  }

 private:
  struct Receiver {
    std::unique_ptr<Verifier> verifier;
    bool is_own;
    double seconds = 0;
  };

  bool is_wanted(const std::string& name) const { return options_.only.empty() || options_.only == name; }

  void add(std::unique_ptr<Verifier> verifier, bool is_own) {
    if (is_wanted(verifier->name())) verifiers_.push_back({std::move(verifier), is_own});
  }

  bool is_over() const {
    return (options_.seconds > 0 && clock_.seconds() > options_.seconds) || (findings_ > 0 && !options_.keep_going);
  }

  void play_round() {
    Dice dice((options_.seed << 20U) + round_);
    const MadeWorld made = make_world(dice);
    tally_.add_world(made.world, made.offered);
    std::vector<Case> cases;
    for (std::uint64_t i = 0; i < options_.cases; ++i) cases.push_back(make_case(dice, made.world));
    if (options_.rounds > 0) {
      for (Receiver& receiver : verifiers_) judge(receiver, made.world, cases);
    } else {
      judge(*std::min_element(verifiers_.begin(), verifiers_.end(),
                              [](const Receiver& a, const Receiver& b) { return a.seconds < b.seconds; }),
            made.world, cases);
    }
    if (clock_.seconds() < 60.0 * (minutes_ + 1)) return;
    ++minutes_;
    std::cout << "after " << minutes_ << " min: " << tally_.line() << std::endl;
  }

  void judge(Receiver& receiver, const World& world, const std::vector<Case>& cases) {
    const Clock clock;
    for (std::size_t i = 0; i < cases.size() && !is_over(); ++i) {
      if (!receiver.is_own && i % 4 != 0 && !is_worth_it(world, cases[i])) continue;
      const double before = clock.seconds();
      const Trial trial = try_case(world, cases[i], *receiver.verifier, options_.answerer);
      tally_.add(receiver.verifier->name(), cases[i], trial, clock.seconds() - before);
      if (trial.is_hole() || (receiver.is_own && trial.is_lost() && options_.answerer == Answerer::responder))
        report(receiver, world, cases[i], trial);
    }
    receiver.seconds += clock.seconds();
  }

  // Other receivers are slow: most of them see only cases in which one of our own answers was more than a refusal.
  bool is_worth_it(const World& world, const Case& c) {
    return try_case(world, c, *scout_, options_.answerer).was_generous;
  }

  void report(const Receiver& receiver, const World& world, const Case& c, const Trial& trial) {
    ++findings_;
    if (options_.keep_going && !reported_.insert(receiver.verifier->name() + shape_class_of(c)).second) return;
    if (options_.answerer == Answerer::careless) return;
    const Finding small = shrink({world.spec(), c}, *receiver.verifier, options_.answerer);
    std::cout << "FINDING by " << receiver.verifier->name() << ": "
              << (trial.is_hole() ? "a client passes that no policy grants"
                                  : "an honest client that is granted does not pass")
              << " (attack: " << to_text(c.attack) << ")\n  again: template_property --seed " << options_.seed
              << " --first " << round_ << " --rounds 1 --cases " << options_.cases << " --only '"
              << receiver.verifier->name() << "'\n"
              << describe(small, *receiver.verifier, options_.answerer) << std::endl;
  }

  static std::string shape_class_of(const Case& c);

  int verdict() const {
    if (options_.answerer == Answerer::careless) {
      const bool found = tally_.holes_by(Attack::overlay) > 0 && tally_.holes_by(Attack::cut) > 0 &&
                         tally_.holes_by(Attack::inject) > 0 && tally_.holes_by(Attack::our_zone) > 0;
      std::cout << (found ? "the careless responder was found out\n" : "the careless responder was NOT found out\n");
      return found ? 0 : 1;
    }
    int status = findings_ > 0 ? 1 : 0;
    for (const Receiver& receiver : verifiers_) {
      const std::string& name = receiver.verifier->name();
      const double owed = static_cast<double>(tally_.owed(name));
      const bool is_idle = owed == 0 && tally_.cases() > kSureToOwe;
      if (static_cast<double>(tally_.lost(name)) <= owed * kMostLost && !is_idle) continue;
      std::cout << "FINDING by " << name << ": of " << owed << " honest messages that must pass, " << tally_.lost(name)
                << " did not\n";
      status = 1;
    }
    return status;
  }

  Options options_;
  std::vector<Receiver> verifiers_;
  std::unique_ptr<Verifier> scout_ = make_own_verifier("scout", NameCut::any_label);
  Tally tally_;
  Clock clock_;
  std::uint64_t round_ = 0;
  std::uint64_t findings_ = 0;
  int minutes_ = 0;
  std::set<std::string> reported_;
};

std::string Run::shape_class_of(const Case& c) { return shape_class(Term::parse(c.published)); }

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count == 2 && arguments[1] == std::string("--help")) {
      std::cout << kHelp;
      return 0;
    }
    Options options = parse_options(count, arguments);
    std::cout << "seed " << options.seed << std::endl;
    return Run(std::move(options)).run();
  } catch (const std::exception& error) {
    std::cerr << "template_property: " << error.what() << "\n";
    return 2;
  }
}
