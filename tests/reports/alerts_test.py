#!/usr/bin/python3
"""The command of `emailauth alerts`: one that never ends is ended, with everything that it started, and the alerts are reported the next time.

usage: alerts_test.py PATH/TO/emailauth
"""
import json
import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

from recent import DOMAIN, TODAY, begin_of, write_days
from report_files import Report, Row, xml
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)
OWN = Row("192.0.2.5", 100, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "pass"), True, True)
WAVE = Row("100.64.1.1", 5000, DOMAIN, [], (DOMAIN, "fail"))


class Command(ReportsCase):
    def setUp(self):
        super().setUp()
        write_days(self.scratch / "in", [OWN], days=40)
        self.write("in/wave.xml", xml(Report("other.example", DOMAIN, begin_of(TODAY), rows=[WAVE])))
        self.ingest(self.scratch / "in")
        (self.scratch / "policies/domains").mkdir(parents=True)
        self.config = self.scratch / "alerts.json"

    def alerts(self, *options, command=("true",), **config):
        self.config.write_text(json.dumps({"command": list(command), **config}), encoding="utf-8")
        begin = time.monotonic()
        status, out, err = self.run_program("alerts", "--reports", self.database, "--policies", self.scratch / "policies", "--rules", self.config, *options)
        return status, out, err, time.monotonic() - begin

    def is_gone(self, pid):
        """It is not there, or only waits for its parent to ask how it ended."""
        try:
            return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def pids(self):
        return [int(word) for word in (self.scratch / "pids").read_text(encoding="utf-8").split()]

    def refused(self, done, seconds):
        status, out, err, _ = done
        word = "second" if seconds == 1 else "seconds"
        self.assertEqual((status, err), (2, f'emailauth alerts: the command "sh" took longer than {seconds} {word} and was ended; these alerts will be reported again '
                                            '("timeout" in the configuration gives it more time)\n'))
        self.assertIn("[spoofing-wave]", out, "they are printed all the same")

    def test_a_command_that_never_ends_does_not_keep_alerts_waiting(self):
        script = f"echo $$ >{self.scratch}/pids; sleep 1000 & echo $! >>{self.scratch}/pids; cat; sleep 1001"
        for options, config in (((), {"timeout": 1}), (("--timeout", "1"), {"timeout": 3000}), (("--timeout", "1"), {})):
            done = self.alerts(*options, command=["sh", "-c", script], **config)
            self.refused(done, 1)
            self.assertLess(done[3], 10)
            self.assertEqual([self.is_gone(pid) for pid in self.pids()], [True, True], "the command and what it started")
        told = self.scratch / "told"
        status, out, err, _ = self.alerts(command=["dd", "status=none", f"of={told}"])
        self.assertEqual((status, err, told.read_text(encoding="utf-8")), (1, "", out), "the next time they are told")
        self.assertEqual(self.alerts(command=["false"])[:3], (0, "", ""), "… and then no more")

    def test_a_command_that_does_not_want_to_end_is_made_to(self):
        script = f"trap '' TERM HUP INT; echo $$ >{self.scratch}/pids; while :; do sleep 0.1; done"
        done = self.alerts(command=["sh", "-c", script], timeout=1)
        self.refused(done, 1)
        self.assertTrue(2.5 < done[3] < 12, done[3])
        self.assertEqual([self.is_gone(pid) for pid in self.pids()], [True])

    def test_a_command_that_reads_nothing(self):
        """More than a pipe holds is written for it."""
        rows = [Row("192.0.2.5", 100, DOMAIN, [(DOMAIN, f"{'s' * 60}{number}", "pass")], (DOMAIN, "pass"), True, True) for number in range(900)]
        broken = [Row("192.0.2.5", 100, DOMAIN, [(DOMAIN, f"{'s' * 60}{number}", "fail")], (DOMAIN, "pass"), False, True) for number in range(900)]
        write_days(self.scratch / "many", rows, days=40, receiver="many.example")
        for back in range(3):
            self.write(f"many/b{back}.xml", xml(Report("many.example", DOMAIN, begin_of(TODAY) - back * 86400 + 1, rows=broken)))
            (self.scratch / f"many/many.example!{DOMAIN}!{begin_of(TODAY) - back * 86400}!{begin_of(TODAY) - back * 86400 + 86399}.xml").unlink()
        self.ingest(self.scratch / "many")
        status, out, err, seconds = self.alerts(command=["sh", "-c", "exec sleep 1000"], timeout=2)
        self.assertGreater(len(out), 70_000)
        self.refused((status, out, err, seconds), 2)
        self.assertLess(seconds, 20)
        self.assertEqual(self.alerts(command=["sh", "-c", "exec <&-; exit 0"])[0:3:2], (1, ""), "a command need not read")

    def test_what_is_said_of_how_it_ended(self):
        for command, said in ((["sh", "-c", "exit 7"], 'the command "sh" failed (exit status 7); these alerts will be reported again\n'),
                              (["sh", "-c", "kill -9 $$"], 'the command "sh" failed (signal 9); these alerts will be reported again\n'),
                              ([str(self.scratch / "missing")], "cannot be run: No such file or directory\n")):
            status, _, err, _ = self.alerts(command=command)
            self.assertEqual(status, 2)
            self.assertIn(said, err)
        status, _, err, _ = self.alerts(timeout=0)
        self.assertEqual(status, 2)
        self.assertIn(f"{self.config}:1: /timeout: ", err)
        self.assertNotEqual(self.alerts("--timeout", "0")[0], 0)

    def test_nobody_is_waited_for_after_the_command_has_ended(self):
        """What it leaves behind on purpose may go on."""
        done = self.alerts(command=["sh", "-c", f"sleep 30 >/dev/null 2>&1 & echo $! >{self.scratch}/pids; exit 0"], timeout=20)
        self.assertEqual((done[0], done[2]), (1, ""))
        self.assertLess(done[3], 10)
        pid, = self.pids()
        self.assertFalse(self.is_gone(pid))
        os.kill(pid, 9)


if __name__ == "__main__":
    unittest.main()
