#!/usr/bin/python3
"""The service and the timer that read reports: their own user, their own state directory, and systemd accepts them.

There is no systemd here to start them; the service's command lines are run as they stand, as another user than root
where that can be, with their paths moved below a scratch directory.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "e2e/lib"), str(HERE.parent / "reports/lib")]

import processes
import testing
from report_files import Report, Row, gz, mail, xml

UNITS = ROOT / "pdns-conf/systemd"
SERVICE, TIMER, SYSUSERS = "emailauth-reports.service", "emailauth-reports.timer", "sysusers.d/emailauth.conf"
PROGRAM, MAILBOX, CONFIG, STATE = "/usr/local/bin/emailauth", "/var/mail/dmarc/Maildir", "/etc/emailauth/alerts.json", "/var/lib/emailauth"
DATABASE = f"{STATE}/reports.sqlite3"
NOBODY = 65534


def values(unit, key):
    return re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(encoding="utf-8"), re.M)


def settings(checks):
    """What the unit may do, and where that is said."""
    wanted = {"User": "emailauth", "StateDirectory": "emailauth", "StateDirectoryMode": "0750", "UMask": "0077", "Type": "oneshot",
              "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "",
              "SuccessExitStatus": "1"}
    checks.equal({key: values(SERVICE, key) for key in wanted}, {key: [value] for key, value in wanted.items()}, "its user, its directory, its restrictions")
    checks.equal(values(SERVICE, "DynamicUser") + values(SERVICE, "ReadWritePaths"), [], "it writes nothing but its own directory")
    checks.that(values(SERVICE, "TimeoutStartSec") != [], "a run that hangs does not keep the timer from the next one")
    checks.equal([line for line in values(SERVICE, "ExecStart")],
                 [f"{PROGRAM} reports ingest --quiet {MAILBOX}", f"{PROGRAM} alerts --rules {CONFIG}"], "the command lines")
    users = [line for line in (UNITS / SYSUSERS).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    checks.equal([shlex.split(line)[:3] + shlex.split(line)[4:] for line in users], [["u", "emailauth", "-", STATE, "/usr/sbin/nologin"]], "the user")
    install = f"install -D -m 644 pdns-conf/systemd/{SYSUSERS} /etc/{SYSUSERS} && systemd-sysusers"
    for document in (UNITS / SERVICE, UNITS / SYSUSERS, ROOT / "REPORTS.md"):
        checks.that(install in document.read_text(encoding="utf-8"), f"{document.name} says how to make the user")


def verify(checks, program, scratch):
    """systemd reads the units without a complaint, and makes the user."""
    sysusers = shutil.which("systemd-sysusers")
    if sysusers is None:
        print("SKIPPED in part: systemd-sysusers is not installed, no user is made")
    else:
        (scratch / "root/etc").mkdir(parents=True)
        status, out, err = processes.run([sysusers, f"--root={scratch / 'root'}", str(UNITS / SYSUSERS)])
        checks.equal(status, 0, f"systemd-sysusers: {(out + err).decode('utf-8', 'replace')}")
        passwd = (scratch / "root/etc/passwd").read_text(encoding="utf-8")
        checks.matches(passwd, rf"^emailauth:\S*:\d+:\d+:Reports of mail receivers:{STATE}:/usr/sbin/nologin$", "the user is made")
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
    broken.write_text((units / SERVICE).read_text(encoding="utf-8").replace("ProtectClock=yes", "ProtectClocks=perhaps"), encoding="utf-8")
    said = b"".join(processes.run([analyze, "verify", "--man=no", str(broken)])[1:])
    checks.that(b"ProtectClocks" in said, "it would see a setting that is not there")


def command_lines(checks, program, scratch):
    """The service's own commands, with a mailbox and a state directory that belong to its user."""
    scratch.chmod(0o755)
    copy = scratch / "bin/emailauth"
    copy.parent.mkdir()
    shutil.copy(program, copy)
    shutil.copytree(ROOT / "policy/catalogue", scratch / "share/emailauth/catalogue")   # as it is installed
    state, mailbox, config = scratch / "state", scratch / "mail/Maildir", scratch / "alerts.json"
    state.mkdir(mode=0o750)
    (mailbox / "cur").mkdir(parents=True)
    (mailbox / "new").mkdir()
    shutil.copy(UNITS / "alerts.json", config)
    own = Row("192.0.2.5", 100, "example.com", [("example.com", "own", "pass")], ("example.com", "pass"), True, True)
    for back in range(40):
        begin = (date.today() - timedelta(days=back) - date(1970, 1, 1)).days * 86400
        report = Report("receiver.example", "example.com", begin, rows=[own])
        (mailbox / "new" / report.name).write_bytes(mail(gz(xml(report)), "a.xml.gz"))
    user = {}
    if os.geteuid() == 0:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for path in (state, mailbox, *mailbox.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    else:
        print("SKIPPED in part: only root can become another user; the commands run as this one")
    moved = {PROGRAM: str(copy), MAILBOX: str(mailbox), CONFIG: str(config)}
    for _ in range(2):
        for line in values(SERVICE, "ExecStart"):
            words = [moved.get(word, word) for word in shlex.split(line)] + ["--reports", str(state / "reports.sqlite3")]
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, umask=0o077, cwd="/", **user)
            checks.equal((done.returncode, done.stdout, done.stderr), (0, "", ""), f"{line}: nothing to say, nothing said")
    found = {path.name: path.stat().st_mode & 0o777 for path in state.iterdir()}
    checks.equal(found, {"reports.sqlite3": 0o600}, "the database is its user's alone")


def test(checks, options, scratch):
    program = options.module.resolve().parent / "emailauth"
    settings(checks)
    command_lines(checks, program, scratch)
    verify(checks, program, scratch)


testing.main(test, __doc__)
