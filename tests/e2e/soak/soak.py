#!/usr/bin/python3
"""Questions without pause, signed and unsigned, while the policy directory changes five times a second.

Half of the changes are broken files. Every answer that is checked must be one that some good version of its file
gives; there is no SERVFAIL and no lost question, and memory is flat.
"""

import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_client
import dns_wire as dns
import testing
from pdns import Pdns

SEED = 7208
CHURNED = 200                      # domain files that change
CHANGE_INTERVAL = 0.2              # seconds
RATE = 1500                        # questions a second, of each of the two streams
# dnsperf gives up on a question after this long; on a loaded machine a thread can be away for a while.
TIMEOUT = 5
GROWTH = 1.10                      # resident memory at the end, as a share of that after the first fifth
BROKEN = ('{"domain": "d%d.example", "dmarc": {"p": "rejct"}}', '{"domain": "d%d.example", ', '{"domain": "d%d.example", "dmrac": {}}', "\xff\xfe%d")
POLICIES = ("none", "quarantine", "reject")


def good(number, p):
    return json.dumps({"domain": f"d{number}.example", "dmarc": {"p": p, "rua": []},
                       "spf": {"netblocks": [{"network": "192.0.2.0/24"}]}})


class Churn(threading.Thread):
    """Rewrites one file after the other; every second time with something broken."""

    def __init__(self, folder, stop):
        super().__init__(daemon=True)
        self.folder, self.stop, self.changes = folder, stop, 0

    def run(self):
        dice = random.Random(SEED)
        while not self.stop.wait(CHANGE_INTERVAL):
            number = dice.randrange(CHURNED)
            text = dice.choice(BROKEN) % number if self.changes % 2 else good(number, dice.choice(POLICIES))
            path = self.folder / f"d{number}.json"
            if dice.random() < 0.5:
                path.write_bytes(text.encode("latin-1"))
            else:
                fresh = path.with_suffix(".new")
                fresh.write_bytes(text.encode("latin-1"))
                os.rename(fresh, path)
            self.changes += 1


class OnCommand(threading.Thread):
    """An operator who has the server look at the directory, too, beside the thread that does so by itself."""

    def __init__(self, pdns, stop):
        super().__init__(daemon=True)
        self.pdns, self.stop, self.failed = pdns, stop, []

    def run(self):
        # Not "rediscover": with it PowerDNS also reads its list of zones again, which ends the server where
        # that meets the same on its own timer (an assertion in AuthZoneCache::replace).
        while not self.stop.wait(3 * CHANGE_INTERVAL):
            done = subprocess.run(["pdns_control", f"--config-dir={self.pdns.scratch}", "reload"], capture_output=True, text=True, check=False)
            if not done.stdout.startswith("Ok"):
                self.failed.append(done.stdout + done.stderr)


class Asker(threading.Thread):
    """Asks and looks at every answer."""

    def __init__(self, address, stop):
        super().__init__(daemon=True)
        self.address, self.stop, self.asked, self.wrong = address, stop, 0, []

    def expect(self, name, pattern, dnssec_ok):
        try:
            answer = dns_client.ask(dns.name(name), dns.TXT, self.address, timeout=TIMEOUT, dnssec_ok=dnssec_ok)
        except (dns_client.NoAnswer, OSError) as error:
            return self.wrong.append(f"{name}: {error}")
        texts = [record.text().decode("latin-1") for record in answer.answers if record.rtype == dns.TXT]
        signed = any(record.rtype == dns.RRSIG for record in answer.answers)
        self.asked += 1
        if answer.rcode != dns.NOERROR or len(texts) != 1 or not re.fullmatch(pattern, texts[0]) or signed != dnssec_ok:
            self.wrong.append(f"{name}: {answer.rcode_name} {texts} signed={signed}")

    def run(self):
        dice = random.Random(SEED + 1)
        while not self.stop.is_set():
            dnssec_ok = dice.random() < 0.5
            number = dice.randrange(CHURNED)
            last = dice.randrange(256)
            helo = f"h{dice.randrange(10**9)}.example.net"
            self.expect(f"192.0.2.{last}._ip.{helo}._ehlo.d{number}.example._spf.provider.net", f"v=spf1 ip4:192\\.0\\.2\\.{last} -all", dnssec_ok)
            self.expect(f"203.0.113.{last}._ip.{helo}._ehlo.d{number}.example._spf.provider.net", "v=spf1 -all", dnssec_ok)
            self.expect(f"_dmarc.d{number}.example", "v=DMARC1; p=(none|quarantine|reject)", False)
            self.expect("_dmarc.example.com", "v=DMARC1; p=quarantine; .*", dnssec_ok)


