"""The small Internet of the road: a root with everybody else, an owner's own server, ours, and resolvers.

    verifier -> relay 127.0.0.1:53 -> the resolver of the moment -> root and vendors 127.0.0.3
                                                                 -> the owner        127.0.0.4  (pdns, SQLite)
                                                                 -> ours             127.0.0.2  (pdns with the module)
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import dns_client
import dns_wire as dns
import processes
import unbound_conf
from pdns import Pdns

LIB = Path(__file__).resolve().parent.parent / "lib"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
RELAY, OURS, OTHERS, OWNER = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
DOMAIN = "example.com"
RESPONDER = {"nameservers": ["ns1.provider.net", "ns2.provider.net"], "hostmaster": "hostmaster@provider.net",
             "zones": ["_spf.provider.net", "hosted.provider.net"], "mirror_zone": "hosted.provider.net",
             "spf_templates": ["include:%{ir}.%{v}.%{d}._spf.provider.net"]}
SPF = "v=spf1 a:mail.example.com include:spf.mailer.example include:_spf.crm.example include:spf.shop.example ~all"
DMARC = "v=DMARC1; p=reject; sp=reject; adkim=r; aspf=r; rua=mailto:dmarc@example.com"


def others_zone(mailer_key):
    """Lines for zone_server.py: the root, and three vendors with records of different kinds."""
    return textwrap.dedent(f"""\
        . NS ns.root.example
        ns.root.example A {OTHERS}
        example.com NS ns.example.com
        ns.example.com A {OWNER}
        provider.net NS ns1.provider.net
        provider.net NS ns2.provider.net
        ns1.provider.net A {OURS}
        ns2.provider.net A {OURS}
        spf.mailer.example TXT v=spf1 include:_a.mailer.example ip6:2001:db8:10::/48 ~all
        _a.mailer.example TXT v=spf1 ip4:198.51.100.0/26 ~all
        k1.dkim.mailer.example TXT {mailer_key}
        _spf.crm.example TXT v=spf1 ip4:198.51.100.64/26 ip4:198.51.100.200 -all
        spf.shop.example TXT v=spf1 exists:%{{i}}._s.shop.example -all
        203.0.113.5._s.shop.example A 127.0.0.2
        """)


def owners_zone(keys):
    """The classic records; `keys` are selector and TXT."""
    lines = [f"$ORIGIN {DOMAIN}.", "$TTL 3600", f"@ IN SOA ns.{DOMAIN}. hostmaster.{DOMAIN}. 1 60 60 600 60", "@ IN NS ns",
             f"ns IN A {OWNER}", "mail IN A 192.0.2.25", "@ IN MX 10 mail", "@ IN TXT \"site='1'; x\"", f'@ IN TXT "{SPF}"',
             f'_dmarc IN TXT "{DMARC}"', "k1._domainkey IN CNAME k1.dkim.mailer.example."]
    for selector, text in keys.items():
        strings = " ".join(f'"{text[at:at + 250]}"' for at in range(0, len(text), 250))
        lines.append(f"{selector}._domainkey IN TXT {strings}")
    return "\n".join(lines) + "\n"


class Relay:
    """Port 53 of 127.0.0.1: what verifiers ask goes to the resolver at `target`."""

    def __init__(self):
        self.target = None
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((RELAY, 53))
        self._tcp = socket.create_server((RELAY, 53))
        threading.Thread(target=self._serve_udp, daemon=True).start()
        threading.Thread(target=self._serve_tcp, daemon=True).start()

    def _serve_udp(self):
        while True:
            data, client = self._udp.recvfrom(65535)
            threading.Thread(target=self._hand_on, args=(data, client), daemon=True).start()

    def _hand_on(self, data, client):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            try:
                sock.sendto(data, (self.target, 53))
                self._udp.sendto(sock.recv(65535), client)
            except OSError:
                pass   # the verifier sees no answer

    def _serve_tcp(self):
        while True:
            client, _ = self._tcp.accept()
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client):
        try:
            with client, socket.create_connection((self.target, 53), timeout=10) as server:
                there = threading.Thread(target=_copy, args=(client, server), daemon=True)
                there.start()
                _copy(server, client)
        except OSError:
            pass


def _copy(source, target):
    try:
        while data := source.recv(65535):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Resolver:
    """An unbound that goes down from the root; a context manager. `max_ttl` bounds its cache, in seconds."""

    def __init__(self, scratch, address, max_ttl=86400, anchors=()):
        self.address = address
        folder = scratch / f"resolver-{address}"
        folder.mkdir(exist_ok=True)
        options = [*unbound_conf.STRICT, "use-caps-for-id: yes", f"cache-max-ttl: {max_ttl}", f"cache-max-negative-ttl: {max_ttl}",
                   *(f'trust-anchor: "{anchor}"' for anchor in anchors)]
        text = unbound_conf.configuration(folder, (address, 53), [(".", (OTHERS, 53))], options,
                                          "validator iterator" if anchors else "iterator")
        (folder / "unbound.conf").write_text(text, encoding="utf-8")
        program = shutil.which("unbound", path="/usr/sbin:/usr/bin")
        self._daemon = processes.Daemon([program, "-d", "-c", str(folder / "unbound.conf")], folder / "unbound.log")

    def __enter__(self):
        if not dns_client.wait_until_answering((self.address, 53), dns.name("spf.mailer.example"), dns.TXT, self._daemon.is_running):
            raise RuntimeError(f"unbound does not answer:\n{self._daemon.last_lines()}")
        return self

    def __exit__(self, *_):
        self._daemon.__exit__()


class World:
    def __init__(self, module, scratch, zone_keys, mailer_key, signed):
        self.program = module.resolve().parent / "emailauth"
        self.scratch, self.signed = scratch, signed
        self.policies = scratch / "policies"
        for folder in ("domains", "senders"):
            (self.policies / folder).mkdir(parents=True)
        (self.policies / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
        (scratch / "others.zone").write_text(others_zone(mailer_key), encoding="utf-8")
        self.root_hints = scratch / "root.hints"
        self.root_hints.write_text(f". 3600 IN NS ns.root.example.\nns.root.example. 3600 IN A {OTHERS}\n", encoding="ascii")
        self._make_ours(module)
        self._make_owner(zone_keys)
        self.relay = Relay()

    def _database(self, name):
        (self.scratch / name).mkdir(exist_ok=True)
        path = self.scratch / name / "zones.sqlite3"
        subprocess.run(["sqlite3", str(path)], input=SCHEMA.read_bytes(), check=True, capture_output=True)
        return path

    def _make_ours(self, module):
        database = self._database("ours")
        self.ours = Pdns(module, self.policies, self.scratch / "ours", "emailauth,gsqlite3", gsqlite3_database=database,
                         local_address=OURS, local_port=53)
        self.ours.address = (OURS, 53)
        zone = self.scratch / "provider.net.zone"
        zone.write_text(f"$ORIGIN provider.net.\n$TTL 3600\n@ IN SOA ns1 hostmaster 1 60 60 600 60\n@ IN NS ns1\n@ IN NS ns2\n"
                        f"ns1 IN A {OURS}\nns2 IN A {OURS}\n", encoding="ascii")
        self.ours.must("load-zone", "provider.net", str(zone))

    def _make_owner(self, zone_keys):
        folder = self.scratch / "owner"
        settings = {"launch": "gsqlite3", "gsqlite3-database": self._database("owner"), "gsqlite3-dnssec": "yes", "local-address": OWNER, "local-port": 53,
                    "socket-dir": folder, "setuid": "", "setgid": "", "guardian": "no", "daemon": "no", "disable-syslog": "yes",
                    "security-poll-suffix": "", "cache-ttl": 0, "query-cache-ttl": 0, "negquery-cache-ttl": 0,
                    "zone-cache-refresh-interval": 0, "dnssec-key-cache-ttl": 0, "zone-metadata-cache-ttl": 0}
        (folder / "pdns.conf").write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        (folder / "bin").mkdir()
        shim = folder / "bin/pdnsutil"
        shim.write_text(f'#!/bin/sh\nexec /usr/bin/pdnsutil --config-dir={folder} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        zone = self.scratch / "owner.zone"
        zone.write_text(owners_zone(zone_keys), encoding="ascii")
        self.owner(f"pdnsutil load-zone {DOMAIN} {zone}")
        if self.signed:
            self.owner(f"pdnsutil secure-zone {DOMAIN}")
        self.owner(f"pdnsutil rectify-zone {DOMAIN}")

    def owner(self, command):
        """Runs a printed command as it stands, with pdnsutil looking at the owner's zone."""
        done = subprocess.run(["sh", "-eu", "-c", command], env={"PATH": f"{self.scratch}/owner/bin:/usr/bin:/bin"}, capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def anchors(self):
        """What validators are told: the owner's zone is an island of trust."""
        if not self.signed:
            return []
        lines = self.owner(f"pdnsutil export-zone-ds {DOMAIN}")
        return re.findall(r"^(\S+ IN DS \d+ \d+ 2 \S+)", lines, re.M)

    def emailauth(self, *words):
        """(exit status, standard output, standard error); asks the resolver of the moment."""
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, timeout=200, check=False)
        return done.returncode, done.stdout, done.stderr

    def start(self, stack):
        command = [sys.executable, "-B", str(LIB / "zone_server.py"), str(self.scratch / "others.zone"), OTHERS, "53"]
        others = stack.enter_context(processes.Daemon(command, self.scratch / "others.log"))
        owner = stack.enter_context(processes.Daemon([shutil.which("pdns_server", path="/usr/sbin:/usr/bin"), f"--config-dir={self.scratch}/owner"],
                                                     self.scratch / "owner.log"))
        stack.enter_context(self.ours.server())
        for daemon, server, name, qtype in ((others, OTHERS, "spf.mailer.example", dns.TXT), (owner, OWNER, DOMAIN, dns.SOA)):
            if not dns_client.wait_until_answering((server, 53), dns.name(name), qtype, daemon.is_running):
                raise RuntimeError(f"{server} does not answer:\n{daemon.last_lines()}")
