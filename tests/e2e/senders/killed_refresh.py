#!/usr/bin/python3
"""`emailauth senders refresh` is killed (SIGKILL) at random moments, over and over, under a running server.

Every sender file is then the old one or the new one, byte for byte; what else is left behind is read by
nobody, neither by the loader nor by pdns_server, which answers from one of the two all the while.
"""

import json
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib")]

import dns_wire as dns
import testing
from pdns import Pdns
from scripted_dns import ScriptedDns, answer, texts

ROUNDS, SENDERS, SECONDS = 60, 30, 90.0
ZONE = "_spf.provider.net"
OLD, NEW = "192.0.2.1", "198.51.100.1"   # addresses that only the old and only the new networks have
RESPONDER = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net", "zones": [ZONE],
             "spf_templates": ["include:%{ir}.%{v}.%{d}." + ZONE], "strict_organizations": ["provider.net"]}
TIMES = re.compile(rb'"(at|until)": "20[^"]*Z"')


def file_of(sender):
    return (f'{{"sender": "{sender}",\n "resolved": {{"at": "2026-01-01T00:00:00Z", "networks": ["192.0.2.0/24"]}},\n'
            f' "spf": ["include:{sender}.example"], "note": "{"n" * 20000}"}}\n').encode()   # more than one page to write


class Directory:
    def __init__(self, program, scratch):
        self._program, self.root, self.said = program, scratch / "policies", scratch / "refresh.out"
        self.names = [f"s{number}" for number in range(SENDERS)]
        for folder in ("senders", "domains"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
        domains = [{"domain": f"{name}.example", "spf": {"senders": [name]}} for name in self.names]
        (self.root / "domains/all.json").write_text(json.dumps({"domains": domains}), encoding="utf-8")
        self.restore()

    def restore(self):
        """The old files, each put there in one step, as an owner's git does."""
        for name in self.names:
            fresh = self.root / f".{name}.old"
            fresh.write_bytes(file_of(name))
            fresh.rename(self.root / f"senders/{name}.json")

    def refresh(self, server):
        command = [self._program, "senders", "refresh", "--policies", self.root, "--force", "--accept", "--resolver", str(server)]
        with open(self.said, "wb") as output:
            return subprocess.Popen(list(map(str, command)), stdout=output, stderr=subprocess.STDOUT)

    def lint(self):
        done = subprocess.run([self._program, "lint", "--policies", self.root], capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def read(self, name):
        """The file's octets, but for the times of a refresh."""
        return TIMES.sub(b"", (self.root / f"senders/{name}.json").read_bytes())

    def others(self):
        return {path.name for path in (self.root / "senders").iterdir()} - {f"{name}.json" for name in self.names}

    def is_changed(self):
        return any((self.root / f"senders/{name}.json").stat().st_size != len(file_of(name)) for name in self.names)


def publish(query, _):
    """Everybody has moved, and has many networks."""
    record = "v=spf1 ip4:198.51.100.0/24 " + " ".join(f"ip4:10.{i}.0.0/24" for i in range(150)) + " -all"
    return answer(query, texts(query, record))


def kill(directory, server, dice, usual):
    """Kills a refresh somewhere between its start and its end; whether it was still at work."""
    process = directory.refresh(server)
    if dice.random() < 0.7:   # the short time in which files are written
        while process.poll() is None and not directory.is_changed():
            time.sleep(0.0005)
        time.sleep(dice.uniform(0, usual["writing"]))
    else:
        time.sleep(dice.uniform(0, usual["all"]))
    at_work = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return at_work


def measure(directory, server):
    """A refresh that is left alone: how long it takes, and how long it writes."""
    started = time.monotonic()
    process, changed = directory.refresh(server), None
    while process.poll() is None:
        if changed is None and directory.is_changed():
            changed = time.monotonic()
        time.sleep(0.0005)
    ended = time.monotonic()
    return directory.said.read_text(encoding="utf-8"), {"all": ended - started, "writing": ended - (changed or ended)}


def verdict(pdns, name, address):
    reverse = ".".join(reversed(address.split(".")))
    records = pdns.ask(f"{reverse}.in-addr.{name}.example.{ZONE}", "TXT").answers
    return [record.text().decode() for record in records if record.rtype == dns.TXT]


def answers_from_one(pdns, name):
    """Old or new, never both and never neither: None while the server is between two looks."""
    allowed = [f"v=spf1 ip4:{address} -all" in verdict(pdns, name, address) for address in (OLD, NEW)]
    return "old" if allowed == [True, False] else "new" if allowed == [False, True] else None


def test(checks, options, scratch):
    directory = Directory(options.module.resolve().parent / "emailauth", scratch)
    old = {name: directory.read(name) for name in directory.names}
    pdns = Pdns(options.module, directory.root, scratch)
    dice, tally = random.Random(7208), {"old": 0, "new": 0, "at work": 0, "left behind": 0, "mixed": 0}
    with ScriptedDns(publish) as server, pdns.server(ZONE):
        out, usual = measure(directory, server)
        checks.equal(out.splitlines()[-1], f"{SENDERS} asked: {SENDERS} changed, 0 unchanged, 0 failed, 0 held back; 0 not due", "left alone")
        new = {name: directory.read(name) for name in directory.names}
        checks.that(all(new[name] != old[name] for name in old), "a refresh changes every file")
        deadline = time.monotonic() + SECONDS
        for number in range(ROUNDS):
            directory.restore()
            tally["at work"] += kill(directory, server, dice, usual)
            found = {name: directory.read(name) for name in directory.names}
            states = ["old" if found[name] == old[name] else "new" if found[name] == new[name] else "neither" for name in found]
            checks.that("neither" not in states, f"round {number}: old or new, byte for byte", states)
            tally["old"] += states.count("old")
            tally["new"] += states.count("new")
            tally["mixed"] += len(set(states)) > 1
            left = directory.others()
            tally["left behind"] += len(left)
            checks.that(all(name.startswith(".") and ".json.new-" in name for name in left), f"round {number}: what is left behind", left)
            if left or number % 10 == 0:
                checks.equal(directory.lint()[0], 0, f"round {number}: the loader reads what is there, and nothing else")
            checks.that(answers_from_one(pdns, dice.choice(directory.names)), f"round {number}: the server answers from one of the two")
            if time.monotonic() > deadline:
                break
        out, _ = measure(directory, server)
        checks.matches(out, rf"{SENDERS} asked: .* 0 failed", "afterwards a refresh is as ever")
        checks.equal(directory.others(), set(), "what was left behind is gone")
        log = pdns.log()
        checks.that(not re.search(r"json:\d+: |senders/\S+: |error", log, re.I), "the server found nothing wrong in any file", log[-1500:])
    print(f"{number + 1} rounds: {tally}")
    checks.that(tally["at work"] >= 20 and tally["old"] and tally["new"] and tally["mixed"] >= 5, "killed in the middle often enough", tally)


if __name__ == "__main__":
    testing.main(test, __doc__)
