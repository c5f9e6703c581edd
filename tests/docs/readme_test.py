#!/usr/bin/python3
"""The commands that README.md tells operators to type, typed.

Placeholders such as <digest> are filled in from what the commands before them printed.
"""

import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/e2e/lib"))

import testing
from pdns import Pdns, has_backend

README = (ROOT / "README.md").read_text(encoding="utf-8")
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")


def commands(heading):
    """The indented lines below a heading, up to the next one of the same level."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## )", README, re.S | re.M).group(1)
    return [line.strip() for line in section.splitlines() if line.startswith("    ")]


def parent_beside_us(options, scratch):
    """example.com, signed, in SQLite; our zones in the sample policies."""
    database = scratch / "zones.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    pdns = Pdns(options.module, ROOT / "pdns-conf/emailauth", scratch, launch="emailauth,gsqlite3",
                gsqlite3_database=database, gsqlite3_dnssec="yes")
    pdns.must("create-zone", "example.com", "ns1.provider.net")
    pdns.must("secure-zone", "example.com")
    return pdns


def dnssec_walk(checks, options, scratch):
    if not has_backend("sqlite3"):
        raise testing.Skip("pdns-backend-sqlite3 is not installed")
    pdns = parent_beside_us(options, scratch)
    signers = {}
    for line in commands("DNSSEC"):
        words = shlex.split(line)
        checks.equal(words[0], "pdnsutil", f"README: {line}")
        if words[-1] == "<key tag> 13 2 <digest>":
            words[-1] = signers[f"{words[3]}.{words[2]}"]
        out = pdns.must(*words[1:])
        signer = re.search(r"^(\S+)\. IN DS (\d+ 13 2 [0-9a-f]{64})", out, re.M)
        if signer:
            signers[signer.group(1)] = signer.group(2)
    anchor = pdns.must("show-zone", "example.com")
    key = re.search(r"CSK DNSKEY = example\.com\. IN DNSKEY (\d+) (\d+) (\d+) (\S+)", anchor)
    anchors = scratch / "anchors"
    anchors.write_text('trust-anchors { "example.com." static-key %s %s %s "%s"; };\n' % key.groups(), encoding="utf-8")
    with pdns.server():
        records_live(checks, options, pdns)
        check_examples(checks, options, pdns, scratch)
        for name in ("_dmarc.example.com", "s1._domainkey.example.com"):
            done = subprocess.run(["delv", "@" + pdns.address[0], "-p", str(pdns.address[1]), "-a", anchors, "+root=example.com", name, "TXT"],
                                  capture_output=True, text=True, timeout=30, check=False)
            checks.matches(done.stdout, r"^; fully validated", f"delv: {name} is validated ({done.stderr})")


def records_examples(options, live):
    """The README's lines of `emailauth records`, with the sample policies: (line, words to run)."""
    for line in re.findall(r"^    (emailauth records .*)$", README, re.M):
        if ("--live" in line) == live:
            yield line, [options.module.parent / "emailauth", *shlex.split(line)[1:], "--policies", ROOT / "pdns-conf/emailauth"]


def records_live(checks, options, pdns):
    """DNS has what the walk published, and neither an SPF record nor the rest."""
    for line, words in records_examples(options, live=True):
        words += ["--resolver", f"{pdns.address[0]}:{pdns.address[1]}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        checks.equal(done.returncode, 1, f"README: {line}\n{done.stdout}{done.stderr}")
        checks.matches(done.stdout, r"^# in place  DMARC .*^pdnsutil .* example\.com @ TXT ", f"README: {line}: what is there and what is left")


def check_examples(checks, options, pdns, scratch):
    """The lines of `emailauth check`: there are findings for what the walk published, or the list of all."""
    anchor = scratch / "root.key"
    anchor.write_text(next(line for line in pdns.must("export-zone-ds", "example.com").splitlines() if " 13 2 " in line).split(";")[0] + "\n", encoding="utf-8")
    domains = scratch / "domains.txt"
    domains.write_text("example.com\n", encoding="utf-8")
    places = {"/usr/share/dns/root.key": anchor, "domains.txt": domains, "/etc/powerdns/emailauth": ROOT / "pdns-conf/emailauth"}
    lines = re.findall(r"^    (emailauth check .*)$", README, re.M)
    checks.equal(len(lines), 4, "README: lines of emailauth check")
    for line in lines:
        words = [str(places.get(word, word)) for word in shlex.split(line)[1:]]
        done = subprocess.run([options.module.parent / "emailauth", *words, "--resolver", f"{pdns.address[0]}:{pdns.address[1]}"],
                              capture_output=True, text=True, timeout=60, check=False)
        everything = "--findings" in words
        checks.equal((done.returncode, done.stderr), (0 if everything else 1, ""), f"README: {line}\n{done.stdout}")
        checks.matches(done.stdout, r"^spf-too-many-lookups +error +RFC 7208, 4\.6\.4$" if everything else r"spf-missing", f"README: {line}")


def program_examples(checks, options):
    program = options.module.parent / "emailauth"
    for line in re.findall(r"^    (emailauth (?:lint|explain) .*)$", README, re.M):
        words = [*shlex.split(line)[1:], "--policies", ROOT / "pdns-conf/emailauth"]
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)
        checks.equal(done.returncode, 0, f"README: {line}\n{done.stdout}{done.stderr}")
    for line, words in records_examples(options, live=False):
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        checks.equal((done.returncode, done.stderr), (0, ""), f"README: {line}")
        checks.matches(done.stdout, r'^ *example\.com\. 3600 IN TXT "v=spf1 include:%\{ir\}\.%\{v\}\.%\{d\}\._spf\.provider\.net ', f"README: {line}")


def dkim_examples(checks, options, scratch):
    """The lines of `emailauth dkim`, on a day on which the sample's keys are young."""
    policies, keys = scratch / "dkim", scratch / "dkimkeys"
    shutil.copytree(ROOT / "pdns-conf/emailauth", policies)
    keys.mkdir()
    lines = re.findall(r"^    (emailauth dkim .*)$", README, re.M)
    checks.equal(len(lines), 3, "README: lines of emailauth dkim")
    for line in lines:
        words = [options.module.parent / "emailauth", *shlex.split(line.replace("/etc/dkimkeys", str(keys)))[1:],
                 "--policies", policies, "--at", "2026-06-01", *(["--resolver", "127.0.0.1:9"] if " rotate " in line else [])]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        checks.equal((done.returncode, done.stderr), (0, ""), f"README: {line}")
    checks.that((keys / "example.com.pem").is_file(), "README: emailauth dkim new writes the private key")
    checks.matches((policies / "domains/example.com.json").read_text(), '"selector": "s20260601", .*"state": "pending"', "README: and the public key")


def test(checks, options, scratch):
    program_examples(checks, options)
    dkim_examples(checks, options, scratch)
    if shutil.which("delv") is None:
        raise testing.Skip("delv is not installed")
    dnssec_walk(checks, options, scratch)


if __name__ == "__main__":
    testing.main(test, __doc__)
