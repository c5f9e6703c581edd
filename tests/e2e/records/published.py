#!/usr/bin/python3
"""What `emailauth records` prints, published: as pdnsutil commands and as lines of a zone file, by
delegation and by CNAME, on the owners' own servers and beside our module.

Then dig and pyspf, through a resolver that starts at the owners' servers, get what the policies say, and
`emailauth records --live` finds everything in place. In a network namespace of its own; needs root.
"""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib")]

import dns_client
import dns_wire as dns
import namespace
import processes
import testing
import unbound_conf
from pdns import Pdns, has_backend

SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
PYSPF = ["/usr/bin/python3", str(HERE.parent / "verifiers/batch/pyspf.py")]
OURS, SQL_OWNER, FILE_OWNER, RESOLVER = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"
KEY = "SQtHUKdHvsk6qeUAYWXp45PKqKC7VO6hN5zGI+S2F10="
RESPONDER = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
             "zones": ["_spf.provider.net", "hosted.provider.net"], "mirror_zone": "hosted.provider.net",
             "spf_templates": ["include:%{i}._ip.%{h}._ehlo.%{d}._spf.provider.net", "include:%{ir}.%{v}.%{d}._spf.provider.net"]}


def domain(name):
    return {"domain": name, "spf": {"netblocks": [{"network": "192.0.2.0/24"}]}, "dmarc": {"p": "reject", "rua": [f"mailto:d@{name}"]},
            "dkim": {"keys": [{"selector": "s1", "type": "ed25519", "public_key": KEY}, {"selector": "k2.news", "cname": "k2.vendor.example"}]},
            "bimi": {"default": {"logo": f"https://{name}/logo.svg"}}, "mta_sts": {"id": "1"}, "tls_rpt": {"rua": [f"mailto:t@{name}"]}}


DOMAINS = {"domains": [domain("example.com"), domain("example.net"), domain("example.org"), {"domain": "parked.example", "mode": "blocked"}]}
CLASSIC = textwrap.dedent("""\
    $ORIGIN {zone}.
    $TTL 3600
    @ IN SOA ns.{zone}. hostmaster.{zone}. 1 60 60 600 60
    @ IN NS ns.{zone}.
    ns IN A {address}
    @ IN TXT "site='1'; x"
    """)
# What an owner has before: to be replaced or removed.
BEFORE = textwrap.dedent("""\
    @ IN TXT "v=spf1 ip4:198.51.100.1 -all"
    _dmarc IN TXT "v=DMARC1; p=none"
    s1._domainkey IN TXT "v=DKIM1; p=MIIB"
    google._domainkey IN TXT "v=DKIM1; p=MIIB"
    """)


class Server:
    """A stock server of an owner's, without our module."""

    def __init__(self, scratch, address, settings):
        self.scratch, self.address = scratch, address
        common = {"local-address": address, "local-port": 53, "socket-dir": scratch, "setuid": "", "setgid": "", "guardian": "no",
                  "daemon": "no", "disable-syslog": "yes", "security-poll-suffix": "", "cache-ttl": 0, "query-cache-ttl": 0,
                  "negquery-cache-ttl": 0}
        scratch.mkdir(exist_ok=True)
        (scratch / "pdns.conf").write_text("".join(f"{name}={value}\n" for name, value in {**common, **settings}.items()), encoding="utf-8")

    def start(self, stack, zone):
        program = shutil.which("pdns_server", path="/usr/sbin:/usr/bin")
        daemon = stack.enter_context(processes.Daemon([program, f"--config-dir={self.scratch}"], self.scratch / "server.log"))
        if not dns_client.wait_until_answering((self.address, 53), dns.name(zone), dns.SOA, daemon.is_running):
            raise RuntimeError(f"the owner's server does not answer:\n{daemon.last_lines()}")


