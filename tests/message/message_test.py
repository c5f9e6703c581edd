#!/usr/bin/python3
"""`emailauth message` on mails that dkimpy and OpenDKIM signed, and on what happens to mails on their way.

Both signers verify every mail as well; pyspf and libopendmarc judge the rest. Where they and we differ must be in DIFFERENCES.

usage: message_test.py PATH/TO/emailauth [--verifiers build/verifiers]
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("cli", "e2e/verifiers", "e2e/lib")]

from adapters.toolbox import PYTHON, Toolbox
from tiny_dns import TinyDns

PROGRAM = str(Path(sys.argv.pop(1)).resolve())
VERIFIERS = Path(sys.argv.pop(2) if sys.argv[1:2] == ["--verifiers"] else ROOT / "build/verifiers")
KEYS = {"rsa-sha256": (ROOT / "tests/e2e/verifiers/keys/rsa2048.pem").read_text(), "ed25519-sha256": (ROOT / "tests/e2e/verifiers/keys/ed25519.pem").read_text()}
SELECTORS = {"rsa-sha256": "s1", "ed25519-sha256": "ed"}

HEADER = ("From: Joe <joe@example.com>\r\nTo: a@rx.example,\r\n\tb@rx.example\r\nSubject:  an  offer \r\n  of the day\r\n"
          "Date: Sun, 22 Nov 2026 01:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\n")
BODY = "Hello,  world. \r\n\r\n.dot\r\n\tTab\tand space  \r\nlast line\r\n"
# Signed with each canonicalization: name -> (mail, l=)
MAILS = {"usual": (HEADER + BODY, False), "l=": (HEADER + BODY, True), "empty body": (HEADER, False), "only empty lines": (HEADER + "\r\n\r\n", False),
         "only spaces": (HEADER + " \t\r\n \r\n", False)}
CANONS = ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed")
# What happens on the way: (what, how)
CHANGES = (
    ("nothing", lambda m: m),
    ("a word of the body", lambda m: m.replace("world", "World")),
    ("a space more between words", lambda m: m.replace("Hello,  world", "Hello,   world")),
    ("a space that was none", lambda m: m.replace("last line", "last l ine")),
    ("white space at the end of a line", lambda m: m.replace("last line\r\n", "last line \t\r\n")),
    ("white space at the begin of a line", lambda m: m.replace(".dot", " .dot")),
    ("empty lines at the end", lambda m: m + "\r\n\r\n\r\n"),
    ("an empty line taken away", lambda m: m.replace("world. \r\n\r\n", "world. \r\n")),
    ("a footer", lambda m: m + "-- \r\nlist footer\r\n"),
    ("no CRLF at the end", lambda m: m[:-2] if not m.endswith("\r\n\r\n") else m),
    ("8-bit octets", lambda m: m.replace("last", "l\xe4st")),
    ("the subject", lambda m: m.replace("offer", "Offer")),
    ("folded anew", lambda m: m.replace("offer \r\n  of", "offer\r\n\tof")),
    ("unfolded", lambda m: m.replace("a@rx.example,\r\n\tb@", "a@rx.example, b@")),
    ("names in capitals", lambda m: m.replace("Subject:", "SUBJECT:")),
    ("a space before the value taken away", lambda m: m.replace("From: Joe", "From:Joe")),
    ("a field nobody signed", lambda m: "X-Scanned: yes\r\n" + m),
    ("a second From above", lambda m: "From: evil@evil.example\r\n" + m),
    ("a second From below", lambda m: m.replace("Message-ID:", "From: evil@evil.example\r\nMessage-ID:")),
    ("a signed field taken away", lambda m: m.replace("Message-ID: <1@example.com>\r\n", "")),
    ("fields in another order", lambda m: re.sub(r"(Date:.*\r\n)(Message-ID:.*\r\n)", r"\2\1", m)),
    ("the signature folded anew", lambda m: re.sub(r"; (d=|c=)", ";\r\n\t\\1", m, count=1)),
    ("the signature's d=", lambda m: m.replace("d=example.com", "d=other.example", 1)),
    ("the signature's bh=", lambda m: re.sub(r"bh=(.)", lambda found: "bh=" + ("A" if found.group(1) != "A" else "B"), m, count=1)),
)
# (who differs, change, canonicalization of the body): why ours is right.
DIFFERENCES = {
    ("opendkim", "no CRLF at the end", "relaxed"): "a CRLF is added there (RFC 6376, 3.4.3); libopendkim only takes what came over SMTP",
    ("dkimpy", "a second From above", ""): "only the lowest From is signed (5.4.2); dkimpy refuses two, which is DMARC's business: see the conclusion",
}


def public_record(pem):
    der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem.encode(), capture_output=True, check=True).stdout
    is_rsa = len(der) > 100
    return f"v=DKIM1; k={'rsa' if is_rsa else 'ed25519'}; p={base64.b64encode(der if is_rsa else der[-32:]).decode()}"


RECORDS = {f"{SELECTORS[kind]}._domainkey.{domain}": public_record(pem) for kind, pem in KEYS.items() for domain in ("example.com", "sub.example.com", "vendor.example")}
ZONE = {name: [{"TXT": record}] for name, record in RECORDS.items()} | {
    "example.com": [{"TXT": "v=spf1 ip4:192.0.2.1 -all"}], "vendor.example": [{"TXT": "v=spf1 ip4:192.0.2.0/24 ~all"}], "sub.example.com": [{"TXT": "v=spf1 ?all"}],
    "mx.example.com": [{"A": "192.0.2.1"}, {"TXT": "v=spf1 a -all"}], "_dmarc.example.com": [{"TXT": "v=DMARC1; p=reject; sp=quarantine"}],
    "_dmarc.quarantine.example": [{"TXT": "v=DMARC1; p=quarantine; adkim=s"}], "_dmarc.nothing.example": [{"TXT": "v=DMARC1; p=none"}],
    "1.2.0.192.in-addr.arpa": [{"PTR": "mx.example.com"}]}


class Others:
    """dkimpy, libopendkim, pyspf and libopendmarc, asked in one go."""

    def __init__(self, scratch):
        self.tools = Toolbox(VERIFIERS, scratch)
        libraries = [sorted(self.tools.unpacked.glob(f"usr/lib/*/lib{name}.so.{version}")) for name, version in (("opendkim", 11), ("opendmarc", 2))]
        self.missing = "OpenDKIM and OpenDMARC are not unpacked; scripts/test does that" if not all(libraries) else None
        keys = scratch / "keys"
        keys.write_text("".join(f"{name} {record}\n" for name, record in RECORDS.items()), encoding="ascii")
        self.command = [PYTHON, str(HERE / "others.py"), *(str(found[0]) for found in libraries if found), str(keys)]

    def ask(self, questions):
        lines = "".join(json.dumps(question) + "\n" for question in questions)
        done = subprocess.run(self.command, input=lines, capture_output=True, text=True, timeout=60, check=False, env=self.tools.environment())
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != len(questions):
            raise RuntimeError(f"the others stopped at {questions[len(answers)]}: {done.stderr}")
        return answers


class MessageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="emailauth-message-")
        cls.scratch = Path(cls.folder.name)
        cls.others = Others(cls.scratch)
        (cls.scratch / "senders").mkdir()
        cls.dns = TinyDns(ZONE)

    @classmethod
    def tearDownClass(cls):
        cls.dns.close()
        cls.folder.cleanup()

    def run_message(self, octets, *words, file="-"):
        command = [PROGRAM, "message", file, "--resolver", f"127.0.0.1:{self.dns.port}", "--catalogue", str(self.scratch / "senders"), *map(str, words)]
        return subprocess.run(command, input=octets, capture_output=True, timeout=60, check=False)

    def judge(self, mail, *words):
        done = self.run_message(mail.encode("latin-1"), "--json", *words)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        self.assertEqual(done.stderr, b"")
        return json.loads(done.stdout)

    def judge_all(self, mails):
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.judge, mails))

    def signed(self):
        """[(signer, mail's name, canonicalization, signed mail)]"""
        wanted = [(by, name, canon, "rsa-sha256") for by in ("dkimpy", "opendkim") for canon in CANONS for name in MAILS
                  if name == "usual" or (by == "dkimpy") == (canon in ("simple/simple", "relaxed/relaxed"))]
        wanted += [(by, "usual", "relaxed/relaxed", "ed25519-sha256") for by in ("dkimpy", "opendkim")]
        fields = self.others.ask([{"do": "sign", "by": by, "mail": MAILS[name][0], "key": KEYS[kind], "algorithm": kind, "canon": canon, "selector": SELECTORS[kind],
                                   "domain": "example.com", "length": MAILS[name][1]} for by, name, canon, kind in wanted])
        return [(f"{by} {kind}", name, canon, field + MAILS[name][0]) for (by, name, canon, kind), field in zip(wanted, fields)]

    def test_signatures_as_dkimpy_and_opendkim_see_them(self):
        if self.others.missing:
            self.skipTest(self.others.missing)
        cases = []
        for signer, name, canon, mail in self.signed():
            own = (signer.startswith("dkimpy")) == (canon in ("simple/simple", "relaxed/relaxed"))   # each canonicalization once
            every = own and (name == "usual" or (name, canon) == ("l=", "simple/simple"))
            for what, how in CHANGES:
                changed = how(mail)
                if what == "nothing" or (changed != mail and (every or (name == "empty body" and "end" in what))):
                    cases.append((signer, name, canon, what, changed))
        self.assertGreater(len(cases), 120)
        ours = self.judge_all([case[-1] for case in cases])
        answers = self.others.ask([{"do": "verify", "by": by, "mail": case[-1]} for case in cases for by in ("dkimpy", "opendkim")])
        found = {"pass": 0, "fail": 0}
        for number, (signer, name, canon, what, _) in enumerate(cases):
            verdict = ours[number]["dkim"][0]
            found["pass" if verdict["result"] == "pass" else "fail"] += 1
            for by, theirs in zip(("dkimpy", "opendkim"), answers[2 * number:2 * number + 2]):
                agree = (theirs == "pass") == (verdict["result"] == "pass")
                known = DIFFERENCES.get((by, what, canon.split("/")[1])) or DIFFERENCES.get((by, what, ""))
                with self.subTest(signer=signer, mail=name, canon=canon, change=what, verifier=by):
                    self.assertEqual(agree, known is None, f"ours: {verdict['result']} {verdict['reason']}, {by}: {theirs}")
        self.assertGreater(min(found.values()), 40, found)

    def test_spf_as_pyspf_sees_it(self):
        if self.others.missing:
            self.skipTest(self.others.missing)
        questions = [{"do": "spf", "ip": ip, "helo": helo, "from": sender, "zone": ZONE}
                     for ip in ("192.0.2.1", "192.0.2.7", "198.51.100.1") for helo in ("mx.example.com", "nothing.example")
                     for sender in ("b@example.com", "b@vendor.example", "b@sub.example.com", "b@nothing.example", "postmaster@" + helo)]
        for question, theirs in zip(questions, self.others.ask(questions)):
            sender = "<>" if question["from"].startswith("postmaster@") else question["from"]
            ours = self.judge(HEADER + BODY, "--ip", question["ip"], "--helo", question["helo"], "--from", sender)
            with self.subTest(**{key: question[key] for key in ("ip", "helo", "from")}):
                self.assertEqual(ours["spf"]["mail_from"]["result"], theirs)

    def test_dmarc_as_libopendmarc_sees_it(self):
        if self.others.missing:
            self.skipTest(self.others.missing)
        records = {name: rows[0]["TXT"] for name, rows in ZONE.items() if name.startswith("_dmarc.")}
        signatures = self.others.ask([{"do": "sign", "by": "dkimpy", "mail": HEADER.replace("joe@example.com", f"joe@{author}") + BODY, "key": KEYS["rsa-sha256"],
                                       "algorithm": "rsa-sha256", "canon": "relaxed/relaxed", "selector": "s1", "domain": domain, "length": False}
                                      for author in ("example.com", "quarantine.example", "nothing.example") for domain in ("example.com", "vendor.example")])
        cases = []
        for number, field in enumerate(signatures):
            author, domain = ("example.com", "quarantine.example", "nothing.example")[number // 2], ("example.com", "vendor.example")[number % 2]
            mail = HEADER.replace("joe@example.com", f"joe@{author}") + BODY
            for ip, sender in (("192.0.2.1", "b@example.com"), ("198.51.100.1", "b@example.com"), ("192.0.2.1", "b@vendor.example")):
                cases += [(author, ip, sender, "", mail), (author, ip, sender, domain, field + mail)]
        ours = [self.judge(mail, "--ip", ip, "--helo", "mx.example.com", "--from", sender) for _, ip, sender, _, mail in cases]
        theirs = self.others.ask([{"do": "dmarc", "from": author, "ip": ip, "spf": sender.split("@")[1] if one["spf"]["mail_from"]["result"] == "pass" else "",
                                   "dkim": [domain] if domain else [], "records": records} for (author, ip, sender, domain, _), one in zip(cases, ours)])
        seen = set()
        for (author, ip, sender, domain, _), one, other in zip(cases, ours, theirs):
            verdict = one["dmarc"][0]
            with self.subTest(author=author, ip=ip, sender=sender, signed=domain):
                self.assertEqual("pass" if verdict["result"] == "pass" else verdict["applied"], other, one)
            seen.add(other)
        self.assertEqual(seen, {"pass", "reject", "quarantine", "none"})

    def test_lf_files_are_the_same_mails(self):
        if self.others.missing:
            self.skipTest(self.others.missing)
        mails = [mail.replace("\r\n", "\n") for _, _, _, mail in self.signed()]
        for one in self.judge_all(mails):
            self.assertEqual(one["dkim"][0]["result"], "pass", one["dkim"])

    def test_a_mail_as_it_arrived(self):
        """All from the header: who handed it over, who signed, who sends, and in words."""
        if self.others.missing:
            self.skipTest(self.others.missing)
        policies = self.scratch / "policies"
        for folder in ("senders", "domains"):
            (policies / folder).mkdir(parents=True)
        (policies / "senders/vendor.json").write_text(json.dumps({"sender": "vendor", "name": "The Vendor", "spf": ["ip4:192.0.2.0/24"], "return_path": ["vendor.example"],
                                                                  "resolved": {"at": "2026-11-20T06:00:00Z", "networks": ["192.0.2.0/24"], "passthrough": []}}))
        (policies / "domains/example.com.json").write_text(json.dumps({"domain": "example.com", "spf": {"senders": ["vendor"]}, "dmarc": {"p": "reject"}, "dkim": {"keys": [
            {"selector": "s1", "type": "rsa", "public_key": RECORDS["s1._domainkey.example.com"].split("p=")[1], "sender": "vendor", "created": "2026-05-01"}]}}))
        signed = self.others.ask([{"do": "sign", "by": "opendkim", "mail": HEADER + BODY, "key": KEYS["rsa-sha256"], "algorithm": "rsa-sha256", "canon": "relaxed/simple",
                                   "selector": "s1", "domain": "example.com", "length": False}])[0] + HEADER + BODY
        arrived = ("Return-Path: <bounce@vendor.example>\r\nReceived: from filter (filter [10.0.0.5]) by store.rx.example with LMTP id 2; x\r\n"
                   "Received: from mx.example.com (mx.example.com [192.0.2.1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
                   "\tby mx.rx.example (Postfix) with ESMTPS id 1; Sun, 22 Nov 2026 01:00:01 +0000\r\n"
                   "Authentication-Results: mx.rx.example; spf=fail smtp.mailfrom=forged.example; dkim=fail\r\n"
                   "Received-SPF: fail client-ip=203.0.113.9; helo=forged.example\r\n"
                   "ARC-Seal: i=1; cv=none; d=list.example; s=a; b=x\r\nARC-Message-Signature: i=1; b=x\r\nARC-Authentication-Results: i=1; mx; spf=pass\r\n")
        file = self.scratch / "arrived.eml"
        file.write_bytes((arrived + signed).encode("latin-1"))
        done = self.run_message(b"", "--json", "--policies", policies, file=str(file))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        one = json.loads(done.stdout)
        self.assertEqual(one["origin"], {"client": "192.0.2.1", "helo": "mx.example.com", "mail_from": "bounce@vendor.example", "hop": 2, "hops": 2,
                                         "name": {"name": "mx.example.com", "confirmed": True, "failed": False},
                                         "tls": {"encrypted": True, "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "protocol": "ESMTPS"}})
        self.assertEqual((one["spf"]["helo"]["result"], one["spf"]["mail_from"]["result"], one["dkim"][0]["result"]), ("pass", "pass", "pass"))
        self.assertEqual((one["sender"]["kind"], one["sender"]["name"]), ("service", "The Vendor"))
        self.assertEqual(one["arc"], {"verified": False, "sets": [{"instance": 1, "domain": "list.example", "selector": "a", "cv": "none"}], "problem": ""})
        self.assertRegex(one["key_dates"][0], r'^the key "s1" of the policy was created 2026-05-01, \d+ days before$')
        text = self.run_message(b"", "--policies", policies, file=str(file)).stdout.decode()
        for line in ("From joe@example.com\nwould be accepted by a receiver that follows RFC 9989, because DKIM passes for example.com, which is the domain in From\n",
                     "  client     192.0.2.1 (Received 2)\n", "  name       mx.example.com, which leads back to it\n", "  MAIL FROM  <bounce@vendor.example> (Return-Path)\n",
                     "  encrypted  yes, TLSv1.3, TLS_AES_256_GCM_SHA384, ESMTPS (Received 2)\n", "  sender     service: The Vendor, confidence high\n",
                     '  MAIL FROM  pass: "ip4:192.0.2.0/24" of "vendor.example" matched\n', "  1 d=example.com s=s1: pass\n    rsa-sha256, relaxed/simple, key of 2048 bits, signed ",
                     "DMARC for example.com: pass: ", "  policy     v=DMARC1; p=reject; sp=quarantine (of example.com)\n",
                     "  SPF        pass of vendor.example: not aligned: is another organisation than example.com\n", "seals are not verified"):
            self.assertIn(line, text)
        file.write_bytes((arrived + signed + "-- \r\nfooter\r\n").encode("latin-1"))
        done = self.run_message(b"", "--policies", policies, file=str(file))
        self.assertEqual(done.returncode, 1)
        self.assertIn("would be rejected by a receiver that follows RFC 9989, because DMARC fails (SPF passes for vendor.example, which is not aligned; DKIM of example.com "
                      "is aligned, but its result is fail) and example.com asks for p=reject\n", done.stdout.decode())
        self.assertIn("fail: the body was changed after it was signed (bh=), the signed header was not\n", done.stdout.decode())

    def test_dns_without_an_answer_is_no_verdict(self):
        with closing(TinyDns({"_dmarc.example.com": [{"RCODE": 2}]})) as dns:
            command = [PROGRAM, "message", "--resolver", f"127.0.0.1:{dns.port}", "--catalogue", str(self.scratch / "senders")]
            done = subprocess.run(command, input=HEADER, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("would be put off, or judged without DMARC, by a receiver that follows RFC 9989, because DNS does not tell the policy: _dmarc.example.com: SERVFAIL\n", done.stdout)

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
        self.assertEqual(self.judge(judged["From without end"])["because"], "From holds no address in a domain (RFC 5322, 3.6.2)")
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
            command = [PROGRAM, "reports", "ingest", "--db", str(self.scratch / "reports.db"), "-"]
            done = subprocess.run(command, input=mail, capture_output=True, text=True, timeout=60, check=False)
            with self.subTest(what):
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("holds a field of addresses of more than 8 KiB", done.stdout + done.stderr)

    def test_wrong_usage(self):
        cases = {("--ip", "x"): '--ip: "x" is not an IP address', ("--from", "joe"): '--from "joe" is no address; write "bounce@example.com", or "<>" for none',
                 ("--hop", "3"): "standard input: there is no Received field 3; the mail has 0: name one with --hop, or the client with --ip",
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
