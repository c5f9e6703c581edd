// backend/commands.h - The commands of "pdnsutil backend-cmd emailauth …".
//
// Text in, text out; the same core as the program `emailauth`.
#pragma once

#include <string>

#include "backend/key_store.h"
#include "backend/service.h"
#include "policy/answer/responder.h"

namespace emailauth::pdns {

struct CommandContext {
  const Service& service;
  const Responder& responder;
  KeyStore& keys;
};

struct CommandResult {
  std::string text;     // ends with a new line
  bool failed = false;  // for the exit status
};

// Runs "lint", "explain NAME" or "status". For anything else the text says so and lists these.
CommandResult run_command(const std::string& line, const CommandContext& context);

}  // namespace emailauth::pdns
