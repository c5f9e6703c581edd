// policy/dns/dns.h - What `emailauth check` wants from DNS: more than SPF does.
//
// Owns the shape of questions and answers. Whoever implements Dns owns the
// network and the time limits; it never blocks for ever.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/net/dns_name.h"
#include "policy/spf/resolver.h"

namespace emailauth::check {

enum class RrType : std::uint16_t { a = 1, ns = 2, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28, spf = 99 };

// unknown: nobody validated. bogus comes with DnsStatus::bogus.
enum class Validation : std::uint8_t { unknown, insecure, secure, bogus };
std::string_view to_text(Validation validation);

struct Question {
  Name name;
  RrType type;
  friend auto operator<=>(const Question&, const Question&) = default;
};

struct Found {
  spf::DnsStatus status = spf::DnsStatus::noerror;
  Validation validation = Validation::unknown;
  std::string why;                   // why it failed, where more is known than the status; one line
  Name owner;                        // where the records stand: behind the CNAMEs, if there are any
  std::vector<IpAddress> addresses;  // A, AAAA
  std::vector<Name> names;           // PTR, NS, CNAME; MX, most preferred first ("." for a null MX)
  std::vector<std::string> texts;    // TXT, SPF: one a record, its strings joined without a space

  bool failed() const { return status != spf::DnsStatus::noerror && status != spf::DnsStatus::nxdomain; }
  bool empty() const { return addresses.empty() && names.empty() && texts.empty(); }
};

class Dns {
 public:
  virtual ~Dns() = default;

  // CNAMEs are followed, except for NS and CNAME themselves. The same question gets the same answer.
  virtual const Found& ask(const Question& question) = 0;

  // These will be asked: an implementation may ask them together, now.
  virtual void expect(std::span<const Question> questions) { static_cast<void>(questions); }

  const Found& ask(const Name& name, RrType type) { return ask(Question{name, type}); }
};

// "SERVFAIL", "no answer in time", or Found::why.
std::string failure_text(const Found& found);

// The texts that begin with `version`, in any case, and then end or go on with one of `separators`.
std::vector<std::string> texts_of_version(const Found& found, std::string_view version, std::string_view separators);

// `label`, which may hold dots, below `domain`. Nothing of the kind: the name would be too long.
Result<Name> below(std::string_view label, const Name& domain);

}  // namespace emailauth::check
