#!/usr/bin/python3
"""The report database when others, or a failing disk, wrote into it: nothing in it is trusted; and who may read it.

usage: database_test.py PATH/TO/emailauth
"""
import grp
import json
import os
import pwd
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

from old_database import OldDatabase
from other_reports import failure, tls
from recent import DOMAIN, TODAY, begin_of, write_days
from report_files import Report, Row, xml
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)
OWN = Row("192.0.2.5", 100, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "pass"), True, True)
FORGED = Row("100.64.1.1", 7, DOMAIN, [], (DOMAIN, "fail"))
DAYS = 40
HUGE = 2**62
DAY = begin_of(TODAY) // 86400

# What is done to the database, and what is said of it; the messages that are left of 40 * 107.
DAMAGE = {
    "disposition": ("UPDATE fact SET disposition = 99 WHERE count = 7", "fact: disposition 99 is not in 0 to 4", 40 * 100),
    "negative disposition": ("UPDATE fact SET disposition = -1 WHERE count = 7", "fact: disposition -1 is not in 0 to 4", 40 * 100),
    "disposition is text": ("UPDATE fact SET disposition = 'none' WHERE count = 7", "fact: disposition is text, not a whole number", 40 * 100),
    "disposition is a fraction": ("UPDATE fact SET disposition = 1.5 WHERE count = 7", "fact: disposition is a fraction, not a whole number", 40 * 100),
    "negative count": ("UPDATE fact SET count = -7 WHERE count = 7", "fact: count -7 is not in 0 to 9007199254740992", 40 * 100),
    "huge count": (f"UPDATE fact SET count = {HUGE} WHERE count = 7", f"fact: count {HUGE} is not in 0 to 9007199254740992", 40 * 100),
    "count is octets": ("UPDATE fact SET count = x'0007' WHERE count = 7", "fact: count is octets, not a whole number", 40 * 100),
    "negative day": ("UPDATE fact SET day = -day WHERE count = 7", f"fact: day -{DAY} is not in 0 to 2932896", 40 * 100),
    "huge day": (f"UPDATE fact SET day = {HUGE} + day WHERE count = 7", "is not in 0 to 2932896", 40 * 100),
    "flow that is not there": ("UPDATE fact SET flow = 4711 WHERE count = 7", "fact: its flow is missing or damaged", 40 * 100),
    "flow of a huge number": (f"UPDATE fact SET flow = {HUGE} WHERE count = 7", "fact: its flow is missing or damaged", 40 * 100),
    "flow of a negative number": ("UPDATE fact SET flow = -flow WHERE count = 7", "is not in 1 to 9223372036854775807", 40 * 100),
    "receiver that is not there": ("UPDATE fact SET receiver = 4711 WHERE count = 7", "fact: receiver 4711 has no name", 40 * 100),
    "receiver is text": ("UPDATE fact SET receiver = 'x' WHERE count = 7", "fact: receiver is text, not a whole number", 40 * 100),
    "name is octets": ("UPDATE name SET text = x'ff00ff' WHERE id IN (SELECT receiver FROM fact)", "name: text is octets, not text", 0),
    "name is not UTF-8": ("UPDATE name SET text = CAST(x'ff41' AS TEXT) WHERE id IN (SELECT receiver FROM fact)", "name: text is not UTF-8", 0),
    "name has control characters": ("UPDATE name SET text = 'a' || char(27) || '[31m' WHERE id IN (SELECT receiver FROM fact)", "name: text has control characters", 0),
    "name is huge": ("UPDATE name SET text = hex(zeroblob(9000)) WHERE id IN (SELECT receiver FROM fact)", "name: text has more than 4096 octets", 0),
    "source has 3 octets": ("UPDATE flow SET source = x'c00002' WHERE verdict = 0", "flow: source has 3 octets, not 4 or 16", 40 * 100),
    "source has 17 octets": ("UPDATE flow SET source = zeroblob(17) WHERE verdict = 0", "flow: source has 17 octets, not 4 or 16", 40 * 100),
    "source is nothing": ("UPDATE flow SET source = x'' WHERE verdict = 0", "flow: source has 0 octets, not 4 or 16", 40 * 100),
    "source is text": ("UPDATE flow SET source = '192.0.2.1' WHERE verdict = 0", "flow: source is text, not octets", 40 * 100),
    "verdict": ("UPDATE flow SET verdict = 4 WHERE verdict = 0", "flow: verdict 4 is not in 0 to 3", 40 * 100),
    "results": ("UPDATE flow SET results = 'd=x' WHERE verdict = 0", 'flow: results "d=x" are not readable', 40 * 100),
    "endless results": ("UPDATE flow SET results = rtrim(replace(hex(zeroblob(150)), '0', 'm=x|pass ')) WHERE verdict = 0", "flow: results hold more than 100 of one kind", 40 * 100),
    "header_from is octets": ("UPDATE flow SET header_from = x'41' WHERE verdict = 0", "flow: header_from is octets, not text", 40 * 100),
    "policy that is not there": ("UPDATE report SET policy = 4711 WHERE kind = 1", "report: its policy or organisation has no name", 40 * 107),
    "kind": ("UPDATE report SET kind = 99 WHERE kind = 2", "report: kind 99 is not in 1 to 3", 40 * 107),
    "day of a report": (f"UPDATE report SET day = {HUGE} WHERE kind = 1", "is not in 0 to 2932896", 40 * 107),
    "end of a report is octets": ("UPDATE report SET end = x'00' WHERE kind = 1", "report: end is octets, not a whole number", 40 * 107),
    "messages of a report": ("UPDATE report SET messages = -1 WHERE kind = 3", "report: messages -1 is not in 0 to", 40 * 107),
    "organisation of a TLS report": ("UPDATE report SET organisation = 4711 WHERE kind = 2", "its report is not a TLS report, or is damaged", 40 * 107),
    "sessions whose sum is too large": ("UPDATE tls_policy SET successes = 9223372036854775807", "tls_policy: successes 9223372036854775807 is not in 0 to", 40 * 107),
    "negative sessions": ("UPDATE tls_failure SET count = -5", "tls_failure: count -5 is not in 0 to", 40 * 107),
    "result is octets": ("UPDATE tls_failure SET result_type = x'00'", "tls_failure: result_type is octets, not text", 40 * 107),
    "TLS of an aggregate report": ("UPDATE tls_policy SET report = (SELECT min(id) FROM report WHERE kind = 1)", "tls_policy: its report is not a TLS report, or is damaged", 40 * 107),
    "failure is octets": ("UPDATE failure SET source = x'00'", "failure: source is octets, not text", 40 * 107),
    "told alert is octets": (f"INSERT INTO alert VALUES ('{DOMAIN}', x'00', 1)", "alert: key is octets, not text", 40 * 107),
    "set aside at no time": (f"INSERT INTO set_aside VALUES ('x', 'y', {HUGE})", "set_aside: at", 40 * 107),
    "domain that is not there": ("INSERT INTO report (kind, domain, organisation, report_id, begin, end, day, messages) VALUES (1, 4711, 1, 'x', 1, 1, 1, 1)",
                                 "name: text is nothing, not text", 40 * 107),
}


