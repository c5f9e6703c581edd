#!/usr/bin/python3
"""`emailauth message` on mails that no sender should send, on wrong usage, and without DNS: a verdict or one clear line, soon.

usage: hostile_test.py PATH/TO/emailauth
"""

import subprocess
import sys
import unittest
from contextlib import closing

sys.dont_write_bytecode = True

from message_case import HEADER, PROGRAM, MessageCase
from tiny_dns import TinyDns


class HostileTest(MessageCase):
    def test_dns_without_an_answer_is_no_verdict(self):
        with closing(TinyDns({"_dmarc.example.com": [{"RCODE": 2}]})) as dns:
            command = [PROGRAM, "message", "--resolver", f"127.0.0.1:{dns.port}", "--catalogue", str(self.scratch / "senders")]
            done = subprocess.run(command, input=HEADER, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("would be put off, or judged without DMARC, by a receiver that follows RFC 9989, because the policy cannot be looked up: _dmarc.example.com: SERVFAIL\n", done.stdout)

    def test_hostile_mails_are_judged_or_refused(self):
        many = "".join(f"Received: from x{i} (y [192.0.2.{i % 250}]) by z\r\n" for i in range(1500))
        signatures = "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=YQ==; b=YQ==\r\n" * 100
        judged = {"octets 0": HEADER.replace("offer", "of\0fer") + "a\0b\r\n", "a CR alone": HEADER + "a\rb\r\n", "a CR alone in From": HEADER.replace("Joe <", "J\roe <"),
                  "invalid UTF-8": HEADER.replace("Joe", "\xff\xfe") + "\xc3", "Received without end": many + HEADER, "signatures without end": signatures + HEADER,
                  "a long line": "X: " + "a" * 500000 + "\r\n" + HEADER, "From without end": "From: " + "<a@b.example>, " * 3000 + "\r\n",
                  "parentheses": "Received: from " + "(" * 20000 + "\r\n" + HEADER, "tags": "DKIM-Signature: " + "a=;" * 20000 + "\r\n" + HEADER,
                  "a body of empty lines": HEADER + "\r\n" * 200000, "no From": "To: x\r\n\r\n", "From is a group": "From: them: a@example.com, b@example.com;\r\n\r\n",
                  "no body": "From: joe@example.com", "an address in quotes": 'From: "joe@evil.example" <joe@example.com>\r\n\r\n', "a domain literal": "From: joe@[192.0.2.1]\r\n\r\n"}
        judged |= {"tags without end": "DKIM-Signature: " + "".join(f"t{i}=;" for i in range(100000)) + "\r\n" + HEADER,
                   "ARC tags without end": "ARC-Seal: " + "".join(f"t{i}=;" for i in range(100000)) + "\r\n" + HEADER,
                   "words without end": "From: " + "a " * 400000 + "<joe@example.com>\r\n\r\n", "commas": "From: " + "a," * 400000 + "joe@example.com\r\n\r\n",
                   "groups": "From: " + "a:" * 100000 + "joe@example.com\r\n\r\n", "comments": "From: " + "(" * 400000 + "joe@example.com\r\n\r\n"}
        for what, mail in judged.items():
            with self.subTest(what):
                self.assertIn(self.judge(mail, "--from", "b@example.com")["outcome"], ("accepted", "rejected"))
        self.assertEqual(self.judge(judged["an address in quotes"])["dmarc"][0]["domain"], "example.com")
        self.assertEqual(self.judge(judged["From is a group"])["from"], ["a@example.com", "b@example.com"])
        self.assertEqual(self.judge(judged["From without end"])["because"], "From contains no address in a domain (RFC 5322, 3.6.2)")
        refused = {"": "is not a mail: it does not begin with a header field", "\r\nhello": "is not a mail: it does not begin with a header field",
                   "X: " + "a" * (1 << 20): "the header is larger than 1 MiB; receivers refuse that", "A: b\n" * 2001: "has more than 2000 header fields; receivers refuse that",
                   HEADER + "a" * (64 << 20): "is larger than 64 MiB; receivers refuse that"}
        for mail, error in refused.items():
            done = self.run_message(mail.encode("latin-1"))
            self.assertEqual((done.returncode, done.stdout, done.stderr.decode()), (2, b"", f"emailauth message: standard input: {error}\n"))

    def test_addresses_that_nest_without_end(self):
        """GMime goes down with each group: what reads reports must not follow it, in the mail or in one inside."""
        endless = "a:" * 100000 + "joe@example.com\r\n"
        inside = "From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n"
        for what, mail in {"From": "From: " + endless + "\r\nx", "To, folded": "Subject: x\r\nTo :" + endless.replace("a:a:a:a:", "a:\r\n ") + "\r\nx", "inside": inside + "Cc: " + endless + "\r\nx"}.items():
            command = [PROGRAM, "reports", "ingest", "--reports", str(self.scratch / "reports.db"), "-"]
            done = subprocess.run(command, input=mail, capture_output=True, text=True, timeout=60, check=False)
            with self.subTest(what):
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("contains a field of addresses of more than 8 KiB", done.stdout + done.stderr)

    def test_wrong_usage(self):
        cases = {("--ip", "x"): '--ip: "x" is not an IP address', ("--from", "joe"): '--from "joe" is not an address; write "bounce@example.com", or "<>" for none',
                 ("--hop", "3"): "standard input: Received field 3 does not exist; the mail has 0: name one with --hop, or the client with --ip",
                 ("--at", "soon"): '--at "soon" is neither a day nor a time; write "2026-05-01" or "2026-05-01T06:00:00Z"'}
        for words, error in cases.items():
            done = self.run_message(HEADER.encode(), *words)
            with self.subTest(words):
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertTrue(done.stderr.decode().startswith(f"emailauth message: {error}"), done.stderr)
        done = self.run_message(b"", file=str(self.scratch / "nowhere"))
        self.assertEqual((done.returncode, done.stderr.decode()), (2, f"emailauth message: {self.scratch}/nowhere: cannot be read; name a file with one mail\n"))


if __name__ == "__main__":
    unittest.main()