def questions(path):
    """A file of questions for dnsperf: authorised or not, and names on the way."""
    dice = random.Random(SEED + 2)
    with path.open("w", encoding="ascii") as file:
        for _ in range(50000):
            domain = f"d{dice.randrange(CHURNED)}.example"
            name = dice.choice((f"192.0.2.{dice.randrange(256)}._ip.h{dice.randrange(10**9)}.example.net._ehlo.{domain}._spf.provider.net TXT",
                                f"203.0.113.{dice.randrange(256)}._ip.h{dice.randrange(10**9)}.example.net._ehlo.{domain}._spf.provider.net TXT",
                                f"x{dice.randrange(10**9)}.example.net._ehlo.{domain}._spf.provider.net A",
                                f"_dmarc.{domain} TXT", "_dmarc.example.com TXT", "s1._domainkey.example.com TXT",
                                f"nosuch{dice.randrange(10**9)}.test._spf.provider.net TXT"))
            file.write(name + "\n")


def resident_kilobytes(pid):
    """Of the server itself, which may run below a helper."""
    with contextlib.suppress(OSError):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii")).group(1))
    return 0


def start_dnsperf(path, pdns, seconds, *options):
    command = ["dnsperf", "-s", pdns.address[0], "-p", str(pdns.address[1]), "-d", path, "-l", str(seconds), "-Q", str(RATE),
               "-q", "50", "-t", str(TIMEOUT), *options]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def judge_dnsperf(checks, what, output):
    def number(pattern):
        found = re.search(pattern, output)
        return int(found.group(1)) if found else None
    sent, lost = number(r"Queries sent:\s+(\d+)"), number(r"Queries lost:\s+(\d+)")
    checks.that(sent, f"{what}: dnsperf asked", output)
    checks.equal(lost, 0, f"{what}: no question was lost")
    codes = re.search(r"Response codes:\s+(.*)", output)
    checks.that(codes and "SERVFAIL" not in codes.group(1) and "REFUSED" not in codes.group(1), f"{what}: no SERVFAIL and no REFUSED", output)
    print(f"{what}: {sent} questions, {lost} lost; {codes.group(1) if codes else ''}")


def memory_is_flat(checks, samples, growth):
    early, late = samples[len(samples) // 5], max(samples[-3:])
    print(f"resident memory: {early} kB early, {late} kB at the end, {max(samples)} kB at most")
    checks.that(late <= early * growth, "memory is flat", f"{early} kB -> {late} kB")


def make_policies(folder):
    shutil.copytree(ROOT / "pdns-conf/emailauth", folder)
    churned = folder / "domains/churned"
    churned.mkdir()
    for number in range(CHURNED):
        (churned / f"d{number}.json").write_text(good(number, "none"), encoding="utf-8")
    return churned


def test(checks, options, scratch):
    if shutil.which("dnsperf") is None:
        raise testing.Skip("dnsperf is not installed")
    churned = make_policies(scratch / "policies")
    (scratch / "server").mkdir()
    questions(scratch / "questions")
    pdns = Pdns(options.module, scratch / "policies", scratch / "server",
                **{"max-signature-cache-entries": 20000, "cache-ttl": 20, "max-packet-cache-entries": 10000,
                   "query-cache-ttl": 20, "negquery-cache-ttl": 60, "max-cache-entries": 10000,
                   "dnssec-key-cache-ttl": 30, "zone-metadata-cache-ttl": 60, "max-tcp-connections": 100})
    pdns.prefix = options.prefix
    for zone in ("_spf.provider.net", "_dmarc.example.com", "_domainkey.example.com"):
        pdns.must("secure-zone", zone)
    stop = threading.Event()
    with pdns.server() as daemon:
        threads = [Churn(churned, stop), Asker(pdns.address, stop), OnCommand(pdns, stop)]
        streams = {"unsigned": start_dnsperf(scratch / "questions", pdns, options.seconds),
                   "signed": start_dnsperf(scratch / "questions", pdns, options.seconds, "-e", "-D")}
        for thread in threads:
            thread.start()
        samples = []
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            samples.append(resident_kilobytes(daemon.pid))
            time.sleep(min(1.0, options.seconds / 20))
        outputs = {what: stream.communicate(timeout=60)[0] for what, stream in streams.items()}
        stop.set()
        for thread in threads:
            thread.join()
        checks.that(daemon.is_running(), "the server still runs", pdns.log()[-2000:])
    churn, asker, on_command = threads
    for what, output in outputs.items():
        judge_dnsperf(checks, what, output)
    checks.that(asker.asked > 10, "answers were looked at")
    checks.equal(asker.wrong[:5], [], f"every answer was right ({len(asker.wrong)} of {asker.asked} were not)")
    checks.equal(on_command.failed[:3], [], "reloads on command")
    print(f"{asker.asked} answers looked at, {churn.changes} changes of the directory")
    memory_is_flat(checks, samples, options.growth)
    for trouble in ("Sanitizer", "runtime error", "data race"):
        before, found, after = pdns.log().partition(trouble)
        checks.that(not found, f"the log has no {trouble!r}", before[-200:] + found + after[:6000])


def arguments(parser):
    parser.add_argument("--seconds", type=int, default=20, help="how long (20)")
    parser.add_argument("--growth", type=float, default=GROWTH, help="resident memory at the end may be this many times the early one")
    parser.add_argument("--prefix", nargs="*", default=(), help="words in front of PowerDNS' commands, such as env LD_PRELOAD=…")


if __name__ == "__main__":
    testing.main(test, __doc__, arguments)
