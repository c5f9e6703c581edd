"""The test world: domains with real-life faults, and what `emailauth check` must say about each.

DOMAINS is the table: a domain, what was planted, and the names of all findings, no more and no fewer.
Each begins as the healthy domain of `healthy()`; `changes` replaces or removes (None) record sets of it.
"""

RSA512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMt0S+Y+2dl2xcxJFRrI0ge3UwGYKIGpatlkjD/ZUakE02yNymT5mGpzLhvIfThqfNYWM1GaeSfsRWTG3/BI62kCAwEAAQ=="
RSA1024 = ("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyTCVD19Ue0bx5DqfFiFqAhWJVRHN8tQ+0hGXEg4ZdmlPvpx7N3r7iN25hFwZ2fNzFbXTiWJDLgNk/ORyV"
           "gS+VKzPGBJvtJwotS7HcPtlnum64JeFu2b5I+pyAJlNV31SzmxC/Q/ilwjLWbpXXiNFVcEgv5iG54JPbPaIWjVrv2wIDAQAB")
RSA2048 = ("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwq5HTzx2eounKoRz1k+Ob83BckCTq3DqUUi+HReOM7ri4hy/QLhZcUxIFiNT84tUR8e1Ci34dnmC"
           "/czG5drnkpCNHk7ELVvFRGJdyp3z0mpH7meeg2zCp7C5nP3/WQ02s2QphXatMaVFQcbolGUi51qHNa09P6I33qDUGgayqXPdV2rKFVDU9RYtY7wB8jM/zWM4"
           "Z85VUPholczKXbfK69x0S1vE9aP8bDc1kQRNc1oiYR2B6yeUppbWtH5se3/uZBbpG5QtZbBY/jMKePKoNLvrZCPRrb70mGiMdlxyHIxiymOHNOFaEiqbd7jw"
           "t0y01ms+vL7bhjn5gyTDmHsIHQIDAQAB")
RSA4608 = ("MIICYjANBgkqhkiG9w0BAQEFAAOCAk8AMIICSgKCAkEAqMsSQmdZNhzTEqUoFRsUvEqx6wYHoYfaMQtM+iXus57gJzI3wiZ+6Rp6+oY2/eQXke7s/dEHLLkc"
           "0dGLZK0fonPH3PZw8XrCXVcaCh3tcIAXdAxs3cBZVmKy9YfSS73YIkUocd+jQMqGTwnUcyTzcYe2DCyEIsBf8KR2+9fVqYrLmBNqXvexW+Enirr56KTQL8lX"
           "GbiEwQQHnhUA//tKkBFG95FqoAFU0+E1LW9QA0Epmu6IMwCJmQneTiVjxSXiWukmJLuBXYW+ow7p8jwkO2F+FFG8yDBAPsR+GAz+Ck9hWu+uTCTPVrPYGgch"
           "wWq5oxrCGfZ6BmHJBHpovvkH9C9n6UHDlViGibTMrP9QH/yl4vmXQjVdFXSRxXdQpROTcYrBoe9jcTS7fQswVdDRIiRCgslN2vZbuSg/TfOgbK1nWnMoQEU9"
           "1LZhhtcd5VVOa7DSqVGhpx/cYoH5d5B/xdsjAmqynSCjKd3sx+b1xfaufxOzIm11pbHbBAYcK6uHFKhVRlAghbObtje0TIL9c3KGV71NPExo/gXmODnhZqYc"
           "QWY6GEcuaDK/14e6FaSgDEt6g2T80HKjg7kWNR6Ak+77CzuVZFM0FgE2OacFihslkfth3Df48G41OYkdKf3I3oC2HWEyXnSOuG+9hwi8iHwCUBW5ZinJMmVQ"
           "VAt1fcAXwhhIMrre/0wHrGV3DnAWRF+pdZUT8EHfWv0q8iKL0AKLDW5yuh+rs3oFruP5kXDAqz1ptwBAtkMM67hWbAsTAgMBAAE=")
PKCS1 = ("MIIBCgKCAQEA9iE/dQ9rpuYS9qS38eBWCnYnReU2zUzY/2vssDgnKClc2DWAIH8hWySh9DIHK1cy5BbJ7nNDS2kMbf3HUfnaiAlRYN2mi3a5IGryUbS9JyOg"
         "9p/nsl28ww/tkYA3pKPtfiLJP87OaFR/2cBpQvq8nuYHohJecplfijxKUNbz22iWRoWySheOO0ubZ5CULMDycjBEliaajHRXtFUdjcpELQJ7dqiFYbXETkRY"
         "EhNvEWKAoS5AthrDPexDo9Y9fPcTVMpyXkC19D6xR0c2CCJ5weB1AM9Ak1yAOYlZ6kfHUfeYWMhH+lkGwLTnpG9iby9k5i5DLhGOM1rcpvuAUf3mRwIDAQAB")
