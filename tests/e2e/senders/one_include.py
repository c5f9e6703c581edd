#!/usr/bin/python3
"""The eleventh, twentieth and hundredth sender costs a receiver no more than the one include.

The owner publishes one term; pdns_server answers it for domains that enable 1 to 100 senders. pyspf,
Mail::SPF and `emailauth spf` evaluate the owner's record with their own limit set to one look-up.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib")]

import dns_client
import dns_wire as dns
import processes
import testing
from pdns import Pdns
from scripted_dns import ScriptedDns, answer, texts

ENABLED = (1, 10, 11, 20, 100)
ZONE = "_spf.provider.net"
TEMPLATES = {"owner": "%{ir}.%{v}.%{d}." + ZONE, "ehlo": "%{i}._ip.%{h}._ehlo.%{d}." + ZONE}
RESPONDER = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net", "zones": [ZONE],
             "spf_templates": [f"include:{text}" for text in TEMPLATES.values()]}
MAIL_SPF = ["/usr/bin/perl", str(HERE / "mail_spf_limit.pl")]
HELO = "mta.example.net"


def write_policies(root):
    """A hundred senders with v4 and v6 networks; domain "with-N.example" enables the first N."""
    for folder in ("senders", "domains"):
        (root / folder).mkdir(parents=True)
    (root / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
    for number in range(max(ENABLED)):
        sender = {"sender": f"s{number:03}", "spf": [f"include:_spf.s{number}.example", f"include:_spf2.s{number}.example"],
                  "resolved": {"at": "2026-11-20T06:00:00Z", "networks":
                               [f"10.{number}.0.0/17", f"172.16.{number}.64/26", f"2001:db8:{number:x}::/48"], "passthrough": []}}
        (root / f"senders/s{number:03}.json").write_text(json.dumps(sender), encoding="utf-8")
    domains = [{"domain": f"{owner}-{count}.example", "spf": {"senders": [f"s{number:03}" for number in range(count)]}}
               for count in ENABLED for owner in TEMPLATES]
    (root / "domains/all.json").write_text(json.dumps({"domains": domains}), encoding="utf-8")


def questions():
    """For each domain: addresses of its first, last and a middle sender, and of those that it has not enabled."""
    dice, out = random.Random(7208), []
    for count in ENABLED:
        for owner in TEMPLATES:
            may = {0, count - 1, dice.randrange(count)}
            may_not = {count, count + 55, max(ENABLED)}
            for number in sorted(may | may_not):
                for ip in (f"10.{number}.{dice.randrange(128)}.9", f"172.16.{number}.{64 + dice.randrange(64)}", f"2001:db8:{number:x}::{dice.randrange(1, 0xFFFF):x}"):
                    out.append({"ip": ip, "domain": f"{owner}-{count}.example", "wanted": "pass" if number in may else "fail"})
                for ip in (f"10.{number}.{128 + dice.randrange(128)}.9", f"2001:db8:{number:x}:1000::", f"2001:db9:{number:x}::1"):
                    wanted = "pass" if ip.endswith(":1000::") and number in may else "fail"
                    out.append({"ip": ip, "domain": f"{owner}-{count}.example", "wanted": wanted})
    return out


class Internet:
    """A resolver: the owners' records are its own, the rest is asked of pdns_server."""

    def __init__(self, pdns):
        self._pdns = pdns

    def reply(self, query, _):
        name = dns.to_text(query.qname).lower()
        owner = name.split("-")[0]
        if len(query.qname) == 2 and owner in TEMPLATES:
            return answer(query, texts(query, f"v=spf1 include:{TEMPLATES[owner]} -all") if query.qtype == dns.TXT else ())
        if not name.endswith(f".{ZONE}."):
            return answer(query, rcode=dns.NXDOMAIN)
        found = dns_client.ask(query.qname, query.qtype, self._pdns.address)
        return answer(query, [record for record in found.answers if record.rtype == query.qtype], found.rcode)


def by_pyspf(server, asked, limit):
    import spf

    def lookup(name, qtype, *_, **__):
        found = dns_client.ask(dns.name(name), dns.TYPES[qtype], server.address)
        return [((name, qtype), (record.text(),)) for record in found.answers if record.rtype == dns.TXT]

    spf.DNSLookup, spf.MAX_LOOKUP, spf.MAX_VOID_LOOKUPS = lookup, limit, 0
    return [spf.query(i=one["ip"], s=f"joe@{one['domain']}", h=HELO, strict=1, querytime=0).check()[0] for one in asked]


def by_mail_spf(server, asked, limit):
    lines = "".join(json.dumps({**one, "helo": HELO, "limit": limit, "port": server.address[1]}) + "\n" for one in asked)
    status, out, err = processes.run(MAIL_SPF, lines.encode(), seconds=120)
    if status != 0:
        raise RuntimeError(err.decode("utf-8", "replace"))
    return [json.loads(line)["result"] for line in out.decode().splitlines()]


def by_emailauth(program, server, asked):
    """(result, terms that ask DNS, void look-ups): it has no limit to set, but tells its counts."""
    out = []
    for one in asked:
        command = [program, "spf", "--ip", one["ip"], "--from", f"joe@{one['domain']}", "--helo", HELO, "--resolver", str(server), "--json"]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout)
        out.append((found["result"], found["counts"]["terms"], found["counts"]["void_lookups"]))
    return out


def available():
    """The verifiers there are, and the names of those that are not."""
    probes = {"pyspf": ["/usr/bin/python3", "-c", "import spf"], "Mail::SPF": ["/usr/bin/perl", "-MMail::SPF", "-e", "1"]}
    verifiers = {"pyspf": by_pyspf, "Mail::SPF": by_mail_spf}
    there = {name for name, probe in probes.items() if subprocess.run(probe, capture_output=True, check=False).returncode == 0}
    return {name: verifiers[name] for name in sorted(there)}, sorted(set(probes) - there)


def test(checks, options, scratch):
    policies = scratch / "policies"
    write_policies(policies)
    program = options.module.resolve().parent / "emailauth"
    pdns = Pdns(options.module, policies, scratch)
    asked = questions()
    wanted = [one["wanted"] for one in asked]
    verifiers, missing = available()
    with pdns.server(ZONE), ScriptedDns(Internet(pdns).reply) as server:
        for name, evaluate in verifiers.items():
            for one, got in zip(asked, evaluate(server, asked, 1), strict=True):
                checks.equal(got, one["wanted"], f"{name}, limit of one look-up: {one['ip']} for {one['domain']}")
            for one, got in zip(asked[:4], evaluate(server, asked[:4], 0), strict=True):
                checks.equal(got, "permerror", f"{name}, limit of none, so that the limit is known to count: {one['ip']}")
        for one, got in zip(asked, by_emailauth(program, server, asked), strict=True):
            checks.equal(got, (one["wanted"], 1, 0), f"emailauth spf: {one['ip']} for {one['domain']}: result, terms, void look-ups")
    passes, v6 = wanted.count("pass"), sum(":" in one["ip"] for one in asked)
    print(f"{', '.join(map(str, ENABLED))} senders: {len(asked)} addresses ({passes} may send, {v6} are IPv6), {len(verifiers) + 1} verifiers")
    checks.that(passes > 60 and len(asked) - passes > 60 and v6 > 60, "addresses of all kinds")
    if missing:
        print(f"SKIPPED in part: not installed: {', '.join(missing)}")


if __name__ == "__main__":
    testing.main(test, __doc__)