class Damaged(ReportsCase):
    once = True

    def fill(self, owner):
        write_days(self.scratch / "in", [OWN, FORGED], days=DAYS)
        self.write("in/tls.json", tls(DOMAIN))
        self.write("in/failure.eml", failure(DOMAIN))
        self.assertEqual(self.ingest(self.scratch / "in")["aggregate"], DAYS)
        (self.scratch / "policies").mkdir()
        (self.scratch / "policies/domains").mkdir()
        owner.good = self.database.read_bytes()
        policy = {"domain": DOMAIN, "dmarc": {"p": "none"}}
        (self.scratch / "candidate.json").write_text(json.dumps(policy), encoding="utf-8")

    def damaged(self, sql):
        """A copy of the database in which `sql` was run, by somebody who does not care for rules."""
        for path in self.scratch.glob("damaged.sqlite3*"):
            path.unlink()
        path = self.scratch / "damaged.sqlite3"
        path.write_bytes(self.good)
        path.chmod(0o600)
        connection = sqlite3.connect(path)
        connection.executescript("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;" + sql)
        connection.close()
        return path

    def every_verb(self, path):
        """(words, status, out, err) of all that read the database."""
        where = ["--reports", path, "--policies", self.scratch / "policies"]
        for words in (["reports", "show", DOMAIN, *where, "--since", f"{DAYS}d", "--json"], ["reports", "show", DOMAIN, *where, "--since", f"{DAYS}d"],
                      ["reports", "show", DOMAIN, *where, "--csv"], ["reports", "show", DOMAIN, *where, "--html", self.scratch / "page.html"],
                      ["advise", DOMAIN, *where], ["replay", DOMAIN, *where, "--policy", self.scratch / "candidate.json"],
                      ["reports", "list", "--reports", path], ["reports", "list", "--reports", path, "--set-aside"],
                      ["reports", "remove", "--reports", path, "--domain", DOMAIN], ["alerts", *where]):
            status, out, err = self.run_program(*words)
            yield words, status, out, err

    def test_damaged_rows_are_left_out_counted_and_named(self):
        self.assertEqual(len(DAMAGE), 40)
        for what, (sql, said, messages) in DAMAGE.items():
            with self.subTest(what):
                path = self.damaged(sql)
                remarks = []
                for words, status, out, err in self.every_verb(path):
                    self.assertIn(status, (0, 1, 2), f"{words}: {err}")
                    remark = re.findall(rf"^emailauth \w+: {re.escape(str(path))}: (\d+) damaged rows? (?:was|were) left out \((.*)\); restore ", err, re.M)
                    if remark:
                        self.assertIn(status, (1, 2), words)
                        remarks += [text for _, text in remark]
                    if words[-1] == "--json" and status != 2:
                        self.assertEqual(json.loads(out)["messages"], messages)
                    if status == 2:   # nothing is left to be shown, and why
                        self.assertEqual(messages, 0)
                        self.assertIn(said, err)
                        remarks.append(err)
                self.assertTrue(any(said in remark for remark in remarks), f"{said!r} is not in {remarks}")

    def test_sound_rows_are_shown_as_before(self):
        path = self.damaged("SELECT 1")
        for words, status, _, err in self.every_verb(path):
            self.assertEqual((status, err), (1 if words[0] == "advise" else 0, ""), words)

    def test_foreign_ids_of_every_column(self):
        """Each number of each table in turn is one that nothing else has."""
        tables = {"fact": ["domain", "receiver", "flow", "report"], "report": ["domain", "organisation", "policy"],
                  "tls_policy": ["report"], "tls_failure": ["report"], "failure": ["report"]}
        for table, columns in tables.items():
            for column in columns:
                for value in ("0", "-1", "4711", str(HUGE), "'text'", "x'00'", "1.5"):
                    with self.subTest(f"{table}.{column} = {value}"):
                        path = self.damaged(f"UPDATE OR IGNORE {table} SET {column} = {value}")
                        for words in (["reports", "show", DOMAIN, "--json"], ["reports", "remove", "--domain", DOMAIN], ["alerts"]):
                            status, out, err = self.run_program(*words, "--reports", path)
                            self.assertIn(status, (0, 1, 2), f"{words}: {err}")
                            self.assertTrue(status == 0 or err or "no stored report matches" in out, words)

    def test_triggers_and_views_of_others_do_nothing(self):
        path = self.damaged("CREATE TRIGGER spy AFTER INSERT ON report BEGIN DELETE FROM fact; END;"
                            "CREATE TRIGGER spy2 AFTER INSERT ON name BEGIN INSERT INTO setting VALUES ('stolen', 1); END;"
                            "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;")
        report = Report("another.example", DOMAIN, begin_of(TODAY), rows=[OWN])
        status, out, err = self.run_program("reports", "ingest", "--reports", path, "-", stdin=xml(report))
        self.assertEqual((status, out[:6], err), (0, "1 new ", ""))
        connection = sqlite3.connect(path)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("SELECT sum(count), (SELECT count(*) FROM setting) FROM fact").fetchall(), [(DAYS * 107 + 100, 0)])

    def test_tables_that_are_not_ours(self):
        for sql, said in (("ALTER TABLE fact ADD COLUMN more", 'its table "fact" is not as emailauth makes it'),
                          ("DROP TABLE fact; CREATE VIEW fact AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 1 AS domain, i AS day FROM n",
                           'its table "fact" is missing'),
                          ("DROP TABLE name", 'its table "name" is missing'),
                          ("DROP INDEX failure_report", 'its index "failure_report" is missing'),
                          ("DROP TABLE setting; CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT AS (key))", 'its table "setting" is not as emailauth makes it')):
            path = self.damaged(sql)
            for words, status, out, err in self.every_verb(path):
                self.assertEqual((status, out), (2, ""), words)
                self.assertRegex(err, rf"^emailauth \w+: {re.escape(str(path))}: {said}; restore the file from a backup, or name another with --reports\n$")

    def test_pages_that_lead_in_circles(self):
        """Each page of the table of facts is below another one many times: as many rows as one likes."""
        path = self.damaged("PRAGMA wal_checkpoint(TRUNCATE)")
        connection = sqlite3.connect(path)
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'flow'").fetchone()[0]
        connection.executescript("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
                                 "INSERT INTO flow SELECT NULL, randomblob(16), 'example.com', '', 0, '' FROM n; PRAGMA wal_checkpoint(TRUNCATE);")
        connection.close()
        octets = bytearray(path.read_bytes())
        at = (root - 1) * size
        self.assertEqual(octets[at], 5, "the root of the table is an inner page")
        cells = int.from_bytes(octets[at + 3:at + 5], "big")
        self.assertGreater(cells, 3)
        child = octets[at + 8:at + 12]
        for cell in range(cells):   # each child is the same inner page, of which each child is …
            pointer = int.from_bytes(octets[at + 12 + 2 * cell:at + 14 + 2 * cell], "big")
            octets[at + pointer:at + pointer + 4] = child
        path.write_bytes(octets)
        for words, status, _, err in self.every_verb(path):
            self.assertIn(status, (0, 1, 2), f"{words}: {err}")

    def test_a_domain_whose_rows_are_too_long_does_not_silence_the_others(self):
        path = self.damaged("SELECT 1")
        stranger = Row("198.51.100.1", 50, "aaa.example", [], ("aaa.example", "fail"))
        wave = Row("100.64.1.2", 5000, DOMAIN, [], (DOMAIN, "fail"))
        for report in (Report("receiver.example", "aaa.example", begin_of(TODAY), rows=[stranger]), Report("w.example", DOMAIN, begin_of(TODAY), rows=[wave])):
            self.assertEqual(self.run_program("reports", "ingest", "--reports", path, "-", stdin=xml(report))[0], 0)
        connection = sqlite3.connect(path)
        connection.execute("DELETE FROM flow WHERE header_from = 'aaa.example'")
        connection.execute("INSERT INTO flow VALUES (4711, x'00000000', 'aaa.example', '', 0, hex(zeroblob(9000000)))")
        connection.execute("UPDATE fact SET flow = 4711 WHERE domain = (SELECT id FROM name WHERE text = 'aaa.example')")
        connection.commit()
        connection.close()
        status, out, err = self.run_program("alerts", "--reports", path, "--policies", self.scratch / "policies")
        self.assertEqual((status, "[spoofing-wave]" in out), (2, True), err)
        self.assertEqual(err, f"emailauth alerts: {path}: contains a value that is too long for it; stop its users and restore it from a backup\n")
        self.assertEqual(self.run_program("alerts", "--reports", path, "--policies", self.scratch / "policies")[1], "", "… and what was told is remembered")

    def test_random_octets(self):
        chance = random.Random(14)
        path = self.scratch / "random.sqlite3"
        ends = {0: 0, 1: 0, 2: 0}
        for _ in range(40):
            for old in self.scratch.glob("random.sqlite3*"):
                old.unlink()
            octets = bytearray(self.good)
            for _ in range(chance.choice((1, 5, 50, 500))):
                octets[chance.randrange(100, len(octets))] = chance.randrange(256)
            path.write_bytes(octets)
            path.chmod(0o600)
            for words in (["reports", "show", DOMAIN, "--reports", path, "--since", f"{DAYS}d"], ["alerts", "--reports", path]):
                status, _, err = self.run_program(*words)
                self.assertIn(status, (0, 1, 2), err)
                ends[status] += 1
        print(f"exit status of 80 commands on damaged files: {ends}")
        self.assertGreater(ends[2], 10)

    def test_kept_days_that_are_no_number(self):
        path = self.damaged(f"INSERT INTO setting VALUES ('keep_days', '{HUGE}')")
        report = Report("another.example", DOMAIN, begin_of(TODAY), rows=[OWN])
        status, _, err = self.run_program("reports", "ingest", "--reports", path, "-", stdin=xml(report))
        self.assertEqual(status, 1)
        self.assertIn("setting: keep_days is not a number of days from 1 to 36500", err)

    def test_edits_are_not_tried_on_half_of_the_mail(self):
        path = self.damaged("UPDATE fact SET disposition = 99 WHERE count = 7")
        shutil.copytree(Path(__file__).resolve().parents[2] / "pdns-conf/emailauth", self.scratch / "samples")
        words = ["dmarc", "set", DOMAIN, "p=reject", "--policies", self.scratch / "samples", "--reports", path]
        status, _, err = self.run_program(*words)
        self.assertEqual(status, 2)
        self.assertIn("40 damaged rows were left out (fact: disposition 99 is not in 0 to 4; …)", err)
        self.assertEqual(self.run_program(*words, "--even-so")[0], 0)


