#!/usr/bin/python3
"""The REST API on zones of ours: what can be read and signed, and that records cannot be written."""

import contextlib
import sqlite3
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import testing
from pdns import Pdns

ZONE = "_dmarc.example.com."
ZONES = "/zones"
ONE = f"/zones/{ZONE}"
KEYS = f"{ONE}/cryptokeys"
META = f"{ONE}/metadata"
RRSET = {"name": ZONE, "type": "TXT", "ttl": 60, "records": [{"content": '"x"', "disabled": False}]}


def test(checks, options, scratch):
    pdns = Pdns(options.module, HERE / "policies", scratch)
    with pdns.server():
        reading(checks, pdns)
        keys(checks, pdns)
        signing(checks, pdns)
        metadata(checks, pdns)
        records(checks, pdns)
        broken_keys(checks, pdns)


def request(checks, pdns, wanted, method, path, body=None):
    status, answer = pdns.api(method, path, body)
    checks.equal(status, wanted, f"{method} {path} {body or ''}: status ({str(answer)[:300]})")
    return answer


def reading(checks, pdns):
    zones = request(checks, pdns, 200, "GET", ZONES)
    checks.that(ZONE in [zone["name"] for zone in zones], "the zone is listed", str(zones))
    zone = request(checks, pdns, 200, "GET", ONE)
    checks.equal((zone["kind"], zone["dnssec"]), ("Native", False), "a zone")
    checks.that(any(rrset["type"] == "TXT" for rrset in zone["rrsets"]), "its record sets", str(zone["rrsets"]))
    export = request(checks, pdns, 200, "GET", f"{ONE}/export")
    checks.matches(str(export), r"IN\\tSOA\\tns1\.provider\.net\. .*IN\\tTXT\\t\"v=DMARC1", "the export")
    request(checks, pdns, 404, "GET", "/zones/nobody.example.")
    found = request(checks, pdns, 200, "GET", "/search-data?q=_dmarc*")
    checks.that(ZONE in [entry["name"] for entry in found], "the zone is found", str(found))
    statistics = request(checks, pdns, 200, "GET", "/statistics")
    checks.that(any(entry["name"].startswith("emailauth-") for entry in statistics), "our counters are among the statistics",
                str([entry["name"] for entry in statistics])[:300])


def keys(checks, pdns):
    checks.equal(request(checks, pdns, 200, "GET", KEYS), [], "no keys yet")
    key = request(checks, pdns, 201, "POST", KEYS, {"keytype": "csk", "active": True, "algorithm": "ecdsa256"})
    checks.equal((key["id"], key["active"], key["published"], key["keytype"]), (1, True, True, "csk"), "the key that was made")
    second = request(checks, pdns, 201, "POST", KEYS, {"keytype": "ksk", "active": False, "published": False, "algorithm": "ed25519"})
    checks.equal((second["id"], second["active"], second["published"]), (2, False, False), "an inactive key")
    private = request(checks, pdns, 200, "GET", f"{KEYS}/2")["privatekey"]
    request(checks, pdns, 204, "PUT", f"{KEYS}/2", {"active": True, "published": True})
    second = request(checks, pdns, 200, "GET", f"{KEYS}/2")
    checks.equal((second["active"], second["published"]), (True, True), "the key that was activated")
    request(checks, pdns, 204, "PUT", f"{KEYS}/2", {"active": False, "published": False})
    request(checks, pdns, 204, "DELETE", f"{KEYS}/2")
    request(checks, pdns, 404, "DELETE", f"{KEYS}/2")
    request(checks, pdns, 404, "PUT", f"{KEYS}/2", {"active": True})
    imported = request(checks, pdns, 201, "POST", KEYS, {"keytype": "ksk", "privatekey": private})
    request(checks, pdns, 204, "DELETE", f"{KEYS}/{imported['id']}")
    request(checks, pdns, 422, "POST", KEYS, {"keytype": "ksk", "algorithm": "none such"})


def signing(checks, pdns):
    zone = request(checks, pdns, 200, "GET", ONE)
    checks.equal((zone["dnssec"], zone["nsec3param"], zone["nsec3narrow"]), (True, "1 0 0 -", True), "the signed zone")
    request(checks, pdns, 204, "PUT", ONE, {"nsec3param": "1 0 0 -", "nsec3narrow": True})
    for settings in ({"nsec3param": "1 0 0 -"}, {"nsec3param": "1 0 3 ab", "nsec3narrow": True}, {"nsec3param": ""}):
        request(checks, pdns, 422, "PUT", ONE, settings)
    checks.matches(pdns.log(), "only narrow NSEC3", "the log says why")
    request(checks, pdns, 200, "PUT", f"{ONE}/rectify")
    request(checks, pdns, 204, "PUT", ONE, {"dnssec": False})
    checks.equal(request(checks, pdns, 200, "GET", ONE)["dnssec"], False, "no longer signed")
    checks.equal(request(checks, pdns, 200, "GET", KEYS), [], "… and without keys")
    request(checks, pdns, 204, "PUT", ONE, {"dnssec": True})
    zone = request(checks, pdns, 200, "GET", ONE)
    checks.equal((zone["dnssec"], zone["nsec3param"], zone["nsec3narrow"]), (True, "1 0 0 -", True), "signed by one PUT")


def metadata(checks, pdns):
    request(checks, pdns, 201, "POST", META, {"kind": "X-Owner", "metadata": ["a", "b"]})
    checks.equal(request(checks, pdns, 200, "GET", f"{META}/X-Owner")["metadata"], ["a", "b"], "metadata that was made")
    request(checks, pdns, 200, "PUT", f"{META}/X-Owner", {"kind": "X-Owner", "metadata": ["c"]})
    kinds = {entry["kind"]: entry["metadata"] for entry in request(checks, pdns, 200, "GET", META)}
    checks.equal(kinds, {"NSEC3NARROW": ["1"], "NSEC3PARAM": ["1 0 0 -"], "X-Owner": ["c"]}, "all metadata")
    request(checks, pdns, 200, "DELETE", f"{META}/X-Owner")
    checks.equal(request(checks, pdns, 200, "GET", f"{META}/X-Owner")["metadata"], [], "metadata that was removed")
    request(checks, pdns, 422, "PUT", f"{META}/NSEC3NARROW", {"metadata": ["0"]})


def records(checks, pdns):
    for change in (dict(RRSET, changetype="REPLACE"), dict(RRSET, changetype="DELETE"),
                   dict(RRSET, changetype="REPLACE", name=f"new.{ZONE}")):
        request(checks, pdns, 422, "PATCH", ONE, {"rrsets": [change]})
    request(checks, pdns, 422, "DELETE", ONE)
    request(checks, pdns, 409, "POST", ZONES, {"name": ZONE, "kind": "Native", "nameservers": []})
    request(checks, pdns, 422, "POST", ZONES, {"name": "new.example.", "kind": "Native", "nameservers": []})
    checks.equal(len(pdns.ask(ZONE, "TXT").answers), 1, "the record is what it was")


def broken_keys(checks, pdns):
    """A write that fails is no success, and the log has the reason."""
    with contextlib.closing(sqlite3.connect(pdns.keys, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        request(checks, pdns, 500, "POST", KEYS, {"keytype": "ksk", "algorithm": "ecdsa256"})
        other.execute("ROLLBACK")
    checks.matches(pdns.log(), r"keys\.sqlite3: is locked by another program", "the log says what is locked")
    request(checks, pdns, 201, "POST", KEYS, {"keytype": "ksk", "algorithm": "ecdsa256"})


testing.main(test, __doc__)
