#!/usr/bin/python3
"""`emailauth message` on mails that dkimpy and OpenDKIM signed, and on what happens to mails on their way.

Both signers verify every mail as well; pyspf and libopendmarc judge the rest. Where they and we differ must be in DIFFERENCES.

usage: message_test.py PATH/TO/emailauth
"""

import json
import re
import sys
import unittest

sys.dont_write_bytecode = True

from message_case import BODY, HEADER, KEYS, RECORDS, SELECTORS, ZONE, MessageCase

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


class MessageTest(MessageCase):
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
                     "  client     192.0.2.1 (Received 2)\n", "  name       mx.example.com, which resolves back to it\n", "  MAIL FROM  <bounce@vendor.example> (Return-Path)\n",
                     "  encrypted  yes, TLSv1.3, TLS_AES_256_GCM_SHA384, ESMTPS (Received 2)\n", "  sender     service: The Vendor, confidence high\n",
                     '  MAIL FROM  pass: "ip4:192.0.2.0/24" of "vendor.example" matched\n', "  1 d=example.com s=s1: pass\n    rsa-sha256, relaxed/simple, key of 2048 bits, signed ",
                     "DMARC for example.com: pass: ", "  policy     v=DMARC1; p=reject; sp=quarantine (of example.com)\n",
                     "  SPF        pass of vendor.example: not aligned: is a different organisation from example.com\n", "seals are not verified"):
            self.assertIn(line, text)
        file.write_bytes((arrived + signed + "-- \r\nfooter\r\n").encode("latin-1"))
        done = self.run_message(b"", "--policies", policies, file=str(file))
        self.assertEqual(done.returncode, 1)
        self.assertIn("would be rejected by a receiver that follows RFC 9989, because DMARC fails (SPF passes for vendor.example, which is not aligned; DKIM of example.com "
                      "is aligned, but its result is fail) and example.com asks for p=reject\n", done.stdout.decode())
        self.assertIn("fail: the body was changed after it was signed (bh=), the signed header was not\n", done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
