#!/usr/bin/python3
"""`dmarc set`, `sender disable` and `netblock remove` are tried on the reports first; and names of addresses with --resolve.

usage: edits_test.py PATH/TO/emailauth
"""
import json
import shlex
import sys
import unittest
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/reports/lib"), str(ROOT / "tests/cli")]
sys.dont_write_bytecode = True

from recent import DOMAIN, TODAY, write_days
from report_files import Row
from report_year import write_policies
from reports_case import ReportsCase
from tiny_dns import TinyDns

ReportsCase.program = sys.argv.pop(1)
OWN_BY_SPF = Row("192.0.2.5", 100, DOMAIN, [], (DOMAIN, "pass"), False, True)
OWN_BY_BOTH = Row("192.0.2.5", 100, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "pass"), True, True)
GOOGLE_BY_SPF = Row("203.0.113.1", 20, DOMAIN, [], (DOMAIN, "pass"), False, True)
SENDGRID_FAILS = Row("203.0.113.17", 10, DOMAIN, [("sendgrid.info", "own1", "pass")], ("u1.sendgrid.net", "pass"))
SUBDOMAIN_FAILS = Row("192.0.2.5", 7, f"news.{DOMAIN}", [], (f"news.{DOMAIN}", "fail"))
SINCE = (TODAY - timedelta(days=29)).isoformat()


class Edits(ReportsCase):
    def setUp(self):
        super().setUp()
        self.policies = self.scratch / "policies"
        write_policies(self.policies, ["google-workspace", "sendgrid"])
        self.file = self.policies / "domains/example.com.json"

    def report(self, *rows, **more):
        write_days(self.scratch / "in", rows, **more)
        self.ingest(self.scratch / "in")

    def edit(self, *words):
        before = self.file.read_text(encoding="utf-8")
        status, out, err = self.run_program(*words, "--policies", self.policies, "--reports", self.database, "--write")
        return status, self.file.read_text(encoding="utf-8") != before, out, err

    def refused(self, words, *lines, domain=DOMAIN):
        command = " ".join(words[:2])
        status, changed, out, err = self.edit(*words)
        self.assertEqual((status, changed), (1, False), out + err)
        self.assertEqual(err, f"emailauth {command}: {domain}, {SINCE} to {TODAY}: legitimate mail would be lost\n" + "".join(line + "\n" for line in lines) +
                         f'emailauth {command}: nothing was written; fix that first, or add --even-so: emailauth advise {domain} '
                         f"--reports {shlex.quote(str(self.database))} --policies {shlex.quote(str(self.policies))}\n")
        self.assertIn("@@", out, "the change is shown all the same")

    def test_dmarc_set(self):
        self.report(OWN_BY_BOTH, SENDGRID_FAILS)
        for p in ("quarantine", "reject"):
            self.refused(["dmarc", "set", DOMAIN, f"p={p}"], "  Twilio SendGrid: of 300 messages 0 would no longer pass, 0 would begin to, 300 would be refused")
        for harmless in (["p=quarantine", "t=y"], ["p=none", "sp=reject"], ["p=none", "sp="]):
            self.assertEqual(self.edit("dmarc", "set", DOMAIN, *harmless)[0::3], (0, ""), harmless)
        status, _, out, err = self.edit("dmarc", "set", DOMAIN, "p=reject", "t=n", "--json")
        lost, = json.loads(out)["lost"]
        self.assertEqual((status, json.loads(out)["written"], lost["domain"], lost["then"]), (1, False, DOMAIN, "reject"))
        self.assertEqual([(one["id"], one["refused"]) for one in lost["sources"]], [("sendgrid", 300)])
        status, changed, _, err = self.edit("dmarc", "set", DOMAIN, "p=reject", "t=n", "--even-so")
        self.assertEqual((status, changed, err), (0, True, ""))

    def test_alignment(self):
        self.report(Row("192.0.2.5", 100, DOMAIN, [(f"mail.{DOMAIN}", "own", "pass")], (f"bounce.{DOMAIN}", "pass"), True, True))
        self.refused(["dmarc", "set", DOMAIN, "adkim=s", "aspf=s"], "  own servers: of 3,000 messages 3,000 would no longer pass, 0 would begin to, 0 would be refused",
                     f"    adkim=s does not accept signatures of mail.{DOMAIN}; aspf=s does not accept return paths of bounce.{DOMAIN} (3000)")

    def test_netblock_remove(self):
        self.report(OWN_BY_BOTH)
        self.assertEqual(self.edit("netblock", "remove", DOMAIN, "192.0.2.0/24")[:2], (0, True), "DKIM carries it")
        write_policies(self.policies, ["google-workspace", "sendgrid"])
        self.report(OWN_BY_SPF, receiver="other.example")
        self.refused(["netblock", "remove", DOMAIN, "192.0.2.0/24"], "  own servers: of 6,000 messages 3,000 would no longer pass, 0 would begin to, 0 would be refused",
                     "    its address would not be in the SPF record (3000)")

    def test_sender_disable(self):
        self.report(OWN_BY_BOTH, GOOGLE_BY_SPF, SENDGRID_FAILS)
        self.refused(["sender", "disable", DOMAIN, "google-workspace"], "  Google Workspace: of 600 messages 600 would no longer pass, 0 would begin to, 0 would be refused",
                     "    its address would not be in the SPF record (600)")
        self.assertEqual(self.edit("sender", "disable", DOMAIN, "sendgrid")[:2], (0, True), "its mail fails with and without")

    def test_subdomain(self):
        self.report(OWN_BY_BOTH, SUBDOMAIN_FAILS)
        self.refused(["dmarc", "set", f"news.{DOMAIN}", "p=reject"], "  own servers: of 210 messages 0 would no longer pass, 0 would begin to, 210 would be refused",
                     domain=f"news.{DOMAIN}")
        self.assertEqual(self.edit("dmarc", "set", f"shop.{DOMAIN}", "p=reject")[:2], (0, True), "no mail of it was reported")

    def test_without_reports(self):
        status, changed, _, err = self.edit("dmarc", "set", DOMAIN, "p=reject")
        self.assertEqual((status, changed, err), (2, False, f"emailauth dmarc set: {self.database}: does not exist; name the report database with --reports; --even-so continues without reports\n"))
        self.report(SENDGRID_FAILS, domain="example.net")
        self.assertEqual(self.edit("dmarc", "set", DOMAIN, "p=reject")[:2], (0, True), "reports of others")

    def test_few_messages(self):
        self.report(OWN_BY_BOTH)
        self.report(SENDGRID_FAILS, days=1, receiver="other.example")
        self.assertEqual(self.edit("dmarc", "set", DOMAIN, "p=reject")[:2], (0, True), "advise lets them pass, too")


