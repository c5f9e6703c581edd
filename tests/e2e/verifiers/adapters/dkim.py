"""DKIM verifiers. dkimpy signs every message of dkim.json; each verifier reads the keys through DNS."""

import json
import re
import threading

import processes
from adapters.checks import check
from adapters.spf import ask_batch, lacking, mailauth_command, missing_mailauth
from adapters.toolbox import BATCH, PYTHON

DKIMPY = [PYTHON, str(BATCH / "dkimpy.py")]


class Messages:
    """The signed messages, made once, when the first verifier needs them."""

    def __init__(self, path, tools):
        with open(path, encoding="utf-8") as text:
            data = json.load(text)
        self.messages, self._exceptions = data["messages"], data["exceptions"]
        if any(one["expect"] == "pass" for one in self._exceptions):
            raise ValueError(f"{path}: an exception may never let a message pass")
        self._keys, self._tools = path.parent / "keys", tools
        self._lock, self._signed = threading.Lock(), False

    def path(self, message):
        return str(self._tools.scratch / f"dkim-{message['name']}.eml")

    def key(self, message):
        return str(self._keys / message["key"])

    def missing(self):
        return lacking(self._tools, [PYTHON, "-c", "import dkim, nacl"], "python3-dkim (it signs the messages)")

    def sign(self):
        with self._lock:
            if self._signed:
                return
            questions = [{"id": one["name"], "kind": "sign", "domain": one["domain"], "selector": one["selector"],
                          "algorithm": one.get("algorithm", "rsa-sha256"), "key": self.key(one),
                          "message": self.path(one)} for one in self.messages]
            answers, trouble = ask_batch(DKIMPY, questions, self._tools.environment())
            bad = [one for one in questions if answers.get(one["id"], {}).get("result") != "signed"]
            if bad:
                raise RuntimeError(f"cannot sign {bad[0]['id']}: {answers.get(bad[0]['id'], trouble)}")
            self._signed = True

    def check(self, verifier, message, got, detail):
        allowed = message["expect"]
        for one in self._exceptions:
            if verifier in one["verifiers"] and message["name"] in one["messages"]:
                allowed = one["expect"]
        question = f"{message['selector']}._domainkey.{message['domain']} TXT, signed with {message['key']}"
        return check(f"dkim/{message['name']}", question, allowed, got, detail)


class DkimSuite:
    def __init__(self, tools, messages):
        self.tools, self.messages = tools, messages

    def missing(self):
        return self.messages.missing()

    def checks(self):
        self.messages.sign()
        for message in self.messages.messages:
            yield self.messages.check(self.name, message, *self.verdict(message))


class BatchDkim(DkimSuite):
    def checks(self):
        self.messages.sign()
        questions = [{"id": one["name"], "kind": "dkim", "message": self.messages.path(one)}
                     for one in self.messages.messages]
        answers, trouble = ask_batch(self.command(), questions, self.tools.environment())
        for message in self.messages.messages:
            answer = answers.get(message["name"], {"result": "crash", "detail": trouble})
            result = answer["result"] if answer["result"] in ("pass", "crash", "temperror") else "fail"
            yield self.messages.check(self.name, message, result, f"{answer['result']} {answer['detail']}".strip())


class Dkimpy(BatchDkim):
    name = "dkimpy"

    def command(self):
        return DKIMPY


class MailauthDkim(BatchDkim):
    name = "mailauth-dkim"

    def missing(self):
        return missing_mailauth(self.tools) or super().missing()

    def command(self):
        return mailauth_command(self.tools)


class OpendkimTestkey(DkimSuite):
    """Compares a private key with the public one in DNS."""

    name = "opendkim-testkey"

    def missing(self):
        return None if self.tools.program(self.name) else "opendkim-tools is not installed"

    def checks(self):
        for message in self.messages.messages:
            yield self.messages.check(self.name, message, *self.verdict(message))

    def verdict(self, message):
        configuration = self.tools.scratch / "opendkim.conf"
        # Without "Nameservers" its libunbound asks the root itself.
        configuration.write_text("Nameservers 127.0.0.1\n", encoding="ascii")
        status, out, err = processes.run(
            [self.tools.program(self.name), "-x", str(configuration), "-d", message["domain"], "-s",
             message["selector"], "-k", self.messages.key(message), "-vvv"], env=self.tools.environment())
        text = (out + err).decode("utf-8", "replace")
        if status is None or status < 0:
            return "crash", text
        return ("pass" if status == 0 and "key OK" in text else "fail"), text.strip()[-200:]


class OpendkimTestmsg(DkimSuite):
    name = "opendkim-testmsg"

    def missing(self):
        return super().missing() if self.tools.program(self.name) else "opendkim-tools is not installed"

    def verdict(self, message):
        with open(self.messages.path(message), "rb") as source:
            octets = source.read().replace(b"\r\n", b"\n")
        status, out, err = processes.run([self.tools.program(self.name)], octets, env=self.tools.environment())
        text = re.sub(r"\s+", " ", (out + err).decode("utf-8", "replace")).strip()
        if status is None or status < 0:
            return "crash", text
        return ("pass" if status == 0 else "fail"), text[-200:]


SUITES = (Dkimpy, MailauthDkim, OpendkimTestkey, OpendkimTestmsg)
