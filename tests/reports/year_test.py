#!/usr/bin/python3
"""A year of reports with facts planted in it: `show`, `advise` and `alerts` find each, on its day, and nothing else.

usage: year_test.py PATH/TO/emailauth
"""
import json
import sys
import unittest
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

import report_year
from report_year import BROKEN_FROM, ENABLED, MENDED_FROM, QUARANTINE_FROM, SALESFORCE_UNTIL, SILENT_FROM, WAVE, ZENDESK_FROM, Year, write_policies
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)


class WholeYear(ReportsCase):
    once = True

    def fill(self, owner):
        reports = Year().write(self.scratch / "in")
        self.assertEqual(self.ingest(self.scratch / "in")["aggregate"], len(reports))
        owner.policies = self.scratch / "policies"
        write_policies(self.policies)

    def ask(self, command, day, *words, policies=None):
        """The JSON that a command prints on a day, the next morning."""
        status, out, err = self.run_program(*command, "example.com", "--reports", self.database, "--policies", policies or self.policies,
                                            "--until", day.isoformat(), "--json", *words)
        self.assertEqual((status in (0, 1), err), (True, ""), err)
        return json.loads(out)

    def show(self, day, *words):
        return {(one["kind"], one["id"]): one for one in self.ask(["reports", "show"], day, *words)["sources"]}

    def test_alerts_day_by_day(self):
        told = []
        day = date(2025, 2, 15)
        while day <= report_year.LAST:
            told += [(day, one["kind"], one["about"], one.get("since"), one["cleared"]) for one in self.ask(["alerts"], day)]
            day += timedelta(days=1)
        began = [(kind, about, since) for _, kind, about, since, cleared in told if not cleared]
        day_of = {kind: day for day, kind, _, _, cleared in told if not cleared}
        self.assertEqual(sorted(began), sorted([
            ("selector-failing", "hs1._domainkey.example.com", BROKEN_FROM.isoformat()),
            ("falling-pass", "hubspot", BROKEN_FROM.isoformat()),
            ("policy-changed", "example.com", QUARANTINE_FROM.isoformat()),
            ("new-sender", "zendesk", ZENDESK_FROM.isoformat()),
            ("spoofing-wave", "example.com", WAVE[0].isoformat()),
            ("silent-receiver", "web.de", SILENT_FROM.isoformat())]))
        self.assertEqual(day_of["selector-failing"], BROKEN_FROM)
        self.assertEqual(day_of["spoofing-wave"], WAVE[0])
        self.assertEqual(day_of["policy-changed"], QUARANTINE_FROM)
        self.assertLessEqual(day_of["new-sender"], ZENDESK_FROM + timedelta(days=1))
        self.assertLessEqual(day_of["falling-pass"], BROKEN_FROM + timedelta(days=3))
        self.assertEqual(day_of["silent-receiver"], SILENT_FROM + timedelta(days=6))
        cleared = {kind for _, kind, _, _, gone in told if gone}
        self.assertEqual(cleared, {"selector-failing", "falling-pass", "policy-changed", "new-sender", "spoofing-wave", "silent-receiver"})

    def test_show(self):
        may = self.show(date(2025, 5, 31))
        self.assertLess(may["service", "hubspot"]["dmarc_pass"], may["service", "hubspot"]["messages"])
        self.assertIn("dkim-broken", may["service", "hubspot"]["why"])
        zendesk = self.show(date(2025, 8, 20))["service", "zendesk"]
        self.assertEqual((zendesk["new"], zendesk["first_seen"], zendesk["in_policy"]), (True, ZENDESK_FROM.isoformat(), False))
        gone = self.show(date(2025, 10, 20))["service", "salesforce"]
        self.assertEqual((gone["vanished"], gone["last_seen"]), (True, SALESFORCE_UNTIL.isoformat()))
        whole = self.show(report_year.LAST, "--since", "2025-01-01")
        self.assertEqual({key for key, one in whole.items() if one["new"]}, {("service", "zendesk")})
        self.assertEqual({key for key, one in whole.items() if one["vanished"]}, {("service", "salesforce")})
        self.assertEqual(set(whole), {("service", name) for name in report_year.SERVICES} | {
            ("internal", "internal"), ("forwarder", "198.51.100.0/24"), ("forwarder", "forwarder.example"), ("unknown", "unknown")})
        days = {day["day"]: day["messages"] for day in whole["unknown", "unknown"]["days"]}
        self.assertEqual({day for day, mails in days.items() if mails > 500},
                         {(WAVE[0] + timedelta(days=i)).isoformat() for i in range((WAVE[1] - WAVE[0]).days + 1)})

    def names(self, advice):
        return {(one["name"], one["source"]) for one in advice["obstacles"]}

    def test_advise_walks_to_reject(self):
        walk = lambda day, p, enabled=None: self.ask(["advise"], day, policies=self.policy(p, enabled))
        broken = walk(date(2025, 5, 31), "none")
        self.assertEqual((broken["now"], broken["next"], broken["ready"]), ("p=none", "p=quarantine", False))
        self.assertEqual(self.names(broken), {("low-pass", "hubspot"), ("low-pass", "salesforce")})
        # HubSpot is mended; Salesforce never passes, and is no longer used.
        without = [name for name in ENABLED if name != "salesforce"]
        unnamed = walk(date(2025, 7, 12), "none", without)
        self.assertEqual(self.names(unnamed), {("unnamed-service", "salesforce")})
        late = walk(date(2025, 12, 15), "none", without)
        self.assertIn(f"emailauth dkim import example.com --selector zendesk1 --policies {self.policy('none', without)} --write", [line for one in late["notes"] for line in one["todo"]])
        self.assertEqual((late["ready"], late["todo"]), (True, [f"emailauth dmarc set example.com p=quarantine sp=quarantine np=reject --policies {self.policy('none', without)} --write"]))
        self.assertEqual(walk(date(2025, 7, 9), "quarantine")["obstacles"][0]["name"], "quarantine-too-short")
        last = walk(date(2025, 12, 15), "quarantine", without + ["zendesk"])
        self.assertEqual((last["ready"], last["obstacles"], last["todo"]), (True, [], [f"emailauth dmarc set example.com p=reject sp=reject np=reject --policies {self.policy('quarantine', without + ['zendesk'])} --write"]))
        self.assertEqual(walk(date(2025, 12, 15), "reject", without)["next"], None)

    def try_policy(self, day, change, p="none", *words):
        """What `replay` says of today's policy with a change, and its exit status."""
        today = self.policy(p, [name for name in ENABLED if name != "salesforce"])
        candidate = json.loads((today / "domains/example.com.json").read_text(encoding="utf-8"))
        change(candidate)
        path = self.write("candidate.json", json.dumps(candidate).encode())
        found = self.ask(["replay"], day, "--policy", path, *words, policies=today)
        return found["harms"], {one["id"]: (one["lost"], one["gained"], one["refused"], one["messages"]) for one in found["sources"]}

    def test_replay_stops_what_would_lose_mail(self):
        late, may = date(2025, 12, 15), date(2025, 5, 31)
        action = lambda p: lambda policy: policy["dmarc"].update(p=p)
        harms, changes = self.try_policy(late, action("reject"))
        self.assertEqual((harms, set(changes)), (False, {"unknown"}))
        self.assertEqual(changes["unknown"][2], changes["unknown"][3], "only forged mail is refused")
        harms, changes = self.try_policy(may, action("quarantine"))
        self.assertEqual((harms, changes["hubspot"][0], changes["hubspot"][2] > 1000), (True, 0, True))

        def without_selector(policy):
            policy["dkim"]["keys"] = [key for key in policy["dkim"]["keys"] if key["selector"] != "s1"]
        harms, changes = self.try_policy(late, without_selector)
        self.assertEqual((harms, {key for key, one in changes.items() if one[0]}), (True, {"sendgrid"}))
        self.assertEqual(changes["sendgrid"][0], changes["sendgrid"][3])

        def without_netblock(policy):
            policy["spf"]["netblocks"] = []
        self.assertEqual(self.try_policy(late, without_netblock), (False, {}), "DKIM carries the own servers")

        def blocked(policy):
            for key in list(policy):
                if key != "domain":
                    del policy[key]
            policy["mode"] = "blocked"
        self.assertEqual(self.try_policy(late, blocked)[0], True)
        strict = lambda policy: policy["dmarc"].update(aspf="s", adkim="s")
        self.assertEqual(self.try_policy(late, strict)[0], False, "Postmark's return path is below the domain, its signature is not")

    def policy(self, p, enabled):
        folder = self.scratch / f"policies-{p}-{len(enabled or ENABLED)}"
        write_policies(folder, enabled, p)
        return folder


if __name__ == "__main__":
    unittest.main()
