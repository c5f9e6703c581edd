"""What hostile, broken and unlucky vendors publish: a reply() for ScriptedDns, and what should be said about each."""

import threading
import time

import dns_wire as dns
from scripted_dns import answer, texts
from signed_vendor import SignedVendor

GOOD = "v=spf1 ip4:192.0.2.0/24 -all"          # the networks that every sender has already
MORE = "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/26 -all"
LATER, VENDOR, TERMS = "try again later", "tell the vendor, receivers meet the same error", \
    'write the networks you trust as "ip4:" and "ip6:" terms instead'
BOGUS = "tell the vendor that its signatures do not verify, or check clock, trust anchor and resolver here"
CHANGE = r'its answers change from one query to the next \(.* is in only one of them\); try again later, ' \
         'or write its networks as "ip4:" and "ip6:" terms'

# sender: what its one line says between "failed: " and the last good networks.
SAID = {
    "expired": rf"include:expired.example: TXT expired.example: bogus DNSSEC \(signature expired\); {BOGUS}",
    "forged": rf"include:forged.example: TXT forged.example: bogus DNSSEC \(.*signature verification failed\); {BOGUS}",
    "unsigned": rf"include:unsigned.example: TXT unsigned.example: bogus DNSSEC \(no signatures\); {BOGUS}",
    "refused": f"include:refused.example: TXT refused.example: SERVFAIL; {LATER}",
    "servfail": f"include:servfail.example: TXT servfail.example: SERVFAIL; {LATER}",
    "mute": f"include:mute.example: TXT mute.example: timeout; {LATER}",
    "slow": f"include:slow.example: TXT slow.example: timeout; {LATER}",
    "wrong-id": f"include:wrong-id.example: TXT wrong-id.example: (timeout|SERVFAIL); {LATER}",
    "other-name": f"include:other-name.example: TXT other-name.example: (timeout|SERVFAIL); {LATER}",
    "garbage": f"include:garbage.example: TXT garbage.example: (timeout|SERVFAIL); {LATER}",
    "hangs-up": f"include:hangs-up.example: TXT hangs-up.example: (timeout|SERVFAIL); {LATER}",
    "late-half": f"late-half.example: a: AAAA late-half.example: (timeout|SERVFAIL); {LATER}",
    "self": f"self.example: include:self.example: is a loop: self.example -> self.example; {VENDOR}",
    "ring": f"ring3.example: redirect=ring.example: is a loop: ring.example -> ring2.example -> ring3.example -> ring.example; {VENDOR}",
    "cname-ring": f"include:cname-ring.example: TXT cname-ring.example: (timeout|SERVFAIL); {LATER}",
    "cname-chain": f"include:cname-chain.example: TXT cname-chain.example: (timeout|SERVFAIL); {LATER}",
    "tree": f".*: is more than (10 records deep|the 100 records that are read); {TERMS}",
    "broad": f".*: is more than the 100 records that are read; {TERMS}",
    "noise": 'include:noise.example: "noise.example" has no SPF record; check the name, or ask the vendor',
    "long-term": rf'include:long-term.example: the record of "long-term.example", at 7: "x+\.\.\.": .*; {VENDOR}',
    "two": f'include:two.example: "two.example" has several SPF records; {VENDOR}',
    "nul": rf'include:nul.example: the record of "nul.example", at 11: "ip4:192.0.2.0/24\\000": .*; {VENDOR}',
    "eight": rf'include:eight.example: the record of "eight.example", at 24: "\\255\\254": .*; {VENDOR}',
    "gone": 'include:gone.example: "gone.example" has no SPF record; check the name, or ask the vendor',
    "flips": CHANGE,
    "flips-term": CHANGE,
    "vanishes": 'include:vanishes.example: "vanishes.example" has no SPF record; check the name, or ask the vendor',
    "everyone": '"0.0.0.0/0" is wider than /8 and is refused; write "allow_wide": true if this is intended',
    "nobody": 'its terms authorise no address; check "spf" in the file, or ask the vendor',
}
# And "signed", which is validated.
FRIENDLY = {"good": GOOD, "grows": MORE, "large": GOOD.replace(" -all", "".join(f" ip4:192.0.2.{i % 256}" for i in range(4000)) + " -all")}
SLOWEST = 20.0                             # seconds: longer than a refresh waits

PLAIN = {
    **FRIENDLY, "self": "v=spf1 include:self.example -all", "ring": "v=spf1 include:ring2.example -all",
    "ring2": "v=spf1 redirect=ring3.example", "ring3": "v=spf1 redirect=ring.example",
    "broad": "v=spf1 " + "".join(f"include:n{i}.broad.example " for i in range(2200)) + "-all",
    "noise": "x" * 64000, "long-term": "v=spf1 " + "x" * 64000, "late-half": "v=spf1 a -all",
    "nul": b"v=spf1 ip4:192.0.2.0/24\0 -all", "eight": b"v=spf1 ip4:192.0.2.0/24 \xff\xfe -all",
    "everyone": "v=spf1 +all", "nobody": "v=spf1 -all",
}
TURNS = {   # what the first question gets, and the second
    "flips": (MORE, "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.64/26 -all"),
    "flips-term": ("v=spf1 ip4:192.0.2.0/24 exists:%{i}.a.example -all", "v=spf1 ip4:192.0.2.0/24 exists:%{i}.b.example -all"),
    "vanishes": (MORE, None),
}


