#!/usr/bin/python3
"""Every pdnsutil verb on zones of ours: what it prints, how it exits, what is stored afterwards.

The rows of VERBS run in order, on one key database: later rows see what earlier ones did.
"""

import contextlib
import os
import sqlite3
import stat
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import testing
from pdns import Pdns

D, K, S = "_dmarc.example.com", "_domainkey.example.com", "_spf.provider.net"
EDIT = r"nothing was written; edit the policy files in .*policies"
NARROW = r"only narrow NSEC3 with \"1 0 0 -\" can deny them, and it is always on; nothing was changed"
NO_KEY = r"there is no key with id 77|Can't find a key with id 77"

# (command, exit status, pattern of standard output, pattern of standard error)
VERBS = [
    (["list-all-zones"], 0, rf"\A(?=.*^{D}$)(?=.*^{K}$)(?=.*^{S}$).*\Z", r"\A\Z"),
    (["list-all-zones", "native"], 0, rf"^{D}$", ""),
    (["list-all-zones", "primary"], 0, r"\A\Z", ""),
    (["show-zone", D], 0, r"Native zone\nZone is not actively secured", "No keys for zone"),
    (["show-zone", "example.com"], 1, "", "No such zone"),
    (["list-zone", D], 0, r"^_dmarc\.example\.com\t\d+\tIN\tSOA\t.*^_dmarc\.example\.com\t\d+\tIN\tTXT\t\"v=DMARC1;", ""),
    (["list-zone", K], 0, r"^s1\._domainkey.*^two\.parts\._domainkey|^two\.parts\._domainkey.*^s1\._domainkey", ""),
    (["check-zone", D], 0, r"0 errors, 0 warnings", ""),
    (["check-all-zones"], 0, r"Checked \d+ zones, 0 had errors", ""),
    (["export-zone-ds", D], 1, r"\A\Z", "not actively secured"),
    (["hash-zone-record", D, "x." + D], 0, r"^[0-9a-v]{32}$", "narrow NSEC3"),
    (["rectify-zone", D], 0, "", "Adding empty non-terminals for non-DNSSEC zone"),
    # Signing.
    (["secure-zone", D], 0, rf"Adding CSK.*Zone {D} secured", "Erasing NSEC3 ordering since we are narrow"),
    (["secure-zone", D], 1, "", "already secure"),
    (["secure-zone", "example.com"], 1, "", "Can't find a zone called"),
    (["show-zone", D], 0, r"NARROW hashed NSEC3.*1 0 0 -.*ID = 1 \(CSK\), flags = 257.*Active\s+Published.*ECDSAP256SHA256", ""),
    (["export-zone-ds", D], 0, rf"^{D}\. IN DS \d+ 13 2 [0-9a-f]{{64}} ", ""),
    (["export-zone-dnskey", D, "1"], 0, rf"^{D} IN DNSKEY 257 3 13 ", ""),
    (["check-zone", D], 0, r"0 errors, 0 warnings", ""),
    (["rectify-zone", D], 0, "", "Erasing NSEC3 ordering since we are narrow"),
    (["hash-zone-record", D, "x." + D], 0, r"^[0-9a-v]{32}$", "narrow NSEC3"),
    (["list-keys", D], 0, rf"{D}\s+CSK\s+Act Pub 256\s+ECDSAP256SHA256\s+1 ", ""),
    # NSEC3 is what it is.
    (["set-nsec3", D, "1 0 0 -", "narrow"], 0, "", "NSEC3 set"),
    (["set-nsec3", D], 1, "", NARROW),
    (["set-nsec3", D, "1 0 5 ab", "narrow"], 1, "", NARROW),
    (["unset-nsec3", D], 1, "", NARROW),
    (["set-meta", D, "NSEC3NARROW"], 1, "", NARROW),
    (["set-meta", D, "nsec3narrow", "0"], 1, "", NARROW),
    (["set-presigned", D], 1, "", "PRESIGNED cannot be set"),
    (["unset-presigned", D], 0, "", r"\A\Z"),
    (["get-meta", D], 0, r"NSEC3NARROW = 1\nNSEC3PARAM = 1 0 0 -\n\Z", ""),
    (["get-meta", D, "NSEC3PARAM"], 0, r"NSEC3PARAM = 1 0 0 -\n", ""),
    # Keys.
    (["add-zone-key", D, "zsk", "inactive", "ecdsa256"], 0, r"^2$", "Added a ZSK with algorithm = 13, active=0"),
    (["activate-zone-key", D, "2"], 0, "", r"\A\Z"),
    (["show-zone", D], 0, r"ID = 2 \(ZSK\)[^\n]*Active\s+Published.*ID = 1 \(KSK\)", ""),
    (["unpublish-zone-key", D, "2"], 0, "", r"\A\Z"),
    (["list-keys", D], 0, rf"ZSK\s+Act\s+256\s+ECDSAP256SHA256\s+2 ", ""),
    (["publish-zone-key", D, "2"], 0, "", r"\A\Z"),
    (["deactivate-zone-key", D, "2"], 0, "", r"\A\Z"),
    (["list-keys", D], 0, r"CSK\s+Pub 256\s+ECDSAP256SHA256\s+2 ", ""),
    (["remove-zone-key", D, "2"], 0, "", r"\A\Z"),
    (["remove-zone-key", D, "77"], 1, "", NO_KEY),
    (["activate-zone-key", D, "77"], 1, "", NO_KEY),
    (["publish-zone-key", D, "77"], 1, "", NO_KEY),
    (["activate-zone-key", K, "1"], 1, "", r"Can't find a key with id 1"),   # it is another zone's
    (["add-zone-key", D, "ksk", "active", "ed25519"], 0, r"^2$", "Added a KSK with algorithm = 15"),
    (["export-zone-key", D, "2"], 0, r"^Private-key-format: v1\.2\nAlgorithm: 15", ""),
    (["generate-zone-key", "ksk", "ecdsa256"], 0, r"^Private-key-format: v1\.2\nAlgorithm: 13", ""),
    (["export-zone-ds", D], 0, r"DS \d+ 13 2.*DS \d+ 15 2", ""),
    # Metadata.
    (["set-meta", D, "X-Owner", "mail team"], 0, "X-Owner", ""),
    (["add-meta", D, "X-Owner", "backup"], 0, "X-Owner", ""),
    (["get-meta", D, "X-Owner"], 0, r"X-Owner = mail team, backup", ""),
    (["get-meta", K, "X-Owner"], 0, r"X-Owner = \n", ""),
    (["add-meta", D, "SOA-EDIT", "EPOCH"], 1, "", "single-value"),
    (["set-meta", D, "X-Owner"], 0, "", ""),
    (["get-meta", D], 0, r"\A(?!.*X-Owner).*\Z", ""),
    (["set-meta", "example.com", "X-Owner", "y"], 1, "", "Invalid zone|not found"),
    (["set-publish-cds", D], 0, "", r"\A\Z"),
    (["set-publish-cdnskey", D], 0, "", r"\A\Z"),
    (["get-meta", D], 0, r"PUBLISH-CDNSKEY = 1\nPUBLISH-CDS = 2", ""),
    (["unset-publish-cds", D], 0, "", r"\A\Z"),
    (["unset-publish-cdnskey", D], 0, "", r"\A\Z"),
    (["get-meta", D], 0, r"\A(?!.*PUBLISH).*\Z", ""),
    # All zones, and back.
    (["secure-all-zones"], 0, r"Secured: \d+ zones\. Errors: 0", ""),
    (["rectify-all-zones", "quiet"], 0, "", ""),
    (["check-all-zones"], 0, r"Checked \d+ zones, 0 had errors", ""),
    (["disable-dnssec", D], 0, "", r"\A\Z"),
    (["disable-dnssec", D], 1, "", "No keys for zone"),
    (["show-zone", D], 0, "Zone is not actively secured", "No keys"),
    (["unset-nsec3", D], 0, "", ""),   # nothing is signed: nothing to refuse
    # Records and zones are not edited here.
    (["add-record", D, "x", "TXT", '"y"'], 1, "", EDIT),
    (["replace-rrset", D, "@", "TXT", '"y"'], 1, "", EDIT),
    (["delete-rrset", D, "@", "TXT"], 1, "", EDIT),
    (["clear-zone", D], 1, "", EDIT),
    (["delete-zone", D], 1, "", EDIT),
    (["create-zone", D], 1, "", "exists already"),
    (["create-zone", "new.example"], 1, "", EDIT),
    (["create-secondary-zone", "new.example", "192.0.2.1"], 1, "", EDIT),
    (["set-kind", D, "primary"], 1, "", EDIT),
    (["set-kind", D, "native"], 0, "", r"\A\Z"),
    (["set-account", D, "someone"], 1, "", EDIT),
    (["set-catalog", D, "catalog.example"], 1, "", EDIT),
    (["set-options-json", D, "{}"], 1, "", EDIT),
    (["increase-serial", D], 1, "", EDIT),
    (["change-secondary-zone-primary", D, "192.0.2.1"], 1, "", EDIT),
    # Commands of our own.
    (["backend-cmd", "emailauth", "lint"], 0, r"^\d+ files, .* 0 errors, 0 warnings", "== lint"),
    (["backend-cmd", "emailauth", "explain " + D], 0, rf"outcome: answered.*zone: {D}.*answer: \d+ TXT \"v=DMARC1", ""),
    (["backend-cmd", "emailauth", "explain 192.0.2.1._ip.h._ehlo.example.com." + S], 0, "verdict: authorised", ""),
    (["backend-cmd", "emailauth", "status"], 0, rf"policies: .*keys: .*keys\.sqlite3, \d+ zones signed", ""),
    (["backend-cmd", "emailauth", "explain"], 1, "", r'there is no command "explain"; commands: "lint"'),
    (["backend-cmd", "emailauth", "explain a..b"], 1, "", r'"a\.\.b" is not a name'),
    (["backend-cmd", "nobody", "lint"], 1, "", "Unknown backend"),
]


