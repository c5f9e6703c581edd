"""What the tests of `emailauth message` share: mails, a DNS, and the verifiers that others wrote."""

import base64
import json
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("cli", "e2e/verifiers", "e2e/lib")]

from adapters.toolbox import PYTHON, Toolbox
from tiny_dns import TinyDns

PROGRAM = str(Path(sys.argv.pop(1)).resolve())
KEYS = {"rsa-sha256": (ROOT / "tests/e2e/verifiers/keys/rsa2048.pem").read_text(), "ed25519-sha256": (ROOT / "tests/e2e/verifiers/keys/ed25519.pem").read_text()}
SELECTORS = {"rsa-sha256": "s1", "ed25519-sha256": "ed"}

HEADER = ("From: Joe <joe@example.com>\r\nTo: a@rx.example,\r\n\tb@rx.example\r\nSubject:  an  offer \r\n  of the day\r\n"
          "Date: Sun, 22 Nov 2026 01:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\n")
BODY = "Hello,  world. \r\n\r\n.dot\r\n\tTab\tand space  \r\nlast line\r\n"


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
        self.tools = Toolbox(ROOT / "build/verifiers", scratch)
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


class MessageCase(unittest.TestCase):
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
