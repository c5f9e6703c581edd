#!/usr/bin/python3
"""Reports about names that mail cannot come from, and `emailauth reports remove`.

usage: remove_test.py PATH/TO/emailauth
"""
import json
import re
import shlex
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
ODD = ["_dmarc.x", "a b.test", "日本.jp"]
BEGIN = begin_of(TODAY)


class OddDomains(ReportsCase):
    def alerts(self):
        return self.run_program("alerts", "--reports", self.database, "--policies", self.policies)

    def setUp(self):
        super().setUp()
        self.policies = self.scratch / "policies"
        (self.policies / "domains").mkdir(parents=True)

    def test_one_report_about_an_odd_name_does_not_silence_alerts(self):
        write_days(self.scratch / "in", [OWN], days=40)
        for number, domain in enumerate(ODD):
            self.write(f"in/odd{number}.xml", xml(Report("receiver.example", domain, BEGIN, rows=[OWN])))
        done = self.ingest(self.scratch / "in")
        self.assertEqual((done["aggregate"], done["status"]), (41, 1))
        self.assertEqual({fault["reason"] for fault in done["set_aside"]}, {
            f'policy_published/domain: "{domain}" is not a mail domain; here a report names the domain that it is about' for domain in ODD[:2]})
        status, out, err = self.run_program("reports", "list", "--reports", self.database)
        self.assertEqual((status, out, err), (0, "example.com\nxn--wgv71a.jp\n", ""))
        self.assertEqual(self.alerts(), (0, "", ""))
        status, out, err = self.run_program("reports", "show", "日本.jp", "--reports", self.database)
        self.assertEqual((status, err), (0, ""), "people may type it as it is written")
        self.assertIn("Who sends as xn--wgv71a.jp", out)

    def test_other_kinds_of_reports_about_odd_names(self):
        for make, kind in ((tls, "tls"), (failure, "failure")):
            for domain in ODD[:2]:
                done = self.ingest("-", stdin=make(domain))
                self.assertEqual((done[kind], done["status"]), (0, 1), (kind, domain))
                self.assertRegex(done["set_aside"][0]["reason"], f'"{domain}".* is not a mail domain; (here )?a report names the domain that it is about')
            self.assertEqual(self.ingest("-", stdin=make(ODD[2]))[kind], 1)
        self.assertEqual(self.rows("SELECT DISTINCT text FROM report JOIN name ON name.id = domain"), [("xn--wgv71a.jp",)])

    def test_odd_names_in_an_old_database_are_named_and_can_be_removed(self):
        old = OldDatabase(self.database)
        for domain in (DOMAIN, *ODD):
            for back in range(40):
                begin = begin_of(TODAY) - back * 86400
                old.report(domain, "receiver.example", f"{back}", begin, messages=10)
                old.fact(domain, "receiver.example", begin)
        old.close()
        self.database.chmod(0o600)
        for words in (["reports", "list"], ["alerts", "--policies", str(self.policies)]):
            status, out, err = self.run_program(*words, "--reports", self.database)
            self.assertEqual((status, out), (1, "example.com\n" if words[1] == "list" else ""))
            self.assertEqual(re.findall(r'^emailauth \w+: "(.*)" is not a mail domain, and is left out; to remove its reports run: ', err, re.M), ODD)
        status, _, err = self.run_program("reports", "show", "nowhere.example", "--reports", self.database)
        self.assertEqual((status, err), (2, f'emailauth reports: {self.database}: has no reports about "nowhere.example"; it has some about example.com\n'))
        for line in re.findall("run: (.*)$", self.alerts()[2], re.M):
            words = shlex.split(line)
            shown = self.run_program(*words[1:-1])
            self.assertEqual((words[-1], shown[0]), ("--write", 0))
            self.assertIn("\n40 reports would be removed; nothing was written: use --write\n", shown[1])
            done = subprocess.run(["bash", "-c", 'emailauth() { "$PROGRAM" "$@"; }; ' + line], env={"PROGRAM": self.program}, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.endswith("\n40 reports were removed\n"), done.stdout)
        self.assertEqual(self.alerts(), (0, "", ""))
        self.assertEqual(self.rows("SELECT count(*), (SELECT count(*) FROM fact), (SELECT count(*) FROM flow) FROM report"), [(40, 40, 1)])

    def test_a_domain_that_cannot_be_looked_at_does_not_silence_the_others(self):
        write_days(self.scratch / "in", [OWN], days=40)
        forged = Row("100.64.1.1", 5000, DOMAIN, [], (DOMAIN, "fail"))
        self.write("in/wave.xml", xml(Report("other.example", DOMAIN, BEGIN, rows=[forged])))
        self.ingest(self.scratch / "in")
        status, out, err = self.run_program("alerts", "nowhere.example", DOMAIN, "--reports", self.database, "--policies", self.policies)
        self.assertEqual((status, "[spoofing-wave]" in out), (2, True), out + err)
        self.assertIn('has no reports about "nowhere.example"', err)


