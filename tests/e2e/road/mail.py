"""Mail of every sender of the domain, signed once, and everybody who judges it."""

import base64
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "verifiers")]

import processes
from adapters.spf import ask_batch, lacking, mailauth_command, missing_mailauth
from adapters.toolbox import BATCH, PYTHON

import testing
from world import DOMAIN

DKIMPY = [PYTHON, str(BATCH / "dkimpy.py")]
PYSPF = [PYTHON, str(BATCH / "pyspf.py")]


@dataclass(frozen=True)
class Sender:
    name: str
    ip: str
    selector: str   # "": it does not sign


SENDERS = (Sender("mailer", "198.51.100.10", "k1"), Sender("crm", "198.51.100.70", "odd2024"), Sender("shop", "203.0.113.5", "s1"),
           Sender("own", "192.0.2.25", ""))
STRANGER = "203.0.113.250"


class Mail:
    """`tools` is where verifiers were unpacked (adapters.toolbox.Toolbox)."""

    def __init__(self, tools):
        self.tools, self.scratch = tools, tools.scratch
        self.signers = [sender for sender in SENDERS if sender.selector]
        library = sorted(tools.unpacked.glob("usr/lib/*/libopendmarc.so.2"))
        self._opendmarc = [PYTHON, str(HERE / "opendmarc.py"), str(library[0])] if library else None
        self._testmsg = tools.program("opendkim-testmsg")

    def missing(self):
        """Why the mail cannot be judged, or None: every verifier is needed."""
        if self._opendmarc is None or self._testmsg is None:
            return "opendkim-tools and opendmarc are not unpacked"
        return (missing_mailauth(self.tools) or lacking(self.tools, [PYTHON, "-c", "import dkim, nacl"], "python3-dkim")
                or lacking(self.tools, [PYTHON, "-c", "import spf"], "python3-spf"))

    def make_keys(self):
        """Makes a key pair for each signer; the key records by selector."""
        records = {}
        for sender in self.signers:
            path = self.scratch / f"{sender.selector}.pem"
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(path), "2048"], check=True, capture_output=True)
            public = subprocess.run(["openssl", "rsa", "-in", str(path), "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
            records[sender.selector] = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()
        return records

    def _path(self, sender):
        return str(self.scratch / f"{sender.name}.eml")

    def sign(self):
        answers, trouble = ask_batch(DKIMPY, [{"id": sender.name, "kind": "sign", "domain": DOMAIN, "selector": sender.selector, "algorithm": "rsa-sha256",
                                               "key": str(self.scratch / f"{sender.selector}.pem"), "message": self._path(sender)}
                                              for sender in self.signers], self.tools.environment())
        bad = [sender.name for sender in self.signers if answers.get(sender.name, {}).get("result") != "signed"]
        if bad:
            raise RuntimeError(f"cannot sign for {bad}: {answers} {trouble}")

    def failures(self):
        """What does not pass just now, one line each; and how many verdicts there were."""
        verdicts = [*self._ask("pyspf", PYSPF, self._spf_questions()), *self._ask("mailauth", mailauth_command(self.tools), self._mailauth_questions()),
                    *self._ask("dkimpy", DKIMPY, self._dkim_questions()), *self._ask("opendmarc", self._opendmarc, self._opendmarc_questions()),
                    *self._opendkim()]
        return [f"{who} {case}: {got}" for who, case, wanted, got in verdicts if got != wanted], len(verdicts)

    def _ask(self, who, command, questions):
        answers, trouble = ask_batch(command, [question for question, _ in questions], self.tools.environment())
        for question, wanted in questions:
            answer = answers.get(question["id"], {"result": "crash", "detail": trouble})
            got = answer["result"].lower()
            yield who, question["id"], wanted, got if got == wanted else f"{got} {answer['detail']}"

    @staticmethod
    def _spf_questions():
        def question(name, ip):
            return {"id": f"spf/{name}", "kind": "spf", "ip": ip, "sender": f"bounce@{DOMAIN}".encode().hex(), "helo": b"out.mailer.example".hex()}
        return [*((question(sender.name, sender.ip), "pass") for sender in SENDERS), (question("stranger", STRANGER), "softfail")]

    def _dkim_questions(self):
        return [({"id": f"dkim/{sender.name}", "kind": "dkim", "message": self._path(sender)}, "pass") for sender in self.signers]

    def _mailauth_questions(self):
        dmarc = [("spf", [DOMAIN], [], "pass"), ("dkim", [], [DOMAIN], "pass"), ("neither", [], [], "fail")]
        return [*self._spf_questions(), *self._dkim_questions(),
                *(({"id": f"dmarc/{name}", "kind": "dmarc", "from": DOMAIN, "spf": spf, "dkim": dkim}, wanted) for name, spf, dkim, wanted in dmarc)]

    @staticmethod
    def _opendmarc_questions():
        cases = [("spf", DOMAIN, "", "pass"), ("dkim", "", DOMAIN, "pass"), ("neither", "", "", "reject")]
        return [({"id": f"dmarc/{name}", "from": DOMAIN, "ip": SENDERS[0].ip, "spf": spf, "dkim": dkim}, wanted) for name, spf, dkim, wanted in cases]

    def _opendkim(self):
        for sender in self.signers:
            octets = Path(self._path(sender)).read_bytes().replace(b"\r\n", b"\n")
            status, out, err = processes.run([self._testmsg], octets, env=self.tools.environment())
            yield "opendkim", f"dkim/{sender.name}", "pass", "pass" if status == 0 else f"exit status {status}: {(out + err).decode('utf-8', 'replace').strip()[-200:]}"


def skip_without(mail):
    reason = mail.missing()
    if reason:
        raise testing.Skip(reason + "; scripts/test unpacks them")
