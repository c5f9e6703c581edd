#include "policy/message/received.h"

#include <algorithm>
#include <array>
#include <vector>

#include "policy/base/text.h"
#include "policy/net/dns_name.h"

namespace emailauth::message {

namespace {

struct Token {
  std::string text;
  bool comment = false;  // in parentheses, which are not part of `text`
};

constexpr std::size_t kMaxTokens = 500;

// Splits into words and comments; a nested comment is part of the outer one.
std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> out;
  std::size_t i = 0;
  while (i < text.size() && out.size() < kMaxTokens) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    if (text[i] != '(') {
      i = std::min(text.find_first_of(" \t(;", i), text.size());
      if (i > begin) out.push_back({std::string(text.substr(begin, i - begin)), false});
      if (i < text.size() && text[i] == ';') break;  // the date follows
      continue;
    }
    int depth = 0;
    do {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      ++i;
    } while (i < text.size() && depth > 0);
    out.push_back({std::string(text.substr(begin + 1, i - begin - (depth == 0 ? 2 : 1))), true});
  }
  return out;
}

// "192.0.2.1", "[192.0.2.1]", "[IPv6:2001:db8::1]", "::ffff:192.0.2.1".
std::optional<IpAddress> address_in(std::string_view word) {
  while (!word.empty() && std::string_view("[<(,").find(word.front()) != std::string_view::npos) word.remove_prefix(1);
  const std::size_t end = word.find_first_of("]>),");
  word = word.substr(0, end);
  if (word.size() > 5 && equals_ignoring_case(word.substr(0, 5), "IPv6:")) word.remove_prefix(5);
  const Result<IpAddress> address = IpAddress::parse(word);
  if (!address) return std::nullopt;
  return address->unmapped();
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// "TLSv1.3", "TLS1_3", "TLS1.2" -> "TLSv1.3"; "" if the word contains no version.
std::string tls_version(std::string_view word) {
  const std::size_t at = word.find("TLS");
  if (at == std::string_view::npos) return {};
  std::string_view rest = word.substr(at + 3);
  if (rest.starts_with('v')) rest.remove_prefix(1);
  if (rest.empty() || rest[0] != '1') return {};
  if (rest.size() < 3 || (rest[1] != '.' && rest[1] != '_') || !is_digit(rest[2]))
    return rest.size() == 1 || rest[1] == ' ' ? "TLSv1.0" : "";
  return std::string("TLSv1.") + rest[2];
}

bool is_cipher(std::string_view word) {
  return word.starts_with("TLS_") || word.starts_with("ECDHE") || word.starts_with("DHE-") || word.starts_with("AES");
}

class ReceivedReader {
 public:
  explicit ReceivedReader(std::string_view text) : tokens_(tokens_of(text)) {}

  Received run() {
    std::string clause;
    for (const Token& token : tokens_) {
      const std::string word = ascii_lower(token.text);
      if (!token.comment &&
          (word == "from" || word == "by" || word == "with" || word == "id" || word == "for" || word == "via")) {
        clause = word;
        first_ = true;
        continue;
      }
      read(clause, token);
      first_ = false;
    }
    return std::move(out_);
  }

 private:
  void read(const std::string& clause, const Token& token) {
    if (clause == "from" && out_.by.empty()) read_from(token);
    if (clause == "by" && first_ && !token.comment) out_.by = token.text;
    if (clause == "with" && first_ && !token.comment) out_.protocol = token.text;
    const std::vector<std::string> words = words_of(token.text);
    for (std::size_t i = 0; i < words.size(); ++i) read_hint(words, i, token.comment);
  }

  void read_from(const Token& token) {
    if (!token.comment) {
      if (first_) out_.helo = token.text;
      if (!out_.client) out_.client = address_in(token.text);
      return;
    }
    const std::vector<std::string> words = words_of(token.text);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string lower = ascii_lower(words[i]);
      if (lower.starts_with("helo=")) out_.helo = words[i].substr(5);
      if ((lower == "helo" || lower == "ehlo") && i + 1 < words.size()) out_.helo = words[i + 1];
      // The server saw what is in parentheses; the word before comes from the client.
      if (const auto address = address_in(words[i]); address && !from_comment_) {
        out_.client = address;
        from_comment_ = true;
      }
    }
  }

  void read_hint(const std::vector<std::string>& words, std::size_t i, bool comment) {
    const std::string lower = ascii_lower(words[i]);
    if (out_.tls.empty()) out_.tls = tls_version(words[i]);
    const std::size_t cipher = lower.find("cipher=");
    if (cipher != std::string::npos) out_.cipher = words[i].substr(cipher + 7);
    if (out_.cipher.empty() && is_cipher(words[i])) out_.cipher = words[i];
    while (!out_.cipher.empty() && std::string_view(",;)").find(out_.cipher.back()) != std::string_view::npos)
      out_.cipher.pop_back();
    const bool sender = lower == "envelope-from" || lower == "envelope-sender";
    if (!comment || !sender || i + 1 >= words.size() || !words[i + 1].starts_with('<')) return;
    const std::size_t end = words[i + 1].find('>');
    if (end != std::string::npos) out_.mail_from = words[i + 1].substr(1, end - 1);
  }

  const std::vector<Token> tokens_;
  Received out_;
  bool first_ = true;          // the next word is the first of its clause
  bool from_comment_ = false;  // the address was in parentheses
};

}  // namespace

bool Received::encrypted() const {
  const std::string with = ascii_lower(protocol);
  return !tls.empty() || with.ends_with("smtps") || with.ends_with("smtpsa") || with.ends_with("lmtps") ||
         with.ends_with("lmtpsa");
}

Received parse_received(std::string_view text) { return ReceivedReader(text).run(); }

bool is_routable(const IpAddress& address) {
  static const std::array kInside = {*IpPrefix::parse("0.0.0.0/8"),      *IpPrefix::parse("10.0.0.0/8"),
                                     *IpPrefix::parse("100.64.0.0/10"),  *IpPrefix::parse("127.0.0.0/8"),
                                     *IpPrefix::parse("169.254.0.0/16"), *IpPrefix::parse("172.16.0.0/12"),
                                     *IpPrefix::parse("192.168.0.0/16"), *IpPrefix::parse("::/127"),
                                     *IpPrefix::parse("fc00::/7"),       *IpPrefix::parse("fe80::/10")};
  const IpAddress plain = address.unmapped();
  return std::none_of(kInside.begin(), kInside.end(), [&](const IpPrefix& p) { return p.contains(plain); });
}

}  // namespace emailauth::message
