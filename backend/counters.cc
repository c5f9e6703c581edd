#include "backend/counters.h"

#include <array>
#include <ctime>
#include <mutex>

#include "backend/pdns_compat.h"
#include "backend/service.h"

namespace emailauth::pdns {

namespace {

struct Declared {
  const char* key;
  const char* help;
};

// In the order of AnswerFamily, then questions without a family.
constexpr std::array<Declared, 15> kFamilies = {{
    {"emailauth-questions-other", "Questions for further names inside the responder's zones"},
    {"emailauth-questions-apex", "Questions for the apex of a zone"},
    {"emailauth-questions-spf-v4", "SPF questions about an IPv4 address"},
    {"emailauth-questions-spf-v6", "SPF questions about an IPv6 address"},
    {"emailauth-questions-spf-static", "Questions for static SPF records and their pages"},
    {"emailauth-questions-spf-exists", "SPF questions through an exists: template"},
    {"emailauth-questions-spf-other", "Names below a managed domain that are not a question: cut or garbled"},
    {"emailauth-questions-dmarc", "Questions for DMARC policies"},
    {"emailauth-questions-dkim", "Questions for DKIM keys"},
    {"emailauth-questions-bimi", "Questions for BIMI records"},
    {"emailauth-questions-mta-sts", "Questions for MTA-STS records"},
    {"emailauth-questions-tls-rpt", "Questions for TLS-RPT records"},
    {"emailauth-questions-report", "Questions for report authorisations"},
    {"emailauth-questions-empty", "Questions for empty non-terminals"},
    {"emailauth-questions-unknown", "Questions for names that do not exist (NXDOMAIN)"},
}};
constexpr std::size_t kEmpty = 13;
constexpr std::size_t kUnknown = 14;

// In the order of SpfVerdict, without "none".
constexpr std::array<Declared, 3> kVerdicts = {{
    {"emailauth-spf-authorized", "SPF questions answered: may send"},
    {"emailauth-spf-unauthorized", "SPF questions answered: may not send"},
    {"emailauth-spf-unparsable", "SPF questions that could not be read, or may have been cut"},
}};
constexpr std::array<Declared, 2> kReloads = {{
    {"emailauth-reloads-failed", "Changes of the policy directory with errors in them"},
    {"emailauth-reloads-ok", "Changes of the policy directory that were put in service"},
}};

using Gauge = std::uint64_t (*)(const Service::Status&);
struct DeclaredGauge {
  const char* key;
  const char* help;
  Gauge value;
};
constexpr std::array<DeclaredGauge, 6> kGauges = {{
    {"emailauth-domains", "Managed domains, subdomain entries included",
     [](const Service::Status& s) -> std::uint64_t { return s.domains; }},
    {"emailauth-files-in-error", "Policy files with errors",
     [](const Service::Status& s) -> std::uint64_t { return s.files_in_error; }},
    {"emailauth-networks", "Networks of all senders",
     [](const Service::Status& s) -> std::uint64_t { return s.networks; }},
    {"emailauth-senders", "Sending services", [](const Service::Status& s) -> std::uint64_t { return s.senders; }},
    {"emailauth-snapshot-age", "Seconds since the policies in service were loaded",
     [](const Service::Status& s) -> std::uint64_t {
       return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time(nullptr) - s.loaded_at));
     }},
    {"emailauth-zones", "Zones answered", [](const Service::Status& s) -> std::uint64_t { return s.zones; }},
}};

// PowerDNS' own registry is global; these point into it.
std::array<AtomicCounter*, kFamilies.size()> g_families{};
std::array<AtomicCounter*, kVerdicts.size()> g_verdicts{};
std::array<AtomicCounter*, kReloads.size()> g_reloads{};
std::mutex g_service_mutex;
std::shared_ptr<Service> g_service;

template <std::size_t N>
void declare_all(const std::array<Declared, N>& declared, std::array<AtomicCounter*, N>& counters) {
  for (std::size_t i = 0; i < N; ++i) {
    S.declare(declared[i].key, declared[i].help);
    counters[i] = S.getPointer(declared[i].key);
  }
}

void increment(AtomicCounter* counter) {
  if (counter != nullptr) ++*counter;
}

}  // namespace

void declare_counters() {
  if (g_families[0] != nullptr) return;  // a second launch suffix
  declare_all(kFamilies, g_families);
  declare_all(kVerdicts, g_verdicts);
  declare_all(kReloads, g_reloads);
  for (const DeclaredGauge& gauge : kGauges) {
    S.declare(
        gauge.key, gauge.help,
        [value = gauge.value](const std::string&) -> std::uint64_t {
          const std::lock_guard lock(g_service_mutex);
          return g_service ? value(g_service->status()) : 0;
        },
        StatType::gauge);
  }
}

void count_question(const Answer& answer) {
  const bool empty =
      answer.kind == Answer::Kind::exists && answer.records.empty() && answer.verdict == SpfVerdict::none;
  increment(answer.kind != Answer::Kind::exists ? g_families[kUnknown]
            : empty                             ? g_families[kEmpty]
                                                : g_families[static_cast<std::size_t>(answer.family)]);
  if (answer.verdict != SpfVerdict::none) increment(g_verdicts[static_cast<std::size_t>(answer.verdict) - 1]);
}

void count_missing() { increment(g_families[kUnknown]); }

void count_reload(bool ok) { increment(g_reloads[ok ? 1 : 0]); }

void show_service(const std::shared_ptr<Service>& service) {
  const std::lock_guard lock(g_service_mutex);
  g_service = service;
}

}  // namespace emailauth::pdns
