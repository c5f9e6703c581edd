#!/usr/bin/python3
"""The key database when it is missing, broken, locked, read-only, on a full disk, or owned by somebody else.

A zone that was signed is never answered unsigned; the zones that were not are answered as before;
what happened is said in words, by the log and by pdnsutil.
"""

import contextlib
import grp
import os
import pwd
import shutil
import sqlite3
import stat
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_wire as dns
import namespace
import processes
import testing
from pdns import Pdns

SIGNED, PLAIN = "_dmarc.example.com", "_domainkey.example.com"
HEALTHY = ("NOERROR, signed", "NOERROR")
BROKEN = ("SERVFAIL", "NOERROR")    # the signed zone fails, the other does not
NOT_KNOWN = ("SERVFAIL", "SERVFAIL")
IN_NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]


def test(checks, options, scratch):
    for scenario in (vanished, garbage, never_readable, locked, missing_from_the_start, made_whole):
        scenario(checks, install(options, scratch / scenario.__name__))
    if os.geteuid() != 0:
        print("SKIPPED in part: owners, read-only and full file systems need root")
        return
    reason = namespace.why_not("--mount")
    if reason:
        print(f"SKIPPED in part: read-only and full file systems: {reason}")
    for scenario in (*(() if reason else (read_only, disk_full)), owner, group, unreadable):
        scenario(checks, install(options, scratch / scenario.__name__, secure=False))


def install(options, own, secure=True):
    """Keys in a directory of their own, one zone signed, nothing cached."""
    (own / "keys").mkdir(parents=True)
    keys = own / "keys" / "keys.sqlite3"
    # A copy: a server that is not root may not be let into the source tree.
    shutil.copytree(HERE / "policies", own / "policies")
    pdns = Pdns(options.module, own / "policies", own, emailauth_dnssec_db=keys, dnssec_key_cache_ttl="0",
                zone_metadata_cache_ttl="0", receiver_threads="1", distributor_threads="1")
    pdns.keys = keys
    if secure:
        pdns.must("secure-zone", SIGNED)
    return pdns


def state(pdns):
    """What the signed and the plain zone say to a question with the DO bit."""
    signed = pdns.ask(SIGNED, "TXT", dnssec_ok=True)
    has_signature = any(record.rtype == dns.RRSIG for record in signed.answers)
    plain = pdns.ask("s1." + PLAIN, "TXT", dnssec_ok=True)
    return signed.rcode_name + (", signed" if has_signature else ""), plain.rcode_name


def becomes(checks, pdns, wanted, what, seconds=4.0):
    """Failures are remembered for a second."""
    deadline = time.monotonic() + seconds
    while (got := state(pdns)) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    checks.equal(got, wanted, what)


def vanished(checks, pdns):
    with pdns.server():
        becomes(checks, pdns, HEALTHY, "before the file is gone")
        aside = pdns.keys.with_name("aside")
        pdns.keys.rename(aside)
        checks.equal(state(pdns), BROKEN, "the file is gone")
        checks.matches(pdns.log(), r"keys\.sqlite3: has disappeared; put it back", "the log says that it is gone")
        status, _ = pdns.api("POST", f"/zones/{SIGNED}./cryptokeys", {"keytype": "ksk", "algorithm": "ecdsa256"})
        checks.equal((status, pdns.keys.exists()), (500, False), "no new file takes the place of the one that is gone")
        aside.rename(pdns.keys)
        becomes(checks, pdns, HEALTHY, "the file is back")


def garbage(checks, pdns):
    good = pdns.keys.read_bytes()
    with pdns.server():
        becomes(checks, pdns, HEALTHY, "before the file is garbage")
        for name, content in (("noise", os.urandom(len(good))), ("empty", b""), ("cut short", good[:5000])):
            replace(pdns.keys, content)
            becomes(checks, pdns, BROKEN, f"{name}: instead of the file")
            replace(pdns.keys, good)
            becomes(checks, pdns, HEALTHY, f"{name}: replaced by the file")
        checks.matches(pdns.log(), r"is not an intact SQLite database .*restore it from a backup", "the log says what to do")
        with open(pdns.keys, "r+b") as file:   # under the server's feet
            file.write(os.urandom(len(good)))
        for _ in range(5):
            checks.that(state(pdns)[0] in ("SERVFAIL", "NOERROR, signed"), "overwritten in place: never unsigned", str(state(pdns)))
        replace(pdns.keys, os.urandom(5000))
        done = pdns.util("show-zone", SIGNED)
        checks.equal(done.status, 1, "pdnsutil with garbage: exit status")
        checks.matches(done.err, r"Error: .*keys\.sqlite3: is not an intact SQLite database", "pdnsutil with garbage")


