// policy/check/mail_findings.h - The table of what can be wrong with a domain and its other records.
#pragma once

#include "policy/check/finding_kind.h"

namespace emailauth::check {

inline constexpr FindingKind kMailFindings[] = {
    {"domain-missing", Severity::error, "a domain that does not exist neither sends nor receives mail",
     "look for a typing error; register or delegate the domain", "RFC 8020, 2"},
    {"dns-servfail", Severity::error, "receivers that get this answer defer mail or refuse it",
     "check the delegation, the name servers and, if the zone is signed, its DS records", "RFC 1035, 4.1.1"},
    {"dns-timeout", Severity::error, "nothing can be said about the domain while the resolver does not answer",
     "ask another resolver with --resolver, or later", "RFC 1035, 4.2.1"},
    {"dnssec-bogus", Severity::error, "validating receivers see no records at all: they defer mail or refuse it",
     "sign the zone again, and publish the DS record of its present key", "RFC 4035, 4.3"},
    {"dnssec-weaker-pointer", Severity::warning, "the zone is signed, but this name is answered by an unsigned one, where it can be forged",
     "sign the other zone and publish its DS record, or point elsewhere", "RFC 4035, 4.3"},
    {"mx-null-with-others", Severity::error, "a null MX beside other mail servers contradicts itself: senders refuse to deliver, or try both",
     "remove the null MX, or all others", "RFC 7505, 3"},
    {"mx-null-but-sends", Severity::warning, "replies and bounces to a domain that takes no mail are lost, and receivers refuse senders that cannot be answered",
     "remove the null MX, or publish \"v=spf1 -all\" if the domain sends nothing", "RFC 7505, 4.2"},
    {"mx-missing", Severity::warning, "mail to the domain cannot be delivered, bounces included",
     "publish MX records; \"0 .\" if the domain takes no mail", "RFC 5321, 5.1"},
    {"mx-implicit", Severity::advice, "without MX records senders deliver to the address of the domain itself, often a web server",
     "publish MX records; \"0 .\" if the domain takes no mail", "RFC 5321, 5.1"},
    {"mx-host-missing", Severity::error, "the mail server has no address: senders cannot reach it",
     "publish its address, or remove it from the MX records", "RFC 5321, 5.1"},
    {"mx-is-alias", Severity::warning, "the name of a mail server must not be a CNAME; some senders refuse it",
     "name the host that the CNAME leads to", "RFC 2181, 10.3"},
    {"mx-is-address", Severity::error, "an MX record holds a name; an address there is a name that does not exist",
     "give the address a name and write that", "RFC 5321, 5.1"},
    {"rdns-missing", Severity::warning, "large receivers refuse mail from addresses without a name",
     "have the provider of the address publish a PTR record", "RFC 1912, 2.1"},
    {"rdns-not-confirmed", Severity::warning, "the name does not lead back to the address: receivers take it for forged",
     "make the name and the address lead to one another", "RFC 1912, 2.1"},
    {"bimi-two-records", Severity::error, "of several records receivers use none", "keep one of them", "BIMI draft, 4.3"},
    {"bimi-syntax", Severity::error, "receivers cannot read the record and show no logo",
     "write \"v=BIMI1; l=https://…; a=https://…\"", "BIMI draft, 4.3"},
    {"bimi-not-https", Severity::error, "logos and certificates are fetched by https only", "use an https address", "BIMI draft, 4.3"},
    {"bimi-no-evidence", Severity::advice, "most receivers show a logo only with a mark certificate",
     "add a= with the address of the certificate", "BIMI draft, 4.3"},
    {"bimi-dmarc-too-weak", Severity::error, "receivers show a logo only where p= and sp= are quarantine or reject, for all mail",
     "raise the DMARC policy first", "BIMI draft, 7.1"},
    {"mta-sts-two-records", Severity::error, "of several records senders use none", "keep one of them", "RFC 8461, 3.1"},
    {"mta-sts-syntax", Severity::error, "senders that cannot read the record act as if there were none",
     "write \"v=STSv1; id=20261101T000000;\" with 1 to 32 letters and digits", "RFC 8461, 3.1"},
    {"mta-sts-no-host", Severity::error, "the policy is fetched from this host, which has no address: the record has no effect",
     "publish its address and the policy file there", "RFC 8461, 3.3"},
    {"tls-rpt-two-records", Severity::error, "of several records senders use none", "keep one of them", "RFC 8460, 3"},
    {"tls-rpt-syntax", Severity::error, "senders that cannot read the record send no reports",
     "write \"v=TLSRPTv1; rua=mailto:tls@example.com\"", "RFC 8460, 3"},
    {"tls-rpt-missing", Severity::advice, "without reports nobody tells you that MTA-STS keeps mail away",
     "publish \"v=TLSRPTv1; rua=mailto:…\" at _smtp._tls", "RFC 8460, 3"},
};

}  // namespace emailauth::check
