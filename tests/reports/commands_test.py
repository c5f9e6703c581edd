#!/usr/bin/python3
"""Every command that `advise` prints is run as printed, and does what the advice says.

usage: commands_test.py PATH/TO/emailauth
"""
import json
import re
import shlex
import subprocess
import sys
import unittest
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/reports/lib"), str(ROOT / "tests/cli")]
sys.dont_write_bytecode = True

from recent import DOMAIN, write_days
from report_files import Row
from report_year import write_policies
from reports_case import ReportsCase
from tiny_dns import TinyDns

ReportsCase.program = sys.argv.pop(1)
KEY = json.loads((ROOT / "pdns-conf/emailauth/domains/example.com.json").read_text(encoding="utf-8"))["dkim"]["keys"][0]["public_key"]
DNS = {DOMAIN: [{"TXT": "v=spf1 ip4:192.0.2.0/24 include:spf.vendor.example ~all"}], f"_dmarc.{DOMAIN}": [{"TXT": "v=DMARC1; p=none"}],
       **{f"{selector}._domainkey.{DOMAIN}": [{"TXT": f"v=DKIM1; p={KEY}"}] for selector in ("own", "late")},
       **{name: [{"TXT": f"v=spf1 ip4:{network} -all"}] for name, network in {
           "_spf.google.com": "203.0.113.0/28", "sendgrid.net": "203.0.113.16/28", "spf.vendor.example": "203.0.113.32/28"}.items()}}
FAIL = (DOMAIN, "fail")
OWN = Row("192.0.2.5", 100, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "pass"), True, True)
# What each row makes `advise` find.
BROKEN_OWN = Row("192.0.2.6", 50, DOMAIN, [(DOMAIN, "own", "fail")], FAIL)
UNLISTED_SERVICE = Row("203.0.113.1", 60, DOMAIN, [], FAIL)
UNNAMED_SERVICE = Row("198.51.100.9", 40, DOMAIN, [("sendgrid.net", "own1", "pass")], ("u1.sendgrid.net", "pass"))
LATE_SELECTOR = Row("192.0.2.7", 30, DOMAIN, [(DOMAIN, "late", "pass")], (DOMAIN, "pass"), True, True)
POSSIBLE = Row("198.51.100.77", 30, DOMAIN, [], ("bounce.stranger.example", "pass"))
STEADY = Row("100.64.9.9", 30, DOMAIN, [], FAIL)
FORGED = Row("100.64.1.1", 1, DOMAIN, [], FAIL)
ALL_KINDS = {"sender enable", "senders add", "senders refresh", "netblock add", "dkim import", "dmarc set", "block", "import", "check", "records"}