def test(checks, options, scratch):
    pdns = Pdns(options.module, HERE / "policies", scratch)
    checks.that(not pdns.keys.exists(), "nothing is made before it is needed")
    for command, status, out, err in VERBS:
        row = "pdnsutil " + " ".join(command)
        done = pdns.util(*command)
        checks.equal(done.status, status, f"{row}: exit status ({done.err.strip()})")
        checks.matches(done.out, out, f"{row}: standard output")
        checks.matches(done.err, err, f"{row}: standard error")
    import_keys(checks, pdns)
    edit_and_load(checks, pdns)
    orphans_are_named(checks, pdns)
    no_key_store(checks, pdns)
    the_file(checks, pdns)


def import_keys(checks, pdns):
    generated = pdns.must("generate-zone-key", "zsk", "ecdsa256")
    key_file = pdns.scratch / "key"
    key_file.write_text(generated, encoding="ascii")
    done = pdns.util("import-zone-key", D, str(key_file), "inactive", "zsk")
    checks.equal(done.status, 0, f"import-zone-key: {done}")
    number = done.out.strip()
    checks.equal(pdns.must("export-zone-key", D, number).strip(), generated.split("\n", 1)[1].strip(), "an exported key is the imported one")
    pdns.must("remove-zone-key", D, number)