class Modes(ReportsCase):
    """The database, which says who sent mail to whom, is for its owner."""

    def mode(self, path):
        return path.stat().st_mode & 0o777

    def run_as(self, user, *words):
        entry = pwd.getpwnam(user)
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, timeout=120, check=False,
                              user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])

    def ingest_with_reader(self, *options):
        """Files while the database is open: SQLite's own, too."""
        before = os.umask(0)
        try:
            self.ingest("-", stdin=xml(Report("receiver.example", DOMAIN, begin_of(TODAY), rows=[OWN])), options=options)
            reader = sqlite3.connect(self.database)
            self.addCleanup(reader.close)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM report").fetchall()
            self.ingest("-", stdin=xml(Report("other.example", DOMAIN, begin_of(TODAY), rows=[OWN])), options=options)
        finally:
            os.umask(before)
        return {path.name: self.mode(path) for path in self.scratch.glob("reports.sqlite3*")}

    def test_database_is_made_for_its_owner_alone(self):
        for options in ((), ("--keep-personal-data",)):
            self.database = self.scratch / "reports.sqlite3"
            self.assertEqual(self.ingest_with_reader(*options), {"reports.sqlite3": 0o600, "reports.sqlite3-wal": 0o600, "reports.sqlite3-shm": 0o600})

    def test_database_for_a_stated_group(self):
        group = grp.getgrgid(os.getegid()).gr_name
        self.assertEqual(self.ingest_with_reader("--group", group), {"reports.sqlite3": 0o640, "reports.sqlite3-wal": 0o640, "reports.sqlite3-shm": 0o640})
        status, _, err = self.run_program("reports", "ingest", "--reports", self.scratch / "other", "--group", "no-such-group", "-")
        self.assertEqual((status, err), (2, 'emailauth reports: --group: there is no group "no-such-group"\n'))

    @unittest.skipIf(os.geteuid() != 0, "only root can become others")
    def test_who_is_in_the_group_can_read_it_and_nobody_else(self):
        self.ingest("-", stdin=xml(Report("receiver.example", DOMAIN, begin_of(TODAY), rows=[OWN])), options=["--group", "games"])
        self.scratch.chmod(0o755)
        program = self.scratch / "emailauth"
        shutil.copy(self.program, program)
        program.chmod(0o755)
        type(self).program, kept = str(program), self.program
        self.addCleanup(setattr, type(self), "program", kept)
        done = self.run_as("games", "reports", "list", "--reports", self.database)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "example.com\n", ""))
        done = self.run_as("nobody", "reports", "list", "--reports", self.database)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Permission denied", done.stderr)

    def test_a_database_that_everybody_may_read_is_named(self):
        self.ingest("-", stdin=xml(Report("receiver.example", DOMAIN, begin_of(TODAY), rows=[OWN])))
        for mode in (0o644, 0o604, 0o666):
            self.database.chmod(mode)
            files = " ".join(f"{self.database}{suffix}" for suffix in (["", "-wal", "-shm"] if mode & 0o040 else [""]))
            remark = f"{self.database}: every user of this machine may read what receivers report about your mail; run: chmod o= {files}\n"
            status, out, err = self.run_program("reports", "ingest", "--reports", self.database, "--quiet", "-", stdin=xml(Report("r.example", DOMAIN, begin_of(TODAY) + mode)))
            self.assertEqual((status, out, err), (1, "", "emailauth reports: " + remark))
            for words in (["reports", "list"], ["reports", "show", DOMAIN], ["alerts"]):
                status, _, err = self.run_program(*words, "--reports", self.database)
                self.assertEqual((status, err), (0, f"emailauth {words[0]}: " + remark))
        line = re.search("run: (.*)$", err, re.M).group(1)
        subprocess.run(["sh", "-c", line], check=True)
        self.assertEqual(self.run_program("reports", "list", "--reports", self.database), (0, "example.com\n", ""))

    def test_an_old_database_keeps_its_mode_and_is_named(self):
        old = OldDatabase(self.database)
        old.report(DOMAIN, "receiver.example", "1", begin_of(TODAY))
        old.close()
        self.database.chmod(0o644)
        status, _, err = self.run_program("reports", "ingest", "--reports", self.database, "-", stdin=xml(Report("r.example", DOMAIN, begin_of(TODAY))))
        self.assertEqual((status, self.mode(self.database), "every user of this machine may read" in err), (1, 0o644, True))


if __name__ == "__main__":
    unittest.main()
