"""SPF verifiers. Each takes a list of cases and gives (case, Verdict) for every one of them.

Results are the seven of RFC 7208 in lower case, or "refused" (the mail server did not take the
HELO or the address, so SPF was never asked), "unchecked" (the verifier gave up without a verdict)
or "crash" (the program ended or raised an error).
"""

import json
import re
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import processes
from adapters.toolbox import BATCH, PERL, PYTHON

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


class Pyspf(BatchVerifier):
    name = "pyspf"

    def missing(self):
        return lacking(self.tools, [PYTHON, "-c", "import spf"], "python3-spf")

    def command(self):
        return [PYTHON, str(BATCH / "pyspf.py")]


class MailSpf(BatchVerifier):
    name = "mail-spf"

    def missing(self):
        return lacking(self.tools, [PERL, "-MMail::SPF", "-e", "1"], "libmail-spf-perl")

    def command(self):
        return [PERL, str(BATCH / "mail_spf.pl")]


class Mailauth(BatchVerifier):
    name = "mailauth"

    def missing(self):
        return missing_mailauth(self.tools)

    def command(self):
        return mailauth_command(self.tools)


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


class Spfquery(OneByOneVerifier):
    """spfquery.mail-spf-perl: the program beside Mail::SPF; few cases, for it is slow to start."""

    name = "spfquery-perl"
    program = "spfquery.mail-spf-perl"

    def missing(self):
        return super().missing() or MailSpf(self.tools).missing()

    def verdicts(self, cases):
        return super().verdicts([case for case in cases
                                 if case.labels["set"] == "left-cut" or "zone-as" in case.ident
                                 or case.labels.get("client") in ("v4", "v6-other")
                                 and case.labels["set"] == "plain"])

    def question(self, case):
        identity = (["--scope", "mfrom", "--id", octets(case.sender), "--helo-id", octets(case.helo)]
                    if case.sender else ["--scope", "helo", "--id", octets(case.helo)])
        return [PERL, self.path, *identity, "--ip", case.ip], b""

    def read(self, status, text):
        first = text.split("\n", 1)[0].strip().lower()
        return Verdict(first if first in SPF_RESULTS else "crash", text[:300])


class Libspf2(OneByOneVerifier):
    name = "libspf2"
    program = "spfquery.libspf2"

    def question(self, case):
        return [self.path, "-ip=" + case.ip, b"-sender=" + octets(case.sender), b"-helo=" + octets(case.helo)], b""

    def read(self, status, text):
        first = text.split("\n", 1)[0].strip().lower()
        if first in SPF_RESULTS:
            return Verdict(first, text)
        found = re.search(r"\b(permerror|temperror|none)\b", text, re.IGNORECASE)
        return Verdict(found.group(1).lower() if found else "crash", text[:300])


class Exim(OneByOneVerifier):
    """exim -bh: a whole SMTP dialogue that delivers nothing."""

    name = "exim"
    program = "exim4"

    CONFIGURATION = textwrap.dedent("""\
        primary_hostname = rx.example
        spool_directory = {spool}
        log_file_path = {spool}/%slog
        helo_accept_junk_hosts = *
        helo_allow_chars = _
        acl_smtp_rcpt = tell_spf
        begin acl
        tell_spf:
          warn spf = pass
          deny message = SPFRESULT=$spf_result
        """)

    def __init__(self, tools):
        super().__init__(tools)
        self.configuration = tools.scratch / "exim.conf"

    def verdicts(self, cases):
        spool = self.tools.scratch / "exim"
        spool.mkdir(exist_ok=True)
        spool.chmod(0o777)  # exim gives up root for a user of its own
        self.configuration.write_text(self.CONFIGURATION.format(spool=spool), encoding="utf-8")
        return super().verdicts(cases)

    def question(self, case):
        dialogue = b"EHLO %s\r\nMAIL FROM:<%s>\r\nRCPT TO:<a@rx.example>\r\nQUIT\r\n"
        return [self.path, "-C", str(self.configuration), "-bh", case.ip], dialogue % (octets(case.helo),
                                                                                       octets(case.sender))

    def read(self, status, text):
        found = re.search(r"^550 SPFRESULT=(.*)$", text, re.MULTILINE)
        if found:
            return Verdict(found.group(1).strip() or "none", "")
        refusal = re.search(r"^[45]\d\d[ -].*$", text, re.MULTILINE)
        return Verdict("refused" if refusal else "crash", refusal.group(0).strip() if refusal else text[-300:])


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


class PolicydPython(PolicyDaemon):
    name = "policyd-python"
    program = "policyd-spf"

    CONFIGURATION = textwrap.dedent("""\
        debugLevel = 0
        TestOnly = 1
        HELO_reject = False
        Mail_From_reject = False
        PermError_reject = False
        TempError_Defer = False
        skip_addresses = 127.0.0.0/8
        """)

    def missing(self):
        return None if self.path else "postfix-policyd-spf-python is not installed"

    def command(self):
        configuration = self.tools.scratch / "policyd-spf.conf"
        configuration.write_text(self.CONFIGURATION, encoding="utf-8")
        return [PYTHON, self.path, str(configuration)]


class PolicydPerl(PolicyDaemon):
    name = "policyd-perl"
    program = "postfix-policyd-spf-perl"

    def missing(self):
        return None if self.path else "postfix-policyd-spf-perl is not installed"

    def command(self):
        return [PERL, self.path]


VERIFIERS = (Pyspf, MailSpf, Mailauth, Libspf2, Exim, PolicydPython, PolicydPerl, Spfquery)
