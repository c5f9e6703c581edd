// policy/publish/publication.h - What the owner of a domain publishes, once, so that
// we answer everything else: one SPF term, and pointers.
//
// Owns which records those are, and which records must not be next to them. Knows nothing about what is already
// published (policy/publish/publication_state.h) or the order of the steps (policy/publish/publication_steps.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/answer/responder.h"

namespace emailauth {

// How an owner points to us: by delegation, or by alias into the mirror zone.
enum class PointBy : std::uint8_t { ns, cname };

// The parts of a publication, in the order in which they are published: mail
// can be checked (SPF, DKIM) before receivers are told to be strict (DMARC).
enum class PublicationPart : std::uint8_t { dkim, spf, dmarc, mta_sts, tls_rpt, bimi };
std::string_view to_text(PublicationPart part);  // "DKIM", "SPF" …

struct RrsetKey {
  Name name;
  RecordType type = RecordType::txt;
  friend bool operator==(const RrsetKey&, const RrsetKey&) = default;
};

// Records of one name and type. NS and CNAME: the whole set. TXT: the SPF record alone; other texts of the name stay as
// they are.
struct PublishedRrset {
  PublicationPart part = PublicationPart::spf;
  RrsetKey key;
  std::vector<std::string> data;  // as Record::data
  std::vector<RrsetKey> remove;   // what must not be next to it, as far as names are known
  // Names that answer for this part once the pointer exists.
  std::vector<Name> answers;
  std::string why;
};

struct Publication {
  Name domain;
  bool blocked = false;
  PointBy way = PointBy::ns;
  std::string file;  // the policy's file
  std::uint32_t line = 0;
  std::vector<PublishedRrset> rrsets;    // by part
  std::vector<std::string> spf_records;  // SPF records that serve, the one to publish first
  std::vector<Name> selectors;           // DKIM keys that the policy holds; each ends in its own root
  std::vector<std::string> senders;      // that may send for the domain
  std::vector<Name> subdomains;          // managed domains below: each publishes records of its own
  std::vector<std::string> problems;     // what cannot be published, and why

  // Returns the SPF record; nullptr if there is none to publish.
  const PublishedRrset* spf() const;
};

struct PublicationOptions {
  PointBy way = PointBy::ns;
  std::string spf_template;                // the term to publish; "": the best one for the domain
  std::vector<std::string> literal_terms;  // further terms of the SPF record, "include:sendgrid.net"
};

// Returns what the owner of `domain` publishes: all parts of a managed domain, or the SPF record alone of a name that
// its policy covers. The error says why there is nothing to publish.
Result<Publication> publication_of(const Responder& responder, const Name& domain, const PublicationOptions& options);

}  // namespace emailauth
