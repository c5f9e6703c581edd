// policy/records/txt_content.h - TXT text as the data of a record: in wire form, and in
// presentation form (RFC 1035, 5.1).
#pragma once

#include <string>
#include <string_view>

namespace emailauth {

// Returns the data of a TXT record in wire form: character-strings of at most 255 octets, each after its length (RFC
// 1035, 3.3.14). Cuts a longer text after a space if there is one near the end (SPF: between terms, RFC 7208, 3),
// otherwise after 255 octets (DKIM keys). Never empty.
std::string to_txt_rdata(std::string_view text);

// Returns the same strings in quotes, with every octet escaped that could be misread:
// "v=spf1 -all" becomes "\"v=spf1 -all\"".
std::string to_txt_content(std::string_view text);
// The same for data in wire form, as to_txt_rdata() makes it.
std::string txt_content_of_rdata(std::string_view rdata);

}  // namespace emailauth
