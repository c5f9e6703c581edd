#!/usr/bin/python3
"""Nothing about a person is in the database, its journal or the messages, unless --keep-personal-data asks for it.

usage: personal_test.py PATH/TO/emailauth
"""
import json
import sqlite3
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

from old_database import OldDatabase
from report_files import mail, zipped
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)
WHO = "zzmarker"
# Ways in which an address, and nothing else, says who somebody is.
FORMS = [f"{WHO}@victim.example", f"550 5.1.1 <{WHO}@victim.example>: user unknown", f"{WHO}%40victim.example", f"{WHO}=40victim.example",
         f"\"{WHO} doe\"@victim.example", f"x+{WHO}=victim.example@list.example", f"mailto:{WHO}@victim.example?subject=x", f"  {WHO}@victim.example  "]
AGGREGATE = ["version", "report_metadata/org_name", "report_metadata/email", "report_metadata/extra_contact_info", "report_metadata/report_id",
             "report_metadata/error", "report_metadata/generator", "policy_published/version_published", "policy_published/adkim",
             "policy_published/p", "policy_published/sp", "policy_published/pct", "policy_published/fo", "policy_published/discovery_method",
             "record/row/policy_evaluated/disposition", "record/row/policy_evaluated/dkim", "record/row/policy_evaluated/reason/type",
             "record/row/policy_evaluated/reason/comment", "record/identifiers/envelope_to", "record/identifiers/envelope_from",
             "record/identifiers/header_from", "record/auth_results/dkim/domain", "record/auth_results/dkim/selector", "record/auth_results/dkim/result",
             "record/auth_results/dkim/human_result", "record/auth_results/spf/domain", "record/auth_results/spf/scope", "record/auth_results/spf/result",
             "record/auth_results/spf/human_result"]
# Where it makes the report one that cannot be read: what is said of that is stored, too.
AGGREGATE_FAULTS = ["report_metadata/date_range/begin", "policy_published/domain", "record/row/source_ip", "record/row/count"]
TLS = ["organization-name", "contact-info", "report-id", "policies/0/policy/policy-type", "policies/0/policy/policy-string/0",
       "policies/0/policy/mx-host/0", "policies/0/failure-details/0/result-type", "policies/0/failure-details/0/sending-mta-ip",
       "policies/0/failure-details/0/receiving-mx-hostname", "policies/0/failure-details/0/receiving-mx-helo",
       "policies/0/failure-details/0/receiving-ip", "policies/0/failure-details/0/additional-information",
       "policies/0/failure-details/0/failure-reason-code", "policies/1/policy/policy-domain"]
TLS_FAULTS = ["policies/0/failure-details/0/failed-session-count", "policies/0/summary/total-successful-session-count", "date-range/start-datetime"]
FAILURE = ["Feedback-Type", "Auth-Failure", "Delivery-Result", "Identity-Alignment", "User-Agent", "Version", "Source-IP", "Reporting-MTA",
           "Authentication-Results", "Reported-URI", "Original-Envelope-Id", "Original-Mail-From", "Original-Rcpt-To", "DKIM-Domain", "DKIM-Identity",
           "DKIM-Selector", "DKIM-Canonicalized-Body", "DKIM-Canonicalized-Header", "SPF-DNS", "Arrival-Date", "Incidents"]
# With --keep-personal-data these are kept as they came.
KEPT = {"policies/0/failure-details/0/failure-reason-code", "User-Agent", "Original-Rcpt-To", "Authentication-Results"}


def aggregate(path, text, number):
    """A report with `text` in one element."""
    fields = {"report_metadata/org_name": "receiver.example", "report_metadata/report_id": f"a{number}", "report_metadata/date_range/begin": "1746057600",
              "report_metadata/date_range/end": "1746143999", "policy_published/domain": "example.com", "policy_published/p": "none",
              "record/row/source_ip": "192.0.2.1", "record/row/count": "2", "record/row/policy_evaluated/disposition": "none",
              "record/identifiers/header_from": "example.com", "record/auth_results/spf/domain": "example.com", "record/auth_results/spf/result": "pass"}
    fields[path] = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    tree = {}
    for name, value in fields.items():
        at = tree
        *folders, last = name.split("/")
        for folder in folders:
            at = at.setdefault(folder, {})
        at[last] = value
    def written(node):
        return "".join(f"<{name}>{written(value) if isinstance(value, dict) else value}</{name}>" for name, value in node.items())
    return f"<feedback>{written(tree)}</feedback>".encode()


