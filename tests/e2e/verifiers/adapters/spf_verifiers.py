"""The SPF verifiers; what their kinds share is in spf.py."""

import re
import textwrap

from adapters.spf import (SPF_RESULTS, BatchVerifier, OneByOneVerifier, PolicyDaemon, Verdict, lacking,
                          mailauth_command, missing_mailauth, octets)
from adapters.toolbox import BATCH, PERL, PYTHON


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
