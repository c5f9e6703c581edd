#include "policy/cli/ingest/mail_parts.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <array>
#include <memory>

#include "policy/base/diagnostic.h"
#include "policy/net/dns_name.h"
#include "policy/report/report_text.h"

namespace emailauth::cli {

namespace {

constexpr std::size_t kMaxAddresses = 8192;  // octets of a field of addresses

struct Unref {
  template <typename T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
template <typename T>
using Ref = std::unique_ptr<T, Unref>;

std::string text_of(const char* text) { return text != nullptr ? report::field_text(text) : std::string(); }

// Returns everything in a stream in memory.
std::string octets_of(GMimeStream* memory) {
  const GByteArray* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
  return array == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(array->data), array->len);
}

std::string written(GMimeObject* object) {
  const Ref<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(object, nullptr, memory.get());
  return octets_of(memory.get());
}

// Returns what GMime reads as addresses, in the header of the mail or of one inside.
bool begins_addresses(std::string_view line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, line.substr(0, colon).find_last_not_of(" \t") + 1);
  constexpr std::array<std::string_view, 6> kNames = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
  return colon < line.size() && std::any_of(kNames.begin(), kNames.end(),
                                            [&](std::string_view one) { return equals_ignoring_case(one, name); });
}

// GMime recurses into each group of addresses: a long enough field would take the whole stack.
bool has_endless_addresses(std::string_view octets) {
  std::size_t size = 0;  // of the field so far; 0: it is not a field of addresses
  while (!octets.empty()) {
    const std::size_t end = std::min(octets.find('\n'), octets.size() - 1) + 1;
    const std::string_view line = octets.substr(0, end);
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (!folded) size = 0;
    if (folded ? size > 0 : begins_addresses(line.substr(0, 100))) size += end;
    if (size > kMaxAddresses) return true;
    octets.remove_prefix(end);
  }
  return false;
}

// Walks over the parts of one mail, and of mails in it.
class Walker {
 public:
  Walker(Budget& budget, Mail& out) : budget_(budget), out_(out) {}

  void walk(GMimeObject* part, int depth) {
    if (part == nullptr || failed_ || !allowed(depth)) return;
    if (GMIME_IS_MULTIPART(part)) return walk_multipart(GMIME_MULTIPART(part), depth);
    if (GMIME_IS_MESSAGE_PART(part)) {
      GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
      if (inner != nullptr) walk(g_mime_message_get_mime_part(inner), depth + 1);
      return;
    }
    if (!GMIME_IS_PART(part)) return;
    add(GMIME_PART(part));
  }

  const std::optional<Error>& failed() const { return failed_; }

 private:
  bool allowed(int depth) {
    // Honest mail has nested multiparts, too: allow twice the depth of packing.
    const auto checked = budget_.check(depth / 2, ++parts_);
    if (!checked) failed_ = checked.error();
    return checked.ok();
  }

  std::string decoded(GMimePart* part) {
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (content == nullptr) return {};
    const Ref<GMimeStream> memory(g_mime_stream_mem_new());
    g_mime_data_wrapper_write_to_stream(content, memory.get());
    std::string out = octets_of(memory.get());
    if (const auto spent = budget_.spend(out.size()); !spent) failed_ = spent.error();
    return out;
  }

  static bool is_type(GMimeObject* part, const char* type, const char* subtype) {
    GMimeContentType* content = g_mime_object_get_content_type(part);
    return content != nullptr && g_mime_content_type_is_type(content, type, subtype) != 0;
  }

  static int feedback_at(GMimeMultipart* multipart) {
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) {
      if (is_type(g_mime_multipart_get_part(multipart, i), "message", "feedback-report")) return i;
    }
    return -1;
  }

  void walk_multipart(GMimeMultipart* multipart, int depth) {
    const bool is_feedback = !out_.feedback && feedback_at(multipart) >= 0;
    if (is_feedback) out_.feedback.emplace();
    const int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && !failed_; ++i) {
      GMimeObject* part = g_mime_multipart_get_part(multipart, i);
      if (is_feedback)
        add_feedback(part);
      else
        walk(part, depth + 1);
    }
  }

  void add_feedback(GMimeObject* part) {
    if (!allowed(0)) return;
    FeedbackParts& feedback = *out_.feedback;
    if (GMIME_IS_MESSAGE_PART(part)) {
      GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
      if (inner != nullptr) feedback.message = written(GMIME_OBJECT(inner));
    } else if (GMIME_IS_PART(part) && is_type(part, "message", "feedback-report")) {
      feedback.fields = decoded(GMIME_PART(part));
    } else if (GMIME_IS_PART(part) && is_type(part, "text", "rfc822-headers")) {
      feedback.headers = decoded(GMIME_PART(part));
    }
  }

  void add(GMimePart* part) {
    MailPart out;
    const char* name = g_mime_part_get_filename(part);
    out.name = text_of(name);
    out.is_text =
        name == nullptr && is_type(GMIME_OBJECT(part), "text", "*") && !is_type(GMIME_OBJECT(part), "text", "xml");
    if (out.name.empty()) {
      GMimeContentType* content = g_mime_object_get_content_type(GMIME_OBJECT(part));
      const std::unique_ptr<char, decltype(&g_free)> type(
          content != nullptr ? g_mime_content_type_get_mime_type(content) : nullptr, g_free);
      out.name = text_of(type.get());
    }
    out.octets = decoded(part);
    out_.parts.push_back(std::move(out));
  }

  Budget& budget_;
  Mail& out_;
  int parts_ = 0;
  std::optional<Error> failed_;
};

std::string sender_domain(GMimeMessage* message) {
  InternetAddressList* from = g_mime_message_get_from(message);
  if (from == nullptr || internet_address_list_length(from) == 0) return {};
  InternetAddress* first = internet_address_list_get_address(from, 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(first)) return {};
  const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first));
  return address != nullptr ? report::domain_text(address) : std::string();
}

void add_addresses(InternetAddressList* list, std::vector<std::string>& out) {
  const int count = list == nullptr ? 0 : internet_address_list_length(list);
  for (int i = 0; i < count; ++i) {
    InternetAddress* one = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(one))
      add_addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), out);
    if (!INTERNET_ADDRESS_IS_MAILBOX(one)) continue;
    const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
    if (address != nullptr) out.emplace_back(address);
  }
}

}  // namespace

void start_mail_reader() { g_mime_init(); }

Result<Mail> parse_mail(std::string_view octets, Budget& budget) {
  if (has_endless_addresses(octets)) return Error{"contains a field of addresses of more than 8 KiB"};
  const Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
  const Ref<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Ref<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!message) return Error{"is not a mail"};
  Mail out;
  out.id = text_of(g_mime_message_get_message_id(message.get()));
  out.sender = sender_domain(message.get());
  if (GDateTime* date = g_mime_message_get_date(message.get()); date != nullptr) out.date = g_date_time_to_unix(date);
  Walker walker(budget, out);
  walker.walk(g_mime_message_get_mime_part(message.get()), 0);
  if (walker.failed()) return *walker.failed();
  return out;
}

std::vector<std::string> addresses_in(const std::string& value) {
  std::vector<std::string> out;
  if (value.size() > kMaxAddresses) return out;
  const Ref<InternetAddressList> list(internet_address_list_parse(nullptr, value.c_str()));
  add_addresses(list.get(), out);
  return out;
}

}  // namespace emailauth::cli
