#include "policy/files/hosted_name.h"

#include "policy/base/diagnostic.h"

namespace emailauth {

namespace {

constexpr std::string_view kMirrorEnding = "-of";

// Returns the last label of a family's text: "_tls" of "_smtp._tls".
std::string_view last_label(HostedFamily family) {
  const std::string_view text = to_text(family);
  return text.substr(text.rfind('.') + 1);
}

bool is_mirror_label(std::string_view label, std::string_view plain) {
  return label.size() == plain.size() + kMirrorEnding.size() && label.starts_with(plain) &&
         label.ends_with(kMirrorEnding);
}

// `is_label(label, plain)` says whether the zone has this label for a family whose last label is `plain`.
template <typename IsLabel>
std::optional<HostedName> find_family(const NameView& name, std::size_t count, const IsLabel& is_label) {
  std::size_t at = count;
  while (at > 0) {
    const std::string_view label = name.label(at - 1);
    if (label.empty() || label[0] == '_') break;
    --at;
  }
  if (at == 0 || at == count) return std::nullopt;
  for (const HostedFamily family : kHostedFamilies) {
    if (!is_label(name.label(at - 1), last_label(family))) continue;
    if (family != HostedFamily::tls_rpt) return HostedName{family, at - 1, at};
    if (at >= 2 && name.label(at - 2) == "_smtp") return HostedName{family, at - 2, at};
  }
  return std::nullopt;
}

}  // namespace

std::optional<HostedName> parse_hosted_name(const NameView& name, std::size_t count) {
  return find_family(name, count, [](std::string_view label, std::string_view plain) { return label == plain; });
}

std::optional<HostedName> parse_mirror_name(const NameView& name, std::size_t count, bool old_names) {
  return find_family(name, count, [old_names](std::string_view label, std::string_view plain) {
    return is_mirror_label(label, plain) || (old_names && label == plain);
  });
}

Result<Name> mirror_name(const Name& hosted, const Name& mirror_zone) {
  NameView view;
  const auto found = view.assign(hosted.wire()) ? parse_hosted_name(view, view.label_count()) : std::nullopt;
  if (!found) return Error{in_quotes(hosted.to_string()) + " is not a name that the mirror zone has"};
  const std::string label = std::string(last_label(found->family)) + std::string(kMirrorEnding);
  const std::size_t begin = found->domain_begin - 1;  // where the family's last label is
  const std::string front = hosted.wire().substr(0, hosted.wire().size() - view.wire_from(begin).size()) + '\0';
  const Result<Name> domain = Name::from_wire(view.wire_from(found->domain_begin));
  const Result<Name> labelled = domain ? domain->with_label(label) : domain;
  const Result<Name> left = Name::from_wire(front);
  const Result<Name> whole = labelled && left ? *left + *labelled : labelled;
  return whole ? *whole + mirror_zone : whole;
}

bool is_mirror_tls_node(const NameView& name, std::size_t count, bool old_names) {
  const std::string_view plain = last_label(HostedFamily::tls_rpt);
  return count >= 2 && (is_mirror_label(name.label(0), plain) || (old_names && name.label(0) == plain));
}

}  // namespace emailauth
