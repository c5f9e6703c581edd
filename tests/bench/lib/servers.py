"""One server of the benchmark: started on its own core, asked, measured, ended by its pid."""

import contextlib
import os
import shutil
import time
from pathlib import Path

import dns_client
import dns_wire as dns
import processes
from pdns import free_port

ROOT = Path(__file__).resolve().parents[3]

SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin"


class BenchError(RuntimeError):
    """The benchmark cannot go on; the text says why."""


class Unavailable(Exception):
    """A contestant that cannot be had on this machine; the text says why."""


def program(name):
    found = shutil.which(name, path=SEARCH_PATH)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def on_core(core):
    """The words that keep a program on one core."""
    return [program("taskset"), "-c", str(core)]


@contextlib.contextmanager
def in_front():
    """Puts this session in front of what else the machine does, where that is allowed (root, sched_autogroup).

    A dnsperf that waits for its core leaves a fast server idle, and all ratios come out nearer to one.
    """
    group = Path("/proc/self/autogroup")
    try:
        before = group.read_text(encoding="ascii").split()[-1]
        group.write_text("-15", encoding="ascii")
    except (OSError, IndexError):
        before = None
    try:
        yield before is not None
    finally:
        if before is not None:
            group.write_text(before, encoding="ascii")


class Server:
    """Anything that answers on 127.0.0.1. `ready` is a (name, type) that it answers once it serves."""

    def __init__(self, name, command, address, ready, scratch, env=None):
        self.name, self.address = name, address
        self._command, self._ready, self._env = command, ready, env
        self._log = Path(scratch) / "server.log"
        self._daemon = None

    @contextlib.contextmanager
    def running(self, prefix=(), seconds=60.0):
        """Runs it, behind the words of `prefix`, until the block is left."""
        with processes.Daemon([*map(str, prefix), *map(str, self._command)], self._log, self._env) as daemon:
            self._daemon = daemon
            name, qtype = self._ready
            if not dns_client.wait_until_answering(self.address, dns.name(name), dns.TYPES[qtype], daemon.is_running, seconds):
                raise BenchError(f"{self.name} does not answer {name} {qtype}; its last words:\n{daemon.last_lines()}")
            yield self

    @property
    def pid(self):
        return self._daemon.pid

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ask(self, name, qtype="TXT"):
        return dns_client.ask(dns.name(name), dns.TYPES[qtype], self.address)

    def cpu_seconds(self):
        """Processor time that it and its children have had since they began."""
        return sum(map(_processor_seconds, _family(self.pid)))

    def resident_megabytes(self):
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def _family(pid):
    """The process, its children, and theirs."""
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))


def _processor_seconds(pid):
    """Of all its threads, also of those that have ended: by the clock that clock_getcpuclockid(3) names."""
    scheduler_time = 2
    with contextlib.suppress(OSError):
        return time.clock_gettime(~pid << 3 | scheduler_time)
    return 0.0


def shipped_settings():
    """pdns-conf/pdns.conf without what names a place: what we tell operators to run."""
    settings = {}
    for line in (ROOT / "pdns-conf/pdns.conf").read_text(encoding="utf-8").splitlines():
        name, found, value = line.partition("=")
        if found and not line.startswith("#"):
            settings[name.strip()] = value.strip()
    for place in ("launch", "emailauth-dir"):
        settings.pop(place)
    return settings


def write_configuration(scratch, address, settings):
    """pdns.conf in `scratch`: the shipped one, for one core, with `settings` over it."""
    everything = {**shipped_settings(), "receiver-threads": 1,
                  "local-address": address[0], "local-port": address[1], "socket-dir": scratch,
                  "guardian": "no", "daemon": "no", "setuid": "", "setgid": "", "disable-syslog": "yes", "log-timestamp": "no",
                  "version-string": "anonymous", **settings}
    text = "".join(f"{name}={value}\n" for name, value in everything.items())
    (Path(scratch) / "pdns.conf").write_text(text, encoding="utf-8")


def power_dns(name, scratch, settings, ready):
    """A pdns_server whose configuration is the shipped one with `settings` over it."""
    address = ("127.0.0.1", free_port())
    write_configuration(scratch, address, settings)
    return Server(name, [program("pdns_server"), f"--config-dir={scratch}"], address, ready, scratch)


def pdnsutil(scratch, *words, seconds=300.0):
    command = [program("pdnsutil"), f"--config-dir={scratch}", *map(str, words)]
    status, out, err = processes.run(command, seconds=seconds)
    if status != 0:
        raise BenchError(f"pdnsutil {' '.join(map(str, words))}: exit status {status}\n{(out + err).decode('utf-8', 'replace')}")
    return out.decode("utf-8", "replace")
