#!/usr/bin/python3
"""Another backend has zones of our zones' names: the policies answer, and the log says so.

PowerDNS' list of zones (its zone cache) has one id for each name, the last backend's. The parent's look-ups of our apexes
have the parent's id and get nothing, so that the parent answers for what is the parent's.
"""

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import dns_client
import dns_wire as dns
import policies
import testing
from installation import THREADS, Installation, readme_lines

OURS, PARENT = "_dmarc.dmarc.test", "dmarc.test"
SIBLINGS = {OURS: [(OURS, "TXT", '"the other backend"')],
            "_spf.provider.net": [("net.test._spf.provider.net", "TXT", '"the other backend"')],
            "reports.provider.net": [],   # a name and no records: all of it was REFUSED
            PARENT: [(f"www.{PARENT}", "TXT", '"the parent"'), (OURS, "NS", "ns1.provider.net")]}
MACRO = "192.0.2.1._ip.h._ehlo.net.test._spf.provider.net"


def test(checks, options, scratch):
    if reason := Installation.why_not(readme_lines()):
        raise testing.Skip(reason)
    directory = scratch / "policies"
    policies.make(directory)
    server = Installation(options.module, directory, scratch / "server", readme_lines(), THREADS)
    ids = {zone: server.add_zone(zone, records) for zone, records in SIBLINGS.items()}
    with server.server():
        our_zones_are_answered(checks, server)
        the_parent_is_left_alone(checks, server)
        the_log_says_so_once(checks, server, ids)
        zones_come_and_go(checks, server)


def ask(server, name, qtype=dns.TXT, **how):
    return dns_client.ask(dns.name(name), qtype, server.address, timeout=5, **how)


def our_zones_are_answered(checks, server):
    for how in ({}, {"tcp": True}, {"dnssec_ok": True}):
        for _ in range(8):   # every thread is asked
            checks.equal(policies.shown(ask(server, OURS, **how)), "v=DMARC1; p=none", f"our apex is answered {how}")
        checks.equal(policies.shown(ask(server, MACRO, **how)), "v=spf1 ip4:192.0.2.1 -all", f"an SPF name is answered {how}")
        checks.equal(policies.shown(ask(server, "net.test._spf.provider.net", **how)), "NOERROR", f"not what the other backend has {how}")
        checks.equal(policies.shown(ask(server, "dmarc.test._report._dmarc.reports.provider.net", **how)), "v=DMARC1", f"a zone that is empty there {how}")
        checks.equal(ask(server, f"nosuch.{OURS}", **how).rcode, dns.NXDOMAIN, f"a name that does not exist {how}")
    soa = ask(server, OURS, dns.SOA)
    checks.equal([record.rtype for record in soa.answers], [dns.SOA], "the SOA is answered")
    checks.that(b"hostmaster" in soa.answers[0].rdata and soa.answers[0].rdata[-20:-16] != b"\0\0\0\1", "with our serial")


def the_parent_is_left_alone(checks, server):
    checks.equal(policies.shown(ask(server, f"www.{PARENT}")), "the parent", "the parent's names are answered")
    answer = ask(server, OURS, dns.DS)
    owners = [dns.to_text(record.owner) for record in answer.authority if record.rtype == dns.SOA]
    checks.equal((answer.rcode, owners), (dns.NOERROR, [PARENT + "."]), "DS at our apex is the parent's to deny")


def the_log_says_so_once(checks, server, ids):
    for zone in (OURS, "_spf.provider.net", "reports.provider.net"):
        said = server.log().count(f'another backend has a zone "{zone}", too (id {ids[zone]}): the policies answer for it')
        checks.equal(said, 1, f"{zone}: the log names it once")
    checks.equal(server.log().count("another backend has a zone"), 3, "and no other zone")


def zones_come_and_go(checks, server):
    """When our zone goes, the other backend's is back; when it comes, ours."""
    def becomes(wanted, what):
        deadline = time.monotonic() + 5
        while policies.shown(ask(server, OURS)) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        checks.equal([policies.shown(ask(server, OURS, tcp=tcp)) for tcp in (False, True)], [wanted] * 2, what)

    file = "domains/dmarc.test.json"
    for _ in range(2):
        policies.write(server.policies, file, None)
        becomes("the other backend", "our zone is gone: the other backend answers")
        policies.write(server.policies, file, {"domain": "dmarc.test", "dmarc": {"p": "reject", "rua": []}})
        becomes("v=DMARC1; p=reject", "our zone is back")


if __name__ == "__main__":
    testing.main(test, __doc__)
