#!/usr/bin/python3
"""Our zones next to those of another backend: gsqlite3, bind, lmdb.

The parents are the other backend's, signed, with NS and DS for our zones. Everything validates, no
backend answers for the other's zones, and the wrong order of "launch" is said at start.
"""

import contextlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import testing
from pdns import Pdns
from questions import QUESTIONS, RECORDS, kind_of
from signed_chain import SCHEMA, SignedChain

CHILD = "_dmarc.example.com"
QUESTIONS = [question for question in QUESTIONS if question[1] not in ("CDS", "CDNSKEY")]


def test(checks, options, scratch):
    skipped = []
    for backend in ("gsqlite3", "bind", "lmdb"):
        try:
            beside(checks, SignedChain(options.module, HERE / "policies", scratch / backend, backend))
        except testing.Skip as reason:
            skipped.append(str(reason))
    if (scratch / "gsqlite3").is_dir():
        verbs_of_the_other(checks, options, scratch)
        wrong_order(checks, options, scratch / "gsqlite3")
    if skipped:
        print("SKIPPED in part: " + "; ".join(skipped))


def beside(checks, chain):
    backend = chain.backend
    done = chain.pdns.util("check-all-zones")
    checks.equal(done.status, 0, f"{backend}: check-all-zones: {done}")   # finds ids that two zones share
    with chain.pdns.server(), chain.unbound() as unbound:
        for name, qtype, wanted in QUESTIONS:
            answer = unbound.ask(name, qtype)
            checks.equal((kind_of(answer), answer.authenticated), (wanted, True), f"{backend}: {name} {qtype}")
        delegation_signer(checks, chain)
        checks.that("comes first" not in chain.pdns.log(), f"{backend}: the order of launch is right", chain.pdns.log())
    checks.equal("validation failure" in unbound.log(), False, f"{backend}: unbound's log names nothing bogus")


def delegation_signer(checks, chain):
    """PowerDNS asks us for the child's apex with the parent's id; only the parent may answer."""
    answer = chain.pdns.ask(CHILD, "DS", dnssec_ok=True)
    types = sorted(record.rtype for record in answer.answers)
    checks.equal(types, [43, 46], f"{chain.backend}: DS at our apex is the parent's, and signed")
    signer = answer.answers[-1] if answer.answers[-1].rtype == 46 else answer.answers[0]
    checks.that(b"\x07example\x03com\0" in signer.rdata and b"\x06_dmarc" not in signer.rdata,
                f"{chain.backend}: … by the parent's key", repr(signer.rdata))
    answer = chain.pdns.ask(CHILD, "TXT")
    checks.equal(kind_of(answer), RECORDS, f"{chain.backend}: TXT at our apex is ours")


def verbs_of_the_other(checks, options, scratch):
    """pdnsutil on the other backend's zones works as if we were not there."""
    own = scratch / "verbs"
    own.mkdir()
    database = own / "other.sqlite3"
    subprocess.run(["sqlite3", str(database)], input=SCHEMA.read_bytes(), check=True, capture_output=True)
    pdns = Pdns(options.module, HERE / "policies", own, "emailauth,gsqlite3", gsqlite3_database=database, gsqlite3_dnssec="yes")
    for command in (["create-zone", "plain.example", "ns1.plain.example"],
                    ["add-record", "plain.example", "www", "A", "192.0.2.1"], ["set-kind", "plain.example", "primary"],
                    ["set-account", "plain.example", "someone"], ["secure-zone", "plain.example"],
                    ["set-nsec3", "plain.example", "1 0 0 -"], ["unset-nsec3", "plain.example"],
                    ["set-meta", "plain.example", "X-A", "b"], ["increase-serial", "plain.example"],
                    ["generate-tsig-key", "transfer", "hmac-sha256"], ["disable-dnssec", "plain.example"],
                    ["delete-rrset", "plain.example", "www", "A"]):
        done = pdns.util(*command)
        checks.equal(done.status, 0, f"beside us: pdnsutil {' '.join(command)}: {done}")
    checks.matches(pdns.must("get-meta", "plain.example", "X-A"), "X-A = b", "beside us: metadata is the other backend's")
    checks.that(not pdns.keys.exists(), "what is the other backend's touches nothing of ours")
    # What we refuse must not be taken for done by the backend after us.
    pdns.must("secure-zone", CHILD)
    for command in (["unset-nsec3", CHILD], ["set-presigned", CHILD], ["remove-zone-key", CHILD, "77"]):
        checks.equal(pdns.util(*command).status, 1, f"beside us: pdnsutil {' '.join(command)} is refused")
    with contextlib.closing(sqlite3.connect(database)) as other:
        for table in ("domains", "cryptokeys", "domainmetadata"):
            rows = other.execute(f"SELECT * FROM {table}").fetchall()
            checks.that(not re.search(r"_dmarc|PRESIGNED|NSEC3", repr(rows)), f"nothing of ours is in its {table}", repr(rows))
    pdns.must("delete-zone", "plain.example")


def wrong_order(checks, options, scratch):
    own = scratch / "wrong"
    own.mkdir()
    subprocess.run(["sqlite3", str(own / "other.sqlite3")], input=SCHEMA.read_bytes(), check=True, capture_output=True)
    pdns = Pdns(options.module, HERE / "policies", own, "gsqlite3, emailauth", gsqlite3_database=own / "other.sqlite3", gsqlite3_dnssec="yes")
    wanted = r"launch=gsqlite3,emailauth: gsqlite3 comes first and swallows the keys .* write launch=emailauth,gsqlite3"
    checks.matches(pdns.util("list-all-zones").err, wanted, "the wrong order is said by pdnsutil")
    with pdns.server():
        checks.matches(pdns.log(), wanted, "the wrong order is said at start")


testing.main(test, __doc__)
