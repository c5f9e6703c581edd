#!/usr/bin/python3
"""pdnsutil and pdns_server are killed (SIGKILL) while they write keys and reload policies, over and over.

Afterwards the database is intact, every key that was acknowledged is there and none is half there,
metadata is as before or as written, answers are those of the policies and validate as they did.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_wire as dns
import testing
from pdns import Pdns

ROUNDS, SIGNED, WRITTEN, SPLIT = 40, "_dmarc.example.com", "_domainkey.example.com", "_spf.provider.net"
SEED = 20261122
REWRITE_INTERVAL = 0.01   # seconds; the server reloads as often as it can


class Rewriter(threading.Thread):
    """Rewrites a policy file without pause; every second time with half of it."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.stop, self.written = path, threading.Event(), 0

    def write(self, text):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        os.rename(fresh, self.path)

    def write_good(self, network):
        self.write(json.dumps({"domain": "rewritten.example", "dmarc": {"p": "reject", "rua": []},
                               "spf": {"netblocks": [{"network": f"192.0.2.{network}/32"}]}}))

    def run(self):
        while not self.stop.wait(REWRITE_INTERVAL):
            self.written += 1
            if self.written % 2:
                self.write('{"domain": "rewritten.example", ')
            else:
                self.write_good(self.written % 256)


def test(checks, options, scratch):
    shutil.copytree(HERE / "policies", scratch / "policies")
    rewriter = Rewriter(scratch / "policies/domains/rewritten.json")
    rewriter.write_good(0)
    rewriter.start()
    pdns = Pdns(options.module, scratch / "policies", scratch, default_ksk_algorithm="ecdsa256", default_zsk_algorithm="ecdsa256")
    pdns.must("secure-zone", SIGNED)
    expected = pdns.must("export-zone-ds", SIGNED)
    started = time.monotonic()
    pdns.must("show-zone", SIGNED)
    usual = time.monotonic() - started   # what a command takes on this machine; corrected as it turns out
    dice = random.Random(SEED)
    killed, keys_made = {"pdnsutil": 0, "pdns_server": 0}, 0
    for number in range(ROUNDS):
        with pdns.server() as daemon:
            at_work = pdnsutil_killed(pdns, dice, number, usual)
            usual *= 1.1 if at_work else 0.7
            killed["pdnsutil"] += at_work
            acknowledged = server_killed(pdns, dice, number, daemon)
            killed["pdns_server"] += 1
            keys_made += len(acknowledged)
        intact(checks, pdns, number, acknowledged)
        checks.equal(pdns.must("export-zone-ds", SIGNED), expected, f"round {number}: the signed zone's keys")
    checks.that(killed["pdnsutil"] >= ROUNDS // 4, "pdnsutil was killed at work often enough", str(killed))
    checks.that(keys_made >= ROUNDS, "the server was killed at work often enough", str(keys_made))
    rewriter.stop.set()
    rewriter.join()
    rewriter.write_good(77)
    print(f"killed: {killed}; {keys_made} keys made by the API; {rewriter.written} rewritten policies")
    with pdns.server():
        answer = pdns.ask(SIGNED, "TXT", dnssec_ok=True)
        checks.that(any(record.rtype == dns.RRSIG for record in answer.answers), "answers are signed after all of it", repr(answer))
        for last, text in ((77, "v=spf1 ip4:192.0.2.77 -all"), (78, "v=spf1 -all")):
            name = f"192.0.2.{last}._ip.mail.example.net._ehlo.rewritten.example._spf.provider.net"
            texts = [record.text().decode() for record in pdns.ask(name, "TXT").answers if record.rtype == dns.TXT]
            checks.equal(texts, [text], f"the last policy answers for 192.0.2.{last}")


def pdnsutil_killed(pdns, dice, number, usual):
    """Starts a write and kills it after a moment; whether it was still at work."""
    command = dice.choice([["secure-zone", SPLIT], ["secure-zone", SPLIT], ["add-zone-key", WRITTEN, "zsk", "inactive", "ecdsa256"],
                           ["set-meta", WRITTEN, "X-Round", *[f"{number}-{part}" for part in range(3)]]])
    process = subprocess.Popen(["pdnsutil", f"--config-dir={pdns.scratch}", *command],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(usual * dice.uniform(0.3, 1.0))
    process.kill()
    return process.wait() == -signal.SIGKILL


def server_killed(pdns, dice, number, daemon):
    """The API writes keys from two sides until the server is killed; the ids that it acknowledged."""
    acknowledged, stop = [], threading.Event()

    def write():
        while not stop.is_set():
            with contextlib.suppress(OSError, json.JSONDecodeError, KeyError, TypeError):
                _, key = pdns.api("POST", f"/zones/{WRITTEN}./cryptokeys", {"keytype": "zsk", "algorithm": "ecdsa256", "active": False})
                acknowledged.append(key["id"])

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        time.sleep(dice.uniform(0.02, 0.15))
        daemon.kill()
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    return acknowledged


def intact(checks, pdns, number, acknowledged):
    with contextlib.closing(sqlite3.connect(pdns.keys, isolation_level=None)) as database:
        checks.equal(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)], f"round {number}: integrity")
        rows = database.execute("SELECT domain, id, flags, content FROM cryptokeys").fetchall()
        values = [value for value, in database.execute("SELECT content FROM domainmetadata WHERE kind = 'X-Round' ORDER BY id")]
        ids = {key for domain, key, _, _ in rows if domain == WRITTEN}
        checks.that(ids >= set(acknowledged), f"round {number}: acknowledged keys are there", f"{set(acknowledged) - ids}")
        checks.that(all(content.startswith("Private-key-format") and content.endswith("\n") for _, _, _, content in rows),
                    f"round {number}: no key is half there")
        split = sorted(flags for domain, _, flags, _ in rows if domain == SPLIT)
        checks.that(split in ([], [256, 257]), f"round {number}: both keys of a new zone, or none", str(split))
        parts = [value.split("-") for value in values]
        checks.that(not parts or (len({first for first, _ in parts}) == 1 and [last for _, last in parts] == ["0", "1", "2"]),
                    f"round {number}: metadata is whole", str(values))
        database.execute("DELETE FROM cryptokeys WHERE domain <> ?", (SIGNED,))   # the next round begins anew


testing.main(test, __doc__)
