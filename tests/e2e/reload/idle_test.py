#!/usr/bin/python3
"""A hundred thousand untouched files cost next to nothing, and a change among them is live at once.

On a local file system (a tmpfs) inotify tells what happens. On an overlay whose lower folders change it tells nothing, and for
files that are links not everything: there the server looks for itself. In a mount namespace; needs root.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_client
import dns_wire as dns
import namespace
import processes
import testing
from pdns import Pdns

BAR = 1.0         # per cent of a core, while nothing changes
WINDOW = 70.0     # seconds: everything is looked at once in a minute
LIVE = 4.0        # seconds of processor time; the promise is two, on a machine that does nothing else, optimised
PATIENCE = 200.0  # seconds until a hundred thousand files are read, on a machine that does much else


def policy(domain, p):
    return json.dumps({"domain": domain, "dmarc": {"p": p}})


class Server:
    """A pdns_server with the sample policies and `files` more, in domains/many."""

    def __init__(self, options, policies, scratch):
        self.policies, self.many = policies, policies / "domains/many"
        self._pdns = Pdns(options.module, policies, scratch, zone_cache_refresh_interval="0")
        self._scratch = scratch

    @contextlib.contextmanager
    def running(self):
        program = shutil.which("pdns_server", path="/usr/sbin:/usr/bin")
        with processes.Daemon([program, f"--config-dir={self._scratch}"], self._scratch / "server.log") as daemon:
            if not dns_client.wait_until_answering(self._pdns.address, dns.name("_spf.provider.net"), dns.SOA, daemon.is_running, PATIENCE):
                raise RuntimeError(f"pdns_server does not answer:\n{daemon.last_lines()}")
            self._pid = daemon.pid
            yield self

    def processor_time(self):
        """Seconds that the server has used."""
        fields = Path(f"/proc/{self._pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def share(self, seconds):
        """Per cent of a core that is used meanwhile."""
        before, begin = self.processor_time(), time.monotonic()
        time.sleep(seconds)
        return 100 * (self.processor_time() - before) / (time.monotonic() - begin)

    def settle(self):
        """Waits until the first looks are over."""
        end = time.monotonic() + PATIENCE
        while self.share(4) > BAR and time.monotonic() < end:
            pass

    def seconds_until(self, domain, p, limit):
        """How long it takes until the policy of the domain is `p`; None for its absence."""
        begin = time.monotonic()
        while time.monotonic() - begin < limit:
            answer = self._pdns.ask(f"_dmarc.{domain}", "TXT")
            texts = "".join(record.text().decode() for record in answer.answers if record.rtype == dns.TXT)
            if (f"p={p}" in texts) if p else answer.rcode == dns.REFUSED:
                return time.monotonic() - begin
            time.sleep(0.02)
        return float("inf")


def write_many(policies, files):
    folder = policies / "domains/many"
    folder.mkdir()
    for number in range(files):
        (folder / f"d{number}.json").write_text(policy(f"d{number}.example", "none"), encoding="ascii")


def in_place(server):
    (server.many / "d7.json").write_text(policy("d7.example", "reject"), encoding="ascii")
    return "d7.example", "reject"


def renamed_over(server):
    (server.many / "d8.tmp").write_text(policy("d8.example", "reject"), encoding="ascii")
    os.rename(server.many / "d8.tmp", server.many / "d8.json")
    return "d8.example", "reject"


def in_a_new_folder(server):
    (server.policies / "domains/new/deep").mkdir(parents=True)
    (server.policies / "domains/new/deep/n.json").write_text(policy("n.example", "reject"), encoding="ascii")
    return "n.example", "reject"


def removed(server):
    (server.many / "d9.json").unlink()
    return "d9.example", None


def on_a_local_file_system(checks, options, scratch):
    policies = scratch / "policies"
    shutil.copytree(ROOT / "pdns-conf/emailauth", policies)
    write_many(policies, options.files)
    with Server(options, policies, scratch).running() as server:
        server.settle()
        share = server.share(WINDOW)
        checks.that(share < BAR, f"{options.files} idle files cost less than {BAR} % of a core", f"{share:.2f} %")
        print(f"{options.files} files, local: {share:.2f} % of a core")
        for change in (in_place, renamed_over, in_a_new_folder, removed):
            used = server.processor_time()
            domain, p = change(server)
            seconds = server.seconds_until(domain, p, PATIENCE)
            used = server.processor_time() - used
            checks.that(seconds < PATIENCE and used < LIVE, f"{change.__name__}: live at once", f"{seconds:.2f} s, {used:.2f} s of them computing")
            print(f"{change.__name__}: live after {seconds:.2f} s, {used:.2f} s of them computing")
            server.settle()


def below_an_overlay(checks, options, scratch):
    lower, upper, work, policies = (scratch / name for name in ("lower", "upper", "work", "policies"))
    shutil.copytree(ROOT / "pdns-conf/emailauth", lower)
    write_many(lower, 1000)
    for folder in (upper, work, policies):
        folder.mkdir()
    made = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", policies],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        print(f"no overlay can be mounted here: {made.stderr.strip()}")
        return
    with Server(options, policies, scratch).running() as server:
        server.settle()
        (lower / "domains/many/d7.json").write_text(policy("d7.example", "reject"), encoding="ascii")
        seconds = server.seconds_until("d7.example", "reject", 60)
        checks.that(seconds < 30, "changed below an overlay, of which nothing is told", f"{seconds:.2f} s")
        print(f"below an overlay: live after {seconds:.2f} s")
        share = server.share(20)
        checks.that(share < 2 * BAR, "looking for itself does not cost much", f"{share:.2f} %")


def by_another_name(checks, options, scratch):
    policies, elsewhere = scratch / "policies", scratch / "elsewhere"
    shutil.copytree(ROOT / "pdns-conf/emailauth", policies)
    elsewhere.mkdir()
    (elsewhere / "hard.json").write_text(policy("hard.example", "none"), encoding="ascii")
    os.link(elsewhere / "hard.json", policies / "domains/hard.json")
    hidden = policies / "domains/..data"
    hidden.mkdir()
    (hidden / "soft.json").write_text(policy("soft.example", "none"), encoding="ascii")
    (policies / "domains/soft.json").symlink_to("..data/soft.json")
    with Server(options, policies, scratch).running() as server:
        for path, domain in ((elsewhere / "hard.json", "hard.example"), (hidden / "soft.json", "soft.example")):
            checks.that(server.seconds_until(domain, "none", PATIENCE) < PATIENCE, f"{domain} is answered")
            path.write_text(policy(domain, "reject"), encoding="ascii")
            seconds = server.seconds_until(domain, "reject", 60)
            checks.that(seconds < 30, f"{domain}: written by another name", f"{seconds:.2f} s")


@contextlib.contextmanager
def in_memory(folder):
    """A file system of this machine alone, wherever temporary files are."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise testing.Skip(f"cannot mount a tmpfs: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)


def test(checks, options, scratch):
    for step in (on_a_local_file_system, below_an_overlay, by_another_name):
        with in_memory(scratch / step.__name__) as folder:
            step(checks, options, folder)


def add_arguments(parser):
    parser.add_argument("--files", type=int, default=100000)


namespace.enter_or_skip()
testing.main(test, __doc__, add_arguments)
