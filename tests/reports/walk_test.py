#!/usr/bin/python3
"""The commands of REPORTS.md, and those of the timer, run as printed there.

usage: walk_test.py PATH/TO/emailauth
"""
import json
import re
import shlex
import subprocess
import sys
import unittest
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

import report_year
from report_year import ROOT, Year, write_policies
from report_files import gz, mail, xml
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)


class Walk(ReportsCase):
    def setUp(self):
        super().setUp()
        today = date.today()
        for report in Year(first=date(2025, 3, 1), last=date(2025, 4, 10)).reports():
            report.begin += (today - date(2025, 4, 10)).days * 86400   # the last of them are today's
            self.write(f"mail/Maildir/new/{report.name}", mail(gz(xml(report)), report.name + ".xml.gz"))
        (self.scratch / "mail/Maildir/cur").mkdir()
        write_policies(self.scratch / "policies")
        self.config = self.scratch / "alerts.json"
        told = json.loads((ROOT / "pdns-conf/systemd/alerts.json").read_text(encoding="utf-8"))
        self.config.write_text(json.dumps({**told, "command": ["dd", "status=none", f"of={self.scratch / 'told'}"]}), encoding="utf-8")

    def run_line(self, line):
        words = [self.program if word.endswith("emailauth") and "/" not in word[:1] or word == "/usr/local/bin/emailauth" else word for word in shlex.split(line)]
        for name, path in (("/var/mail/dmarc/Maildir", "mail/Maildir"), ("example.com.html", "page.html"), ("/etc/emailauth/alerts.json", "alerts.json"), ("candidate.json", "policies/domains/example.com.json")):
            words = [str(self.scratch / path) if word == name else word for word in words]
        words += ["--reports", str(self.database)]
        if words[1] in ("advise", "alerts", "replay") or words[2] == "show":
            words += ["--policies", str(self.scratch / "policies")]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)

    def test_document(self):
        lines = re.findall(r"^    (emailauth .*)$", (ROOT / "REPORTS.md").read_text(encoding="utf-8"), re.M)
        self.assertEqual(len(lines), 10)
        said = {}
        for line in lines:
            with self.subTest(line):
                done = self.run_line(line)
                self.assertEqual((done.returncode, done.stderr), (1 if " advise " in line or " remove " in line else 0, ""), done.stdout)
                said[line] = done.stdout
        self.assertEqual(said["emailauth reports list"], "example.com\n")
        self.assertRegex(said["emailauth reports show example.com"], r"Twilio SendGrid +[\d,]+ +100 %")
        self.assertIn("obstacle[low-pass]: Salesforce: 0 % pass DMARC, 95 % are needed\n", said["emailauth advise example.com"])
        self.assertIn("<svg", (self.scratch / "page.html").read_text(encoding="utf-8"))

    def test_timer(self):
        unit = (ROOT / "pdns-conf/systemd/emailauth-reports.service").read_text(encoding="utf-8")
        lines = re.findall(r"^ExecStart=(.*)$", unit, re.M)
        self.assertEqual(len(lines), 2)
        for _ in range(2):
            for line in lines:
                done = self.run_line(line)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""), "nothing to say, nothing said")
        self.assertFalse((self.scratch / "told").exists())

    def test_command_is_told_once(self):
        self.run_line("emailauth reports ingest /var/mail/dmarc/Maildir")
        forged = next(report for report in Year(first=report_year.WAVE[0], last=report_year.WAVE[0]).reports())
        forged.begin = (date.today() - date(1970, 1, 1)).days * 86400
        forged.receiver = "other.example"
        self.ingest("-", stdin=xml(forged))
        done = self.run_line("emailauth alerts --rules /etc/emailauth/alerts.json")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^example\.com: [\d-]+: \d+ unauthenticated messages on [\d-]+; the usual number is \d+ a day \[spoofing-wave\]\n")
        self.assertEqual((self.scratch / "told").read_text(encoding="utf-8"), done.stdout)
        done = self.run_line("emailauth alerts --rules /etc/emailauth/alerts.json")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        # A command that fails is asked again; a wrong configuration is named.
        self.config.write_text('{"command": ["false"]}', encoding="utf-8")
        for _ in range(2):
            done = self.run_line("emailauth alerts --all --rules /etc/emailauth/alerts.json")
            self.assertEqual((done.returncode, done.stderr), (2, 'emailauth alerts: the command "false" failed (exit status 1); these alerts will be reported again\n'))
        self.config.write_text('{"limits": {"few": 0}}', encoding="utf-8")
        done = self.run_line("emailauth alerts --rules /etc/emailauth/alerts.json")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"emailauth alerts: {self.config}:1: /limits/few: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
