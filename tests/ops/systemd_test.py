#!/usr/bin/python3
"""Debian's pdns.service with our drop-in gives the module what it needs, and no more.

There is no systemd here to start it: the same mounts are made in a namespace of
our own, and the server runs there as the unit's user, with no capability at all.
"""

import os
import pwd
import re
import shutil
import stat
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "e2e/lib"))

import dns_wire as dns
import processes
import testing
from pdns import Pdns

DROP_IN = ROOT / "pdns-conf/systemd/emailauth.conf"
UNITS = ("/lib/systemd/system/pdns.service", "/usr/lib/systemd/system/pdns.service")
CONFIGURATION, POLICIES, STATE = "/etc/powerdns", "/etc/powerdns/emailauth", "/var/lib/powerdns"
IMITATED = {"User", "Group", "ProtectSystem", "ProtectHome", "PrivateTmp", "StateDirectory", "ReadWritePaths",
            "RuntimeDirectory", "NoNewPrivileges", "CapabilityBoundingSet", "AmbientCapabilities", "ExecStart"}
PLAIN = {"Type", "Restart", "RestartSec", "StartLimitInterval", "SyslogIdentifier"}

# What systemd.exec(5) says of ProtectSystem=strict, PrivateTmp= and ProtectHome=.
# The host's own directories are not touched: all of it is in the namespace only.
MOUNTS = """
set -eu
scratch=$1 user=$2 writable=$3; shift 3
mount --bind "$scratch/etc" /etc/powerdns
mount --bind "$scratch/state" /var/lib/powerdns
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/pdns
mount --bind "$scratch/run" /run/pdns
for hidden in /home /root; do mount -t tmpfs -o mode=000 tmpfs $hidden; done
findmnt -rno TARGET | while read -r target; do
  case "$target" in /proc|/proc/*|/sys|/sys/*|/dev|/dev/*) continue;; esac
  case " $writable " in *" $target "*) continue;; esac
  mount -o remount,bind,ro "$target" || [ "$target" != / ]
done
for private in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $private; done
cd /
[ "$user" != root ] || exec "$@"
exec setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs --pdeathsig SIGKILL \\
  --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"
"""


def test(checks, options, scratch):
    unit = next((Path(path) for path in UNITS if Path(path).is_file()), None)
    if unit is None:
        raise testing.Skip("Debian's pdns.service is not installed")
    drop_in = parse(DROP_IN)
    service = parse(unit)["Service"]
    for key, values in drop_in["Service"].items():
        service[key] = service.get(key, []) + values
    settings(checks, drop_in, service)
    verify(checks, unit, scratch)
    needs()
    print("not imitated here: " + ", ".join(sorted(set(service) - IMITATED - PLAIN)))
    restricted(checks, options.module, scratch, service)


def parse(path):
    """{section: {key: [value, …]}}; an empty value takes back what stood before, as in systemd."""
    sections, section = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and line[0] not in "#;":
            key, value = line.split("=", 1)
            section[key] = section.get(key, []) + [value] if value else []
    return sections


def settings(checks, drop_in, service):
    checks.equal(drop_in, {"Service": {"ProtectSystem": ["strict"], "StateDirectory": ["powerdns"]}}, "the drop-in loosens nothing")
    checks.equal(writable(service), {"/run/pdns", STATE}, "all that the server may write")
    checks.equal((service["User"], service["NoNewPrivileges"][-1]), (["pdns"], "true"), "it is nobody special")
    text = (ROOT / "pdns-conf/pdns.conf").read_text(encoding="utf-8")
    checks.matches(text, rf"^emailauth-dir={POLICIES}$", "the policies lie where the unit lets them be read")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    checks.matches(readme, rf"{STATE}/emailauth\.sqlite3` unless set", "the keys' default lies where the unit lets it be written")


