#!/usr/bin/python3
"""The whole road of a domain with classic records and three vendors: import, cutover, records, cutover --verify.

The printed commands are run as they stand, one by one, on the owner's own server. Before, after every one of them, and
at the end, mail from every vendor passes SPF, DKIM and DMARC in pyspf, mailauth, dkimpy, OpenDKIM and OpenDMARC: through
a resolver that knows nothing, one that still knows all of the step before, and one that has been asked all the time.
TTLs are as printed; that last resolver keeps nothing for longer than LONGEST seconds, which stands for the waits.
With --signed the owner's zone is signed and the resolvers validate. In a network namespace; needs root.
"""

import json
import re
import shlex
import sys
import time
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE), str(HERE.parent / "verifiers")]

import namespace
import testing
from adapters.toolbox import Toolbox
from mail import SENDERS, Mail, skip_without
from pdns import has_backend
from world import DOMAIN, RELAY, Resolver, World

LONGEST = 3
ALWAYS, STEP, FRESH = "127.0.0.11", "127.0.0.12", "127.0.0.13"
LEFT_OUT = "odd2024"   # the selector that neither the catalogue nor common names know


class Road:
    def __init__(self, checks, world, mail, leave_out):
        self.checks, self.world, self.mail, self.leave_out = checks, world, mail, leave_out
        self.moments = 0
        self.dir = ["--policies", world.policies]

    def resolver(self, address, max_ttl=86400):
        return Resolver(self.world.scratch, address, max_ttl, self.world.anchors())

    def judge(self, moment, address):
        """Mail passes now, for whoever asks that resolver."""
        self.world.relay.target = address
        failures, count = self.mail.failures()
        self.moments += 1
        self.checks.that(not failures and count > 20, f"{moment}, by {address}: every mail passes", "\n    ".join(failures))

    def judge_all(self, moment, with_step):
        for address in (ALWAYS, *((STEP,) if with_step else ())):
            self.judge(moment, address)
        with self.resolver(FRESH):
            self.judge(moment, FRESH)

    def ask(self, *words):
        """Runs emailauth with a resolver that has no memory."""
        with self.resolver(FRESH):
            return self.world.emailauth(words[0], DOMAIN, *self.dir, "--resolver", f"{FRESH}:53", *words[1:])

    def import_policy(self):
        """Until it is complete, does what is said; one selector is known to nobody."""
        status, out, err = self.ask("import")
        self.checks.equal(status, 1, f"import: vendors that nobody knows are lost: {err}")
        commands = re.findall(r"do: (emailauth senders add .*)", err)
        self.checks.equal(len(commands), 3, f"import says how to add each vendor: {err}")
        for command in commands:
            words = shlex.split(command)[1:]
            status, out, err = self.world.emailauth(*words)
            self.checks.equal(status, 0, f"{command}: {out}{err}")
        with self.resolver(FRESH):
            status, out, err = self.world.emailauth("senders", "refresh", "--policies", self.world.policies, "--resolver", f"{FRESH}:53")
        self.checks.equal(status, 0, f"senders refresh: {out}{err}")
        status, out, err = self.ask("import", "--write")
        self.checks.equal(status, 0, f"import is complete: {err}")
        policy = json.loads((self.world.policies / f"domains/{DOMAIN}.json").read_text(encoding="utf-8"))
        self.checks.equal(sorted(policy["spf"]["senders"]), ["crm", "mailer", "shop"], "the senders are those of the record")
        self.checks.equal(sorted(key["selector"] for key in policy["dkim"]["keys"]), ["k1", "s1"], "the keys that can be guessed")
        status, _, err = self.ask("import", "--write")
        self.checks.that(status == 2 and "already" in err, "an import never overwrites", err)

    def compare(self):
        """Finds the key that was left out, and is content once it is there."""
        status, out, _ = self.ask("cutover", "--selector", LEFT_OUT)
        wanted = f"refuse  DKIM     {LEFT_OUT}._domainkey.{DOMAIN}: a key is live, and the policy has none: signatures with it would fail"
        self.checks.that(status == 1 and wanted in out and f"do: emailauth dkim import {DOMAIN} --selector {LEFT_OUT} --policies {self.world.policies}\n" in out,
                         "cutover finds the selector that was left out", out)
        if self.leave_out:
            return
        (self.world.policies / f"domains/{DOMAIN}.json").unlink()
        status, _, err = self.ask("import", "--write", "--selector", LEFT_OUT)
        self.checks.equal(status, 0, f"import with the selector: {err}")
        selectors = self.world.scratch / "selectors.txt"
        selectors.write_text(f"# seen in DKIM-Signature headers\n{LEFT_OUT}\n", encoding="ascii")
        addresses = self.world.scratch / "addresses.txt"
        addresses.write_text("".join(f"{sender.ip} out.{sender.name}.example\n" for sender in SENDERS), encoding="ascii")
        status, out, err = self.ask("cutover", "--selectors", selectors, "--ips", addresses)
        self.checks.equal((status, out.splitlines()[-1:]), (0, [f"next: emailauth records {DOMAIN} --policies {self.world.policies}"]), f"cutover: {out}{err}")
        status, out, _ = self.ask("cutover", "--verify")
        self.checks.that(status == 1 and f"{DOMAIN}: " in out, "cutover --verify before the move: nothing is in place", out)

    def plan(self):
        status, out, err = self.ask("records", "--live", "--format", "pdnsutil", "--selector", LEFT_OUT)
        self.checks.equal((status, err), (1, ""), "records prints what is to be done")
        steps = re.split(r"^# (?=\d+\. )", out, flags=re.M)[1:]
        self.checks.that(len(steps) > 5, "the plan has its steps", out)
        return steps

    def move(self):
        for step in self.plan():
            heading = step.splitlines()[0]
            commands = [line for line in step.splitlines()[1:] if line.startswith("pdnsutil ")]
            if "need a DS record" in step or "If the owner's zone is signed" in heading:
                commands = self.sign(step) if self.world.signed else []
            with self.resolver(STEP):
                self.judge(f"before step {heading}", STEP)
                for command in commands:
                    self.world.owner(command)
                    self.judge_all(command, with_step=True)
            if "wait" in heading.lower():
                time.sleep(LONGEST + 1)
                self.judge_all(f"after the wait of {heading}", with_step=False)

    def sign(self, step):
        """The commands of the step that publishes DS records, with the digests filled in."""
        zones = re.search(r"pdnsutil secure-zone (.*)", step).group(1).split()
        self.world.ours.must("secure-zone", *zones)
        time.sleep(LONGEST)   # the server looks for keys each second
        commands = []
        for zone in zones:
            digests = re.findall(r" IN DS (\d+ \d+ 2 \S+)", self.world.ours.must("export-zone-ds", zone))
            printed = re.search(rf"pdnsutil add-record {DOMAIN} {zone[:-len(DOMAIN) - 1]} DS .*", step).group(0)
            commands += [re.sub("'<key tag>.*", f"'{digest}'", printed) for digest in digests]
        return [*commands, f"pdnsutil increase-serial {DOMAIN}", f"pdnsutil rectify-zone {DOMAIN}"]

    def arrive(self):
        time.sleep(LONGEST + 1)
        self.judge_all("after the move", with_step=False)
        anchors = self.world.scratch / "anchors"
        anchors.write_text("".join(line + "\n" for line in self.world.anchors()), encoding="ascii")
        trust = ["--trust-anchor", anchors] if self.world.signed else []
        for how in (["--resolver", f"{ALWAYS}:53"], ["--from-root", "--root-hints", self.world.root_hints]):
            status, out, err = self.world.emailauth("cutover", DOMAIN, *self.dir, "--verify", *how, *trust)
            self.checks.that(status == 0 and f"{DOMAIN}: the move works" in out, f"cutover --verify {how[0]}", out + err)
        status, out, err = self.ask("records", "--live")
        self.checks.equal(status, 0, f"records finds everything in place: {out}{err}")


