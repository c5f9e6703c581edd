"""The servers under attack: pdns_server as pdns-conf/pdns.conf has it, and dnsdist with pdns-conf/dnsdist.conf before it."""

import contextlib
import subprocess
from pathlib import Path

import testing
from pdns import free_port
from servers import ROOT, Server, Unavailable, pdnsutil, power_dns, program

APEX = ("_spf.provider.net", "SOA")
SIGNED = ("_spf.provider.net", "_dmarc.example.com", "_domainkey.example.com")
RULES = ROOT / "pdns-conf/dnsdist.conf"


def responder(module, scratch, **settings):
    """emailauth with the policies of pdns-conf/ and signed zones."""
    server = power_dns("pdns_server", scratch, {
        "load-modules": Path(module).resolve(), "launch": "emailauth", "emailauth-dir": ROOT / "pdns-conf/emailauth",
        "emailauth-dnssec-db": Path(scratch) / "keys.sqlite3", **settings}, APEX)
    for zone in SIGNED:
        pdnsutil(scratch, "secure-zone", zone)
    return server


def servfails(scratch):
    """How often pdns_server had no answer of its own."""
    done = subprocess.run([program("pdns_control"), f"--config-dir={scratch}", "show", "servfail-packets"],
                          capture_output=True, text=True, timeout=10, check=True)
    return int(done.stdout)


def placed(rules, address, server):
    """dnsdist.conf's text with the two lines that name places replaced."""
    lines = rules.splitlines()
    for start, line in (("local listen = ", f'local listen = {{"{address[0]}:{address[1]}"}}'),
                        ("local server = ", f'local server = "{server[0]}:{server[1]}"')):
        [at] = [number for number, old in enumerate(lines) if old.startswith(start)]
        lines[at] = line
    return "\n".join(lines) + "\n"


def _dnsdist_program():
    try:
        return program("dnsdist")
    except Unavailable as reason:
        raise testing.Skip(str(reason)) from reason


def dnsdist(scratch, behind):
    """dnsdist with the shipped rules, before the server `behind`."""
    address = ("127.0.0.1", free_port())
    path = Path(scratch) / "dnsdist.conf"
    path.write_text(placed(RULES.read_text(encoding="utf-8"), address, behind.address), encoding="utf-8")
    return Server("dnsdist", [_dnsdist_program(), "--supervised", "--disable-syslog", "-C", path], address, APEX, scratch)


def check_configuration():
    """What `dnsdist --check-config` says about the shipped file: (exit status, text)."""
    done = subprocess.run([_dnsdist_program(), "--check-config", "-C", RULES], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def both(module, scratch, prefix, with_dnsdist):
    """Runs them: (pdns_server, dnsdist or None). pdns_server gets what dnsdist.conf says it needs."""
    inner, outer = Path(scratch) / "pdns", Path(scratch) / "dnsdist"
    inner.mkdir()
    outer.mkdir()
    settings = {"max-tcp-connections-per-client": 0} if with_dnsdist else {}
    with responder(module, inner, **settings).running(prefix) as server:
        if not with_dnsdist:
            yield server, None
            return
        with dnsdist(outer, server).running(prefix) as front:
            yield server, front
