#!/usr/bin/python3
"""The service and the timer that refresh senders: systemd accepts them, and what they start exists and works.

There is no systemd here to start them; the service's command line is run as it stands, on a copy of the
sample policies and with its paths moved below a scratch directory.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "e2e/lib"), str(HERE.parent / "e2e/senders")]

import dns_wire as dns
import processes
import testing
from scripted_dns import ScriptedDns, answer
from signed_vendor import SignedVendor

UNITS = ROOT / "pdns-conf/systemd"
SERVICE, TIMER = "emailauth-senders.service", "emailauth-senders.timer"
PROGRAM, POLICIES, ANCHOR = "/usr/local/bin/emailauth", "/etc/powerdns/emailauth", "/usr/share/dns/root.key"


def value(unit, key):
    found = re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(encoding="utf-8"), re.M)
    return found[0] if len(found) == 1 else None


def verify(checks, program, scratch):
    """systemd reads both without a complaint; the program is where this build put it."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        print("SKIPPED in part: systemd-analyze is not installed, the units are not verified")
        return
    units = scratch / "units"
    units.mkdir()
    for unit in (SERVICE, TIMER):
        text = (UNITS / unit).read_text(encoding="utf-8").replace(PROGRAM, str(program))
        (units / unit).write_text(text, encoding="utf-8")
    for unit in (SERVICE, TIMER):
        status, out, err = processes.run([analyze, "verify", "--man=no", str(units / unit)])
        said = (out + err).decode("utf-8", "replace")
        checks.equal((status, [line for line in said.splitlines() if "emailauth" in line]), (0, []), f"systemd-analyze verify {unit}: {said}")
    broken = units / "broken.service"
    broken.write_text((units / SERVICE).read_text(encoding="utf-8").replace(str(program), "/nowhere/emailauth"), encoding="utf-8")
    checks.that(processes.run([analyze, "verify", "--man=no", str(broken)])[0] != 0, "it would see a program that is not there")
    calendar = value(TIMER, "OnCalendar")
    checks.equal(processes.run([analyze, "calendar", calendar])[0], 0, f"OnCalendar={calendar}")


def paths(checks):
    """What the units name is what the README installs, and what Debian has there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    checks.equal(shlex.split(value(SERVICE, "ExecStart")),
                 [PROGRAM, "senders", "refresh", "--trust-anchor", ANCHOR], "the command line")
    checks.matches(readme, rf"^    install -m 755 build/release/emailauth {PROGRAM.rsplit('/', 1)[0]}/$", "README installs the program there")
    checks.matches(readme, rf"^    cp -r pdns-conf/emailauth {POLICIES.rsplit('/', 1)[0]}/$", "README puts the policies there")
    checks.that("dns-root-data" in readme and "dns-root-data" in (UNITS / SERVICE).read_text(encoding="utf-8"), "both name the package of the trust anchor")
    checks.equal(value(SERVICE, "ReadWritePaths"), f"{POLICIES}/senders", "only sender files may be written")
    checks.equal(value(SERVICE, "ProtectSystem"), "strict", "… and nothing else")
    checks.equal(value(SERVICE, "Type"), "oneshot", "a service that a timer starts ends")
    anchor = Path(ANCHOR)
    if not anchor.is_file():
        print(f"SKIPPED in part: {ANCHOR} is not there (package dns-root-data); its format is not checked")
    else:
        checks.matches(anchor.read_text(encoding="utf-8"), r"^\.\s.*\sIN\s+(DS|DNSKEY)\s", "Debian's trust anchor is what the option takes")


def command_line(checks, program, scratch):
    """The service's own command, with an anchor for a vendor of ours; its exit status makes the unit fail or not."""
    policies = scratch / "etc/emailauth"
    (policies / "senders").mkdir(parents=True)
    (policies / "senders/vendor.json").write_text('{"sender": "vendor", "spf": ["include:vendor.example"]}\n', encoding="utf-8")
    vendor = SignedVendor((b"vendor", b"example"), "v=spf1 ip4:192.0.2.0/24 -all", scratch)
    anchor = scratch / "root.key"
    anchor.write_text(vendor.anchor, encoding="ascii")
    moved = {PROGRAM: str(program), ANCHOR: str(anchor)}
    words = [moved.get(word, word) for word in shlex.split(value(SERVICE, "ExecStart"))]

    def reply(query, _):
        return answer(query, {dns.TXT: vendor.texts, dns.DNSKEY: vendor.keys}.get(query.qtype, ()))

    with ScriptedDns(reply) as server:   # the machine's resolver is not ours to ask
        done = subprocess.run([*words, "--policies", policies, "--resolver", str(server)], capture_output=True, text=True, check=False, timeout=60)
    checks.equal((done.returncode, done.stderr), (0, ""), f"the service's command: {done.stdout}")
    resolved = json.loads((policies / "senders/vendor.json").read_text(encoding="utf-8"))["resolved"]
    checks.equal(resolved["networks"], ["192.0.2.0/24"], "the vendor was refreshed")
    anchor.unlink()
    done = subprocess.run([*words, "--policies", policies], capture_output=True, text=True, check=False, timeout=60)
    checks.equal(done.returncode, 2, "without the trust anchor nothing is asked")
    checks.matches(done.stderr, r"^emailauth senders: trust anchor \".*root\.key\": No such file or directory", "… and why")


def test(checks, options, scratch):
    program = options.module.resolve().parent / "emailauth"
    paths(checks)
    command_line(checks, program, scratch)
    verify(checks, program, scratch)


testing.main(test, __doc__)