def writable(service):
    split = lambda key: " ".join(service.get(key, [])).split()
    return {*split("ReadWritePaths"), *(f"/var/lib/{name}" for name in split("StateDirectory")),
            *(f"/run/{name}" for name in split("RuntimeDirectory"))}


def verify(checks, unit, scratch):
    """systemd reads both files without a complaint about them."""
    program = shutil.which("systemd-analyze")
    if program is None:
        print("systemd-analyze: not installed, unit not verified")
        return
    units = scratch / "units"
    (units / "pdns.service.d").mkdir(parents=True)
    shutil.copy(unit, units)
    shutil.copy(DROP_IN, units / "pdns.service.d")
    status, out, err = processes.run([program, "verify", "--man=no", str(units / "pdns.service")])
    said = (out + err).decode("utf-8", "replace")
    checks.equal((status, [line for line in said.splitlines() if "pdns" in line or "emailauth" in line]), (0, []), f"systemd-analyze verify: {said}")


def needs():
    if os.geteuid() != 0:
        raise testing.Skip("needs root, for a mount namespace and to become the user pdns")
    for program in ("unshare", "setpriv", "findmnt", "pdnsutil"):
        if shutil.which(program) is None:
            raise testing.Skip(f"{program} is not installed")
    missing = [path for path in (CONFIGURATION, STATE) if not Path(path).is_dir()]
    if missing:
        raise testing.Skip(f"{missing[0]} is not there to be mounted over")
    if "pdns" not in {user.pw_name for user in pwd.getpwall()}:
        raise testing.Skip("there is no user pdns")
    status, _, err = processes.run(["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
    if status != 0:
        raise testing.Skip(f"no mounts in a namespace of our own: {err.decode('utf-8', 'replace').strip()}")


class Sandbox:
    """The unit's mounts; `scratch` has what is seen in them as /etc/powerdns, /var/lib/powerdns and /run/pdns."""

    def __init__(self, scratch, service):
        self._scratch = scratch
        self._writable = " ".join(sorted(writable(service)))

    def prefix(self, user):
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNTS, "sh", str(self._scratch), user, self._writable]

    def run(self, user, *command):
        status, out, err = processes.run([*self.prefix(user), *command])
        return status, (out + err).decode("utf-8", "replace")


def restricted(checks, module, scratch, service):
    for name in ("etc", "state", "run", "outside"):
        (scratch / name).mkdir()
    policies = scratch / "etc/emailauth"
    shutil.copytree(ROOT / "pdns-conf/emailauth", policies)
    shutil.copy(module, scratch / "etc/module.so")
    for path in (policies, scratch / "state", scratch / "run"):   # even of the user's own files, only these are writable
        shutil.chown(path, "pdns", "pdns")
    inside = Pdns(module, policies, scratch / "etc", load_modules=f"{CONFIGURATION}/module.so", emailauth_dir=POLICIES,
                  emailauth_dnssec_db=f"{STATE}/emailauth.sqlite3", socket_dir="/run/pdns")
    outside = Pdns(module, policies, scratch / "outside", emailauth_dnssec_db=scratch / "state/emailauth.sqlite3")
    sandbox = Sandbox(scratch, service)
    options = [one for one in service["ExecStart"][-1].split()[1:] if one.startswith("--")]
    # What follows counts: the configuration is seen under its usual name.
    start = [*sandbox.prefix("pdns"), "sh", "-c", f'exec "$1" --config-dir={CONFIGURATION} {" ".join(options)}', "sh"]
    with inside.server(prefix=start) as daemon:
        confined(checks, daemon.pid)
        answers(checks, inside, policies)
        signs(checks, inside, outside, scratch / "state")
        nothing_else(checks, sandbox)
    checks.that("ead-only" not in inside.log(), "the server never missed a place to write", inside.log()[-1500:])


def confined(checks, pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    uid = pwd.getpwnam("pdns").pw_uid
    checks.matches(status, rf"^Name:\s+pdns_server$.*^Uid:(\s+{uid}){{4}}$", "it runs as pdns")
    checks.matches(status, r"^CapPrm:\s+0+$.*^CapEff:\s+0+$.*^CapBnd:\s+0+$.*^NoNewPrivs:\s+1$", "it has no capability, and gets none")
    roots = re.findall(r"^\d+ \d+ \S+ \S+ / (\w+)", Path(f"/proc/{pid}/mountinfo").read_text(encoding="utf-8"), re.M)
    checks.equal(roots[-1:], ["ro"], "its root is read-only")


def answers(checks, pdns, policies):
    def dmarc():
        return b"".join(record.text() for record in pdns.ask("_dmarc.example.com", "TXT").answers)
    spf = pdns.ask("192.0.2.1._ip.mail.example.net._ehlo.example.com._spf.provider.net", "TXT")
    checks.equal([record.text() for record in spf.answers], [b"v=spf1 ip4:192.0.2.1 -all"], "it answers")
    path = policies / "domains/example.com.json"
    text = path.read_text(encoding="utf-8")
    checks.that(b" p=quarantine;" in dmarc() and '"p": "quarantine"' in text, "before the change", dmarc())
    path.write_text(text.replace('"p": "quarantine"', '"p": "reject"', 1), encoding="utf-8")
    checks.that(eventually(lambda: b" p=reject;" in dmarc()), "a change is picked up", pdns.log()[-1500:])


def signs(checks, inside, outside, state):
    """Keys that root makes are read by the server, and the server can make keys itself."""
    def is_signed(zone):
        return any(record.rtype == dns.RRSIG for record in inside.ask(zone, "SOA", dnssec_ok=True).answers)
    checks.that(not is_signed("_spf.provider.net"), "not signed yet")
    checks.equal(outside.util("secure-zone", "_spf.provider.net").status, 0, "pdnsutil secure-zone by root")
    checks.that(eventually(lambda: is_signed("_spf.provider.net")), "… and the unprivileged server signs", inside.log()[-1500:])
    status, answer = inside.api("PUT", "/zones/_nspf.provider.net.", {"dnssec": True})
    checks.equal(status, 204, f"a key made by the server: {answer}")
    checks.that(eventually(lambda: is_signed("_nspf.provider.net")), "… is in use", inside.log()[-1500:])
    found = {path.name: (path.owner(), stat.filemode(path.stat().st_mode)) for path in state.iterdir()}
    checks.equal(set(found.values()), {("pdns", "-rw-------")}, f"the keys are the server's alone: {found}")


def nothing_else(checks, sandbox):
    places = ["/", "/etc", CONFIGURATION, POLICIES, "/usr", "/var", "/var/lib", "/var/spool", "/run", "/home", "/root", "/boot",
              STATE, "/run/pdns", "/tmp", "/var/tmp"]
    # As root, for whom modes are no obstacle: what is left is the mounts. Asks, and writes nothing.
    asked = 'for place; do [ -d "$place" ] && [ -w "$place" ] && echo "$place"; done; true'
    status, said = sandbox.run("root", "sh", "-c", asked, "sh", *places)
    checks.equal((status, said.split()), (0, [STATE, "/run/pdns", "/tmp", "/var/tmp"]), "what is mounted writable")
    status, said = sandbox.run("pdns", "touch", f"{POLICIES}/written")
    checks.matches(f"{status} {said}", "^1 .*Read-only file system", "policies cannot be written, even by their owner")
    moved = f"sed s,{STATE}/,{POLICIES}/, {CONFIGURATION}/pdns.conf >/tmp/pdns.conf && exec pdnsutil --config-dir=/tmp secure-zone _dmarc.example.com"
    status, said = sandbox.run("pdns", "sh", "-c", moved)
    checks.that(status not in (0, None), "keys cannot be made elsewhere", said)
    checks.matches(said, "file system is read-only; point emailauth-dnssec-db at a place that can be written", "… and the module says why")


def eventually(condition, seconds=8.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


testing.main(test, __doc__)