class HostileZone:
    def __init__(self, scratch):
        label = lambda vendor: (vendor.encode(), b"example")
        self._signed = {vendor: SignedVendor(label(vendor), MORE, scratch, age)
                        for vendor, age in (("signed", 0), ("expired", 30 * 86400), ("forged", 0), ("unsigned", 0))}
        self.anchors = scratch / "anchors"
        self.anchors.write_text("".join(zone.anchor for zone in self._signed.values()), encoding="ascii")
        self._asked, self._lock = {}, threading.Lock()

    def reply(self, query, over_tcp):
        vendor = query.qname[-2].decode("latin-1").lower() if len(query.qname) > 1 else ""
        if vendor in self._signed:
            return answer(query, self._records_of(self._signed[vendor], vendor, query))
        special = getattr(self, "_" + vendor.replace("-", "_"), None)
        if special is not None:
            return special(query, over_tcp)
        if vendor in TURNS:
            return self._in_turn(query, TURNS[vendor])
        if query.qtype != dns.TXT:
            return answer(query)
        if vendor == "two":
            return answer(query, texts(query, GOOD, MORE))
        if len(query.qname) > 2 or vendor in PLAIN:
            return answer(query, texts(query, PLAIN.get(vendor, GOOD) if len(query.qname) == 2 else GOOD))
        return answer(query, rcode=dns.NXDOMAIN)

    @staticmethod
    def _records_of(zone, vendor, query):
        if query.qtype == dns.DNSKEY:
            return zone.keys
        if query.qtype != dns.TXT:
            return []
        record, signature = zone.texts
        if vendor == "unsigned":
            return [record]
        if vendor == "forged":
            return [*texts(query, "v=spf1 ip4:192.0.2.0/24 ip4:203.0.113.0/26 -all"), signature]
        return [record, signature]

    def _in_turn(self, query, turns):
        with self._lock:
            number = self._asked[query.qname] = self._asked.get(query.qname, -1) + 1
        text = turns[number % 2]
        return answer(query, texts(query, text, ttl=0)) if text else answer(query, rcode=dns.NXDOMAIN)

    @staticmethod
    def _refused(query, _):
        return answer(query, rcode=dns.REFUSED)

    @staticmethod
    def _servfail(query, _):
        return answer(query, rcode=dns.SERVFAIL)

    @staticmethod
    def _mute(*_):
        return None

    @staticmethod
    def _slow(query, _):
        time.sleep(SLOWEST)
        return answer(query, texts(query, MORE))

    @staticmethod
    def _wrong_id(query, _):
        query.ident ^= 1
        return answer(query, texts(query, MORE))

    @staticmethod
    def _other_name(query, _):
        query.qname = (b"other", *query.qname)
        return answer(query, texts(query, MORE))

    @staticmethod
    def _garbage(query, _):
        return answer(query, texts(query, MORE))[:20] + b"\xc0\x14" * 200

    @staticmethod
    def _hangs_up(query, over_tcp):
        return None if over_tcp else dns.encode_answer(query, 0x8380)

    @staticmethod
    def _late_half(query, _):
        """Its A record is there; its AAAA is not to be had, so that half of the networks is not known."""
        if query.qtype == dns.AAAA:
            return answer(query, rcode=dns.SERVFAIL)
        if query.qtype == dns.A:
            return answer(query, [dns.Record(query.qname, dns.A, 60, bytes([192, 0, 2, 7]))])
        return answer(query, texts(query, PLAIN["late-half"]))

    @staticmethod
    def _cname_ring(query, _):
        other = query.qname[1:] if len(query.qname) > 2 else (b"b", *query.qname)
        return answer(query, [dns.Record(query.qname, dns.CNAME, 60, dns.encode_name(other))])

    @staticmethod
    def _cname_chain(query, _):
        number = int(query.qname[0]) + 1 if query.qname[0].isdigit() else 0
        target = (str(number).encode(), *query.qname[-2:])
        return answer(query, [dns.Record(query.qname, dns.CNAME, 60, dns.encode_name(target))])

    @staticmethod
    def _tree(query, _):
        """Ten includes at every name, and every name another: 10^n records at depth n."""
        path = query.qname[0].decode() if len(query.qname) > 2 else "t"
        return answer(query, texts(query, "v=spf1 " + "".join(f"include:{path}{i}.tree.example " for i in range(10)) + "-all"))
