// backend/guarded.h - The only way out of the module for a failure.
//
// PowerDNS takes DBException for "cannot answer now": SERVFAIL, and no harm to
// the connection or to other backends. pdnsutil shows its text and exits with 1.
#pragma once

#include <string>

#include "backend/pdns_compat.h"

namespace emailauth::pdns {

// Runs `body`; whatever it throws becomes a DBException. One that is a
// DBException already keeps its text.
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
