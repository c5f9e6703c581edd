#include "policy/cli/bimi/bimi_certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "policy/base/some_of.h"
#include "policy/cli/bimi/bimi_logo.h"
#include "policy/cli/bimi/logotype.h"
#include "policy/cli/terminal/no_pass_phrase.h"
#include "policy/net/public_suffix.h"
#include "policy/senders/sender_resolution.h"
#include "policy/spf/visible_text.h"

namespace emailauth::cli {

namespace {

using check::FindingName;
using spf::quoted_text;
using spf::visible_text;

constexpr const char* kMarkUsage = "1.3.6.1.5.5.7.3.31";        // id-kp-BrandIndicatorforMessageIdentification
constexpr const char* kLogotype = "1.3.6.1.5.5.7.1.12";         // RFC 9399
constexpr const char* kMarkType = "1.3.6.1.4.1.53087.1.13";     // mark certificate requirements, 7.1.4
constexpr const char* kTimestamps = "1.3.6.1.4.1.11129.2.4.2";  // RFC 6962, 3.3
constexpr std::int64_t kSoon = std::int64_t{30} * 86400;
constexpr std::size_t kMostCertificates = 10;
constexpr std::size_t kNameShown = 200;
constexpr std::size_t kNamesShown = 10;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, Deleter<ASN1_OBJECT_free>>;
using Store = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using Verification = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using Usages = std::unique_ptr<EXTENDED_KEY_USAGE, Deleter<EXTENDED_KEY_USAGE_free>>;

// Reads the certificates of a file as far as possible.
struct Certificates {
  std::vector<Certificate> all;
  bool encrypted = false;  // the next one is encrypted; the program asks for no pass phrase
};

Certificates certificates_of(std::string_view pem) {
  Certificates out;
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  ERR_clear_error();
  while (out.all.size() < kMostCertificates) {
    Certificate one(PEM_read_bio_X509(in.get(), nullptr, no_pass_phrase, nullptr));
    if (!one) break;
    out.all.push_back(std::move(one));
  }
  const unsigned long error = ERR_peek_last_error();
  out.encrypted = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_BAD_PASSWORD_READ;
  ERR_clear_error();
  return out;
}

bool is(const ASN1_OBJECT* object, const char* oid) {
  const Object wanted(OBJ_txt2obj(oid, 1));
  return OBJ_cmp(object, wanted.get()) == 0;
}

// Returns the DER inside an extension; nullopt if the certificate lacks it.
std::optional<std::string_view> extension(const X509* certificate, const char* oid) {
  const Object wanted(OBJ_txt2obj(oid, 1));
  const int at = X509_get_ext_by_OBJ(certificate, wanted.get(), -1);
  if (at < 0) return std::nullopt;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
  return std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                          static_cast<std::size_t>(ASN1_STRING_length(value)));
}

std::string text_of(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return visible_text({data, static_cast<std::size_t>(size)}, kNameShown);
}

std::string entry_of(const X509_NAME* name, const char* oid) {
  const Object wanted(OBJ_txt2obj(oid, 1));
  const int at = X509_NAME_get_index_by_OBJ(name, wanted.get(), -1);
  if (at < 0) return "";
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return visible_text({reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                       static_cast<std::size_t>(ASN1_STRING_length(value))},
                      kNameShown);
}

std::int64_t time_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> out;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    out.push_back(visible_text({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))},
                               kNameShown));
  }
  return out;
}

std::string digest(const EVP_MD* method, std::string_view data) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (method == nullptr || EVP_Digest(data.data(), data.size(), out, &size, method, nullptr) != 1) return "";
  return {reinterpret_cast<const char*>(out), size};
}

std::string with_unix_lines(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r')
      out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      out += '\n';
  }
  return out;
}

class MarkCheck {
 public:
  MarkCheck(const MarkQuestion& question, check::Findings& findings) : question_(question), findings_(findings) {}

  std::optional<MarkReport> run(std::string_view pem) {
    const auto [chain, encrypted] = certificates_of(pem);
    if (encrypted)
      found("bimi-mark-unreadable", fmt::format("certificate {} of the file is encrypted", chain.size() + 1));
    else if (chain.empty())
      found("bimi-mark-unreadable", "it contains no certificate in PEM form");
    if (chain.empty()) return std::nullopt;
    const X509* mark = chain.front().get();
    report_.certificates = chain.size();
    report_.subject = text_of(X509_get_subject_name(mark));
    report_.issuer = text_of(X509_get_issuer_name(mark));
    report_.names = names_of(mark);
    check_use(chain.front().get());
    check_type(mark);
    check_names();
    check_time(chain);
    check_chain(chain);
    check_logo_of(mark);
    return std::move(report_);
  }

 private:
  void found(FindingName name, std::string what) { findings_.add(name, question_.where, std::move(what)); }

