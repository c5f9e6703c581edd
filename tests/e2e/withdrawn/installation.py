"""The configurations that people run, each with its own server.

Only what belongs to this host is replaced (address, port, directories, user), on the command line, and the number of
threads where a configuration has fewer than are worth a test.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import dns_client
import dns_wire as dns
import processes
from pdns import PdnsError, free_port, has_backend

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
THREADS = {"receiver-threads": "2", "distributor-threads": "3"}
DEFAULTS = "launch=emailauth\n"


def readme_lines():
    """The lines that README.md tells operators to put into pdns.conf."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, after = text.partition("\nand in `pdns.conf`")
    block = re.search(r"^(?:    .*\n)+", after, re.M).group(0)
    return re.sub(r"^    ", "", block, flags=re.M)


def shipped(name):
    return (ROOT / "pdns-conf" / name).read_text(encoding="utf-8")


def launches_sqlite(text):
    return re.search(r"^launch=.*gsqlite3", text, re.M) is not None


def configurations():
    """(title, text of pdns.conf, more settings)"""
    return [
        ("README.md", readme_lines(), THREADS),
        ("pdns.conf", shipped("pdns.conf"), {}),   # two receivers, each asks the backend itself
        ("pdns-with-gsqlite3.conf", shipped("pdns-with-gsqlite3.conf"), THREADS),
        ("pdns-demo.conf", shipped("pdns-demo.conf"), THREADS),
        ("defaults", DEFAULTS, THREADS),
        ("defaults, no zone cache", DEFAULTS + "zone-cache-refresh-interval=0\n", THREADS),
        # Look-ups of single types, and a list of zones that is read again all the time.
        ("defaults, exact look-ups", DEFAULTS + "consistent-backends=no\nzone-cache-refresh-interval=1\n", THREADS),
    ]


class Installation:
    """A pdns.conf, and the server that runs with it."""

    def __init__(self, module, policies, scratch, text, more):
        self.scratch = Path(scratch)
        self.scratch.mkdir()
        self.policies = policies
        self.address = ("127.0.0.1", free_port())
        self.database = self.scratch / "zones.sqlite3" if launches_sqlite(text) else None
        (self.scratch / "pdns.conf").write_text(text, encoding="utf-8")
        self._options = {
            "config-dir": self.scratch, "socket-dir": self.scratch, "load-modules": Path(module).resolve(),
            "emailauth-dir": policies, "emailauth-dnssec-db": self.scratch / "keys.sqlite3", "local-address": self.address[0],
            "local-port": self.address[1], "setuid": "", "setgid": "", "daemon": "no", "guardian": "no", "write-pid": "no",
            "disable-syslog": "yes", "security-poll-suffix": "", **more,
        }
        if self.database:
            self._options["gsqlite3-database"] = self.database
            self._make_database()

    @staticmethod
    def why_not(text):
        """Why a configuration cannot be tried here, or ""."""
        return "pdns-backend-sqlite3 is not installed" if launches_sqlite(text) and not has_backend("sqlite3") else ""

    def _make_database(self):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.executescript(SCHEMA.read_text(encoding="utf-8"))

    def add_zone(self, zone, records):
        """A zone in SQLite, and its id; `records` are (name, type, content), to which the SOA is added where there are any."""
        soa = [(zone, "SOA", "ns1.provider.net hostmaster.provider.net 1 10800 3600 604800 300")] if records else []
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            at = database.execute("INSERT INTO domains (name, type) VALUES (?, 'NATIVE')", (zone,)).lastrowid
            for name, rtype, content in (*soa, *records):
                database.execute("INSERT INTO records (domain_id, name, type, content, ttl, auth) VALUES (?, ?, ?, ?, 60, 1)",
                                 (at, name, rtype, content))
        return at

    @contextlib.contextmanager
    def server(self):
        program = shutil.which("pdns_server", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise PdnsError("pdns_server is not installed")
        command = [program, *(f"--{name}={value}" for name, value in self._options.items())]
        with processes.Daemon(command, self.scratch / "server.log") as daemon:
            if not dns_client.wait_until_answering(self.address, dns.name("_spf.provider.net"), dns.SOA, daemon.is_running):
                raise PdnsError(f"pdns_server does not answer; its last words:\n{daemon.last_lines()}")
            yield daemon

    def log(self):
        return (self.scratch / "server.log").read_text(encoding="utf-8", errors="replace")

    def statistics(self):
        """All counters of the running server."""
        done = subprocess.run(["pdns_control", f"--config-dir={self.scratch}", f"--socket-dir={self.scratch}", "show", "*"],
                              capture_output=True, text=True, timeout=30, check=True)
        return {name: int(value) for name, value in re.findall(r"([a-z0-9-]+)=(\d+)", done.stdout)}
