// backend/guarded.h - The only way out of the module for a failure.
//
// PowerDNS reads DBException as "cannot answer now": it answers SERVFAIL, and keeps
// the connection and other backends. pdnsutil shows its text and exits with 1.
#pragma once

#include <string>

#include "backend/pdns_compat.h"

namespace emailauth::pdns {

// Runs `body`. Whatever it throws becomes a DBException; a DBException keeps its text.
template <typename F>
auto guarded(const char* what, F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const DBException&) {
    throw;
  } catch (const PDNSException& e) {
    throw DBException(std::string("[emailauth] ") + what + ": " + e.reason);
  } catch (const std::exception& e) {
    throw DBException(std::string("[emailauth] ") + what + ": " + e.what());
  } catch (...) {
    throw DBException(std::string("[emailauth] ") + what + " failed");
  }
}

}  // namespace emailauth::pdns
