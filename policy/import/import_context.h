// policy/import/import_context.h - What every part of an import gets: a name, DNS, and a place for notes. Private to
// policy/import.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "policy/dns/certain_dns.h"
#include "policy/import/import.h"
#include "policy/import/note_list.h"

namespace emailauth::importing {

using nlohmann::ordered_json;

struct ImportContext {
  Name domain;  // the domain, or a subdomain of it
  CertainDns& dns;
  const ImportOptions& options;
  NoteList& notes;
  std::vector<std::string>& new_senders;  // Import::new_senders

  void lost(std::string_view part, const Name& where, std::string what, Todo todo = {}) const {
    add(ImportNote::Kind::lost, part, where, std::move(what), std::move(todo));
  }
  void needed(std::string_view part, const Name& where, std::string what, Todo todo) const {
    add(ImportNote::Kind::needed, part, where, std::move(what), std::move(todo));
  }
  void note(std::string_view part, const Name& where, std::string what) const {
    add(ImportNote::Kind::note, part, where, std::move(what), {});
  }

 private:
  void add(ImportNote::Kind kind, std::string_view part, const Name& where, std::string what, Todo todo) const {
    notes.add({{std::move(what), "", std::move(todo)}, kind, std::string(part), where.to_string()});
  }
};

// Each returns the value of its key in a domain file; null if nothing is published.
ordered_json import_spf(const ImportContext& context);
ordered_json import_dmarc(const ImportContext& context);
ordered_json import_dkim(const ImportContext& context, const ordered_json& spf);
ordered_json import_bimi(const ImportContext& context);
ordered_json import_mta_sts(const ImportContext& context);
ordered_json import_tls_rpt(const ImportContext& context);

// Returns the only record of that version at `label` below the domain; nullopt if there is none. Notes two as lost.
std::optional<std::string> only_record(const ImportContext& context, std::string_view part, std::string_view label,
                                       std::string_view version);

// The service that the evidence certainly points to: one of the directory, otherwise one of the catalogue, from where
// it must be added first. nullptr if it is unknown, or if several services share the evidence.
struct KnownSender {
  const SenderPolicy* sender = nullptr;
  bool in_directory = false;
};
KnownSender sender_of_term(const ImportOptions& options, const std::string& target);
KnownSender sender_of_key(const ImportOptions& options, const Name& target, const std::string& selector);

}  // namespace emailauth::importing