  void check_use(X509* mark) {
    if (X509_check_ca(mark) != 0)
      found("bimi-mark-is-ca", "the first certificate is that of an issuer: " + report_.subject);
    const Usages usages(static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(mark, NID_ext_key_usage, nullptr, nullptr)));
    bool for_marks = false;
    for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
      if (is(sk_ASN1_OBJECT_value(usages.get(), i), kMarkUsage)) for_marks = true;
    }
    if (!for_marks) found("bimi-mark-usage", fmt::format("it lacks the extended key usage {}", kMarkUsage));
    if (!extension(mark, kTimestamps)) found("bimi-mark-not-logged", "it has no signed certificate timestamps");
  }

  void check_type(const X509* mark) {
    report_.mark_type = entry_of(X509_get_subject_name(mark), kMarkType);
    if (report_.mark_type == "Registered Mark" || report_.mark_type == "Government Mark")
      report_.type = "VMC";
    else if (report_.mark_type == "Prior Use Mark" || report_.mark_type == "Modified Registered Mark")
      report_.type = "CMC";
    else
      found("bimi-mark-no-type", report_.mark_type.empty() ? "the subject has no mark type"
                                                           : "the mark type is " + quoted_text(report_.mark_type));
  }

  // The domain, its organisational domain, or the name of the BIMI record itself.
  void check_names() {
    if (!question_.domain) return;
    const std::string domain = question_.domain->to_string();
    const std::optional<Name> organisation = organizational_domain(*question_.domain);
    for (const std::string& name : report_.names) {
      const std::string lower = ascii_lower(name);
      if (lower == domain || (organisation && lower == organisation->to_string()) ||
          lower.ends_with("._bimi." + domain))
        return;
    }
    found("bimi-mark-other-domain",
          report_.names.empty() ? "it names no domain"
                                : fmt::format("it names {}, not {}", some_of(report_.names, kNamesShown), domain));
  }

  void check_time(const std::vector<Certificate>& chain) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const std::int64_t from = time_of(X509_get0_notBefore(chain[i].get()));
      const std::int64_t until = time_of(X509_get0_notAfter(chain[i].get()));
      const std::string whose = i == 0 ? "it" : fmt::format("issuer {} of the file", i);
      if (question_.now > until)
        found("bimi-mark-expired", fmt::format("{} expired at {}", whose, to_rfc3339(until)));
      else if (question_.now < from)
        found("bimi-mark-not-yet-valid", fmt::format("{} is valid from {}", whose, to_rfc3339(from)));
      else if (until - question_.now < kSoon)
        found("bimi-mark-expires-soon", fmt::format("{} expires at {}", whose, to_rfc3339(until)));
      if (i > 0) continue;
      report_.not_before = from;
      report_.not_after = until;
    }
  }

  void check_chain(const std::vector<Certificate>& chain) {
    if (chain.size() == 1) found("bimi-mark-no-chain", "the file has one certificate, issued by " + report_.issuer);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      const bool named = X509_check_issued(chain[i + 1].get(), chain[i].get()) == X509_V_OK;
      if (named && X509_verify(chain[i].get(), X509_get0_pubkey(chain[i + 1].get())) == 1) continue;
      found("bimi-mark-chain", fmt::format("certificate {} is not signed by certificate {}", i + 1, i + 2));
      ERR_clear_error();
      return;
    }
    if (question_.roots) check_trust(chain);
  }

  void check_trust(const std::vector<Certificate>& chain) {
    const Store store(X509_STORE_new());
    const Certificates roots = certificates_of(*question_.roots);
    if (roots.encrypted) return found("bimi-mark-untrusted", "a certificate of --roots is encrypted");
    for (const Certificate& root : roots.all) X509_STORE_add_cert(store.get(), root.get());
    STACK_OF(X509)* others = sk_X509_new_null();
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others, chain[i].get());
    const Verification context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others);
    // The validity is checked above, and the logotype extension below, which OpenSSL does not know.
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()),
                                X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_IGNORE_CRITICAL | X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_verify_cert(context.get()) != 1) {
      found("bimi-mark-untrusted", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    }
    sk_X509_free(others);
    ERR_clear_error();
  }

  void check_logo_of(const X509* mark) {
    const auto der = extension(mark, kLogotype);
    if (!der) return found("bimi-mark-no-logo", fmt::format("it has no logotype extension ({})", kLogotype));
    const Result<Logotype> logotype = parse_logotype(*der);
    if (!logotype) return found("bimi-mark-no-logo", logotype.error().message);
    const Result<std::string> data = data_of_uri(logotype->uris.front());
    if (!data) return found("bimi-mark-no-logo", data.error().message);
    const Result<std::string> svg = uncompressed(*data);
    if (!svg) return found("bimi-mark-no-logo", "the logo in the certificate: " + svg.error().message);
    report_.svg = *svg;
    check_hash(*logotype, *data);
    if (question_.logo && with_unix_lines(*question_.logo) != with_unix_lines(*svg)) {
      found("bimi-mark-other-logo",
            fmt::format("the logo has {} octets, the one in the certificate {}{}", question_.logo->size(), svg->size(),
                        question_.logo->size() == svg->size() ? " others" : ""));
    }
  }

  // Issuers hash the file as it is embedded, or the drawing in it: RFC 9399, 4.1 and 7 can be read either way.
  void check_hash(const Logotype& logotype, const std::string& data) {
    const std::string unix_lines = with_unix_lines(report_.svg);
    for (const Logotype::Hash& hash : logotype.hashes) {
      const Object oid(OBJ_txt2obj(hash.algorithm.c_str(), 1));
      const EVP_MD* method = oid ? EVP_get_digestbyobj(oid.get()) : nullptr;
      for (const std::string* hashed : {&data, static_cast<const std::string*>(&report_.svg), &unix_lines}) {
        if (method != nullptr && digest(method, *hashed) == hash.value) return;
      }
    }
    ERR_clear_error();
    found("bimi-mark-hash", "the hash in the certificate is not that of the logo in it");
  }

  const MarkQuestion& question_;
  check::Findings& findings_;
  MarkReport report_;
};

}  // namespace

std::optional<MarkReport> check_mark(std::string_view pem, const MarkQuestion& question, check::Findings& findings) {
  return MarkCheck(question, findings).run(pem);
}

}  // namespace emailauth::cli
