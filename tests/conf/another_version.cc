// A module that needs what this PowerDNS does not have: DNSName::of_another_version(char const*).
extern "C" void _ZN7DNSName18of_another_versionEPKc();  // NOLINT: mangled as another version would have it

namespace {
struct Loader {
  Loader() { _ZN7DNSName18of_another_versionEPKc(); }
} loader;
}  // namespace