ED25519 = "9WWZ4LbWD5eMeJu4DqHGQR7konzJpaYjaV6zg9LcWHM="
KEY = "v=DKIM1; k=rsa; p=" + RSA2048


def healthy():
    """What a domain without faults publishes; "$" is its name."""
    return {
        "$ MX": ["10 mx.$"], "mx.$ A": ["192.0.2.25"],
        "$ TXT": ["v=spf1 mx ip4:192.0.2.25 -all", "site-verification=1"],
        "_dmarc.$ TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@$"],
        "s1._domainkey.$ TXT": [KEY],
    }


PARKED = {"$ MX": ["0 ."], "$ TXT": ["v=spf1 -all"], "_dmarc.$ TXT": ["v=DMARC1; p=reject; rua=mailto:x@reports.example"], "s1._domainkey.$ TXT": None}


def spf(*texts):
    return {"$ TXT": list(texts)}


def dmarc(*texts):
    return {"_dmarc.$ TXT": list(texts)}


def dkim(*texts):
    return {"s1._domainkey.$ TXT": list(texts)}


# Names that are nobody's mail domain: vendors, registries, reverse DNS. zone_server.py reads these lines.
COMMON = """\
25.2.0.192.in-addr.arpa PTR mx.healthy.example
mx.healthy.example A 192.0.2.25
26.2.0.192.in-addr.arpa PTR elsewhere.example
elsewhere.example A 198.51.100.1
_spf.vendor.example TXT v=spf1 ip4:198.51.100.0/24 include:_spf2.vendor.example ~all
_spf2.vendor.example TXT v=spf1 ip4:203.0.113.0/25 ~all
s1.dkim.vendor.example TXT """ + KEY + """
_spf.open.example TXT v=spf1 +all
_spf.broken.example TXT v=spf1 ip4:1.2.3 -all
_spf.twice.example TXT v=spf1 -all
_spf.twice.example TXT v=spf1 ~all
_spf.silent.example RCODE SERVFAIL
_spf.loop.example TXT v=spf1 include:_spf.loop.example -all
_spf.deep.example TXT v=spf1 a:h1.deep.example a:h2.deep.example a:h3.deep.example a:h4.deep.example a:h5.deep.example -all
h1.deep.example A 198.51.100.11
h2.deep.example A 198.51.100.12
h3.deep.example A 198.51.100.13
h4.deep.example A 198.51.100.14
h5.deep.example A 198.51.100.15
254.113.0.203._ip.asked.example TXT v=spf1 -all
reports.example MX 10 mx.healthy.example
parked.example._report._dmarc.reports.example TXT v=DMARC1
parked-wildcard.example._report._dmarc.reports.example TXT v=DMARC1
consenting.example._report._dmarc.reports.example TXT v=DMARC1
"""

