#!/usr/bin/python3
"""Keys that rotate, day by day, for more than a month: no signature is lost.

`emailauth dkim rotate` runs every night. Two signers use the key that the policy calls
active: one changes at once, one just before midnight. Everything they sign is verified by
dkimpy at once, an hour later and every day for as long as mail may be on its way, through
resolvers that keep answers for their TTL, one of which asks for every key before there is
one. The answers come from pdns_server with the module, under the same clock.

Controls, in which mail must be lost: keys are revoked too early; keys sign too early.
"""

import base64
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "lib"), str(HERE.parent / "verifiers")]

import testing
from adapters.toolbox import Toolbox
from pdns import Pdns
from virtual_time import UTC, CachingResolver, Clock

DOMAIN = "shop.example"
PLANNED = "planned.example"   # its keys have all their dates from the beginning
TTL = 6 * 3600
MAX_AGE, IN_FLIGHT = 4, 7     # days
SIGNING_DAYS = 38
HOURS = [(0, 5), (12, 0), (23, 55)]   # and at 03:00, right after the rotation
BEGIN = datetime.datetime(2027, 1, 10, tzinfo=UTC)
DAY = datetime.timedelta(days=1)
DELAYS = [datetime.timedelta(0), datetime.timedelta(hours=1), *(n * DAY for n in range(1, IN_FLIGHT + 1))]
MESSAGE = (b"From: Shop <news@shop.example>\r\nTo: <a@rx.example>\r\nSubject: message %d\r\n"
           b"Date: %s\r\nMessage-ID: <%d@shop.example>\r\n\r\nHello.\r\n")
RESPONDER = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
             "zones": ["_spf.provider.net"], "ttl": {"static": TTL, "negative": 300}}


def import_dkim(verifiers):
    """dkimpy, of the machine or unpacked below build/verifiers; its libraries are there too."""
    if "EMAILAUTH_REEXEC" not in os.environ:
        environment = {**Toolbox(verifiers, ".").environment(), "EMAILAUTH_REEXEC": "1"}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
    try:
        import dkim
        import nacl   # noqa: F401  for ed25519
        return dkim
    except ImportError as missing:
        raise testing.Skip(f"{missing}; scripts/test unpacks the verifiers, or apt-get install python3-dkim python3-nacl") from None


