"""Policy trees made from a seed: any number of domains and of senders, always the same ones.

Domain number j is d<j>.example, in six digits: questions are as long however many domains there are. It sends through
sender number j modulo the number of senders; a sender's networks come from the ranges that are set aside for benchmarks
(RFC 2544, RFC 5180).
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

SEED = 7208
ZONE = "_spf.provider.net"
STATIC_ZONE = "_nspf.provider.net"
RESPONDER = {
    "nameservers": ["ns1.provider.net", "ns2.provider.net"],
    "hostmaster": "hostmaster@provider.net",
    "zones": [ZONE, STATIC_ZONE],
    "spf_templates": [f"include:%{{i}}._ip.%{{h}}._ehlo.%{{d}}.{ZONE}", f"include:%{{d}}.{STATIC_ZONE}"],
    "ttl": {"authorized": 3600, "unauthorized": 300, "static": 3600, "negative": 300},
}
# The names in the capture of resolvers that questions.captured_walk() reads.
WALK_ZONE = "_spf.provider.lab"
WALK_DOMAIN = "customer.lab"
# An RSA key of 2048 bits: what most owners publish.
SELECTOR = "s1"


def domain_name(number):
    return f"d{number:06d}.example"


def network_v4(sender):
    return f"198.{18 + sender // 512}.{sender % 512 // 2}.{sender % 2 * 128}/25"


def network_v6(sender):
    return f"2001:2:0:{sender:x}::/64"


def address_v4(sender, dice):
    return f"198.{18 + sender // 512}.{sender % 512 // 2}.{sender % 2 * 128 + dice.randrange(128)}"


def nibbles_v6(sender, dice):
    """An address of the sender as %{i} writes it: 32 nibbles between dots."""
    return ".".join(f"200100020000{sender:04x}{dice.getrandbits(64):016x}")


@dataclass(frozen=True)
class Shape:
    """How large a tree is. The domains of one file stand in one line each (jsonl)."""
    domains: int
    senders: int
    per_file: int = 10000
    dkim_key: str = ""      # every domain publishes it as selector s1

    @property
    def zones(self):
        """Those of the responder, and _dmarc and _domainkey of every domain."""
        return len(RESPONDER["zones"]) + self.domains * (2 if self.dkim_key else 1)

    def file_of(self, domain):
        return f"domains/{domain // self.per_file // 1000:03d}/{domain // self.per_file:06d}.jsonl"


def domain_line(shape, number, p="reject"):
    domain = {"domain": domain_name(number), "spf": {"senders": [f"s{number % shape.senders}"]}, "dmarc": {"p": p}}
    if shape.dkim_key:
        domain["dkim"] = {"keys": [{"selector": SELECTOR, "type": "rsa", "public_key": shape.dkim_key,
                                    "created": "2026-05-01", "state": "active"}]}
    return json.dumps(domain, separators=(",", ":")) + "\n"


def write_file(folder, shape, first, p="reject"):
    """The file that begins with domain number `first`."""
    path = Path(folder) / shape.file_of(first)
    path.parent.mkdir(parents=True, exist_ok=True)
    last = min(first + shape.per_file, shape.domains)
    path.write_text("".join(domain_line(shape, number, p) for number in range(first, last)), encoding="utf-8")
    return path


def write_tree(folder, shape):
    folder = Path(folder)
    (folder / "senders").mkdir(parents=True)
    (folder / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
    dice = random.Random(SEED)
    for number in range(shape.senders):
        # What a service resolves to: some networks of its own besides the one that is asked about.
        more = [f"{dice.randrange(20, 60)}.{dice.randrange(256)}.{dice.randrange(256)}.0/24" for _ in range(dice.randrange(1, 8))]
        sender = {"sender": f"s{number}", "spf": [f"include:s{number}.example.net"],
                  "resolved": {"at": "2026-11-20T06:00:00Z", "passthrough": [],
                               "networks": sorted({network_v4(number), network_v6(number), *more})}}
        (folder / f"senders/s{number}.json").write_text(json.dumps(sender), encoding="utf-8")
    for first in range(0, shape.domains, shape.per_file):
        write_file(folder, shape, first)
    return folder


def write_walk_tree(folder):
    """The one domain that the captured resolvers asked about."""
    folder = Path(folder)
    (folder / "domains").mkdir(parents=True)
    responder = {**RESPONDER, "zones": [WALK_ZONE], "spf_templates": [f"include:%{{i}}._ip.%{{h}}._ehlo.%{{d}}.{WALK_ZONE}"]}
    (folder / "responder.json").write_text(json.dumps(responder), encoding="utf-8")
    domain = {"domain": WALK_DOMAIN, "spf": {"netblocks": [{"network": "192.0.2.0/24"}, {"network": "2001:db8::/32"}]}}
    (folder / "domains/customer.json").write_text(json.dumps(domain), encoding="utf-8")
    return folder
