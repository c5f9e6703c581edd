// policy/spf/host_check.h - One run of check_host(): its state and its steps.
//
// Owns the counters, the trace and the recursion through include and redirect,
// which the limit on terms bounds. Private to policy/spf: use check_host().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/spf/evaluator.h"
#include "policy/spf/macro_string.h"
#include "policy/spf/record.h"

namespace emailauth::spf {

class HostCheck {
 public:
  // `values` holds what stays the same: everything but domain and validated.
  HostCheck(Dns& dns, const Limits& limits, MacroValues values)
      : dns_(dns), limits_(limits), values_(std::move(values)) {}

  // Runs once.
  Evaluation run(const std::string& domain);

 private:
  // What a mechanism says about the client.
  enum class Match : std::uint8_t { no, yes, temperror, permerror };

  // A record being evaluated.
  struct Frame {
    const Record& record;
    std::string domain;  // plain text: %{d}
    int depth;
    bool explains;  // its exp= is used: it is not inside an include (6.2)
  };

  // The PTR names of the client, and those of them that resolve back to it (5.5).
  struct ClientNames {
    bool none = false;  // the client has no PTR record
    std::vector<Name> validated;
  };

  Verdict check_domain(const std::string& domain, int depth, bool explains);
  std::optional<Record> fetch_record(const std::string& domain, int depth, Verdict& verdict);
  Verdict check_record(const Frame& frame);
  Verdict decided(const Frame& frame, const Mechanism& mechanism);
  Verdict follow_redirect(const Frame& frame);
  void fetch_explanation(const Frame& frame);

  Match match(const Frame& frame, const Mechanism& mechanism);
  Match match_include(const Frame& frame, const Mechanism& mechanism, std::size_t step);
  Match match_a(const Frame& frame, const Mechanism& mechanism);
  Match match_mx(const Frame& frame, const Mechanism& mechanism);
  Match match_ptr(const Frame& frame, const Mechanism& mechanism);
  Match match_exists(const Frame& frame, const Mechanism& mechanism);
  Match match_addresses(const Name& name, const Mechanism& mechanism);

  std::string target_text(const Frame& frame, const Mechanism& mechanism);
  std::string expand(const Frame& frame, const MacroString& text, bool as_domain);
  const ClientNames& client_names();
  std::string validated_for(const std::string& domain);

  DnsAnswer ask(const Name& name, RecordType type);
  Match count_void(const DnsAnswer& answer);
  bool count_term();
  Match temperror(const Name& name, RecordType type, const DnsAnswer& answer);
  Match permerror(std::string reason);

  RecordType address_type() const;
  std::size_t add_step(int depth, const std::string& domain, std::string_view term);
  void finish_step(std::size_t step, std::string outcome);

  Dns& dns_;
  const Limits limits_;
  MacroValues values_;
  Evaluation out_;
  std::size_t current_step_ = 0;  // where ask() writes
  std::optional<ClientNames> client_names_;
};

}  // namespace emailauth::spf