def edit_and_load(checks, pdns):
    zone_file = pdns.scratch / "zone"
    zone_file.write_text(f"{D}. 60 IN SOA a. b. 1 1 1 1 1\n", encoding="ascii")
    done = pdns.util("load-zone", D, str(zone_file))
    checks.equal(done.status, 1, "load-zone: exit status")
    checks.matches(done.err, EDIT, "load-zone: standard error")
    done = pdns.util("load-zone", "new.example", str(zone_file))
    checks.equal(done.status, 1, "load-zone of a new zone: exit status")
    checks.matches(done.err, EDIT, "load-zone of a new zone: standard error")
    editor = pdns.scratch / "editor"
    editor.write_text('#!/bin/sh\necho "x.%s. 60 IN TXT \\"y\\"" >>"$1"\n' % D, encoding="ascii")
    editor.chmod(0o755)
    done = pdns.util("edit-zone", D, stdin=b"na", env=dict(os.environ, EDITOR=str(editor)))
    checks.equal(done.status, 1, "edit-zone: exit status")
    checks.matches(done.err, EDIT, "edit-zone: standard error")
    checks.matches(pdns.must("list-zone", D), r"\A(?!.*^x\.)", "edit-zone changed nothing")


def orphans_are_named(checks, pdns):
    with contextlib.closing(sqlite3.connect(pdns.keys, isolation_level=None)) as database:
        database.execute("INSERT INTO cryptokeys (domain, flags, active, content) VALUES ('_dmarc.gone.example', 257, 1, 'x')")
    checks.matches(pdns.must("backend-cmd", "emailauth", "status"), "no policy has: _dmarc.gone.example", "status names orphans")
    checks.equal(pdns.util("export-zone-ds", "_dmarc.gone.example").status, 1, "a zone that no policy makes has no keys")


def no_key_store(checks, pdns):
    pdns.configure(emailauth_dnssec_db="")
    done = pdns.util("secure-zone", D)
    checks.equal(done.status, 1, "without a key store: exit status of secure-zone")
    checks.matches(done.err, "set emailauth-dnssec-db to a path", "without a key store: standard error")
    checks.matches(pdns.util("set-meta", D, "X-Owner", "y").err, "set emailauth-dnssec-db to a path", "… and for metadata")
    checks.matches(pdns.must("show-zone", D), "not actively secured", "without a key store nothing is signed")
    checks.matches(pdns.must("backend-cmd", "emailauth", "status"), "keys: none, emailauth-dnssec-db is empty", "… and status says so")
    pdns.configure(emailauth_dnssec_db=pdns.keys)


def the_file(checks, pdns):
    """What is on disk is what pdnsutil create-bind-db makes."""
    theirs = pdns.scratch / "theirs"
    pdns.must("create-bind-db", str(theirs))

    def columns(path):
        with contextlib.closing(sqlite3.connect(path)) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index') ORDER BY 1")]
            return {table: database.execute(f"PRAGMA table_xinfo({table})").fetchall() for table in tables}

    checks.equal(columns(pdns.keys), columns(theirs), "the schema is the bind backend's")
    checks.equal(stat.S_IMODE(pdns.keys.stat().st_mode), 0o600, "the file's mode")
    pdns.configure(emailauth_dnssec_db=theirs)
    pdns.must("secure-zone", D)
    checks.matches(pdns.must("show-zone", D), r"ID = 1 \(CSK\)", "a database of create-bind-db can be used")
    with contextlib.closing(sqlite3.connect(theirs)) as database:
        checks.equal(database.execute("PRAGMA journal_mode").fetchone(), ("wal",), "… and its readers no longer wait for writers")


testing.main(test, __doc__)