class Remove(ReportsCase):
    def remove(self, *words, status=0):
        done = self.run_program("reports", "remove", "--reports", self.database, *words)
        self.assertEqual((done[0], done[2]), (status, ""), done[1])
        return done[1]

    def setUp(self):
        super().setUp()
        mail = Row("192.0.2.5", 3, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "pass"), True, True)
        other = Row("192.0.2.6", 4, DOMAIN, [], (DOMAIN, "fail"))
        self.reports = {"one": Report("receiver.example", DOMAIN, BEGIN, rows=[mail]),
                        "same-day": Report("receiver.example", DOMAIN, BEGIN + 1, rows=[mail, other]),
                        "other-receiver": Report("Other.example", DOMAIN, BEGIN, rows=[mail]),
                        "other-domain": Report("receiver.example", "example.net", BEGIN, rows=[mail])}
        for name, report in self.reports.items():
            self.write(f"in/{name}.xml", xml(report))
        self.write("in/tls.json", tls(DOMAIN))
        self.write("in/failure.eml", failure(DOMAIN))
        self.assertEqual(self.ingest(self.scratch / "in")["files"], 6)
        self.before = self.contents()

    def counts(self):
        return {"messages": self.rows("SELECT coalesce(sum(messages), 0) FROM report WHERE kind = 1")[0][0],
                "facts": self.rows("SELECT coalesce(sum(count), 0) FROM fact")[0][0],
                "reports": self.rows("SELECT count(*) FROM report")[0][0]}

    def test_one_report_goes_with_its_own_counts_alone(self):
        one = self.reports["same-day"].id
        shown = self.remove("--id", one)
        self.assertEqual(shown, f"aggregate  {DOMAIN}  receiver.example  {TODAY}  7 messages  id {one}\n"
                                "1 report would be removed; nothing was written: use --write\n")
        self.assertEqual(self.contents(), self.before)
        self.assertTrue(self.remove("--id", one, "--write").endswith("\n1 report was removed\n"))
        self.assertEqual(self.counts(), {"messages": 9, "facts": 9, "reports": 5})
        self.assertEqual(self.rows("SELECT count(*) FROM flow"), [(1,)], "what nothing else needs goes, too")
        self.assertEqual(self.remove("--id", one, "--write", status=1), "no stored report matches\n")
        self.assertEqual(self.ingest(self.scratch / "in")["aggregate"], 1, "it can be read again")
        self.assertEqual(self.contents(), self.before)

    def test_by_organization_and_domain(self):
        self.remove("--organization", "OTHER.example", "--write")
        self.assertEqual(self.counts(), {"messages": 13, "facts": 13, "reports": 5})
        self.remove("--organization", "receiver.example", "--domain", "Example.NET", "--write")
        self.assertEqual(self.counts(), {"messages": 10, "facts": 10, "reports": 4})
        self.assertEqual(self.remove("--organization", "receiver.example", "--domain", "nowhere.example", "--write", status=1), "no stored report matches\n")
        out = json.loads(self.remove("--domain", DOMAIN, "--write", "--json"))
        self.assertEqual((out["removed"], out["days_kept"], out["written"]), (4, 0, True))
        self.assertEqual(sorted(one["kind"] for one in out["reports"]), ["aggregate", "aggregate", "failure", "tls"])
        self.assertEqual({table: self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in
                          ("report", "fact", "flow", "name", "tls_policy", "tls_failure", "failure", "alert")},
                         dict.fromkeys(("report", "fact", "flow", "name", "tls_policy", "tls_failure", "failure", "alert"), 0))

    def test_by_file(self):
        out = json.loads(self.remove("--file", self.scratch / "in/same-day.xml", self.scratch / "in/tls.json", self.scratch / "in/failure.eml", "--json", "--write"))
        self.assertEqual((out["removed"], sorted(one["kind"] for one in out["reports"])), (3, ["aggregate", "failure", "tls"]))
        self.assertEqual(self.counts(), {"messages": 9, "facts": 9, "reports": 3})
        self.assertIn("no stored report matches", self.remove("--file", self.scratch / "in/tls.json", status=1))
        self.write("in/broken.xml", b"<feedback>")
        status, out, err = self.run_program("reports", "remove", "--reports", self.database, "--file", self.scratch / "in")
        self.assertEqual((status, len(out.splitlines())), (1, 4))
        self.assertIn("broken.xml: is not well-formed XML", err)

    def test_an_id_that_holds_an_address_is_found_as_it_was_written(self):
        report = Report("receiver.example", DOMAIN, BEGIN + 2, rows=[])
        self.ingest("-", stdin=xml(report).replace(report.id.encode(), b"jane@receiver.example"))
        self.assertIn("  id sha256:", self.remove("--id", "jane@receiver.example"))
        stored, = re.findall(r"id (sha256:\w+)$", self.remove("--id", "jane@receiver.example"), re.M)
        self.remove("--id", stored, "--write")
        self.assertEqual(self.contents(), self.before)

    def test_days_that_version_0_1_0_stored_together(self):
        self.database = self.scratch / "old.sqlite3"
        old = OldDatabase(self.database)
        for number in range(2):
            old.report(DOMAIN, "receiver.example", f"{number}", BEGIN + number, messages=10)
            old.fact(DOMAIN, "receiver.example", BEGIN)
        old.report(DOMAIN, "receiver.example", "alone", BEGIN - 86400, messages=5)
        old.fact(DOMAIN, "receiver.example", BEGIN - 86400, count=5)
        old.close()
        self.database.chmod(0o600)
        self.assertIn("1 report would be removed", self.remove("--id", "0"), "it is shown without being converted")
        self.assertEqual(self.rows("PRAGMA user_version"), [(1,)])
        out = self.remove("--id", "0", "--write", status=1)
        self.assertIn("1 report was removed\nthe counts of 1 day stay: version 0.1.0 stored them together with those of other reports of the same day;\n", out)
        self.assertEqual(self.counts(), {"messages": 15, "facts": 25, "reports": 2})
        self.remove("--id", "1", "--write")
        self.assertEqual(self.counts(), {"messages": 5, "facts": 5, "reports": 1})
        self.remove("--id", "alone", "--write")
        self.assertEqual(self.counts(), {"messages": 0, "facts": 0, "reports": 0})

    def test_usage(self):
        self.assertEqual(self.run_program("reports", "remove", "--reports", self.database),
                         (2, "", "emailauth reports: say which reports: --domain, --organization, --id or --file\n"))
        self.assertEqual(self.run_program("reports", "remove", "--reports", self.scratch / "missing", "--id", "1")[0], 2)
        self.assertNotEqual(self.run_program("reports", "remove", "--file", "x", "--id", "1")[0], 0)
        self.assertEqual(self.contents(), self.before)


if __name__ == "__main__":
    unittest.main()