class World:
    def __init__(self, options, scratch):
        self.program = options.module.resolve().parent / "emailauth"
        self.scratch = scratch
        self.policies = scratch / "policies"
        (self.policies / "domains").mkdir(parents=True)
        (self.policies / "responder.json").write_text(json.dumps(RESPONDER), encoding="utf-8")
        self.write_domains(DOMAINS)
        (scratch / "ours").mkdir()
        database = self.database("ours")
        self.ours = Pdns(options.module, self.policies, scratch / "ours", "emailauth,gsqlite3", gsqlite3_database=database,
                         local_address=OURS, local_port=53)
        self.ours.address = (OURS, 53)
        self.ours.must("load-zone", "provider.net", str(self.zone_file("provider.net", OURS, f"ns1 IN A {OURS}\n")))
        self.ours.must("load-zone", "example.net", str(self.zone_file("example.net", OURS)))
        self.sql = Server(scratch / "sql", SQL_OWNER, {"launch": "gsqlite3", "gsqlite3-database": self.database("sql")})
        self.run("sql", "pdnsutil load-zone example.com " + str(self.zone_file("example.com", SQL_OWNER, BEFORE)) + "; pdnsutil rectify-zone example.com")
        self.run("sql", "pdnsutil load-zone parked.example " + str(self.zone_file("parked.example", SQL_OWNER)))
        self.files = Server(scratch / "files", FILE_OWNER, {"launch": "bind", "bind-config": scratch / "files/named.conf"})
        path = self.zone_file("example.org", FILE_OWNER)
        (scratch / "files/named.conf").write_text(f'zone "example.org" {{ type master; file "{path}"; }};\n', encoding="utf-8")

    def write_domains(self, domains):
        (self.policies / "domains/all.json").write_text(json.dumps(domains), encoding="utf-8")

    def database(self, name):
        (self.scratch / name).mkdir(exist_ok=True)
        path = self.scratch / name / "zones.sqlite3"
        subprocess.run(["sqlite3", str(path)], input=SCHEMA.read_bytes(), check=True, capture_output=True)
        return path

    def zone_file(self, zone, address, more=""):
        path = self.scratch / f"{zone}.zone"
        path.write_text(CLASSIC.format(zone=zone, address=address) + more, encoding="utf-8")
        return path

    def run(self, server, commands):
        """Runs printed commands as they stand, with pdnsutil looking at that server's zones."""
        shims = self.scratch / server / "bin"
        shims.mkdir(exist_ok=True)
        shim = shims / "pdnsutil"
        shim.write_text(f'#!/bin/sh\nexec /usr/bin/pdnsutil --config-dir={self.scratch / server} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        done = subprocess.run(["sh", "-eu", "-c", commands], env={"PATH": f"{shims}:/usr/bin:/bin"}, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{commands}\n{done.stdout}{done.stderr}")

    def records(self, *arguments):
        done = subprocess.run([self.program, "records", "--policies", self.policies, *arguments], capture_output=True, text=True, timeout=200, check=False)
        return done.returncode, done.stdout + done.stderr

    def live(self, *arguments):
        return self.records(*arguments, "--live", "--resolver", f"{RESOLVER}:53")

    def start(self, stack):
        stack.enter_context(self.ours.server())
        self.sql.start(stack, "example.com")
        self.files.start(stack, "example.org")
        stubs = [(zone, (address, 53)) for zone, address in (
            ("provider.net", OURS), ("example.net", OURS), ("example.com", SQL_OWNER), ("example.org", FILE_OWNER), ("parked.example", SQL_OWNER))]
        text = unbound_conf.configuration(self.scratch, (RESOLVER, 53), stubs, (*unbound_conf.STRICT, 'local-zone: "example." nodefault'))
        (self.scratch / "unbound.conf").write_text(text, encoding="utf-8")
        daemon = stack.enter_context(processes.Daemon(["/usr/sbin/unbound", "-d", "-c", str(self.scratch / "unbound.conf")], self.scratch / "unbound.log"))
        if not dns_client.wait_until_answering((RESOLVER, 53), dns.name("ns1.provider.net"), dns.A, daemon.is_running):
            raise RuntimeError(f"unbound does not answer:\n{daemon.last_lines()}")


def dig(name, qtype):
    done = subprocess.run(["dig", "+short", f"@{RESOLVER}", name, qtype], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.split("\n")[:-1]


def pyspf(mail):
    questions = [{"id": number, "ip": ip, "sender": sender.encode().hex(), "helo": b"mail.example.net".hex()} for number, (ip, sender) in enumerate(mail)]
    _, out, err = processes.run(PYSPF, "".join(json.dumps(question) + "\n" for question in questions).encode(), seconds=60)
    verdicts = [json.loads(line)["result"] for line in out.decode().splitlines()]
    if len(verdicts) != len(mail):
        raise RuntimeError(err.decode("utf-8", "replace"))
    return verdicts


def before(checks, world):
    """Found by --live before anything is published; then the commands for what is there."""
    status, out = world.live("example.com")
    checks.equal(status, 1, "classic records are findings")
    out = re.sub(r"\(TTL 359\d\)", "(TTL 3600)", out)   # a cache of the resolver counts down
    for line in ("differs   SPF      example.com. TXT: another record is there",
                 'remove   example.com. TXT "v=spf1 ip4:198.51.100.1 -all" (TTL 3600)',
                 "differs   DKIM     _domainkey.example.com. NS: the owner has records there",
                 "lost      DKIM     google._domainkey.example.com. TXT is in use and not in the policy",
                 "missing   BIMI     _bimi.example.com. NS", "0 of 6 in place"):
        checks.that(line in out, f"--live says: {line}", out)
    status, out = world.live("example.net")
    checks.that(status == 1 and "missing   DMARC    _dmarc.example.net. NS: our servers answer, but the zone above has no NS records" in out,
                "beside our module a delegation that is not there is missed", out)
    with_google = domain("example.com")
    with_google["dkim"]["keys"].append({"selector": "google", "type": "ed25519", "public_key": KEY})
    world.write_domains({"domains": [with_google, *DOMAINS["domains"][1:]]})
    status, out = world.live("example.com", "--format", "pdnsutil")
    checks.equal(("lost" in out, status), (False, 1), "a selector that was imported is not lost")
    return out


def after(checks, world):
    for name in ("example.com", "example.net", "example.org"):
        checks.equal(dig(f"_dmarc.{name}", "TXT")[-1:], [f'"v=DMARC1; p=reject; rua=mailto:d@{name}"'], f"dig: _dmarc.{name}")
        checks.equal(dig(f"s1._domainkey.{name}", "TXT")[-1:], [f'"v=DKIM1; k=ed25519; p={KEY}"'], f"dig: s1._domainkey.{name}")
        checks.equal(dig(f"k2.news._domainkey.{name}", "CNAME")[:1],
                     ["k2.vendor.example." if name != "example.org" else "k2.news._domainkey-of.example.org.hosted.provider.net."], f"dig: k2.news._domainkey.{name}")
        checks.equal(dig(f"_mta-sts.{name}", "TXT")[-1:], ['"v=STSv1; id=1;"'], f"dig: _mta-sts.{name}")
        checks.equal(dig(f"_smtp._tls.{name}", "TXT")[-1:], [f'"v=TLSRPTv1; rua=mailto:t@{name}"'], f"dig: _smtp._tls.{name}")
        checks.equal(dig(f"default._bimi.{name}", "TXT")[-1:], [f'"v=BIMI1; l=https://{name}/logo.svg; a=;"'], f"dig: default._bimi.{name}")
        checks.that("\"site='1'; x\"" in dig(name, "TXT"), f"other texts of {name} stay", dig(name, "TXT"))
        checks.equal(pyspf([("192.0.2.1", f"joe@{name}"), ("203.0.113.9", f"joe@{name}"), ("2001:db8::1", f"joe@{name}")]),
                     ["pass", "softfail", "softfail"], f"pyspf: {name}")
    checks.equal(dig("any._domainkey.parked.example", "TXT")[-1:], ['"v=DKIM1; p="'], "every key of a blocked domain is revoked")
    checks.equal(pyspf([("192.0.2.1", "joe@parked.example")]), ["fail"], "pyspf: a blocked domain")
    for name, way, count in (("example.com", "ns", 6), ("example.net", "ns", 6), ("example.org", "cname", 7), ("parked.example", "cname", 3)):
        status, out = world.live(name)
        checks.that(status == 0 and f"{count} of {count} in place" in out, f"--live finds {name} in place, by {way}", out)
        other = "cname" if way == "ns" else "ns"
        status, out = world.live(name, "--way", other)
        checks.equal(status, 1, f"{name} is not in place by {other}: {out}")


def test(checks, options, scratch):
    for backend in ("sqlite3", "bind"):
        if not has_backend(backend):
            raise testing.Skip(f"pdns-backend-{backend} is not installed")
    if subprocess.run(["/usr/bin/python3", "-c", "import spf"], capture_output=True, check=False).returncode != 0:
        raise testing.Skip("python3-spf is not installed")
    resolv = scratch / "resolv.conf"
    resolv.write_text(f"nameserver {RESOLVER}\noptions timeout:3 attempts:2\n", encoding="ascii")
    namespace.bind_file(str(resolv), "/etc/resolv.conf")
    world = World(options, scratch)
    with ExitStack() as stack:
        world.start(stack)
        commands = before(checks, world)
        world.run("sql", commands)
        world.run("ours", world.records("example.net", "--format", "pdnsutil")[1])
    world.run("sql", world.records("parked.example", "--way", "cname", "--format", "pdnsutil")[1])
    with open(scratch / "example.org.zone", "a", encoding="utf-8") as file:
        file.write(world.records("example.org", "--way", "cname", "--format", "zone")[1])
    with ExitStack() as stack:
        world.start(stack)
        after(checks, world)


namespace.enter_or_skip()
testing.main(test, __doc__)