def never_readable(checks, pdns):
    """Nobody knows which zones were signed: none is answered as if it were not."""
    replace(pdns.keys, os.urandom(5000))
    with pdns.server():
        checks.equal(state(pdns), NOT_KNOWN, "garbage from the start")
        checks.equal(pdns.ask("s1." + PLAIN, "TXT").rcode_name, "NOERROR", "who does not ask for signatures gets answers")


def locked(checks, pdns):
    with pdns.server():
        becomes(checks, pdns, HEALTHY, "before the lock")
        with contextlib.closing(sqlite3.connect(pdns.keys, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            checks.equal(state(pdns), HEALTHY, "a writer does not disturb readers")
            start = time.monotonic()
            done = pdns.util("set-meta", SIGNED, "X-A", "b")
            checks.equal(done.status, 1, "a second writer: exit status")
            checks.matches(done.err, "is locked by another program", "a second writer is told")
            checks.that(time.monotonic() - start > 4, "… after some patience")
            other.execute("ROLLBACK")
        checks.equal(pdns.util("set-meta", SIGNED, "X-A", "b").status, 0, "after the lock")
    other = sqlite3.connect(pdns.keys, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    done = pdns.util("show-zone", SIGNED)
    checks.equal(done.status, 1, "a file that is wholly locked: exit status")
    checks.matches(done.err, "is locked by another program; wait for it", "a file that is wholly locked")
    other.close()


def missing_from_the_start(checks, pdns):
    """No zone was signed; the first key appears in a server that runs."""
    pdns.keys.unlink()
    with pdns.server():
        checks.equal(state(pdns), ("NOERROR", "NOERROR"), "no file: nothing is signed")
        checks.that(not pdns.keys.exists(), "questions make no file")
        pdns.must("secure-zone", SIGNED)
        becomes(checks, pdns, HEALTHY, "signed while the server runs")
        checks.equal(pdns.ask("no." + SIGNED, "TXT", dnssec_ok=True).rcode_name, "NXDOMAIN", "… and denials work at once")


def made_whole(checks, pdns):
    checks.equal(stat.S_IMODE(pdns.keys.stat().st_mode), 0o600, "the file's mode")
    checks.equal([path.name for path in pdns.keys.parent.iterdir()], ["keys.sqlite3"], "nothing is left beside the file")
    missing = pdns.keys.parent / "nowhere" / "keys.sqlite3"
    pdns.configure(emailauth_dnssec_db=missing)
    done = pdns.util("secure-zone", SIGNED)
    checks.equal(done.status, 1, "no directory: exit status")
    checks.matches(done.err, r"keys\.sqlite3: cannot be created \(No such file or directory\); create the directory", "no directory")


def read_only(checks, pdns):
    folder = pdns.keys.parent
    remount = f'mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec "$@"'
    done = pdns.util("secure-zone", PLAIN)   # made while it can be
    pdns.must("disable-dnssec", PLAIN)
    pdns.must("secure-zone", SIGNED)
    checks.equal(done.status, 0, "before the file system is read-only")
    with pdns.server(prefix=[*IN_NAMESPACE, remount, "sh"]):
        checks.equal(state(pdns), HEALTHY, "a read-only file system: keys are read")
        checks.matches(pdns.log(), "keys are read but cannot be changed", "… and the log says that they cannot be changed")
        status, _ = pdns.api("PUT", f"/zones/{SIGNED}./metadata/X-A", {"metadata": ["b"]})
        checks.equal(status, 500, "a read-only file system: a write by the API fails")
        checks.matches(pdns.log(), r"cannot be written \(read-only file system", "… and the log says why")
        pdns.must("deactivate-zone-key", SIGNED, "1")   # from outside, where it can be written
        becomes(checks, pdns, ("NOERROR", "NOERROR"), "what others write is seen")


def disk_full(checks, pdns):
    folder = pdns.keys.parent
    small = f'mount -t tmpfs -o size=128k none {folder} && exec "$@"'
    script = (f'pdnsutil --config-dir={pdns.scratch} secure-zone {SIGNED} && head -c 1000000 /dev/zero 2>/dev/null >{folder}/fill; '
              f'pdnsutil --config-dir={pdns.scratch} set-meta {SIGNED} X-A $(printf %9000d 1)')
    status, out, err = processes.run([*IN_NAMESPACE, small, "sh", "sh", "-c", script])
    checks.equal(status, 1, f"a full disk: exit status\n{out!r}")
    checks.matches(err.decode(), r"Error: .*keys\.sqlite3: cannot be written: the disk is full; free some space", "a full disk")
    script = f'pdnsutil --config-dir={pdns.scratch} secure-zone {SIGNED} && head -c 1000000 /dev/zero 2>/dev/null >{folder}/fill; exec "$@"'
    with pdns.server(prefix=[*IN_NAMESPACE, small, "sh", "sh", "-c", script, "sh"]):
        checks.equal(state(pdns), HEALTHY, "a full disk: keys are read")


def owner(checks, pdns):
    """Root makes the file for the user of the server; -wal and -shm too."""
    user = server_user()
    give(pdns, user.pw_uid, user.pw_gid, 0o755)
    pdns.must("secure-zone", SIGNED)
    checks.equal(owner_and_mode(pdns.keys), (user.pw_uid, user.pw_gid, 0o600), "the file belongs to the directory's owner")
    pdns.configure(setuid=user.pw_name, setgid=grp.getgrgid(user.pw_gid).gr_name)
    with pdns.server():
        checks.equal(state(pdns), HEALTHY, "a server that is not root reads what root's pdnsutil made")
        with contextlib.closing(sqlite3.connect(pdns.keys)) as mine:   # root has it open, too
            mine.execute("SELECT * FROM cryptokeys").fetchall()
            for beside in ("-wal", "-shm"):
                checks.equal(owner_and_mode(Path(f"{pdns.keys}{beside}")), (user.pw_uid, user.pw_gid, 0o600), f"the owner of {beside}")
        status, _ = pdns.api("POST", f"/zones/{PLAIN}./cryptokeys", {"keytype": "csk", "active": True, "algorithm": "ecdsa256"})
        checks.equal(status, 201, "… and writes")
        pdns.must("set-meta", SIGNED, "X-A", "b")
        checks.equal(pdns.api("GET", f"/zones/{SIGNED}./metadata/X-A")[1]["metadata"], ["b"], "… while root writes")


def group(checks, pdns):
    user = server_user()
    give(pdns, 0, user.pw_gid, 0o2770)
    pdns.must("secure-zone", SIGNED)
    checks.equal(owner_and_mode(pdns.keys), (0, user.pw_gid, 0o660), "a directory that a group may write makes such a file")
    pdns.configure(setuid=user.pw_name, setgid=grp.getgrgid(user.pw_gid).gr_name)
    with pdns.server():
        checks.equal(state(pdns), HEALTHY, "the server reads it through its group")
        status, _ = pdns.api("POST", f"/zones/{PLAIN}./cryptokeys", {"keytype": "csk", "active": True, "algorithm": "ecdsa256"})
        checks.equal(status, 201, "… and writes")


def unreadable(checks, pdns):
    user = server_user()
    give(pdns, 0, 0, 0o755)
    done = pdns.util("secure-zone", SIGNED)
    checks.matches(done.err, "made for root, who owns the directory; if pdns_server runs as another user", "root's own directory is noted")
    pdns.configure(setuid=user.pw_name, setgid=grp.getgrgid(user.pw_gid).gr_name)
    with pdns.server():
        checks.equal(state(pdns), NOT_KNOWN, "a file that the server may not read")
        checks.matches(pdns.log(), r"cannot be opened \(Permission denied\); .* belong to the user of pdns_server", "the log says what to do")


def replace(path, content):
    """As a restore from a backup does it: another file under the same name."""
    new = path.with_name("new")
    new.write_bytes(content)
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    new.rename(path)


def server_user():
    try:
        return pwd.getpwnam("pdns")
    except KeyError:
        return pwd.getpwnam("nobody")


def give(pdns, uid, gid, mode):
    """The scratch directory is passable, and the keys' directory as said."""
    for directory in (pdns.scratch, pdns.scratch.parent):
        directory.chmod(0o755)
    shutil.chown(pdns.scratch, server_user().pw_uid)   # for the control socket
    os.chown(pdns.keys.parent, uid, gid)
    pdns.keys.parent.chmod(mode)


def owner_and_mode(path):
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


testing.main(test, __doc__)
