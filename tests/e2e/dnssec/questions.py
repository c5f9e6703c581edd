"""Questions below a signed parent, and what a validator must say to each.

One of every kind of answer that the module gives: records, an empty name on the way, and no name at
one and three labels below what exists.
"""

ADDRESS6 = ".".join("20010db8002500000000000000000001"[::-1])
SPF = "_spf.provider.net"

RECORDS, NO_DATA, NO_NAME = "records", "no data", "no such name"

QUESTIONS = [
    ("_dmarc.example.com", "TXT", RECORDS),
    ("_dmarc.example.com", "SOA", RECORDS),
    ("_dmarc.example.com", "NS", RECORDS),
    ("_dmarc.example.com", "DNSKEY", RECORDS),
    ("_dmarc.example.com", "DS", RECORDS),                          # the parent's
    ("_dmarc.example.com", "CDS", RECORDS),
    ("_dmarc.example.com", "CDNSKEY", RECORDS),
    ("_dmarc.example.com", "MX", NO_DATA),
    ("_domainkey.example.com", "TXT", NO_DATA),
    ("s1._domainkey.example.com", "TXT", RECORDS),                  # over 400 octets, two strings
    ("s1._domainkey.example.com", "A", NO_DATA),
    ("two.parts._domainkey.example.com", "TXT", RECORDS),
    ("parts._domainkey.example.com", "TXT", NO_DATA),               # an empty non-terminal
    ("nope._domainkey.example.com", "TXT", NO_NAME),
    ("a.b.nope._domainkey.example.com", "TXT", NO_NAME),
    ("x.s1._domainkey.example.com", "TXT", NO_NAME),
    ("nope._dmarc.example.com", "TXT", NO_NAME),
    (f"192.0.2.1._ip.mail.example.net._ehlo.example.com.{SPF}", "TXT", RECORDS),
    (f"203.0.113.9._ip.mail.example.net._ehlo.example.com.{SPF}", "TXT", RECORDS),
    (f"192.0.2.1._ip.mail.example.net._ehlo.example.com.{SPF}", "MX", NO_DATA),
    (f"1.2.0.192.in-addr.example.com.{SPF}", "TXT", RECORDS),
    (f"{ADDRESS6}.ip6.example.com.{SPF}", "TXT", RECORDS),
    (f"{ADDRESS6[2:]}.ip6.example.com.{SPF}", "TXT", RECORDS),      # unparsable: still an answer
    (f"com.{SPF}", "TXT", NO_DATA),
    (f"example.{SPF}", "TXT", NO_NAME),
    (f"a.b.example.{SPF}", "TXT", NO_NAME),
    ("example.com._nspf.provider.net", "TXT", RECORDS),
    ("example.com._report._dmarc.reports.provider.net", "TXT", RECORDS),
    ("_report._dmarc.reports.provider.net", "TXT", NO_DATA),
    ("other.example._report._dmarc.reports.provider.net", "TXT", NO_NAME),
    # The parents' own.
    ("www.example.com", "A", RECORDS),
    ("www.example.com", "MX", NO_DATA),
    ("nope.example.com", "A", NO_NAME),
    ("_mta-sts.example.com", "TXT", NO_NAME),
    ("www.example.com", "DS", NO_DATA),
]


def kind_of(answer):
    """What an answer says; the response code in words when it is none of these."""
    if answer.rcode_name == "NXDOMAIN":
        return NO_NAME
    if answer.rcode_name != "NOERROR":
        return answer.rcode_name
    return RECORDS if any(record.rtype == answer.qtype for record in answer.answers) else NO_DATA