# (domain, what is planted, changes, names of the findings)
DOMAINS = [
    # Healthy: nothing may be found.
    ("healthy.example", "nothing", {}, []),
    ("parked.example", "nothing: it neither sends nor receives", PARKED, []),
    ("parked-wildcard.example", "nothing: every selector is revoked", {**PARKED, "s1._domainkey.$ TXT": ["v=DKIM1; p="], "*._domainkey.$ TXT": ["v=DKIM1; p="]},
     []),
    ("vendor-user.example", "nothing: a vendor sends and signs",
     {**spf("v=spf1 include:_spf.vendor.example ~all"), "s1._domainkey.$ TXT": None, "s1._domainkey.$ CNAME": ["s1.dkim.vendor.example"]}, []),
    ("consenting.example", "nothing: another organisation takes the reports, and says so", dmarc("v=DMARC1; p=reject; rua=mailto:x@reports.example"), []),
    ("ed25519.example", "nothing: an ed25519 key", dkim("v=DKIM1; k=ed25519; p=" + ED25519), []),
    ("mail.healthy.example", "nothing: the policy of the organisation applies", {"_dmarc.$ TXT": None}, []),
    ("branded.example", "nothing: BIMI, MTA-STS and TLS-RPT",
     {"default._bimi.$ TXT": ["v=BIMI1; l=https://$/logo.svg; a=https://$/vmc.pem;"], "_mta-sts.$ TXT": ["v=STSv1; id=20261101T000000;"],
      "mta-sts.$ A": ["192.0.2.80"], "_smtp._tls.$ TXT": ["v=TLSRPTv1; rua=mailto:tls@$"]}, []),
    ("macro.example", "nothing: a macro term that answers strangers", spf("v=spf1 include:%{ir}._ip.asked.example -all"), []),
    ("redirecting.example", "nothing: the record is another domain's", spf("v=spf1 redirect=_spf.vendor.example"), []),

    # The domain itself.
    ("servfail.example", "its servers fail", {"$ MX": None, "$ TXT": None, "mx.$ A": None, "$ RCODE": ["SERVFAIL"]}, ["dns-servfail"]),
    ("dangling-alias.example", "a CNAME to nothing", {"$ MX": None, "$ TXT": None, "$ CNAME": ["gone.elsewhere.example"]}, ["domain-missing"]),
    ("cname-loop.example", "a CNAME that leads back", {"$ MX": None, "$ TXT": None, "$ CNAME": ["loop.$"], "loop.$ CNAME": ["$"]}, ["dns-servfail"]),

    ("mx-servfail.example", "its servers fail for MX", {"$ MX": None, "$ RCODE": ["SERVFAIL"], **spf("v=spf1 include:_spf.vendor.example -all")},
     ["dns-servfail"]),

    # SPF.
    ("spf-servfail.example", "its servers fail for TXT", {"$ TXT": None, "$ RCODE": ["SERVFAIL"]}, ["spf-unavailable"]),
    ("spf-beside-cname.example", "texts beside a CNAME", {"$ CNAME": ["healthy.example"]}, ["spf-beside-cname"]),
    ("no-spf.example", "no SPF record", spf("site-verification=1"), ["spf-missing"]),
    ("two-spf.example", "two SPF records", spf("v=spf1 mx -all", "v=spf1 include:_spf.vendor.example -all"), ["spf-two-records"]),
    ("spf-elsewhere.example", "the record stands at _spf", {**spf("site-verification=1"), "_spf.$ TXT": ["v=spf1 mx -all"]}, ["spf-wrong-place"]),
    ("spf-quoted.example", "quotes inside the text", spf('"v=spf1 mx -all"'), ["spf-not-recognised"]),
    ("spf-typo.example", "misspelt terms", spf("v=spf1 inlcude:_spf.vendor.example ip4:192.0.2.300 -all"), ["spf-syntax", "spf-syntax"]),
    ("ip-equals.example", "\"=\" in place of \":\"", spf("v=spf1 mx ip4=192.0.2.25 -all"), ["spf-unknown-modifier"]),
    ("everybody.example", "+all", spf("v=spf1 mx +all"), ["spf-passes-all"]),
    ("neutral.example", "?all", spf("v=spf1 mx ?all"), ["spf-neutral-all"]),
    ("open-end.example", "no all", spf("v=spf1 mx"), ["spf-no-all"]),
    ("behind-all.example", "terms behind all, redirect beside it", spf("v=spf1 mx -all ip4:192.0.2.25 redirect=_spf.vendor.example"),
     ["spf-terms-after-all", "spf-redirect-ignored"]),
    ("ptr.example", "ptr", spf("v=spf1 mx ptr -all"), ["spf-ptr"]),
    ("type99.example", "a record of type SPF", {"$ SPF": ["v=spf1 a -all"]}, ["spf-type-99"]),
    ("sender-id.example", "a Sender ID leftover", spf("v=spf1 mx -all", "spf2.0/pra mx -all"), ["spf-sender-id"]),
    ("wide.example", "a network as wide as a provider's", spf("v=spf1 ip4:198.48.0.0/13 -all"), ["spf-wide-network"]),
    ("private.example", "a private network", spf("v=spf1 mx ip4:10.0.0.5 -all"), ["spf-private-network"]),
    ("repeats.example", "an include twice", spf("v=spf1 include:_spf.vendor.example include:_spf.vendor.example -all"), ["spf-duplicate-term"]),
    ("gone-include.example", "an include of a name that is gone", spf("v=spf1 mx include:_spf.gone.example -all"), ["spf-include-missing"]),
    ("broken-include.example", "includes with an error and with two records",
     spf("v=spf1 include:_spf.broken.example include:_spf.twice.example -all"), ["spf-include-broken", "spf-include-broken"]),
    ("failing-include.example", "an include whose servers fail", spf("v=spf1 include:_spf.silent.example -all"), ["spf-include-unreachable"]),
    ("loop-include.example", "an include that includes itself", spf("v=spf1 include:_spf.loop.example -all"), ["spf-include-loop"]),
    ("open-include.example", "an include that passes everybody", spf("v=spf1 include:_spf.open.example -all"), ["spf-include-passes-all"]),
    ("unanswered-macro.example", "a macro term whose names do not exist for strangers", spf("v=spf1 include:%{ir}._ip.nobody.example -all"),
     ["spf-macro-unanswered"]),
    ("helo-macro.example", "%{h} in a term", spf("v=spf1 exists:%{i}._h.%{h}._x.asked.example -all"), ["spf-macro-helo"]),
    ("twelve.example", "twelve lookups", spf("v=spf1 include:_spf.deep.example include:_spf.deep.example -all"), ["spf-too-many-lookups", "spf-duplicate-term"]),
    ("ten.example", "ten lookups", spf("v=spf1 mx a:mx.$ include:_spf.vendor.example include:_spf.deep.example -all"), ["spf-lookups-at-limit"]),
    ("void.example", "hosts that are gone", spf("v=spf1 mx a:old.$ a:older.$ a:oldest.$ -all"),
     ["spf-void-lookup", "spf-void-lookup", "spf-void-lookup", "spf-too-many-void-lookups"]),
    ("long.example", "a record of 600 octets", spf("v=spf1 " + " ".join(f"ip4:198.51.100.{n * 4}/30" for n in range(26)) + " -all"), ["spf-record-too-long"]),
    ("longish.example", "a record of 480 octets", spf("v=spf1 " + " ".join(f"ip4:198.51.100.{n * 4}/30" for n in range(22)) + " -all"), ["spf-record-long"]),
    ("crowded.example", "64 kB of texts", spf("v=spf1 mx -all", *(f"verification-{n}=" + "x" * 200 for n in range(250))), ["spf-answer-long"]),
    ("many-mx.example", "eleven mail servers and mx", {**spf("v=spf1 mx -all"), "$ MX": [f"{n} h{n % 5 + 1}.deep.example" for n in range(11)]}, ["spf-too-many-mx"]),

    # DMARC.
    ("no-dmarc.example", "no DMARC record", {"_dmarc.$ TXT": None}, ["dmarc-missing"]),
    ("dmarc-at-apex.example", "the record stands at the domain itself",
     {"_dmarc.$ TXT": None, "$ TXT": ["v=spf1 mx -all", "v=DMARC1; p=reject; rua=mailto:dmarc@$"]}, ["dmarc-wrong-place"]),
    ("dmarc-doubled.example", "the domain's name appears twice in the owner name",
     {"_dmarc.$ TXT": None, "_dmarc.$.$ TXT": ["v=DMARC1; p=reject"]}, ["dmarc-wrong-place"]),
    ("two-dmarc.example", "two DMARC records", dmarc("v=DMARC1; p=reject", "v=DMARC1; p=none"), ["dmarc-two-records"]),
    ("dmarc-lower.example", "the version in lower case", dmarc("v=dmarc1; p=reject; rua=mailto:dmarc@$"), ["dmarc-not-recognised"]),
    ("dmarc-beside-text.example", "another text beside the record", dmarc("v=DMARC1; p=reject; rua=mailto:dmarc@$", "hosted by somebody"),
     ["dmarc-foreign-text"]),
    ("dmarc-commas.example", "a part that is no tag, and one that is misspelt", dmarc("v=DMARC1; p=reject; reject; rau=mailto:a@$; rua=mailto:dmarc@$"),
     ["dmarc-syntax", "dmarc-unknown-tag"]),
    ("dmarc-typo.example", "a policy that does not exist", dmarc("v=DMARC1; p=rejct; rua=mailto:dmarc@$"), ["dmarc-invalid-policy"]),
    ("dmarc-order.example", "p= at the end, a tag twice", dmarc("v=DMARC1; adkim=r; adkim=s; rua=mailto:dmarc@$; p=reject"),
     ["dmarc-policy-not-second", "dmarc-duplicate-tag"]),
    ("dmarc-no-p.example", "no p=", dmarc("v=DMARC1; rua=mailto:dmarc@$"), ["dmarc-no-policy"]),
    ("watching.example", "p=none", dmarc("v=DMARC1; p=none; rua=mailto:dmarc@$"), ["dmarc-policy-none"]),
    ("weak-subdomains.example", "sp and np weaker than p", dmarc("v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:dmarc@$"),
     ["dmarc-subdomain-weaker", "dmarc-nonexistent-weaker"]),
    ("old-tags.example", "tags that were removed", dmarc("v=DMARC1; p=quarantine; pct=50; ri=3600; rf=afrf; rua=mailto:dmarc@$"),
     ["dmarc-removed-tag", "dmarc-removed-tag", "dmarc-removed-tag", "dmarc-pct-partial"]),
    ("testing-dmarc.example", "t=y, and psd=y", dmarc("v=DMARC1; p=reject; t=y; psd=y; rua=mailto:dmarc@$"), ["dmarc-testing", "dmarc-psd"]),
    ("no-reports.example", "no rua, and fo for nothing", dmarc("v=DMARC1; p=reject; fo=1"), ["dmarc-no-reports", "dmarc-fo-without-ruf"]),
    ("bad-reports.example", "addresses that cannot be used", dmarc("v=DMARC1; p=reject; aspf=x; rua=dmarc@$,mailto:dmarc@$!10m"),
     ["dmarc-report-address", "dmarc-report-size", "dmarc-invalid-value"]),
    ("strangers-reports.example", "another organisation did not agree", dmarc("v=DMARC1; p=reject; rua=mailto:x@reports.example"),
     ["dmarc-report-unauthorised"]),
    ("lost-reports.example", "the address does not exist", dmarc("v=DMARC1; p=reject; rua=mailto:x@no-mail.$"), ["dmarc-report-unreachable"]),
    ("unit.weak-subdomains.example", "an own organisation by psd=n", dmarc("v=DMARC1; p=reject; psd=n; rua=mailto:dmarc@$"), ["dmarc-organisation-differs"]),
    ("x.unit.weak-subdomains.example", "two standards find two records", {"_dmarc.$ TXT": None}, ["dmarc-policy-differs", "dmarc-organisation-differs"]),
    ("dmarc-servfail.example", "the servers of _dmarc fail", {"_dmarc.$ TXT": None, "_dmarc.$ RCODE": ["SERVFAIL"]}, ["dmarc-unavailable"]),
    ("dmarc-beside-cname.example", "a text beside a CNAME", {"_dmarc.$ CNAME": ["_dmarc.healthy.example"]}, ["dmarc-beside-cname"]),

    # DKIM.
    ("no-dkim.example", "no key", {"s1._domainkey.$ TXT": None}, ["dkim-not-found"]),
    ("short-key.example", "512 bits", dkim("v=DKIM1; p=" + RSA512), ["dkim-key-too-short"]),
    ("old-key.example", "1024 bits, and a test flag", dkim("v=DKIM1; t=y; p=" + RSA1024), ["dkim-key-short", "dkim-testing"]),
    ("huge-key.example", "4608 bits", dkim("v=DKIM1; p=" + RSA4608), ["dkim-key-long"]),
    ("revoked-key.example", "a revoked key beside a good one", {"s2._domainkey.$ TXT": ["v=DKIM1; p="]}, ["dkim-revoked"]),
    ("cut-key.example", "a key that was cut when it was copied", dkim("v=DKIM1; p=" + RSA2048[:200]), ["dkim-unreadable"]),
    ("pkcs1-key.example", "a key in the wrong form", dkim("v=DKIM1; p=" + PKCS1), ["dkim-unreadable"]),
    ("wrong-type-key.example", "an ed25519 key without k=", dkim("v=DKIM1; p=" + ED25519), ["dkim-unreadable"]),
    ("two-keys.example", "two keys at one selector", dkim(KEY, "v=DKIM1; p=" + RSA1024), ["dkim-two-records"]),
    ("gone-key.example", "a CNAME to a key that is gone", {"s2._domainkey.$ CNAME": ["s2.dkim.vendor.example"]}, ["dkim-dangling"]),
    ("sha1-key.example", "SHA-1 only, not for mail", dkim("v=DKIM1; h=sha1; s=other; p=" + RSA2048), ["dkim-hash", "dkim-service"]),
    ("odd-key.example", "no p=, another version, an unknown type",
     {**dkim("v=DKIM1; k=rsa"), "s2._domainkey.$ TXT": ["v=DKIM2; p=" + RSA2048], "default._domainkey.$ TXT": ["v=DKIM1; k=dsa; p=" + RSA2048]},
     ["dkim-no-key", "dkim-version", "dkim-key-type"]),
    ("domainkeys.example", "leftovers of DomainKeys and ADSP", {"_domainkey.$ TXT": ["o=~; t=y"], "_adsp._domainkey.$ TXT": ["dkim=all"]},
     ["dkim-leftover", "dkim-leftover"]),

    ("dkim-servfail.example", "the servers fail for a selector", {"s2._domainkey.$ RCODE": ["SERVFAIL"]}, ["dkim-unavailable"]),
    ("key-beside-cname.example", "a key beside a CNAME", {"s1._domainkey.$ CNAME": ["s1.dkim.vendor.example"]}, ["dkim-beside-cname"]),

    # BIMI, MTA-STS, TLS-RPT.
    ("weak-brand.example", "a logo without a strict policy", {**dmarc("v=DMARC1; p=quarantine; sp=none; rua=mailto:dmarc@$"),
     "default._bimi.$ TXT": ["v=BIMI1; l=http://$/logo.svg;"]},
     ["bimi-dmarc-too-weak", "bimi-not-https", "bimi-no-evidence", "dmarc-subdomain-weaker"]),
    ("odd-brand.example", "a record without a logo", {"default._bimi.$ TXT": ["v=BIMI1; a=https://$/vmc.pem"]}, ["bimi-syntax"]),
    ("two-brands.example", "two BIMI records", {"default._bimi.$ TXT": ["v=BIMI1; l=;", "v=BIMI1; l=https://$/a.svg;"]}, ["bimi-two-records"]),
    ("bad-sts.example", "an id with hyphens, no policy host, no reports", {"_mta-sts.$ TXT": ["v=STSv1; id=2026-11-01;"]},
     ["mta-sts-syntax", "mta-sts-no-host", "tls-rpt-missing"]),
    ("two-sts.example", "two records of each", {"_mta-sts.$ TXT": ["v=STSv1; id=1;", "v=STSv1; id=2;"],
     "_smtp._tls.$ TXT": ["v=TLSRPTv1; rua=mailto:tls@$", "v=TLSRPTv1; rua=mailto:x@$"]}, ["mta-sts-two-records", "tls-rpt-two-records"]),
    ("bad-rpt.example", "an address without mailto:", {"_smtp._tls.$ TXT": ["v=TLSRPTv1; rua=tls@$"]}, ["tls-rpt-syntax"]),

    # Mail servers and addresses.
    ("null-and-more.example", "a null MX beside another", {"$ MX": ["0 .", "10 mx.$"]}, ["mx-null-with-others"]),
    ("sends-only.example", "a null MX, and SPF that passes somebody", {"$ MX": ["0 ."], **spf("v=spf1 include:_spf.vendor.example -all")}, ["mx-null-but-sends", "dmarc-report-unreachable"]),
    ("no-mx.example", "neither MX nor address", {"$ MX": None, **spf("v=spf1 include:_spf.vendor.example -all")}, ["mx-missing", "dmarc-report-unreachable"]),
    ("implicit.example", "an address and no MX", {"$ MX": None, "$ A": ["192.0.2.80"], **spf("v=spf1 include:_spf.vendor.example -all")}, ["mx-implicit"]),
    ("odd-mx.example", "mail servers that are a CNAME, an address, nothing",
     {"$ MX": ["10 alias.$", "20 192.0.2.25", "30 gone.$"], "alias.$ CNAME": ["mx.healthy.example"], **spf("v=spf1 include:_spf.vendor.example -all")},
     ["mx-is-alias", "mx-is-address", "mx-host-missing"]),
    ("nameless.example", "addresses without a name, and with one that does not lead back", spf("v=spf1 ip4:192.0.2.26 ip4:192.0.2.27 -all"),
     ["rdns-not-confirmed", "rdns-missing"]),
]


def zone_lines_of(rows):
    lines = ""
    for domain, _, changes, _ in rows:
        for key, values in {**healthy(), **changes}.items():
            owner, rtype = key.replace("$", domain).split()
            lines += "".join(f"{owner} {rtype} {value.replace('$', domain)}\n" for value in values or ())
    return lines


def zone_lines():
    """The whole world as lines for zone_server.py."""
    return COMMON + zone_lines_of(DOMAINS)