def test(checks, options, scratch):
    if not has_backend("sqlite3"):
        raise testing.Skip("pdns-backend-sqlite3 is not installed")
    mail = Mail(Toolbox(ROOT / "build/verifiers", scratch))
    skip_without(mail)
    resolv = scratch / "resolv.conf"
    resolv.write_text(f"nameserver {RELAY}\noptions timeout:5 attempts:2\n", encoding="ascii")
    namespace.bind_file(str(resolv), "/etc/resolv.conf")
    keys = mail.make_keys()
    world = World(options.module, scratch, {selector: key for selector, key in keys.items() if selector != "k1"}, keys["k1"], options.signed)
    mail.sign()
    road = Road(checks, world, mail, options.leave_out)
    with ExitStack() as stack:
        world.start(stack)
        stack.enter_context(road.resolver(ALWAYS, LONGEST))
        road.judge_all("before anything", with_step=False)
        road.import_policy()
        road.compare()
        road.move()
        road.arrive()
    print(f"{road.moments} moments, at each of which mail of {len(SENDERS)} senders was judged")


def add_arguments(parser):
    parser.add_argument("--signed", action="store_true", help="the owner's zone is signed, and resolvers validate")
    parser.add_argument("--unsigned", action="store_false", dest="signed", help="it is not (the default)")
    parser.add_argument("--leave-out", action="store_true", help=f"move without the selector {LEFT_OUT}: the test must fail")


namespace.enter_or_skip()
testing.main(test, __doc__, add_arguments)