class Names(ReportsCase):
    """Forward-confirmed reverse DNS: only a name that leads back to its address counts."""

    def setUp(self):
        super().setUp()
        self.policies = self.scratch / "policies"
        write_policies(self.policies, [])
        strangers = ["198.51.100.1", "198.51.101.1", "198.51.102.1", "198.51.103.1"]
        write_days(self.scratch / "in", [Row(address, 10, DOMAIN, [], ("x.example.invalid", "pass")) for address in strangers] +
                   [Row(address, 10, DOMAIN, [], (DOMAIN, "pass"), False, True) for address in ("198.51.100.65", "2001:db8:9::1")] +
                   [Row("192.0.2.5", 10, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "pass"), True, True)], days=10)
        self.ingest(self.scratch / "in")
        self.dns = TinyDns({
            "1.100.51.198.in-addr.arpa": [{"PTR": "o1.sendgrid.net"}], "o1.sendgrid.net": [{"A": "198.51.100.1"}],
            "65.100.51.198.in-addr.arpa": [{"PTR": "lost.example.org"}, {"PTR": "mx.host.example"}], "mx.host.example": [{"A": "198.51.100.9"}, {"A": "198.51.100.65"}],
            "1.101.51.198.in-addr.arpa": [{"PTR": "o2.sendgrid.net"}], "o2.sendgrid.net": [{"A": "198.51.100.99"}],   # forged
            "1.103.51.198.in-addr.arpa": [{"RCODE": 2}],
            "1." + "0." * 19 + "9.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": [{"PTR": "six.host.example"}], "six.host.example": [{"AAAA": "2001:db8:9::1"}]})
        self.addCleanup(self.dns.close)

    def sources(self, *words):
        status, out, err = self.run_program("reports", "show", DOMAIN, "--reports", self.database, "--policies", self.policies, "--json", *words)
        self.assertEqual((status, err), (0, ""))
        return {one["id"]: one for one in json.loads(out)["sources"]}

    def test_names(self):
        self.assertEqual(set(self.sources()), {"internal", "example.invalid", "198.51.100.0/24", "2001:db8:9::/48"})
        self.assertEqual(self.dns.asked, [], "nobody is asked unless wanted")
        found = self.sources("--resolve", "--resolver", f"127.0.0.1:{self.dns.port}")
        self.assertEqual({name: one["messages"] for name, one in found.items()}, {"internal": 100, "sendgrid": 100, "host.example": 200, "example.invalid": 300})
        self.assertIn('its address is called "o1.sendgrid.net", confirmed in both directions', found["sendgrid"]["evidence"])
        self.assertNotIn("5.2.0.192.in-addr.arpa", {name for name, _ in self.dns.asked}, "own servers need no name")
        self.assertIn(("o2.sendgrid.net", 1), self.dns.asked)

    def test_no_resolver(self):
        status, _, err = self.run_program("reports", "show", DOMAIN, "--reports", self.database, "--resolve", "--resolver", "nowhere")
        self.assertEqual(status, 2)
        self.assertIn('"nowhere"', err)


if __name__ == "__main__":
    unittest.main()
