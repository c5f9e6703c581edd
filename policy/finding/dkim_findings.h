// policy/finding/dkim_findings.h - The table of what can be wrong with DKIM keys.
#pragma once

#include "policy/finding/finding_kind.h"

namespace emailauth::check {

inline constexpr FindingKind kDkimFindings[] = {
    {"dkim-not-found", Severity::advice,
     "a selector can have any name: none of those that were looked for has a key, which proves nothing",
     "name the selectors with --selector, as in s= of a DKIM-Signature header", "RFC 6376, 3.1"},
    {"dkim-unavailable", Severity::error, "receivers cannot verify signatures while the name does not answer",
     "have the name servers answer for the name", "RFC 6376, 6.1.2"},
    {"dkim-dangling", Severity::error, "the selector is a CNAME to a name without a key: signatures fail",
     "ask the service for the current name, or remove the CNAME", "RFC 6376, 3.6.2.2"},
    {"dkim-beside-cname", Severity::error,
     "a name with a CNAME has no other records; some resolvers give this key, some that of the CNAME's target",
     "remove the CNAME, or the key", "RFC 1034, 3.6.2"},
    {"dkim-two-records", Severity::error, "with several records at one selector most receivers verify nothing",
     "keep one; give the other key a selector of its own", "RFC 6376, 3.6.2.2"},
    {"dkim-unreadable", Severity::error, "receivers cannot read the key: every signature with it fails",
     "copy the record again from the signer", "RFC 6376, 3.6.1"},
    {"dkim-no-key", Severity::error, "a record without p= is not a key: every signature with it fails",
     "add p= with the public key; \"p=\" alone revokes a key", "RFC 6376, 3.6.1"},
    {"dkim-version", Severity::error,
     "a version other than DKIM1, or one that does not come first, makes receivers discard the record",
     "begin the record with \"v=DKIM1; \"", "RFC 6376, 3.6.1"},
    {"dkim-key-type", Severity::error, "receivers know rsa and ed25519 keys only", "write k=rsa or k=ed25519",
     "RFC 8463, 4"},
    {"dkim-key-too-short", Severity::error,
     "receivers refuse RSA keys below 1024 bits; the private key can be computed in hours",
     "make a key of 2048 bits with a new selector", "RFC 8301, 3.2"},
    {"dkim-key-short", Severity::warning, "RSA keys below 2048 bits are no longer recommended",
     "make a key of 2048 bits with a new selector", "RFC 8301, 3.2"},
    {"dkim-key-long", Severity::warning, "receivers need not verify keys of more than 4096 bits",
     "make a key of 2048 bits with a new selector", "RFC 8301, 3.2"},
    {"dkim-testing", Severity::warning,
     "t=y says that the domain is only testing: receivers may treat signed mail as unsigned", "remove t=y",
     "RFC 6376, 3.6.1"},
    {"dkim-revoked", Severity::advice,
     "p= is empty: signatures with this selector fail, as intended for a key that was retired",
     "nothing, once no mail signed with it is on its way", "RFC 6376, 3.6.1"},
    {"dkim-hash", Severity::error, "h= excludes SHA-256, and receivers no longer take SHA-1",
     "remove h=", "RFC 8301, 3.1"},
    {"dkim-service", Severity::error, "s= excludes mail: receivers do not use the key", "remove s=, or write s=email",
     "RFC 6376, 3.6.1"},
    {"dkim-leftover", Severity::advice, "DomainKeys and ADSP are historic; receivers no longer read the record",
     "remove it", "RFC 4870 and RFC 5617, historic"},
};

}  // namespace emailauth::check
