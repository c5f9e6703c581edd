#!/usr/bin/python3
"""Vendors that are hostile, broken or unlucky harm only themselves.

`emailauth senders refresh` asks a server where each of them is at its worst: the last good networks stay,
byte for byte, one line says who, why and what to do, the exit status is 1, and all others are refreshed.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import dns_wire as dns
import testing
from hostile_zone import FRIENDLY, MORE, SAID, HostileZone
from scripted_dns import ScriptedDns, answer, texts

# Not as we would write it: what is not refreshed must stay as its owner wrote it.
FILE = """{
    "sender" : "%s",   "name": "The \\u0022%s\\u0022 service",
    "resolved": {"at": "2026-01-01T00:00:00Z", "networks": ["192.0.2.0/24"]},
    "spf": [ "include:%s.example" ],
    "unverified": false }
"""
LONGEST_LINE = 700


class Refresh:
    def __init__(self, program, policies):
        self._program, self.policies = program, policies
        (policies / "senders").mkdir(parents=True)

    def add(self, sender):
        self.path(sender).write_bytes((FILE % (sender, sender, sender)).encode())

    def path(self, sender):
        return self.policies / "senders" / f"{sender}.json"

    def networks(self, sender):
        return json.loads(self.path(sender).read_text(encoding="utf-8"))["resolved"]["networks"]

    def __call__(self, server, *arguments):
        command = [self._program, "senders", "refresh", "--policies", self.policies, "--resolver", str(server), "--timeout", "6", *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=200)
        return done.returncode, done.stdout, done.stderr


def one_line_each(checks, out, before, refresh):
    lines = out.splitlines()
    for sender, said in SAID.items():
        own = [line for line in lines if line.startswith(f"{sender}: ")]
        if checks.that(len(own) == 1, f"{sender}: one line", "\n".join(own) or out):
            checks.matches(own[0], rf"\A{sender}: failed: {said}; the networks of 2026-01-01T00:00:00Z stay in service\Z", sender)
            checks.that(own[0].isprintable() and own[0].isascii() and len(own[0]) <= LONGEST_LINE, f"{sender}: fit for a log", own[0])
        checks.equal(refresh.path(sender).read_bytes(), before[sender], f"{sender}: its file")
    known = {*SAID, *FRIENDLY, "signed"}
    strays = [line for line in lines[:-1] if line.split(":")[0] not in known and not line.startswith("  + ")]
    checks.equal(strays, [], "no other lines")


def hostile(checks, program, scratch):
    refresh = Refresh(program, scratch / "hostile")
    zone = HostileZone(scratch)
    friends = [*FRIENDLY, "signed"]
    for sender in (*friends, *SAID):
        refresh.add(sender)
    before = {sender: refresh.path(sender).read_bytes() for sender in SAID}
    with ScriptedDns(zone.reply) as server:
        started = time.monotonic()
        status, out, err = refresh(server, "--trust-anchor", zone.anchors)
        took = time.monotonic() - started
        checks.equal((status, err), (1, ""), "exit status and standard error")
        one_line_each(checks, out, before, refresh)
        checks.matches(out, rf"^{len(SAID) + 4} asked: 2 changed, 2 unchanged, {len(SAID)} failed, 0 held back; 0 not due\n\Z", "the summary")
        for sender, networks in (("good", ["192.0.2.0/24"]), ("large", ["192.0.2.0/24"]), ("grows", ["192.0.2.0/24", "198.51.100.0/26"]), ("signed", ["192.0.2.0/24", "198.51.100.0/26"])):
            checks.equal(refresh.networks(sender), networks, f"{sender} is refreshed")
            checks.that("until" in refresh.path(sender).read_text(encoding="utf-8"), f"{sender} is refreshed")
        checks.that(took < 60, "in bounded time", f"{took:.1f} s")
        without_anchors(checks, refresh, server, before)
    print(f"{len(SAID)} hostile vendors, {took:.1f} s")


def without_anchors(checks, refresh, server, before):
    """What is bogus is so for a validator only: it was the validation that kept the forged networks out."""
    status, out, _ = refresh(server, "forged", "--dry-run", "--force")
    checks.that(status == 0 and "  + 203.0.113.0/26\n" in out, "not validated: the forged networks", out)
    checks.equal(refresh.path("forged").read_bytes(), before["forged"], "--dry-run writes nothing")


def no_tcp(checks, program, scratch):
    """Answers that are too long for UDP, from a server that refuses TCP."""
    refresh = Refresh(program, scratch / "no-tcp")
    for sender in ("long", "short"):
        refresh.add(sender)
    before = refresh.path("long").read_bytes()
    long = "v=spf1 " + " ".join(f"ip4:198.51.100.{i}" for i in range(200)) + " -all"
    with ScriptedDns(lambda query, _: answer(query, texts(query, long if query.qname[0] == b"long" else MORE)), tcp=False) as server:
        status, out, err = refresh(server)
    checks.equal((status, err), (1, ""), "TCP refused: exit status and standard error")
    checks.matches(out, r"\Along: failed: include:long\.example: TXT long\.example: (timeout|SERVFAIL); try again later; the networks of 2026-01-01T00:00:00Z "
                   r"stay in service\nshort: 1 network added, 0 removed\n  \+ 198\.51\.100\.0/26\n2 asked: ", "TCP refused")
    checks.equal(refresh.path("long").read_bytes(), before, "TCP refused: the file")
    checks.equal(refresh.networks("short"), ["192.0.2.0/24", "198.51.100.0/26"], "TCP refused: the other vendor")


def nobody_answers(checks, program, scratch):
    """The resolver itself is away: all fail in the time of one, and say so."""
    refresh = Refresh(program, scratch / "nobody")
    senders = [f"s{number}" for number in range(8)]
    for sender in senders:
        refresh.add(sender)
    with ScriptedDns(lambda *_: None) as server:
        started = time.monotonic()
        status, out, _ = refresh(server)
        took = time.monotonic() - started
    checks.equal(status, 1, "nobody answers: exit status")
    checks.equal(len(re.findall(r"^s\d: failed: include:s\d\.example: TXT s\d\.example: timeout; try again later; the networks", out, re.M)), 8, "nobody answers: a line each")
    checks.that(took < 20, "nobody answers: they do not wait for one another", f"{took:.1f} s")


def many_warnings(checks, program, scratch):
    """A vendor with hundreds of terms that we cannot use fills no log."""
    refresh = Refresh(program, scratch / "warnings")
    refresh.add("chatty")
    record = "v=spf1 ip4:192.0.2.0/24 " + " ".join(f"exists:%{{h}}.{i}.example" for i in range(150)) + " -all"
    with ScriptedDns(lambda query, _: answer(query, texts(query, record) if query.qtype == dns.TXT else ())) as server:
        status, out, _ = refresh(server)
    checks.equal((status, out.count("\n")), (0, 7), f"five warnings, how many more, the summary: {out}")
    checks.matches(out, r"^chatty: warning: 145 more terms like these$", "how many more")


def test(checks, options, scratch):
    program = options.module.resolve().parent / "emailauth"
    for part in (hostile, no_tcp, nobody_answers, many_warnings):
        part(checks, program, scratch)


if __name__ == "__main__":
    testing.main(test, __doc__)
