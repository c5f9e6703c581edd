"""One PowerDNS with the module: its configuration, pdns_server, pdnsutil and the REST API.

All of it lives in a scratch directory and listens on free ports of 127.0.0.1.
"""

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
from pathlib import Path

import dns_client
import dns_wire as dns
import processes

API_KEY = "for-tests-only"


class PdnsError(RuntimeError):
    """The server or a command that the test stands on failed; the text says why."""


class Output:
    """What a command printed, and its exit status."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    def __str__(self):
        return f"exit status {self.status}\n{self.out}{self.err}"


def free_port():
    """A port of 127.0.0.1 that is free for UDP and TCP just now, and that no client is given by the system meanwhile."""
    for _ in range(100):
        address = ("127.0.0.1", random.SystemRandom().randrange(20000, 32768))    # below Linux' ephemeral ports
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            with contextlib.suppress(OSError):
                tcp.bind(address)
                udp.bind(address)
                return address[1]
    raise PdnsError("no free port on 127.0.0.1")


def has_backend(name):
    """Whether the Debian package of that backend is installed."""
    found = subprocess.run(["dpkg", "-L", f"pdns-backend-{name}"], capture_output=True, text=True, check=False)
    return any(line.endswith(".so") for line in found.stdout.splitlines())


class Pdns:
    """An installation: `settings` are lines of pdns.conf, over those that every test needs."""

    def __init__(self, module, policies, scratch, launch="emailauth", **settings):
        self.scratch = Path(scratch)
        self.keys = self.scratch / "keys.sqlite3"
        self.address = ("127.0.0.1", free_port())
        self._api = ("127.0.0.1", free_port())
        self.prefix = ()   # words in front of every command, such as env LD_PRELOAD=…
        self._settings = {
            "load-modules": Path(module).resolve(), "launch": launch,
            "emailauth-dir": Path(policies).resolve(), "emailauth-dnssec-db": self.keys, "8bit-dns": "yes",
            "local-address": self.address[0], "local-port": self.address[1],
            "webserver": "yes", "webserver-address": self._api[0], "webserver-port": self._api[1],
            "api": "yes", "api-key": API_KEY, "socket-dir": self.scratch, "setuid": "", "setgid": "",
            "guardian": "no", "daemon": "no", "disable-syslog": "yes", "log-timestamp": "no",
            "security-poll-suffix": "", "version-string": "anonymous", "zone-cache-refresh-interval": "2",
            "cache-ttl": "0", "negquery-cache-ttl": "0", "query-cache-ttl": "0",
            "dnssec-key-cache-ttl": "1", "zone-metadata-cache-ttl": "1",
        }
        self.configure(**settings)

    def configure(self, **settings):
        """Changes settings; a server that runs does not notice. "_" stands for "-"."""
        self._settings.update({name.replace("_", "-"): value for name, value in settings.items()})
        text = "".join(f"{name}={value}\n" for name, value in self._settings.items())
        (self.scratch / "pdns.conf").write_text(text, encoding="utf-8")

    def util(self, *command, stdin=b"", seconds=30.0, env=None):
        """Runs pdnsutil."""
        return Output(*processes.run([*self.prefix, "pdnsutil", f"--config-dir={self.scratch}", *command], stdin, seconds, env))

    def must(self, *command):
        """Runs pdnsutil, which must succeed; its standard output."""
        done = self.util(*command)
        if done.status != 0:
            raise PdnsError(f"pdnsutil {' '.join(command)}: {done}")
        return done.out

    @contextlib.contextmanager
    def server(self, zone="_spf.provider.net", prefix=()):
        """Runs pdns_server until the block is left; it answers for `zone` when the block begins."""
        program = shutil.which("pdns_server", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise PdnsError("pdns_server is not installed")
        command = [*self.prefix, *prefix, program, f"--config-dir={self.scratch}"]
        with processes.Daemon(command, self.scratch / "server.log") as daemon:
            if not dns_client.wait_until_answering(self.address, dns.name(zone), dns.SOA, daemon.is_running):
                state = "does not answer" if daemon.is_running() else "ended at once"
                raise PdnsError(f"pdns_server {state}; its last words:\n{daemon.last_lines()}")
            try:
                yield daemon
            except OSError as error:
                if daemon.is_running():
                    raise
                raise PdnsError(f"pdns_server ended while it was asked; its last words:\n{daemon.last_lines()}") from error

    def log(self):
        return (self.scratch / "server.log").read_text(encoding="utf-8", errors="replace")

    def ask(self, name, qtype, dnssec_ok=False):
        return dns_client.ask(dns.name(name), dns.TYPES[qtype], self.address, dnssec_ok=dnssec_ok)

    def api(self, method, path, body=None):
        """(status, decoded JSON or text) of a request below /api/v1/servers/localhost."""
        connection = http.client.HTTPConnection(*self._api, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, "/api/v1/servers/localhost" + path,
                               None if body is None else json.dumps(body),
                               {"X-API-Key": API_KEY, "Accept": "application/json", "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text
