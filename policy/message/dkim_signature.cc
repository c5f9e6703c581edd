#include "policy/message/dkim_signature.h"

#include <algorithm>
#include <charconv>

#include "policy/base/base64.h"
#include "policy/base/diagnostic.h"
#include "policy/base/text.h"
#include "policy/net/domain_text.h"
#include "policy/records/tag_list.h"
#include "policy/spf/visible_text.h"

namespace emailauth::message {

namespace {

using check::TagList;
using spf::quoted_text;

constexpr std::size_t kShown = 80;
constexpr std::size_t kMaxSignedFields = 1000;
constexpr std::size_t kMaxDigits = 12;  // t= and x= (3.5); l= may have 76

template <typename Number>
std::optional<Number> number_of(const std::string& text) {
  Number out = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (!digits) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Canonical> canonical_of(std::string_view word) {
  for (const Canonical one : {Canonical::simple, Canonical::relaxed}) {
    if (equals_ignoring_case(word, to_text(one))) return one;
  }
  return std::nullopt;
}

std::string domain_of_identity(const std::string& identity) { return identity.substr(identity.rfind('@') + 1); }

class SignatureReader {
 public:
  explicit SignatureReader(std::string_view value) : tags_(check::parse_tags(value)) {}

  Result<DkimSignature> run() {
    if (!tags_.broken.empty()) return Error{quoted_text(tags_.broken.front(), kShown) + " is not \"tag=value\""};
    if (!tags_.twice.empty()) return Error{"the tag " + quoted_text(tags_.twice.front(), kShown) + " appears twice"};
    for (const char* tag : {"v", "a", "b", "bh", "d", "h", "s"}) {
      if (tags_.find(tag) == nullptr) return Error{std::string(tag) + "= is missing"};
    }
    if (*tags_.find("v") != "1") return wrong("v", "is not \"1\"");
    for (const auto step :
         {&SignatureReader::read_algorithm, &SignatureReader::read_names, &SignatureReader::read_fields,
          &SignatureReader::read_canonical, &SignatureReader::read_octets, &SignatureReader::read_numbers,
          &SignatureReader::read_query}) {
      if (const auto read = (this->*step)(); !read) return read.error();
    }
    return std::move(out_);
  }

 private:
  Error wrong(const char* tag, const char* why) const {
    return Error{std::string(tag) + "=" + quoted_text(*tags_.find(tag), kShown) + " " + why};
  }

  Result<bool> read_algorithm() {
    out_.algorithm = ascii_lower(*tags_.find("a"));
    if (out_.algorithm == "ed25519-sha256") {
      out_.type = DkimKeyType::ed25519;
    } else if (out_.algorithm == "rsa-sha1") {
      out_.sha1 = true;
    } else if (out_.algorithm != "rsa-sha256") {
      return wrong("a", "is an unknown algorithm");
    }
    return true;
  }

  Result<bool> read_names() {
    const auto domain = parse_domain_text(ascii_lower(*tags_.find("d")));
    if (!domain || domain->is_root()) return wrong("d", "is not a domain");
    const auto selector = parse_selector(ascii_lower(*tags_.find("s")));
    if (!selector) return wrong("s", "is not a selector");
    out_.domain = *domain;
    out_.selector = *selector;
    const std::string* identity = tags_.find("i");
    out_.identity = identity == nullptr ? "@" + domain->to_string() : *identity;
    if (out_.identity.find('@') == std::string::npos) return wrong("i", "has no \"@\"");
    if (!has_own_identity(out_)) return wrong("i", "is not in the domain of d=");
    return true;
  }

  Result<bool> read_fields() {
    for (const std::string& name : check::split(*tags_.find("h"), ':')) out_.fields.push_back(ascii_lower(name));
    if (out_.fields.size() > kMaxSignedFields) return Error{"h= names more than 1000 fields"};
    if (std::find(out_.fields.begin(), out_.fields.end(), "from") == out_.fields.end())
      return wrong("h", "does not sign From");
    return true;
  }

  // "relaxed" alone is "relaxed/simple".
  Result<bool> read_canonical() {
    const std::string* c = tags_.find("c");
    if (c == nullptr) return true;
    const std::size_t slash = c->find('/');
    const auto header = canonical_of(std::string_view(*c).substr(0, slash));
    const auto body =
        slash == std::string::npos ? Canonical::simple : canonical_of(std::string_view(*c).substr(slash + 1));
    if (!header || !body) return wrong("c", "is an unknown canonicalization");
    out_.header = *header;
    out_.body = *body;
    return true;
  }

  Result<bool> read_octets() {
    const auto hash = from_base64(check::without_space(*tags_.find("bh")));
    if (!hash || hash->empty()) return wrong("bh", "is not base64");
    const auto signature = from_base64(check::without_space(*tags_.find("b")));
    if (!signature || signature->empty()) return wrong("b", "is not base64");
    out_.body_hash = *hash;
    out_.signature = *signature;
    return true;
  }

  Result<bool> read_numbers() {
    if (const std::string* l = tags_.find("l"); l != nullptr) {
      out_.length = number_of<std::uint64_t>(*l);
      if (!out_.length) return wrong("l", "is not a number of octets");
    }
    for (const auto& [tag, time] : {std::pair("t", &out_.signed_at), std::pair("x", &out_.valid_until)}) {
      const std::string* text = tags_.find(tag);
      if (text == nullptr) continue;
      *time = text->size() <= kMaxDigits ? number_of<std::int64_t>(*text) : std::nullopt;
      if (!*time) return wrong(tag, "is not a time in seconds since 1970");
    }
    if (out_.signed_at && out_.valid_until && *out_.valid_until < *out_.signed_at) return wrong("x", "lies before t=");
    return true;
  }

  Result<bool> read_query() {
    const std::string* q = tags_.find("q");
    if (q == nullptr) return true;
    const auto ways = check::split(*q, ':');
    const bool dns =
        std::any_of(ways.begin(), ways.end(), [](const auto& w) { return equals_ignoring_case(w, "dns/txt"); });
    if (!dns) return wrong("q", "does not name \"dns/txt\"");
    return true;
  }

  const TagList tags_;
  DkimSignature out_;
};

}  // namespace

Result<DkimSignature> parse_dkim_signature(std::string_view value) {
  if (value.size() > kMaxSignatureField) return Error{"the field is longer than 64 KiB"};
  return SignatureReader(value).run();
}

SignatureName name_of_signature(std::string_view value) {
  const TagList tags = check::parse_tags(value.substr(0, kMaxSignatureField));
  const auto text = [&](const char* tag) {
    return tags.find(tag) == nullptr ? std::string() : printable(*tags.find(tag));
  };
  return {text("d"), text("s")};
}

bool has_own_identity(const DkimSignature& signature) {
  const auto domain = Name::parse(domain_of_identity(signature.identity));
  return domain && domain->is_at_or_below(signature.domain);
}

bool has_exact_identity(const DkimSignature& signature) {
  const auto domain = Name::parse(domain_of_identity(signature.identity));
  return domain && *domain == signature.domain;
}

}  // namespace emailauth::message
