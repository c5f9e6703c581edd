"""A chain of trust on one server: signed parents in another backend, our zones below them with
NS and DS, and validators (unbound, delv) that trust nothing but the parents' keys.
"""

import re
import shutil
import subprocess
from pathlib import Path

import dns_client
import dns_wire as dns
import processes
import testing
import unbound_conf
from pdns import Pdns, free_port, has_backend

PARENTS = ("example.com", "provider.net")
CHILDREN = ("_dmarc.example.com", "_domainkey.example.com", "_spf.provider.net", "_nspf.provider.net", "reports.provider.net")
SPF_OF_THE_OWNER = "v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net ~all"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
# Everything a resolver can be strict about.
OPTIONS = (*unbound_conf.STRICT, "harden-dnssec-stripped: yes", "harden-referral-path: no", "aggressive-nsec: yes", "use-caps-for-id: yes",
           "val-log-level: 2", "val-bogus-ttl: 0")


class SignedChain:
    """`backend` ("gsqlite3", "bind", "lmdb") holds the parents. Everything is signed when it is made."""

    def __init__(self, module, policies, scratch, backend="gsqlite3", **settings):
        if not has_backend("sqlite3" if backend == "gsqlite3" else backend):
            raise testing.Skip(f"pdns-backend-{backend.replace('gsqlite3', 'sqlite3')} is not installed")
        scratch.mkdir(exist_ok=True)
        self.scratch, self.backend = scratch, backend
        self.pdns = Pdns(module, policies, scratch, launch=f"emailauth,{backend}",
                         **self._prepare(), **settings)
        self.children = CHILDREN
        self.pdns.must("secure-zone", *self.children)
        for zone in PARENTS:
            self.write_parent(zone)
            self.pdns.must("secure-zone", zone)
            self.pdns.must("set-nsec3", zone)
            self.pdns.must("rectify-zone", zone)

    def _prepare(self):
        if self.backend == "gsqlite3":
            database = self.scratch / "parents.sqlite3"
            subprocess.run(["sqlite3", str(database)], input=SCHEMA.read_bytes(), check=True, capture_output=True)
            return {"gsqlite3_database": database, "gsqlite3_dnssec": "yes"}
        if self.backend == "lmdb":
            return {"lmdb_filename": self.scratch / "parents.lmdb"}
        zones = "".join(f'zone "{zone}" {{ type master; file "{self.scratch}/{zone}.zone"; }};\n' for zone in PARENTS)
        (self.scratch / "named.conf").write_text(zones, encoding="ascii")
        for zone in PARENTS:
            self._zone_file(zone, ())
        keys = self.scratch / "bind-keys.sqlite3"
        subprocess.run(["pdnsutil", f"--config-dir={self.scratch}", "create-bind-db", str(keys)], check=True, capture_output=True)
        return {"bind_config": self.scratch / "named.conf", "bind_dnssec_db": keys}

    def _zone_file(self, zone, delegations):
        lines = [f"{zone}. 5 IN SOA ns1.provider.net. hostmaster.provider.net. 1 60 60 600 5",
                 f"{zone}. 5 IN NS ns1.provider.net.", f"www.{zone}. 5 IN A 192.0.2.80"]
        if zone == "example.com":
            lines += [f'{zone}. 5 IN TXT "{SPF_OF_THE_OWNER}"', f'plain.{zone}. 5 IN TXT "v=spf1 include:%{{ir}}.%{{v}}.{zone}._spf.provider.net ~all"']
        if zone == "provider.net":
            lines += ["ns1.provider.net. 5 IN A 127.0.0.1", "mx1.provider.net. 5 IN A 192.0.2.25"]
        path = self.scratch / f"{zone}.zone"
        path.write_text("".join(line + "\n" for line in (*lines, *delegations)), encoding="ascii")
        return path

    def delegation_signers(self, child):
        """Its DS records with SHA-256, as lines of a zone file."""
        lines = re.findall(r"^(\S+) IN DS (\d+ \d+ 2 \S+)", self.pdns.must("export-zone-ds", child), re.M)
        return [f"{owner} 5 IN DS {data}" for owner, data in lines]

    def write_parent(self, zone, signers=None):
        """Puts NS and DS of its children into a parent; `signers` instead of their present keys' DS."""
        delegations = []
        for child in self.children:
            if child.endswith("." + zone):
                wanted = (signers or {}).get(child) or self.delegation_signers(child)
                delegations += [f"{child}. 5 IN NS ns1.provider.net.", *wanted]
        path = self._zone_file(zone, delegations)
        if self.backend != "bind":
            self.pdns.must("load-zone", zone, str(path))

    def anchors(self):
        """The parents' DS records: all that a validator is told."""
        return [line for zone in PARENTS for line in self.delegation_signers(zone)]

    def unbound(self, max_ttl=86400, validating=True, port=None):
        """A resolver, as a context manager; `max_ttl` bounds its caches, in seconds."""
        return Unbound(self, max_ttl, validating, port or free_port())

    def delv(self, name, qtype):
        """What delv says about an answer of the server itself: "fully validated" and so on."""
        parent = next(zone for zone in PARENTS if name.endswith(zone))
        anchors = self.scratch / f"anchors-{parent}"
        data = " ".join(self.delegation_signers(parent)[0].split()[4:])
        tag, algorithm, digest_type, digest = data.split()
        anchors.write_text(f'trust-anchors {{ "{parent}." static-ds {tag} {algorithm} {digest_type} "{digest}"; }};\n', encoding="ascii")
        address, port = self.pdns.address
        _, out, err = processes.run(["delv", f"@{address}", "-p", str(port), "-a", str(anchors), f"+root={parent}", name, qtype])
        return (out + err).decode("utf-8", "replace")


class Unbound:
    def __init__(self, chain, max_ttl, validating, port):
        self.address = ("127.0.0.1", port)
        self._log = chain.scratch / "unbound.log"
        program = shutil.which("unbound", path="/usr/sbin:/usr/bin:/sbin:/bin")
        if program is None:
            raise testing.Skip("unbound is not installed")
        options = [*OPTIONS, f"cache-max-ttl: {max_ttl}", f"cache-max-negative-ttl: {max_ttl}"]
        options += [f'trust-anchor: "{line}"' for line in (chain.anchors() if validating else ())]
        # The children too: their NS, once cached, lead to port 53.
        text = unbound_conf.configuration(chain.scratch, self.address, [(zone, chain.pdns.address) for zone in (*PARENTS, *CHILDREN)],
                                     options, "validator iterator" if validating else "iterator")
        configuration = chain.scratch / "unbound.conf"
        configuration.write_text(text, encoding="utf-8")
        self._daemon = processes.Daemon([program, "-d", "-c", str(configuration)], self._log)

    def __enter__(self):
        self._daemon.__enter__()
        if not dns_client.wait_until_answering(self.address, dns.name("www.example.com"), dns.A, self._daemon.is_running):
            text = self._daemon.last_lines()
            self._daemon.__exit__()
            raise RuntimeError(f"unbound does not answer:\n{text}")
        return self

    def __exit__(self, *_):
        self._daemon.__exit__()

    def ask(self, name, qtype):
        """The answer, with the AD bit set when it was validated; SERVFAIL when it is bogus."""
        return dns_client.ask(dns.name(name), dns.TYPES[qtype], self.address, timeout=5.0, dnssec_ok=True)

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")


