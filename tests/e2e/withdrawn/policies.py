"""The policies of the test, how they change, and what each question must get before and after."""

import re
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import dns_wire as dns

ROOT = Path(__file__).resolve().parents[3]
REFUSED, MISSING, NOTHING = "REFUSED", "NXDOMAIN", "NOERROR"
REVOKED = "v=DKIM1; p="


def mirrored_name(name):
    """Where an owner's CNAME for the name leads: "_dmarc-of.a.test.hosted.provider.net" for "_dmarc.a.test"."""
    return re.sub(r"(.*_[a-z-]+)\.", r"\1-of.", name, count=1) + ".hosted.provider.net"


def spf(*networks):
    return {"netblocks": [{"network": network} for network in networks], "all": "-all"}


def cname(selector, target):
    return {"selector": selector, "cname": target}


KEY = {"type": "ed25519", "public_key": "Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8="}
KEY_RECORD = "v=DKIM1; k=ed25519; p=Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8="


@dataclass
class Question:
    """`name` holds {n} where it differs each time; `old` and `new` are answers, with {n}, too."""
    name: str
    old: str
    new: str


@dataclass
class Change:
    """One file, before and after (None: there is none), and questions whose answers it changes."""
    title: str
    old: dict
    new: dict
    questions: list = field(default_factory=list)

    @property
    def file(self):
        return f"domains/{(self.old or self.new)['domain']}.json"


def hosted(name, old, new):
    """A name of the domain's own zone, and the same below the mirror zone: there nothing is refused."""
    mirrored = [MISSING if answer == REFUSED else answer for answer in (old, new)]
    return [Question(name, old, new), Question(mirrored_name(name), *mirrored)]


def whole_domain(domain):
    return {"domain": domain, "spf": spf("192.0.2.0/24"), "dmarc": {"p": "reject"},
            "dkim": {"keys": [{"selector": "s1", **KEY}]}, "tls_rpt": {"rua": [f"mailto:t@{domain}"]}}


def names_of_domain(domain):
    """(name, answer when the domain is managed, answer when it is not)"""
    return [
        (f"192.0.2.{{n}}._ip.h{{n}}._ehlo.{domain}._spf.provider.net", "v=spf1 ip4:192.0.2.{n} -all", MISSING),
        (f"_dmarc.{domain}", "v=DMARC1; p=reject; rua=mailto:dmarc@reports.provider.net", REFUSED),
        (mirrored_name(f"_dmarc.{domain}"), "v=DMARC1; p=reject; rua=mailto:dmarc@reports.provider.net", MISSING),
        (f"s1._domainkey.{domain}", KEY_RECORD, REFUSED),
        (f"nosuch._domainkey.{domain}", MISSING, REFUSED),
        (f"_smtp._tls.{domain}", f"v=TLSRPTv1; rua=mailto:t@{domain}", REFUSED),
        (f"{domain}._report._dmarc.reports.provider.net", "v=DMARC1", MISSING),
        (f"{domain}._nspf.provider.net", "v=spf1 ip4:192.0.2.0/24 -all", MISSING),
    ]


def changes():
    withdrawn = Change(
        "withdrawn network", {"domain": "net.test", "spf": spf("192.0.2.0/24", "2001:db8::/32", "203.0.113.0/24")},
        {"domain": "net.test", "spf": spf("203.0.113.0/24")},
        [Question("192.0.2.{n}._ip.h{n}._ehlo.net.test._spf.provider.net", "v=spf1 ip4:192.0.2.{n} -all", "v=spf1 -all"),
         Question("{n}.2.0.192.in-addr.net.test._spf.provider.net", "v=spf1 ip4:192.0.2.{n} -all", "v=spf1 -all"),
         Question("7.2.0.192.in-addr.net.test._spf.provider.net", "v=spf1 ip4:192.0.2.7 -all", "v=spf1 -all"),
         Question("net.test._nspf.provider.net", "v=spf1 ip4:192.0.2.0/24 ip4:203.0.113.0/24 ip6:2001:db8::/32 -all",
                  "v=spf1 ip4:203.0.113.0/24 -all")])
    gone = Change("removed domain", whole_domain("gone.test"), None,
                  [Question(name, managed, not_managed) for name, managed, not_managed in names_of_domain("gone.test")])
    added = Change("added domain", None, whole_domain("added.test"),
                   [Question(name, not_managed, managed) for name, managed, not_managed in names_of_domain("added.test")])
    dmarc = Change("changed DMARC", {"domain": "dmarc.test", "dmarc": {"p": "none", "rua": []}},
                   {"domain": "dmarc.test", "dmarc": {"p": "reject", "rua": []}},
                   hosted("_dmarc.dmarc.test", "v=DMARC1; p=none", "v=DMARC1; p=reject"))
    keys = Change("revoked and added selector", {"domain": "keys.test", "dkim": {"keys": [{"selector": "a", **KEY}, cname("c", "a._domainkey.keys.test")]}},
                  {"domain": "keys.test", "dkim": {"keys": [{"selector": "a", "type": "ed25519", "state": "revoked"}, {"selector": "b.x", **KEY},
                                                            cname("c", "a._domainkey.keys.test")]}},
                  [*hosted("a._domainkey.keys.test", KEY_RECORD, REVOKED), *hosted("b.x._domainkey.keys.test", MISSING, KEY_RECORD),
                   *hosted("x._domainkey.keys.test", MISSING, NOTHING), Question("c._domainkey.keys.test", KEY_RECORD, REVOKED)])
    other = Change("other_selectors", {"domain": "other.test", "dkim": {"keys": [], "other_selectors": "none"}},
                   {"domain": "other.test", "dkim": {"keys": [], "other_selectors": "revoked"}},
                   [*hosted("guessed._domainkey.other.test", MISSING, REVOKED), *hosted("x{n}._domainkey.other.test", MISSING, REVOKED)])
    return [withdrawn, gone, added, dmarc, keys, other]


def make(folder):
    """The samples, and what changes as it is before."""
    shutil.copytree(ROOT / "pdns-conf/emailauth", folder)
    for change in changes():
        write(folder, change.file, change.old)


def write(folder, file, policy):
    """Puts a policy into place at once, or takes the file away."""
    path = folder / file
    if policy is None:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(policy), encoding="utf-8")
    os.rename(fresh, path)


def shown(answer):
    """A message as policies are written here: its TXT record, or its rcode."""
    texts = [record.text().decode("latin-1") for record in answer.answers if record.rtype == dns.TXT]
    return " | ".join(texts) if texts else answer.rcode_name