class World:
    """A policy directory, the server that answers from it under a clock, and the program."""

    def __init__(self, checks, options, scratch, clock_library):
        self.checks = checks
        self.program = options.module.resolve().parent / "emailauth"
        self.policies = scratch / "policies"
        self.keys = scratch / "keys"
        (self.policies / "domains").mkdir(parents=True)
        self.keys.mkdir()
        self.write("responder.json", RESPONDER)
        self.write("domains/shop.json", {"domain": DOMAIN})
        self.clock = Clock(scratch / "clock", BEGIN)
        self.pdns = Pdns(options.module, self.policies, scratch, loglevel="6")
        self.pdns.prefix = ("env", f"LD_PRELOAD={clock_library}", f"GIVEN_CLOCK={self.clock.file}")
        self.scratch = scratch

    def write(self, name, content):
        (self.policies / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def dkim(self, *arguments, may_fail=False):
        """Runs `emailauth dkim` at the clock's time; (exit status, standard output)."""
        done = subprocess.run([self.program, "dkim", arguments[0], "--policies", self.policies, "--at", self.clock.text(), *arguments[1:]],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0 and not may_fail:
            self.checks.that(False, f"{self.clock.text()}: dkim {' '.join(map(str, arguments))}", f"exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.returncode, done.stdout + done.stderr

    def served(self):
        """Tells the server to look at the directory, and waits until it has."""
        subprocess.run(["pdns_control", f"--config-dir={self.scratch}", "rediscover"], check=True, capture_output=True, timeout=30)

    def key_list(self, domain=DOMAIN):
        return json.loads(self.dkim("list", domain, "--json", "--max-age", str(MAX_AGE), may_fail=True)[1])

    def active(self):
        """The selectors that the policy calls active now, by type."""
        return {key["type"]: key["selector"] for key in self.key_list() if key["state"] == "active"}


class Signer:
    """Signs with the keys that it last heard of."""

    def __init__(self, dkim, world):
        self.dkim = dkim
        self.world = world
        self.selectors = {}

    def follow(self, selectors):
        self.selectors = dict(selectors)

    def sign(self, number):
        """One message a key: (selector, octets)."""
        for key_type, selector in sorted(self.selectors.items()):
            pem = (self.world.keys / f"{DOMAIN}.{selector}.pem").read_bytes()
            if key_type == "ed25519":
                pem = base64.b64encode(base64.b64decode(b"".join(pem.splitlines()[1:-1]))[-32:])   # RFC 8410, 7
            date = self.world.clock.now.strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
            message = MESSAGE % (number, date, number)
            header = self.dkim.sign(message, selector.encode(), DOMAIN.encode(), pem,
                                    signature_algorithm=f"{key_type}-sha256".encode(),
                                    include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])
            yield selector, header + message


class Month:
    """The simulation. `in_flight`: what rotate is told; `hasty`: signers use keys that are still pending."""

    def __init__(self, dkim, world, in_flight=IN_FLIGHT, days=SIGNING_DAYS, hasty=False):
        self.dkim = dkim
        self.world = world
        self.in_flight = in_flight
        self.days = days
        self.hasty = hasty
        self.signers = [Signer(dkim, world), Signer(dkim, world)]
        self.resolvers = [CachingResolver(world.pdns.address, world.clock) for _ in range(3)]
        self.due = []        # (when, number, selector, octets)
        self.messages = self.verifications = 0
        self.lost = []
        self.selectors = set()
        self.states = {}     # selector: the states it was seen in, in order

    def run(self):
        night = datetime.timedelta(hours=3)
        moments = sorted([night, *(datetime.timedelta(hours=hour, minutes=minute) for hour, minute in HOURS)])
        for day in range(self.days + IN_FLIGHT + 1):
            for moment in moments:
                self.go_to(BEGIN + day * DAY + moment)
                if moment == night:
                    self.rotate()
                if day < self.days:
                    self.sign()
        return self

    def go_to(self, when):
        """Moves the clock on; mail that arrives on the way is verified."""
        self.due.sort(key=lambda item: item[:2])
        while self.due and self.due[0][0] <= when:
            arrives, number, selector, octets = self.due.pop(0)
            self.world.clock.set(arrives)
            self.verify(number, selector, octets)
        self.world.clock.set(when)

    def verify(self, number, selector, octets):
        for resolver in self.resolvers:
            self.verifications += 1
            try:
                good = self.dkim.verify(octets, dnsfunc=lambda name, timeout=0: resolver.txt(name.decode().rstrip(".")))
            except self.dkim.DKIMException:
                good = False
            if not good:
                self.lost.append(f"{self.world.clock.text()}: message {number}, signed with {selector}")

    def rotate(self):
        now = self.world.clock.now
        # Somebody asks for every key that may come into being, just before it does.
        for letter in "se":
            self.resolvers[0].txt(f"{letter}{now:%Y%m%d}._domainkey.{DOMAIN}")
        self.world.dkim("rotate", DOMAIN, "--key-dir", self.world.keys, "--max-age", str(MAX_AGE), "--in-flight", str(self.in_flight),
                        "--resolver", "%s:%d" % self.world.pdns.address, "--write")
        self.world.served()
        for key in self.world.key_list():
            seen = self.states.setdefault(key["selector"], [])
            if not seen or seen[-1] != key["state"]:
                seen.append(key["state"])
        states = ("pending", "active") if self.hasty else ("active",)
        self.signers[0].follow({key["type"]: key["selector"] for key in self.world.key_list() if key["state"] in states})

    def sign(self):
        if not self.signers[1].selectors:
            self.signers[1].follow(self.world.active())
        for signer in self.signers:
            for selector, octets in signer.sign(self.messages):
                self.selectors.add(selector)
                self.due.extend((self.world.clock.now + delay, self.messages, selector, octets) for delay in DELAYS)
                self.messages += 1
        if (self.world.clock.now.hour, self.world.clock.now.minute) == HOURS[-1]:
            self.signers[1].follow(self.world.active())   # just before midnight


def begin(world):
    """A domain that signs with an RSA key and an ed25519 key, made on the first day."""
    for arguments in (("--selector", "first"), ("--selector", "firsted", "--type", "ed25519")):
        selector = arguments[1]
        world.dkim("new", DOMAIN, *arguments, "--out", world.keys / f"{DOMAIN}.{selector}.pem", "--write")
    policy = json.loads((world.policies / "domains/shop.json").read_text(encoding="utf-8"))
    for key in policy["dkim"]["keys"]:
        key.update(state="active", active_from=key["created"])
    world.write("domains/shop.json", policy)


def planned_dates_come_by_themselves(world):
    """Nobody edits the file and nobody tells the server: the clock alone revokes a key."""
    checks = world.checks
    today = BEGIN + 60 * DAY
    world.clock.set(today)
    keys = [{"selector": f"p{n}", "type": "ed25519", "public_key": "Op+WlPUSZ1NCjwLxj/nPzxNINFM7YUnQIRu8v9whf/8=",
             "revoked_on": (today + n * DAY).strftime("%Y-%m-%d")} for n in (2, 4)]
    world.write("domains/planned.json", {"domain": PLANNED, "dkim": {"keys": keys}})
    world.served()

    def answers():
        return [CachingResolver(world.pdns.address, world.clock).txt(f"p{n}._domainkey.{PLANNED}") == b"v=DKIM1; p=" for n in (2, 4)]

    def serial():
        answer = world.pdns.ask(f"_domainkey.{PLANNED}", "SOA").answers[0]
        return int.from_bytes(answer.rdata[-20:-16], "big")

    serials = [serial()]
    checks.equal(answers(), [False, False], "both keys are served")
    for day, wanted in ((1, [False, False]), (2, [True, False]), (3, [True, False]), (4, [True, True])):
        world.clock.set(today + day * DAY - datetime.timedelta(seconds=30))
        before = answers()
        world.clock.set(today + day * DAY)
        checks.that(eventually(lambda: answers() == wanted), f"day {day}: the answers are {wanted}", f"{answers()}, a moment before {before}")
        serials.append(serial())
        checks.equal(serials[-1] > serials[-2], wanted != before, f"day {day}: the serial moves with the answers")
    checks.matches(world.pdns.log(), "a date has come in domains/planned.json", "the log says why")


def eventually(condition, seconds=8.0):
    end = datetime.datetime.now() + datetime.timedelta(seconds=seconds)
    while datetime.datetime.now() < end:
        if condition():
            return True
    return condition()


def simulated(options, checks, scratch, dkim, clock_library, **how):
    scratch.mkdir()
    world = World(checks, options, scratch, clock_library)
    begin(world)
    with world.pdns.server():
        month = Month(dkim, world, **how).run()
        if not how:
            planned_dates_come_by_themselves(world)
        return month


def test(checks, options, scratch):
    dkim = import_dkim(options.verifiers)
    library = options.module.resolve().parent / "tests/given_clock.so"
    if not library.is_file():
        raise testing.Skip(f"{library} is not built")
    month = simulated(options, checks, scratch / "month", dkim, library)
    print(f"{month.messages} messages of {len(month.selectors)} keys in {month.days} days, {month.verifications} verifications, "
          f"{sum(r.cached for r in month.resolvers)} of them from caches: {len(month.lost)} lost")
    checks.equal(month.lost[:5], [], "every message verifies")
    checks.that(month.messages >= 31 * (len(HOURS) + 1) * 2 * 2, "messages were signed every day", month.messages)
    checks.equal(month.verifications, month.messages * len(DELAYS) * 3, "each was verified at every delay by every resolver")
    checks.that(len(month.selectors) >= 8, "keys have rotated several times", month.selectors)
    whole = [s for s, states in month.states.items() if states[-4:] == ["pending", "active", "retiring", "revoked"]]
    checks.that(len(whole) >= 6, "keys have gone through all states", month.states)

    early = simulated(options, checks, scratch / "early", dkim, library, in_flight=1, days=16)
    print(f"control, revoked after one day: {len(early.lost)} of {early.verifications} verifications fail")
    checks.that(early.lost, "keys that are revoked too early lose mail")
    hasty = simulated(options, checks, scratch / "hasty", dkim, library, days=8, hasty=True)
    print(f"control, signed with pending keys: {len(hasty.lost)} of {hasty.verifications} verifications fail")
    checks.that(hasty.lost, "keys that sign before resolvers have them lose mail")


def arguments(parser):
    parser.add_argument("--verifiers", type=Path, default=ROOT / "build/verifiers")


if __name__ == "__main__":
    testing.main(test, __doc__.splitlines()[0], arguments)
