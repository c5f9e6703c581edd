// How PowerDNS finds the module: the factory, and the loader that reports it.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>

#include "backend/backend.h"
#include "backend/counters.h"
#include "policy/base/usual_directory.h"

namespace emailauth::pdns {

namespace {

class Factory : public BackendFactory {
 public:
  Factory() : BackendFactory("emailauth") {}

  void declareArguments(const string& suffix = "") override {
    declare(suffix, "dir", "Directory of the policy files", kUsualDirectory);
    declare(suffix, "dnssec-db",
            "SQLite file of the DNSSEC keys and zone metadata, created when needed; empty for no DNSSEC",
            "/var/lib/powerdns/emailauth.sqlite3");
    declare(suffix, "debug", "Log how each question is answered, and why", "no");
    declare_counters();
  }

  DNSBackend* make(const string& suffix = "") override {
    static std::atomic<bool> warned{false};  // every thread creates its own backend
    if (!warned.exchange(true)) {
      warn_of_order();
      if (::arg().parmIsset("local-port")) warn_of_server_settings(suffix);
    }
    return new Backend(suffix);
  }

 private:
  static void warn_of_order() {
    const std::string& launch = ::arg()["launch"];
    const std::string wrong_order = complaint(LaunchOrder::parse(launch), launch);
    if (!wrong_order.empty()) g_log << Logger::Error << "[emailauth] " << wrong_order << endl;
  }

  static void warn_of_server_settings(const string& suffix) {
    // Mail software puts any octet into names: without 8bit-dns PowerDNS itself refuses them, and legitimate mail gets
    // a temporary error.
    if (!::arg().mustDo("8bit-dns")) {
      g_log << Logger::Error
            << "[emailauth] 8bit-dns is off: names with \"+\", \"=\", \"[\" or 8-bit octets, as mail servers send "
               "them, get SERVFAIL; write 8bit-dns=yes"
            << endl;
    }
    // PowerDNS keeps each signature for a week, and names here are endless.
    if (!::arg()["emailauth" + suffix + "-dnssec-db"].empty() && ::arg()["max-signature-cache-entries"].empty()) {
      g_log << Logger::Warning
            << "[emailauth] max-signature-cache-entries is not set: when zones are signed, each new name adds a "
               "signature, and memory grows without a bound; write max-signature-cache-entries=100000"
            << endl;
    }
  }
};

// The size of DNSBackend's vtable as this module was compiled: where the next virtual function would be. A pointer to a
// virtual member contains its offset plus one (Itanium C++ ABI, 2.3); two words precede the first.
struct OneMore : DNSBackend {
  virtual void next_virtual() {}
};

std::size_t vtable_octets_compiled() {
  const auto words = std::bit_cast<std::array<std::ptrdiff_t, 2>>(&OneMore::next_virtual);
  return static_cast<std::size_t>(words[0] - 1) + 2 * sizeof(void*);
}

// The size of DNSBackend's vtable in the program that loads us; 0 if unknown.
std::size_t vtable_octets_of_host() {
  void* vtable = dlsym(RTLD_DEFAULT, "_ZTV10DNSBackend");
  Dl_info info{};
  ElfW(Sym)* symbol = nullptr;
  if (vtable == nullptr || dladdr1(vtable, &info, reinterpret_cast<void**>(&symbol), RTLD_DL_SYMENT) == 0 ||
      symbol == nullptr)
    return 0;
  return symbol->st_size;
}

// "4.7.3" in the server; "" in pdnsutil, which does not provide it.
std::string version_of_host() {
  using VersionFunction = std::string (*)();
  const auto function = reinterpret_cast<VersionFunction>(dlsym(RTLD_DEFAULT, "_Z14getPDNSVersionB5cxx11v"));
  return function == nullptr ? "" : function();
}

// The loader of PowerDNS compares nothing. A module that was built for another
// version would be called through the wrong vtable.
bool fits_host() {
  const std::size_t octets = vtable_octets_of_host();
  const std::string version = version_of_host();
  const std::string built_for = std::string(EMAILAUTH_PDNS_VERSION) + ".";
  if (octets == vtable_octets_compiled() && (version.empty() || version.compare(0, built_for.size(), built_for) == 0))
    return true;
  g_log << Logger::Error << "[emailauth] this module was built for PowerDNS " << built_for << "x (vtable of "
        << vtable_octets_compiled() << " octets), and this is " << (version.empty() ? "another" : version) << " ("
        << octets << "); build it again for the installed version" << endl;
  return false;
}

struct Loader {
  Loader() {
    if (fits_host()) report_factory<Factory>();
  }
};

const Loader loader;

}  // namespace

}  // namespace emailauth::pdns
