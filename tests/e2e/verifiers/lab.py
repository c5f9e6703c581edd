"""The small Internet of the test, inside a namespace: pdns_server with the module, the owners' name
server, and a strict resolver on port 53 that sends each question to whom it belongs.

    verifier -> unbound 127.0.0.1:53 -> owners 127.0.0.3:53   (root, owners, vendors)
                                     -> pdns   127.0.0.2:53 (the responder zones, delegated)
"""

import contextlib
import sys
from pathlib import Path

import dns_client
import dns_wire as dns
import namespace
import processes
import unbound_conf

LIB = Path(__file__).resolve().parent.parent / "lib"
RESOLVER, RESPONDER, OWNERS = ("127.0.0.1", 53), ("127.0.0.2", 53), ("127.0.0.3", 53)


class LabError(RuntimeError):
    """Something the test stands on could not be started; the text says what and why."""


class Lab:
    """A context manager: everything it started has ended when it is left.

    `provider` is a name with a TXT record in the zone file; the responder has the zone "_spf" below it.
    """

    def __init__(self, module, policies, zone_file, tools, scratch, provider="provider.example"):
        self.module, self.policies, self.zone_file = Path(module), Path(policies), Path(zone_file)
        self.tools, self.scratch, self.provider = tools, Path(scratch), provider
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        try:
            self._prepare_files()
            self._start_owners()
            self._start_responder()
            self._start_resolver()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _prepare_files(self):
        resolv = self.scratch / "resolv.conf"
        resolv.write_text(f"nameserver {RESOLVER[0]}\noptions timeout:3 attempts:2\n", encoding="ascii")
        self._show(resolv, "/etc/resolv.conf")
        # exim looks for the user and group that its package creates; the machine may not have them.
        self._add_account("/etc/passwd", "Debian-exim:x:65533:65533::/nonexistent:/usr/sbin/nologin\n")
        self._add_account("/etc/group", "Debian-exim:x:65533:\n")

    def _add_account(self, database, line):
        text = Path(database).read_text(encoding="utf-8")
        if line.split(":", 1)[0] + ":" not in text:
            own = self.scratch / Path(database).name
            own.write_text(text + line, encoding="utf-8")
            self._show(own, database)

    def _show(self, source, target):
        """The content of `source` at `target`, until the lab is left."""
        namespace.bind_file(str(source), target)
        self._stack.callback(namespace.unbind_file, target)

    def _start_owners(self):
        command = [sys.executable, "-B", str(LIB / "zone_server.py"), str(self.zone_file), OWNERS[0], str(OWNERS[1])]
        self._start("owners", command, OWNERS, (self.provider, dns.TXT))

    def _start_responder(self):
        program = self._needed("pdns_server")
        sockets = self.scratch / "sockets"
        sockets.mkdir()
        settings = {"module-dir": self.module.resolve().parent, "launch": "emailauth",
                    "emailauth-dir": self.policies.resolve(), "8bit-dns": "yes",
                    "local-address": RESPONDER[0], "local-port": RESPONDER[1],
                    "config-dir": self.scratch, "socket-dir": sockets, "setuid": "", "setgid": "",
                    "guardian": "no", "daemon": "no", "disable-syslog": "yes", "log-timestamp": "no",
                    "security-poll-suffix": "", "version-string": "anonymous"}
        command = [program, *(f"--{key}={value}" for key, value in settings.items())]
        self._start("pdns_server", command, RESPONDER, ("_spf." + self.provider, dns.SOA))

    def _start_resolver(self):
        program = self._needed("unbound")
        configuration = self.scratch / "unbound.conf"
        text = unbound_conf.configuration(self.scratch, RESOLVER, [(".", OWNERS)],
                                     (*unbound_conf.STRICT, "use-caps-for-id: yes", 'local-zone: "test." nodefault'))
        configuration.write_text(text, encoding="utf-8")
        self._start("unbound", [program, "-d", "-c", str(configuration)], RESOLVER,
                    (self.provider, dns.TXT), self.tools.environment())

    def _needed(self, name):
        path = self.tools.program(name)
        if path is None:
            raise LabError(f"{name} is not installed")
        return path

    def _start(self, name, command, server, probe, env=None):
        """Starts a server and waits until it answers the probe (name, type) with NOERROR."""
        log = self.scratch / f"{name}.log"
        daemon = self._stack.enter_context(processes.Daemon(command, log, env))
        qname, qtype = probe
        if not dns_client.wait_until_answering(server, dns.name(qname), qtype, daemon.is_running):
            state = "does not answer" if daemon.is_running() else "ended at once"
            raise LabError(f"{name} {state}; its last words:\n{daemon.last_lines()}")
