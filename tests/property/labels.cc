#include "tests/property/labels.h"

#include <algorithm>

namespace emailauth::property {

Labels split(std::string_view text) {
  Labels labels;
  if (text.empty()) return labels;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    labels.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return labels;
}

std::string join(const Labels& labels) {
  std::string text;
  for (const std::string& label : labels) {
    if (&label != labels.data()) text += '.';
    text += label;
  }
  return text;
}

Labels reversed(Labels labels) {
  std::reverse(labels.begin(), labels.end());
  return labels;
}

Labels spell(const IpAddress& address, bool in_reverse) {
  Labels labels;
  if (address.is_v4()) {
    labels = split(address.to_string());
  } else {
    constexpr char kHex[] = "0123456789abcdef";
    for (const std::uint8_t octet : address.octets()) {
      labels.emplace_back(1, kHex[octet >> 4U]);
      labels.emplace_back(1, kHex[octet & 15U]);
    }
  }
  return in_reverse ? reversed(std::move(labels)) : labels;
}

std::optional<IpAddress> read(const Labels& labels, bool in_reverse) {
  const Labels forward = in_reverse ? reversed(labels) : labels;
  std::string text;
  if (labels.size() == 4) {
    text = join(forward);
  } else if (labels.size() == 32) {
    for (std::size_t i = 0; i < forward.size(); ++i) text += (i > 0 && i % 4 == 0 ? ":" : "") + forward[i];
  }
  const Result<IpAddress> address = IpAddress::parse(text);
  if (!address || spell(*address, in_reverse) != labels) return std::nullopt;
  return *address;
}

}  // namespace emailauth::property