class Commands(ReportsCase):
    ran = set()

    def setUp(self):
        super().setUp()
        self.policies = self.scratch / "a policy directory"   # which takes quotes
        write_policies(self.policies, ["google-workspace"])
        self.dns = TinyDns(DNS)
        self.addCleanup(self.dns.close)

    def advise(self, domain=DOMAIN):
        status, out, err = self.run_program("advise", domain, "--reports", self.database, "--policies", self.policies, "--json")
        self.assertIn((status, err), ((0, ""), (1, "")))
        return json.loads(out)

    def report(self, *rows, **more):
        write_days(self.scratch / "in", rows, **more)
        self.ingest(self.scratch / "in")

    def lines(self, advice):
        """What there is to do, by the name of the finding."""
        out = {one["name"]: [re.search("emailauth .*", line).group() for line in one["todo"] if "emailauth " in line]
               for one in advice["obstacles"] + advice["notes"]}
        return {**out, "": advice["todo"]}

    def run_line(self, line):
        words = shlex.split(line)
        self.assertEqual(words[0], "emailauth", line)
        command = " ".join(words[1:3] if words[1] in ("sender", "senders", "netblock", "dkim", "dmarc") else words[1:2])
        self.ran.add(command)
        if command in ("senders refresh", "dkim import", "import", "check", "records"):
            words += ["--resolver", f"127.0.0.1:{self.dns.port}"]
        done = subprocess.run([self.program, *words[1:]], capture_output=True, text=True, timeout=120, check=False)
        self.assertIn(done.returncode, (0, 1) if command in ("check", "records", "import") else (0,), f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def policy(self):
        return json.loads((self.policies / "domains/example.com.json").read_text(encoding="utf-8"))

    def test_obstacles(self):
        self.report(OWN, BROKEN_OWN, UNLISTED_SERVICE, UNNAMED_SERVICE, LATE_SELECTOR, POSSIBLE, STEADY)
        found = self.lines(self.advise())
        self.assertEqual({name: [" ".join(line.split()[1:3]) for line in lines] for name, lines in found.items() if name != "low-pass"}, {
            "unnamed-service": ["senders add", "senders refresh", "sender enable"], "unexplained-sender": ["netblock add"],
            "steady-stranger": ["netblock add"], "selector-not-in-policy": ["dkim import"], "": []})
        for name in ("unnamed-service", "selector-not-in-policy", "unexplained-sender", "steady-stranger"):
            for line in found[name]:
                self.run_line(line)
        policy = self.policy()
        self.assertEqual(policy["spf"]["senders"], ["google-workspace", "sendgrid"])
        self.assertEqual([one["network"] for one in policy["spf"]["netblocks"]], ["192.0.2.0/24", "198.51.100.77/32", "100.64.9.9/32"])
        self.assertEqual(policy["dkim"]["keys"][-1]["selector"], "late")
        left = {one["name"]: one["evidence"] for one in self.advise()["obstacles"] + self.advise()["notes"]}
        self.assertEqual(set(left), {"low-pass"}, left)

    def test_failing_sources(self):
        self.report(OWN, BROKEN_OWN, UNLISTED_SERVICE)
        advice = self.advise()
        lines = {one["source"]: [re.search("emailauth .*", line).group() for line in one["todo"] if "emailauth " in line] for one in advice["obstacles"]}
        where = f"'{self.policies}'"
        self.assertEqual(lines, {"internal": [f"emailauth check example.com --selector own --policies {where}", f"emailauth records example.com --live --policies {where}"],
                                 "google-workspace": [f"emailauth senders refresh google-workspace --policies {where}"]})
        for line in (line for some in lines.values() for line in some):
            self.run_line(line)

    def test_next_step(self):
        self.report(OWN)
        self.assertEqual(self.lines(self.advise())[""], [f"emailauth dmarc set example.com p=quarantine sp=quarantine np=reject --policies '{self.policies}' --write"])
        self.run_line(self.lines(self.advise())[""][0])
        self.assertEqual(self.policy()["dmarc"], {"p": "quarantine", "sp": "quarantine", "np": "reject"})

    def test_domain_that_sends_nothing(self):
        write_policies(self.policies, [])
        policy = self.policy()
        del policy["spf"], policy["dkim"]
        (self.policies / "domains/example.com.json").write_text(json.dumps(policy), encoding="utf-8")
        self.report(FORGED, days=15)
        self.run_line(self.lines(self.advise())[""][0])
        self.assertEqual(self.policy()["mode"], "blocked")

    def test_domain_without_policy(self):
        self.report(OWN, LATE_SELECTOR)
        (self.policies / "domains/example.com.json").unlink()
        advice = self.lines(self.advise())
        self.assertEqual(advice["no-policy"], [f"emailauth import example.com --selector late --selector own --policies '{self.policies}' --write"])
        self.run_line(advice["no-policy"][0])
        self.assertEqual([key["selector"] for key in self.policy()["dkim"]["keys"]], ["late", "own"])
        self.report(FORGED, days=15, domain="parked.example")
        self.assertEqual(self.advise("parked.example")["next"], "blocked")
        self.run_line(self.lines(self.advise("parked.example"))[""][0])
        self.assertIn('"parked.example"', (self.policies / "domains/parked.jsonl").read_text(encoding="utf-8"))

    def test_what_others_wrote_stays_a_word(self):
        self.report(OWN, Row("192.0.2.7", 30, DOMAIN, [(DOMAIN, "x;touch$IFS.;", "pass")], (DOMAIN, "pass"), True, True))
        line, = self.lines(self.advise())["selector-not-in-policy"]
        self.assertEqual(shlex.split(line)[:6], ["emailauth", "dkim", "import", "example.com", "--selector", "x;touch$ifs.;"])

    @classmethod
    def tearDownClass(cls):
        if cls.whole:
            assert cls.ran == ALL_KINDS, cls.ran ^ ALL_KINDS

    whole = len(sys.argv) == 1


if __name__ == "__main__":
    unittest.main()
