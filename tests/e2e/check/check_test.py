#!/usr/bin/python3
"""`emailauth check` against a world of domains: it finds every planted fault by name, and nothing else.

The world is table.py, served by zone_server.py; signed zones, and a domain that our responder hosts, are served by
pdns_server. Between them and `emailauth check` stands a stock unbound.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_client
import dns_wire as dns
import processes
import table
import testing
import unbound_conf
from pdns import Pdns, free_port, has_backend
from signed_chain import SCHEMA

RESPONDER = {"nameservers": ["ns1.provider.example"], "hostmaster": "hostmaster@provider.example", "zones": ["_spf.provider.example"],
             "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.example"]}
HOSTED = {"domain": "hosted.example", "spf": {"netblocks": [{"network": "192.0.2.25/32"}]}, "dmarc": {"p": "reject", "rua": ["mailto:dmarc@hosted.example"]},
          "dkim": {"keys": [{"selector": "ours2026", "type": "rsa", "public_key": table.RSA2048}]}}
OURS = ("_spf.provider.example", "_dmarc.hosted.example", "_domainkey.hosted.example")

# Zones that pdns_server signs; as in table.py. What the validator knows of bogus.example is wrong.
SIGNED = [
    ("signed.example", "nothing", {}, []),
    ("bogus.example", "a DS record of another key", {}, ["dnssec-bogus"]),
    ("half.example", "_dmarc is delegated to an unsigned zone", {"_dmarc.$ TXT": None, "_dmarc.$ NS": ["ns1.provider.example."]}, ["dnssec-weaker-pointer"]),
]
# Hosted by our responder: zone_server.py has the owner's records.
OF_THE_OWNER = [("hosted.example", "nothing: our responder answers",
                 {"$ TXT": ["v=spf1 include:%{ir}.%{v}.%{d}._spf.provider.example -all"], "_dmarc.$ TXT": None, "s1._domainkey.$ TXT": None}, [])]
# Also told, though no finding: who answers for the domain.
HOSTS = {"vali.example": ("Valimail", "SPF"), "redsift.example": ("Red Sift OnDMARC", "DMARC reports"), "pointing.example": ("EasyDMARC", "DMARC"),
         "google.example": ("Google Workspace", "SPF"), "grid.example": ("Twilio SendGrid", "DKIM")}
HOSTED_ELSEWHERE = """\
vali.example TXT v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.vali.email ~all
redsift.example TXT v=spf1 mx -all
_dmarc.redsift.example TXT v=DMARC1; p=reject; rua=mailto:x@inbox.ondmarc.com
pointing.example TXT v=spf1 mx -all
_dmarc.pointing.example CNAME pointing.example._dmarc.easydmarc.pro
google.example TXT v=spf1 include:_spf.google.com ~all
_spf.google.com TXT v=spf1 ip4:198.51.100.0/24 ~all
grid.example TXT v=spf1 mx -all
s1._domainkey.grid.example CNAME s1.domainkey.u1.wl1.sendgrid.net
s1.domainkey.u1.wl1.sendgrid.net TXT """ + table.KEY + "\n"


def zone_file(path, domain, changes):
    lines = [f"{domain}. 60 IN SOA ns1.provider.example. host.provider.example. 1 60 60 600 5", f"{domain}. 60 IN NS ns1.provider.example."]
    for key, values in {**table.healthy(), **changes}.items():
        owner, rtype = key.replace("$", domain).split()
        for value in values or ():
            data = value.replace("$", domain)
            data = " ".join(f'"{data[at:at + 250]}"' for at in range(0, len(data), 250)) if rtype == "TXT" else data + "." * (rtype == "MX")
            lines.append(f"{owner}. 60 IN {rtype} {data}")
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


class World:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.policies = scratch / "policies"
        (self.policies / "domains").mkdir(parents=True)
        (self.policies / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
        (self.policies / "domains/hosted.json").write_text(json.dumps(HOSTED), encoding="utf-8")
        database = scratch / "zones.sqlite3"
        with sqlite3.connect(database) as connection:
            connection.executescript(SCHEMA.read_text(encoding="utf-8"))
        self.pdns = Pdns(options.module, self.policies, scratch, launch="emailauth,gsqlite3", gsqlite3_database=database, gsqlite3_dnssec="yes")
        self.anchors = scratch / "anchors"
        self.anchors.write_text("".join(self.sign(*row[:3:2]) for row in SIGNED), encoding="ascii")
        zone_file(scratch / "unsigned.zone", "_dmarc.half.example", {key: None for key in table.healthy()}
                  | {"$ TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@half.example"]})
        self.pdns.must("load-zone", "_dmarc.half.example", str(scratch / "unsigned.zone"))

    def sign(self, domain, changes):
        """The line of the trust anchor."""
        zone_file(self.scratch / f"{domain}.zone", domain, changes)
        self.pdns.must("load-zone", domain, str(self.scratch / f"{domain}.zone"))
        self.pdns.must("secure-zone", domain)
        self.pdns.must("rectify-zone", domain)
        line = next(line for line in self.pdns.must("export-zone-ds", domain).splitlines() if " 13 2 " in line).split(";")[0].strip()
        return (line if domain != "bogus.example" else line[:-8] + "00000000") + "\n"

    @contextlib.contextmanager
    def resolver(self):
        """unbound in front of everything; its address while the block runs."""
        zones = self.scratch / "world.zone"
        owners = table.zone_lines_of(OF_THE_OWNER)
        zones.write_text(table.zone_lines() + owners + HOSTED_ELSEWHERE, encoding="utf-8")
        server, address = ("127.0.0.1", free_port()), ("127.0.0.1", free_port())
        stubs = [(zone, self.pdns.address) for zone in (*OURS, *(row[0] for row in SIGNED))]
        options = (*unbound_conf.STRICT, "cache-max-ttl: 60", "cache-max-negative-ttl: 60", "unblock-lan-zones: yes", "insecure-lan-zones: yes")
        text = unbound_conf.configuration(self.scratch, address, stubs, options)
        text += f'forward-zone:\n  name: "."\n  forward-addr: {server[0]}@{server[1]}\n'
        (self.scratch / "unbound.conf").write_text(text, encoding="utf-8")
        program = shutil.which("unbound", path="/usr/sbin:/usr/bin")
        if program is None:
            raise testing.Skip("unbound is not installed")
        command = [sys.executable, "-B", str(HERE.parent / "lib/zone_server.py"), str(zones), *map(str, server)]
        with self.pdns.server("_spf.provider.example"), processes.Daemon(command, self.scratch / "world.log"), \
                processes.Daemon([program, "-d", "-c", str(self.scratch / "unbound.conf")], self.scratch / "unbound.log") as unbound:
            if not dns_client.wait_until_answering(address, dns.name("healthy.example"), dns.TXT, unbound.is_running):
                raise RuntimeError(f"the world does not answer:\n{unbound.last_lines()}{(self.scratch / 'world.log').read_text(encoding='utf-8')}")
            yield f"{address[0]}:{address[1]}"

    def check(self, resolver, *words):
        """(exit status, standard output, standard error)."""
        command = [self.options.module.resolve().parent / "emailauth", "check", "--resolver", resolver, "--trust-anchor", self.anchors,
                   "--catalogue", ROOT / "policy/catalogue", "--policies", self.policies, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
        return done.returncode, done.stdout, done.stderr


def every_kind_is_planted(checks, world, resolver):
    _, out, _ = world.check(resolver, "--findings")
    planted = {name for row in (*table.DOMAINS, *SIGNED, *OF_THE_OWNER) for name in row[3]}
    checks.equal({line.split()[0] for line in out.splitlines()} - planted, {"dns-timeout"}, "the table has every finding; tests/cli/check_test has the time-out")


def same_counts_as_the_evaluator(checks, world, resolver):
    """The tree counts what check_host() counts for a stranger, wherever that gets to the end."""
    status, out, _ = world.check(resolver, "--json", *(row[0] for row in table.DOMAINS))
    compared = 0
    for report in json.loads(out):
        if "lookups" not in report.get("spf", {}):
            continue
        command = [world.options.module.resolve().parent / "emailauth", "spf", "--resolver", resolver, "--json", "--ip", "203.0.113.254",
                   "--from", "postmaster@" + report["domain"], "--helo", "mail.example.net"]
        evaluated = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout)
        if evaluated["result"] in ("fail", "softfail", "neutral") and "spf-ptr" not in {f["name"] for f in report["findings"]}:
            compared += 1
            checks.equal((report["spf"]["lookups"], report["spf"]["void_lookups"]), (evaluated["counts"]["terms"], evaluated["counts"]["void_lookups"]),
                         f"{report['domain']}: lookups and void lookups")
    checks.that(compared > 50, f"{compared} domains compared with the evaluator")


def every_fault(checks, world, resolver):
    rows = [*table.DOMAINS, *SIGNED, *OF_THE_OWNER]
    names = world.scratch / "domains.txt"
    names.write_text("# the world\n\n" + "".join(f"{row[0]}\n" for row in rows), encoding="utf-8")
    status, out, err = world.check(resolver, "--json", "--file", names)
    checks.equal((status, err), (1, ""), "the whole world: there are findings, and no trouble")
    reports = {report["domain"]: report for report in json.loads(out)}
    checks.equal(list(reports), [row[0] for row in rows], "reports in the order of the list")
    for domain, planted, _, wanted in rows:
        findings = reports.get(domain, {"findings": []})["findings"]
        checks.equal(sorted(Counter(finding["name"] for finding in findings).items()), sorted(Counter(wanted).items()),
                     f"{domain}: {planted}\n    {json.dumps([(f['name'], f['at'], f['what']) for f in findings])}")
        for finding in findings:
            checks.that(all(finding[key] for key in ("severity", "at", "what", "why", "instead", "reference")), f"{domain}: every part of {finding['name']}", finding)
    faulty = sum(1 for row in rows if row[3])
    checks.that(faulty >= 30 and len(rows) - faulty >= 6, f"{faulty} faulty domains, {len(rows) - faulty} healthy ones")
    states = {domain: reports[domain].get("dnssec") for domain in ("signed.example", "half.example", "healthy.example")}
    checks.equal(states, {"signed.example": "signed and valid", "half.example": "signed and valid", "healthy.example": "unsigned"}, "DNSSEC states")
    checks.equal(reports["half.example"]["dnssec_on_the_way"], {"_dmarc.half.example": "unsigned", "_domainkey.half.example": "signed and valid",
                                                                "mx.half.example": "signed and valid"}, "DNSSEC states on the way")
    keys = reports["hosted.example"]["dkim"]["keys"]
    checks.equal(keys, [{"selector": "ours2026", "type": "rsa", "bits": 2048, "revoked": False, "testing": False}], "the selector of the policy is looked for")


def healthy_ones(checks, world, resolver):
    names = [row[0] for row in (*table.DOMAINS, *SIGNED, *OF_THE_OWNER) if not row[3]]
    status, out, err = world.check(resolver, *names)
    checks.equal((status, err), (0, ""), f"healthy domains only: {out}")
    checks.equal(out.count(": nothing found\n"), len(names), "one such line each")


def hosts(checks, world, resolver):
    status, out, err = world.check(resolver, "--json", *HOSTS)
    checks.equal((status, err), (1, ""), "domains that others answer for")
    for report in json.loads(out):
        found = {(host["service"], host["part"]) for host in report["hosted_by"]}
        checks.that(HOSTS[report["domain"]] in found, f"{report['domain']}: hosted by {HOSTS[report['domain']]}", found)


def text_of_one(checks, world, resolver):
    _, out, _ = world.check(resolver, "twelve.example")
    checks.matches(out, r"^twelve\.example: 1 error, 1 piece of advice$", "summary")
    checks.matches(out, r"^  12 of 10 lookups, 0 of 2 void lookups\n  \|-- include:_spf\.deep\.example  6 lookups\n  \|   \|-- a:h1\.deep\.example  1 lookup$", "tree")
    checks.matches(out, r"^  error\[spf-too-many-lookups\] at twelve\.example: the record takes 12 lookups of 10 allowed\n    why: .*\n"
                        r"    do: .*\n    see: RFC 7208, 4\.6\.4$", "finding")
    _, out, _ = world.check(resolver, "spf-typo.example")
    checks.matches(out, r'at character 8: "inlcude:_spf\.vendor\.example": "inlcude" is not a mechanism; did you mean "include"\?', "position")
    _, out, _ = world.check(resolver, "macro.example")
    checks.matches(out, r"looked up for each message: %\{ir\} is the client's address, reversed", "macros are explained")


def test(checks, options, scratch):
    if not has_backend("sqlite3"):
        raise testing.Skip("pdns-backend-sqlite3 is not installed")
    world = World(options, scratch)
    with world.resolver() as resolver:
        every_kind_is_planted(checks, world, resolver)
        every_fault(checks, world, resolver)
        same_counts_as_the_evaluator(checks, world, resolver)
        healthy_ones(checks, world, resolver)
        hosts(checks, world, resolver)
        text_of_one(checks, world, resolver)


if __name__ == "__main__":
    testing.main(test, __doc__)
