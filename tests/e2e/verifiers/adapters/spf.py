"""Kinds of SPF verifiers. Each takes a list of cases and gives (case, Verdict) for every one of them.

Results are the seven of RFC 7208 in lower case, or "refused" (the mail server did not take the
HELO or the address, so SPF was never asked), "unchecked" (the verifier gave up without a verdict)
or "crash" (the program ended or raised an error).
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import processes
from adapters.toolbox import BATCH

SPF_RESULTS = ("pass", "fail", "softfail", "neutral", "none", "permerror", "temperror")


@dataclass(frozen=True)
class Verdict:
    result: str
    detail: str = ""


def octets(text):
    return text.encode("utf-8", "surrogateescape")


class BatchVerifier:
    """One process answers all cases: JSON lines in, JSON lines out."""

    def __init__(self, tools):
        self.tools = tools

    def command(self):
        raise NotImplementedError

    def verdicts(self, cases):
        questions = [{"id": case.ident, "kind": "spf", "ip": case.ip, "helo": octets(case.helo).hex(),
                      "sender": octets(case.sender).hex()} for case in cases]
        answers, trouble = ask_batch(self.command(), questions, self.tools.environment())
        for case in cases:
            answer = answers.get(case.ident, {"result": "crash", "detail": trouble})
            yield case, Verdict(answer["result"].lower(), answer["detail"])


def ask_batch(command, questions, env, seconds=120.0):
    """({id: answer}, what went wrong) of a program in ../batch."""
    stdin = "".join(json.dumps(question) + "\n" for question in questions).encode()
    status, out, err = processes.run(command, stdin, seconds, env)
    answers = {}
    for line in out.splitlines():
        answer = json.loads(line)
        answers[answer["id"]] = answer
    state = f"no answer in {seconds} s" if status is None else f"exit status {status}"
    return answers, f"{state}: {err.decode('utf-8', 'replace').strip()[-300:]}"


def mailauth_command(tools):
    return [tools.program("node"), str(BATCH / "mailauth.cjs"), str(tools.npm)]


def missing_mailauth(tools):
    if tools.program("node") is None:
        return "node is not installed"
    if not (tools.npm / "node_modules/mailauth/package.json").exists():
        return "npm package mailauth is not installed"
    return None


def lacking(tools, command, package):
    """None when the command works, else which package is missing."""
    try:
        status, _, _ = processes.run(command, env=tools.environment())
    except OSError:
        status = None
    return None if status == 0 else f"{package} is not installed"


class OneByOneVerifier:
    """A program that answers one case each time it is started; two run at once."""

    program = None

    def __init__(self, tools):
        self.tools = tools
        self.env = tools.environment()
        self.path = tools.program(self.program)

    def missing(self):
        return None if self.path else f"{self.program} is not installed"

    def verdicts(self, cases):
        with ThreadPoolExecutor(2) as pool:
            yield from zip(cases, pool.map(self._verdict, cases))

    def _verdict(self, case):
        command, stdin = self.question(case)
        status, out, err = processes.run(command, stdin, 30.0, self.env)
        text = (out + err).decode("utf-8", "replace")
        if status is None:
            return Verdict("crash", "no answer in 30 s")
        return self.read(status, text)

    def question(self, case):
        """(command, stdin) for one case."""
        raise NotImplementedError

    def read(self, status, text):
        """The program's output as a Verdict."""
        raise NotImplementedError


class PolicyDaemon:
    """Postfix' policy protocol: one process, every case a block of attributes on stdin."""

    def __init__(self, tools):
        self.tools = tools
        self.path = tools.program(self.program)

    def verdicts(self, cases):
        """Both daemons end on some questions; the one that ended it is a crash, the rest is asked again."""
        at = 0
        while at < len(cases):
            actions, trouble = self._ask(cases[at:])
            yield from zip(cases[at:], map(self.read, actions))
            at += len(actions)
            if at < len(cases):
                yield cases[at], Verdict("crash", trouble)
                at += 1

    def _ask(self, cases):
        stdin = b"".join(self._request(number, case) for number, case in enumerate(cases))
        status, out, err = processes.run(self.command(), stdin, 120.0, self.tools.environment())
        actions = re.findall(r"^action=(.*)$", out.decode("utf-8", "replace"), re.MULTILINE)
        return actions, f"exit status {status}: {err.decode('utf-8', 'replace').strip()[-300:]}"

    @staticmethod
    def _request(number, case):
        lines = [b"request=smtpd_access_policy", b"protocol_state=RCPT", b"protocol_name=ESMTP",
                 b"helo_name=" + octets(case.helo), b"sender=" + octets(case.sender),
                 b"recipient=a@rx.example", b"client_address=" + case.ip.encode(),
                 b"client_name=unknown", b"instance=case%d" % number]
        return b"\n".join(lines) + b"\n\n"

    def read(self, action):
        header = re.search(r"Received-SPF: (\w+)", action, re.IGNORECASE)
        if header:
            result = header.group(1).lower()
        elif action.startswith("550"):
            result = "fail"
        elif re.match(r"defer_if_permit|451|450", action, re.IGNORECASE):
            result = "temperror"
        elif action.lower() == "dunno":
            result = "unchecked"
        else:
            result = "crash"
        return Verdict(result, action[:300])
