#!/usr/bin/python3
"""Attacks next to good questions, without dnsdist and with it in front: what share of the good questions is answered.

The servers have one core, all clients the other; the attacker asks from another address than the good client. No
answer may be wrong, no SERVFAIL given, and memory may grow by no more than the caches of pdns.conf may hold. The shares
depend on the machine and on what else it does; only --least judges them.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(ROOT / "tests/bench/lib")]

import front
import good_client
import rules
import testing
from servers import in_front, on_core, shipped_settings

ATTACKS = {"none": "nothing else", "unknown": "names below unknown domains", "known": "names below known domains",
           "empty": "empty non-terminals", "wildcard": "names with a star", "signed": "NXDOMAIN, signed (DO)",
           "forged": "each question from another address", "tcp": "TCP connections, slow and silent"}
FLAT = 1.1                   # growth that endless names may cause: they are kept out of every cache
ENTRY = 1024                 # octets of one entry of the caches for packets and signatures, at most
BUFFERS = 60                 # megabytes for threads, connections and what malloc keeps
DNSDIST_GROWTH = 250         # megabytes: its ring of questions, its cache, and a count for each address of ten seconds
BEGIN = 0.3                  # seconds that an attacker needs to start


@dataclass
class Row:
    """What came of one attack."""
    attack: str
    rate: float              # questions or connections of the attacker, a second
    good: good_client.GoodClient
    memory: list             # megabytes of pdns_server, and of dnsdist where there is one


class Session:
    """One run of all attacks, without dnsdist or with it."""

    def __init__(self, options, server, outer):
        self._seconds = max(0.8, options.seconds / 2 / len(ATTACKS) - BEGIN)
        self._servers = [one for one in (server, outer) if one]
        self._target = (outer or server).address

    def attack(self, number, key):
        """Good questions while the attack lasts. Every attack has an address of its own: dnsdist remembers."""
        with self._attacker(key, f"127.0.0.{20 + number}") as attacker:
            time.sleep(BEGIN)
            with good_client.GoodClient(self._target) as good:
                time.sleep(self._seconds)
            rate = json.loads(attacker.communicate(timeout=60)[0])["rate"] if attacker else 0
        return Row(key, rate, good, self.memory())

    @contextlib.contextmanager
    def _attacker(self, key, source):
        if key == "none":
            yield None
            return
        seconds = self._seconds + 2 * BEGIN
        script = ["tcp_flood.py"] if key == "tcp" else ["flood.py", key]
        command = ["nice", "-n", "5", sys.executable, HERE / script[0], *script[1:], source, self._target[1], seconds]
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    def memory(self):
        return [server.resident_megabytes() for server in self._servers]

    def is_well(self):
        """Good questions are answered again, now that the attack is over."""
        dice, deadline, right = random.Random(1), time.monotonic() + 15, 0
        while right < 20 and time.monotonic() < deadline:
            wrong, answered = good_client.ask_one(self._target, dice, tcp=right % 4 == 0)
            right += answered and not wrong
        return right == 20


def endless_names(server, count):
    """How many of `count` new names pdns_server itself answered, past all limits."""
    command = [sys.executable, HERE / "flood.py", "names", good_client.SOURCE, server.address[1], 3600, count]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["answered"]


def run(checks, options, scratch, with_dnsdist):
    """The rows of one run."""
    what = "with dnsdist" if with_dnsdist else "without dnsdist"
    scratch.mkdir()
    rows = []
    with front.both(options.module, scratch, on_core(options.server_core), with_dnsdist) as (server, outer):
        session = Session(options, server, outer)
        if outer:
            rules.check(checks, outer.address)
        for number, key in enumerate(ATTACKS):
            row = session.attack(number, key)
            rows.append(row)
            print(f"{what}: {ATTACKS[key]}: {row.good.udp.share:.1%} by UDP, {row.good.tcp.share:.1%} by TCP", flush=True)
            checks.equal(row.good.wrong[:3], [], f"{what}, {ATTACKS[key]}: every answer is right")
            checks.that(row.good.udp.asked > 5 and row.good.tcp.asked > 2, f"{what}, {ATTACKS[key]}: good questions were asked")
            checks.that(row.rate > 0 or key == "none", f"{what}, {ATTACKS[key]}: the attacker attacked")
            if outer:
                least = min(row.good.udp.share, row.good.tcp.share)
                checks.that(least >= options.least, f"{what}, {ATTACKS[key]}: enough good questions are answered", f"{least:.1%}")
            checks.that(session.is_well(), f"{what}: all is well after {ATTACKS[key]}", server.log()[-1000:])
        judge_memory(checks, what, rows)
        if not with_dnsdist:
            judge_names(checks, session, server, options.names)
        checks.equal(front.servfails(scratch / "pdns"), 0, f"{what}: no SERVFAIL")
    return rows


def bound_of_caches():
    """Megabytes that the caches of pdns.conf may hold."""
    settings = shipped_settings()
    return sum(int(settings[name]) for name in ("max-packet-cache-entries", "max-signature-cache-entries")) * ENTRY / 2**20


def judge_memory(checks, what, rows):
    bounds = (bound_of_caches() + BUFFERS, DNSDIST_GROWTH)
    for name, first, last, bound in zip(("pdns_server", "dnsdist"), rows[0].memory, rows[-1].memory, bounds):
        print(f"{what}: {name} {first:.0f} MB before the attacks, {last:.0f} MB after them; {first + bound:.0f} MB are allowed")
        checks.that(last <= first + bound, f"{what}: the memory of {name} is bounded", f"{first:.0f} MB -> {last:.0f} MB")


def judge_names(checks, session, server, count):
    """Caches are full by now: names that never repeat must not add to them."""
    [before] = session.memory()
    begin = time.monotonic()
    answered = endless_names(server, count)
    took = time.monotonic() - begin
    [after] = session.memory()
    print(f"{answered:,} new names answered in {took:.0f} s: {before:.0f} MB -> {after:.0f} MB")
    checks.that(answered >= 0.99 * count, "new names are answered", f"{answered} of {count}")
    checks.that(after <= before * FLAT + 5, "memory is flat over endless names", f"{before:.0f} MB -> {after:.0f} MB")


def table(without, behind):
    """The shares of good questions answered, and what the attacker sent."""
    lines = [f"{'':36} {'without dnsdist':>28}   {'with dnsdist':>28}",
             f"{'good questions answered during':36} {'UDP':>7} {'TCP':>7} {'attack/s':>12}   {'UDP':>7} {'TCP':>7} {'attack/s':>12}"]
    for one, other in zip(without, behind):
        cells = [f"{row.good.udp.share:>7.1%} {row.good.tcp.share:>7.1%} {row.rate:>12,.0f}" for row in (one, other)]
        lines.append(f"{ATTACKS[one.attack]:36} {cells[0]}   {cells[1]}")
    return "\n".join(lines)


def test(checks, options, scratch):
    status, text = front.check_configuration()
    checks.equal(status, 0, f"dnsdist --check-config: {text}")
    cores = sorted(os.sched_getaffinity(0))
    options.server_core = cores[0]
    os.sched_setaffinity(0, {cores[-1]})
    with in_front():
        without, behind = (run(checks, options, scratch / name, name == "with") for name in ("without", "with"))
    print(table(without, behind))


def arguments(parser):
    parser.add_argument("--seconds", type=float, default=20, help="of all attacks together (20)")
    parser.add_argument("--least", type=float, default=0, help="share of good questions that dnsdist must save in every attack (0: any)")
    parser.add_argument("--names", type=int, default=100000, help="new names to ask for at the end (100000)")


if __name__ == "__main__":
    testing.main(test, __doc__, arguments)
