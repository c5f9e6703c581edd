#!/usr/bin/python3
"""Which file gets a name that two files claim, and zones that an owner delegates, before and after a restart of the server.

A resolver that starts at the owner's servers asks a real pdns_server with PowerDNS' list of zones on. In a network
namespace of its own; needs root.
"""

import json
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_client
import dns_wire as dns
import namespace
import processes
import testing
import unbound_conf
from pdns import Pdns

DEADLINE = 4.0
RESOLVER, OURS, OWNER = ("127.0.0.1", 53), ("127.0.0.2", 53), ("127.0.0.3", 53)
RESPONDER = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net", "zones": ["_spf.provider.net"],
             "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net"], "ttl": {"static": 1, "negative": 1, "authorized": 1, "unauthorized": 1}}
OWNERS_ZONE = "\n".join(["ns1.provider.net A 127.0.0.2", "bank.example TXT x"] + [
    f"{zone}.bank.example NS ns1.provider.net" for zone in ("_dmarc", "_domainkey", "_bimi", "_mta-sts", "_smtp._tls")])
BANK = {"domain": "bank.example", "spf": {"netblocks": [{"network": "192.0.2.0/24"}]}, "dmarc": {"p": "reject"},
        "bimi": {"default": {"logo": "https://bank.example/logo.svg"}}, "tls_rpt": {"rua": ["mailto:t@bank.example"]}}
EVIL = {"domain": "evil.example", "aliases": ["bank.example"], "spf": {"netblocks": [{"network": "203.0.113.0/24"}]}}
BANKS_CLIENT = "1.2.0.192.in-addr.bank.example._spf.provider.net"
EVILS_CLIENT = "66.113.0.203.in-addr.bank.example._spf.provider.net"