def tls(path, text, number):
    report = {"organization-name": "Receiver", "report-id": f"t{number}", "contact-info": "", "date-range": {
        "start-datetime": "2025-05-01T00:00:00Z", "end-datetime": "2025-05-01T23:59:59Z"}, "policies": [{
            "policy": {"policy-type": "sts", "policy-domain": "example.com", "policy-string": ["version: STSv1"], "mx-host": ["mx.example.com"]},
            "summary": {"total-successful-session-count": 9, "total-failure-session-count": 2},
            "failure-details": [{"result-type": "validation-failure", "failed-session-count": 2}]},
            {"policy": {"policy-type": "tlsa", "policy-domain": "example.com"}}]}
    at = report
    *folders, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for folder in folders:
        at = at[folder]
    at[last] = text
    return json.dumps(report).encode()


def failure(field, text, number):
    lines = {"Feedback-Type": "auth-failure", "Auth-Failure": "dmarc", "Reported-Domain": "example.com", "Source-IP": "203.0.113.9", field: text}
    fields = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return (f"From: \"{WHO}\" <{WHO}@receiver.example>\nSubject: {WHO}\nMessage-ID: <{number}.{WHO}@receiver.example>\nDate: Thu, 01 May 2025 10:00:00 +0000\n"
            "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n"
            f"--b\nContent-Type: text/plain\n\nAbout {WHO}@victim.example\n--b\nContent-Type: message/feedback-report\n\n{fields}\n"
            f"--b\nContent-Type: message/rfc822\n\nFrom: {WHO}@example.com\nTo: {WHO}@victim.example\n\nDear {WHO}\n--b--\n").encode()


