#!/usr/bin/python3
"""Large vendors from end to end: their records are refreshed into a policy directory, then our answers
for 10,000 addresses, as pyspf evaluates them, must be what pyspf makes of the vendors' own records."""

import ipaddress
import json
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(ROOT / "tests/cli"), str(ROOT / "tests/spf")]

import dns_wire as dns
import testing
from pdns import Pdns
from tiny_dns import TinyDns

VENDORS = ["amazon-ses", "fastmail", "google-workspace", "icloud-mail", "mailchimp", "mailgun", "microsoft-365",
           "postmark", "salesforce", "sendgrid", "sparkpost", "zendesk", "zoho-mail"]
# Two terms of SparkPost and one of Salesforce are passed on to the receiver; for a stranger each is a void look-up,
# and RFC 7208 allows two. One domain can enable either, not both.
TOGETHER = [vendor for vendor in VENDORS if vendor != "sparkpost"]
ADDRESSES = 10000
ZONE = "_spf.provider.net"
RESPONDER = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net", "zones": [ZONE],
             "spf_templates": ["include:%{ir}.%{v}.%{d}." + ZONE]}


def owner_of(vendor):
    return f"{vendor}.example"


def reachable(zone, terms):
    """The part of the zone data that these terms lead to."""
    found, todo = {}, terms.split()
    while todo:
        mechanism, _, name = todo.pop().partition(":")
        if mechanism == "include" and name not in found:
            found[name] = zone[name]
            todo += zone[name][0]["TXT"].split()
        elif mechanism == "exists":
            found.update({host: zone[host] for host in zone if host.endswith(name.replace("%{i}", ""))})
    return found


def interesting_addresses(zone, generator):
    """Inside, at the edges of and beside every published network, and hosts that exists: terms know."""
    edges, networks = [], []
    for records in zone.values():
        for word in records[0].get("TXT", "").split():
            if word[:4] in ("ip4:", "ip6:"):
                networks.append(ipaddress.ip_network(word[4:]))
    for network in networks:
        first, last = int(network[0]), int(network[-1])
        edges += [type(network[0])(number) for number in (first - 1, first, last, last + 1)]
    edges += [ipaddress.ip_address(name.split("._spf.")[0]) for name in zone if name[0].isdigit()]
    while True:
        kind = generator.random()
        if kind < 0.2:
            yield generator.choice(edges)
        elif kind < 0.6 and networks:
            network = generator.choice(networks)
            yield network[generator.randrange(network.num_addresses)]
        elif kind < 0.9:
            yield ipaddress.IPv4Address(generator.getrandbits(32))
        else:
            yield ipaddress.IPv6Address(0x20010DB8 << 96 | generator.getrandbits(96))


class Comparison:
    def __init__(self, checks, pdns, zone, policies, evaluate):
        self.checks, self.pdns, self.zone, self.evaluate = checks, pdns, zone, evaluate
        self.terms = {vendor: " ".join(json.loads((policies / f"senders/{vendor}.json").read_text(encoding="utf-8"))["spf"])
                      for vendor in VENDORS}
        self.seen = {"pass": 0, "fail": 0}

    def result(self, record, domain, address, extra=()):
        zonedata = {**self.zone, domain: [{"TXT": record}], **dict(extra)}
        return self.evaluate({"zonedata": zonedata, "ip": str(address), "from": f"joe@{domain}", "helo": "mta.example"})

    def ours(self, domain, address):
        """What a receiver makes of the owner's one include; our answer is asked of pdns_server."""
        labels = [str(address)] if address.version == 4 else [address.exploded.replace(":", "")]
        reversed_ip = ".".join(reversed(labels[0].split(".") if address.version == 4 else list(labels[0])))
        name = f"{reversed_ip}.{'in-addr' if address.version == 4 else 'ip6'}.{domain}.{ZONE}"
        texts = [record.text().decode() for record in self.pdns.ask(name, "TXT").answers if record.rtype == dns.TXT]
        self.checks.that(len(texts) == 1, f"one record at {name}", repr(texts))
        return self.result(f"v=spf1 include:{name} -all", domain, address, [(name, [{"TXT": text} for text in texts])])

    def compare(self, vendors, domain, address):
        ours = self.ours(domain, address)
        wanted = "fail"
        for vendor in vendors:
            theirs = self.result(f"v=spf1 {self.terms[vendor]} -all", domain, address)["result"]
            wanted = "pass" if theirs == "pass" else wanted
        self.seen[wanted] += 1
        self.checks.that(ours["result"] == wanted, f"{address} for {domain}", f"vendor: {wanted}, ours: {ours}")


def emailauth(program, *arguments):
    done = subprocess.run([program, "senders", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def prepare(checks, program, policies, zone):
    """A policy directory whose senders come from the catalogue and are refreshed from `zone`."""
    for folder in ("senders", "domains"):
        (policies / folder).mkdir(parents=True)
    (policies / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
    domains = [{"domain": owner_of(vendor), "spf": {"senders": [vendor]}} for vendor in VENDORS]
    domains.append({"domain": "all.example", "spf": {"senders": TOGETHER}})
    (policies / "domains/all.json").write_text(json.dumps({"domains": domains}), encoding="utf-8")
    for vendor in VENDORS:
        status, out = emailauth(program, "add", "--policies", policies, vendor, "--catalogue", ROOT / "policy/catalogue")
        checks.that(status == 0, f"{vendor} is added from the catalogue", out)
    server = TinyDns(zone)
    resolver = ("--resolver", f"127.0.0.1:{server.port}")
    status, out = emailauth(program, "refresh", "--policies", policies, *resolver)
    checks.that(status == 0 and f"{len(VENDORS)} asked: {len(VENDORS)} changed" in out, "all vendors are refreshed", out)
    status, out = emailauth(program, "diff", "--policies", policies, *resolver)
    checks.that(status == 0 and f" 0 changed, {len(VENDORS)} unchanged" in out, "a second look-up finds the same", out)
    server.close()


def test(checks, options, scratch):
    try:
        from pyspf_lines import evaluate
    except ImportError:
        raise testing.Skip("python3-spf is not installed") from None
    zone = json.loads((HERE / "vendors.json").read_text(encoding="utf-8"))
    policies = scratch / "policies"
    prepare(checks, options.module.resolve().parent / "emailauth", policies, zone)
    pdns = Pdns(options.module, policies, scratch)
    with pdns.server(ZONE):
        comparison = Comparison(checks, pdns, zone, policies, evaluate)
        generator = random.Random(7208)
        everywhere = interesting_addresses(zone, generator)
        near = {vendor: interesting_addresses(reachable(zone, comparison.terms[vendor]), generator) for vendor in VENDORS}
        for number in range(ADDRESSES):
            vendor = VENDORS[number % len(VENDORS)]
            if number % 20 == 0:   # together, in the owner's own record, beyond the limit of ten look-ups
                comparison.compare(TOGETHER, "all.example", next(everywhere))
            else:
                comparison.compare([vendor], owner_of(vendor), next(near[vendor] if number % 4 else everywhere))
        print(f"{ADDRESSES} addresses: {comparison.seen['pass']} may send, {comparison.seen['fail']} may not")
        checks.that(min(comparison.seen.values()) > 500, "addresses of both kinds", comparison.seen)


if __name__ == "__main__":
    testing.main(test, __doc__)