class World:
    def __init__(self, checks, options, scratch):
        self.checks = checks
        self.scratch = scratch
        self.policies = scratch / "policies"
        (self.policies / "domains").mkdir(parents=True)
        (self.policies / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
        (scratch / "server").mkdir()
        self.pdns = Pdns(options.module, self.policies, scratch / "server", local_address=OURS[0], local_port=OURS[1],
                         **{"zone-cache-refresh-interval": "300"})
        self.pdns.address = OURS

    def write(self, file, content):
        fresh = self.policies / "domains" / (file + ".new")
        fresh.write_text(json.dumps(content), encoding="utf-8")
        os.rename(fresh, self.policies / "domains" / file)

    def start_others(self, stack):
        zone = self.scratch / "owner.zone"
        zone.write_text(OWNERS_ZONE + "\n", encoding="utf-8")
        owner = stack.enter_context(processes.Daemon([sys.executable, str(HERE.parent / "lib/zone_server.py"), str(zone), *map(str, OWNER)], self.scratch / "owner.log"))
        options = (*unbound_conf.STRICT, "cache-max-ttl: 0", "cache-max-negative-ttl: 0", "infra-host-ttl: 0", 'local-zone: "example." nodefault')
        text = unbound_conf.configuration(self.scratch, RESOLVER, [("bank.example", OWNER), ("provider.net", OWNER)], options)
        (self.scratch / "unbound.conf").write_text(text, encoding="utf-8")
        unbound = stack.enter_context(processes.Daemon(["/usr/sbin/unbound", "-d", "-c", str(self.scratch / "unbound.conf")], self.scratch / "unbound.log"))
        if not dns_client.wait_until_answering(RESOLVER, dns.name("bank.example"), dns.TXT, lambda: owner.is_running() and unbound.is_running()):
            raise RuntimeError(f"the resolver does not answer:\n{unbound.last_lines()}")

    def texts(self, name):
        return [record.text().decode() for record in self.pdns.ask(name, "TXT").answers if record.rtype == dns.TXT]

    def may_send(self, question):
        return self.texts(question)[:1] not in ([], ["v=spf1 -all"])

    def eventually(self, condition, what):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and not condition():
            time.sleep(0.05)
        self.checks.that(condition(), what, self.pdns.log()[-1500:])

    def loaded(self, mark):
        """Waits until what was written before is in service: a domain of its own says so."""
        self.write("mark.json", {"domain": f"mark{mark}.example", "dmarc": {"p": "none"}})
        self.eventually(lambda: self.pdns.ask(f"_dmarc.mark{mark}.example", "SOA").rcode == dns.NOERROR, f"change {mark} is in service")

    def resolved(self, name, qtype="TXT"):
        answer = dns_client.ask(dns.name(name), dns.TYPES[qtype], RESOLVER)
        return answer.rcode, [record.text().decode() for record in answer.answers if record.rtype == dns.TXT]


def the_bank_answers(world, when):
    world.checks.that(world.may_send(BANKS_CLIENT), f"{when}: the bank's network may send for bank.example")
    world.checks.that(not world.may_send(EVILS_CLIENT), f"{when}: the other file's network may not")
    world.checks.equal(world.texts("_dmarc.bank.example"), ["v=DMARC1; p=reject"], f"{when}: its DMARC policy is there")


def a_refused_alias_stays_refused(world):
    world.write("bank.json", BANK)
    with world.pdns.server():
        the_bank_answers(world, "alone")
        world.write("aaa.json", EVIL)
        world.loaded(1)
        the_bank_answers(world, "beside the alias of another file")
        os.utime(world.policies / "domains/bank.json")
        world.loaded(2)
        the_bank_answers(world, "after its file was touched")
        # Errors of a file that may still be written are not logged at once.
        world.eventually(lambda: "the alias \"bank.example\" is also in domains/bank.json:1 as a domain" in world.pdns.log(), "the log names the file that claims it")
    with world.pdns.server():
        the_bank_answers(world, "after a restart")
    (world.policies / "domains/aaa.json").unlink()


def a_backup_copy_takes_nothing_over(world):
    world.write("bank.json.bak.json", {**BANK, "dmarc": {"p": "none"}})
    world.write("copy of bank.json", {**BANK, "dmarc": {"p": "none"}})
    with world.pdns.server():
        the_bank_answers(world, "beside copies of its file, at a start")
        os.utime(world.policies / "domains/bank.json")
        world.loaded(3)
        the_bank_answers(world, "after its file was touched beside copies")
    for copy in ("bank.json.bak.json", "copy of bank.json"):
        (world.policies / "domains" / copy).unlink()


def nothing_is_here(world, when):
    """The zones stand, and hold nothing: for the server itself, and for a resolver that comes by the delegation."""
    for apex in ("_bimi.bank.example", "_smtp._tls.bank.example"):
        soa = world.pdns.ask(apex, "SOA")
        world.checks.equal((soa.rcode, len(soa.answers)), (dns.NOERROR, 1), f"{when}: {apex} has a SOA")
        world.checks.equal(world.resolved(apex), (dns.NOERROR, []), f"{when}: {apex} is NODATA for a resolver")
    world.checks.equal(world.resolved("default._bimi.bank.example"), (dns.NXDOMAIN, []), f"{when}: no logo for a resolver")


def delegated_zones_stay(world):
    blocked = {"domain": "bank.example", "mode": "blocked"}
    with world.pdns.server():
        world.checks.equal(world.resolved("default._bimi.bank.example"), (dns.NOERROR, ["v=BIMI1; l=https://bank.example/logo.svg; a=;"]), "the logo, by the delegation")
        world.write("bank.json", blocked)
        world.loaded(4)
        nothing_is_here(world, "blocked, in one line")
        world.checks.that('write "delegated": ["bimi", "tls_rpt"] as long as its owner delegates them' in world.pdns.log(), "the log says what a restart would do")
        world.checks.that("_bimi.bank.example is served empty" in world.pdns.log(), "and what has happened")
        world.write("bank.json", {**blocked, "delegated": ["bimi", "tls_rpt"]})
        world.loaded(5)
        nothing_is_here(world, "with \"delegated\"")
    with world.pdns.server():
        nothing_is_here(world, "after a restart")
        status, zones = world.pdns.api("GET", "/zones")
        world.checks.that(status == 200 and "_bimi.bank.example." in {zone["name"] for zone in zones}, "the zone is in the list of zones", str(zones))
        world.write("bank.json", {**blocked, "delegated": []})
        world.loaded(6)
        world.checks.equal(world.pdns.ask("_bimi.bank.example", "SOA").rcode, dns.REFUSED, "an empty list ends them")
        world.checks.equal(world.resolved("default._bimi.bank.example")[0], dns.SERVFAIL, "which is what a resolver that still comes would get")


def no_loop_is_served(world):
    def keys(domain, selector, target):
        return {"domain": domain, "dkim": {"keys": [{"selector": selector, "cname": target}]}}

    world.write("a.json", keys("a.example", "x", "y._domainkey.b.example"))
    world.write("b.json", keys("b.example", "y", "x._domainkey.a.example"))
    world.write("c.json", keys("c.example", "z", "nosuch._domainkey.a.example"))
    world.write("bank.json", BANK)
    with world.pdns.server():
        for name in ("x._domainkey.a.example", "y._domainkey.b.example"):
            answer = world.pdns.ask(name, "TXT")
            world.checks.equal((answer.rcode, len(answer.answers)), (dns.NOERROR, 0), f"{name}, which leads back to itself, is NODATA")
        world.checks.that(world.pdns.ask("z._domainkey.c.example", "TXT").rcode in (dns.NOERROR, dns.NXDOMAIN), "a target that does not exist is no SERVFAIL")
        world.checks.that("CNAME" not in world.pdns.log(), "nothing in the log", world.pdns.log()[-800:])


def test(checks, options, scratch):
    world = World(checks, options, scratch)
    with ExitStack() as stack:
        world.start_others(stack)
        for step in (a_refused_alias_stays_refused, a_backup_copy_takes_nothing_over, delegated_zones_stay, no_loop_is_served):
            step(world)


if __name__ == "__main__":
    namespace.enter_or_skip()
    testing.main(test, __doc__)