class Personal(ReportsCase):
    def setUp(self):
        super().setUp()
        self.number = 0

    def write_all(self):
        """Every field of every kind of report with every form of address; the count of files."""
        for make, places in ((aggregate, AGGREGATE + AGGREGATE_FAULTS), (tls, TLS + TLS_FAULTS), (failure, FAILURE)):
            for place in places:
                for form in FORMS:
                    self.number += 1
                    self.write(f"in/{make.__name__}{self.number}", make(place, form, self.number))
        for name, octets in {"broken": zipped(b"<feedback>", f"{WHO}@victim.example.xml"), "text": f"{WHO}@victim.example wrote".encode(),
                             "inner": mail(b"<feedback>", f"{WHO}@victim.example!x.xml", "text/xml"),
                             "long": aggregate("record/row/count", "y" * 300 + f"{WHO}@victim.example", 0)}.items():
            self.write(f"in/{name}", octets)
        return self.number + 4

    def everywhere(self):
        return b"".join(path.read_bytes() for path in self.scratch.glob("reports.sqlite3*"))

    def test_no_field_of_any_report_keeps_an_address(self):
        files = self.write_all()
        self.ingest("-", stdin=aggregate("report_metadata/org_name", "first.example", 9999))
        reader = sqlite3.connect(self.database)   # which keeps the -wal file where it is
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM report").fetchall()
        status, out, err = self.run_program("reports", "ingest", "--reports", self.database, "--json", self.scratch / "in")
        done = json.loads(out)
        self.assertEqual((status, done["files"]), (1, files))
        self.assertEqual(done["aggregate"] + done["tls"] + done["failure"] + done["known"], files - len(done["set_aside"]))
        # All forms of what must be a number, a time or an address, two that cannot be a domain, and the four files.
        self.assertEqual(len(done["set_aside"]), (len(AGGREGATE_FAULTS) - 1 + len(TLS_FAULTS)) * len(FORMS) + 2 + 4)
        self.assertEqual(done["known"], 2, "report ids that differ in white space; nothing else makes two reports one")
        self.assertTrue(Path(f"{self.database}-wal").stat().st_size > 100_000)
        self.assertNotIn(WHO.encode(), self.everywhere().lower())
        for said in (out, err):
            self.assertNotIn(WHO, said.lower())
        for words in (["reports", "show", "example.com", "--since", "2025-04-01", "--until", "2025-06-01", "--json"], ["reports", "list", "--set-aside"],
                      ["reports", "remove", "--domain", "example.com", "--json"]):
            status, out, err = self.run_program(*words, "--reports", self.database)
            self.assertIn(status, (0, 1), err)
            self.assertNotIn(WHO, (out + err).lower())

    def test_it_is_kept_when_that_is_asked_for(self):
        for make, place in [(tls, one) for one in TLS if one in KEPT] + [(failure, one) for one in FAILURE if one in KEPT]:
            self.number += 1
            self.write(f"in/{self.number}", make(place, f"550 {WHO}{self.number}x@victim.example", self.number))
        self.assertEqual(self.number, len(KEPT))
        self.assertEqual(self.ingest(self.scratch / "in", options=["--keep-personal-data"])["status"], 0)
        for number in range(1, self.number + 1):
            self.assertIn(f"{WHO}{number}x@victim.example".encode(), self.everywhere())

    def test_a_report_counts_once_whatever_is_kept_of_it(self):
        self.write_all()
        first = self.ingest(self.scratch / "in")
        for options in ([], ["--keep-personal-data"]):
            again = self.ingest(self.scratch / "in", options=options)
            self.assertEqual([again[kind] for kind in ("aggregate", "tls", "failure")], [0, 0, 0])
            self.assertEqual(again["known"], sum(first[kind] for kind in ("aggregate", "tls", "failure", "known")))

    def test_what_version_0_1_0_kept_goes_when_its_database_is_converted(self):
        old = OldDatabase(self.database)
        begin = 1746057600
        for number, organisation in enumerate([f"{WHO}@victim.example", "victim.example", f"{WHO}@other.example"]):
            old.report("example.com", organisation, "same", begin, policy=f"p=none; pct={WHO}@x", messages=10)
            old.fact("example.com", organisation, begin)
        old.report("example.com", "receiver.example", f"{WHO}1@receiver.example", begin, messages=10)
        old.fact("example.com", "receiver.example", begin)
        tls_report = old.report("example.com", "receiver", "t", begin, kind=2)
        old.connection.execute("INSERT INTO tls_policy VALUES (?, ?, ?, 1, 2)", (tls_report, f"sts {WHO}@x", f"{WHO} victim"))
        old.connection.execute("INSERT INTO tls_failure VALUES (?, 'sts', ?, ?, '', ?, 2)", (tls_report, f"{WHO}@x", f"{WHO} unknown", f"550 {WHO}@victim.example unknown"))
        for number, kept in enumerate(("", "kept-on-purpose@example.com")):
            row = old.report("example.com", "receiver.example", f"arf{number}", begin, kind=3)
            who = WHO if not kept else "someone"
            old.connection.execute("INSERT INTO failure VALUES (?, 'auth-failure', 'dmarc', '203.0.113.9', ?, ?, '', 's1', ?, 'none', ?, '', '', '')",
                                   (row, f"@{who}", kept, f"{who}@x", f"Agent/1.0 {who}@x"))
        old.connection.execute("INSERT INTO set_aside VALUES (?, ?, 1)", (f"/mail/x.eml: {WHO}@victim.example.xml", f'record 1/row/count: "{WHO}@victim.example" is not …'))
        old.close()
        self.assertIn(WHO.encode(), self.everywhere())
        done = self.ingest("-", stdin=aggregate("report_metadata/report_id", f"{WHO}1@receiver.example", 1))
        self.assertEqual((done["aggregate"], done["known"]), (0, 1), "it is known by its new id")
        self.assertNotIn(WHO.encode(), self.everywhere())
        self.assertEqual(self.rows("SELECT reason_code, receiving_host, sending_address FROM tls_failure"), [("550", "", "")])
        self.assertEqual(self.rows("SELECT rcpt_to, user_agent FROM failure ORDER BY report"),
                         [("", "Agent/1.0"), ("kept-on-purpose@example.com", "Agent/1.0 someone@x")])
        self.assertEqual(self.rows("SELECT o.text, count(*), sum(messages) FROM report JOIN name o ON o.id = organisation WHERE kind = 1 GROUP BY 1 ORDER BY 1"),
                         [("other.example", 1, 10), ("receiver.example", 1, 10), ("victim.example", 1, 10)])
        self.assertEqual(self.rows("SELECT sum(count), count(*) FROM fact WHERE report IN (SELECT id FROM report)"), [(30, 3)])
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.rows("PRAGMA foreign_key_check"), [])


if __name__ == "__main__":
    unittest.main()
