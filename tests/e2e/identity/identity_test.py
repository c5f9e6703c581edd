#!/usr/bin/python3
"""Nobody passes DMARC as the provider, nor one customer as another, through names in our zones.

The sample policies, as they are shipped, in a real pdns_server behind a real resolver. For every pair of a domain in From
and a name in our zones: does that name authenticate (an SPF record that passes, a key that is found), and does DMARC pass
with it? Asked of OpenDMARC and Mail::DMARC with the public suffix list (RFC 7489), and of mailauth, which walks up the tree
(RFC 9989). Then once more with the mirror zone's old names, and with a provider that aligns relaxed:
there mail does pass, and lint says so. In a network namespace; needs root.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "verifiers"), str(HERE.parent / "road")]

import dns_client
import dns_wire as dns
import namespace
import processes
import testing
import unbound_conf
from adapters.spf import ask_batch, lacking, mailauth_command, missing_mailauth
from adapters.toolbox import BATCH, PERL, PYTHON, Toolbox
from pdns import Pdns

RESOLVER, OURS, OTHERS = "127.0.0.1", "127.0.0.2", "127.0.0.3"
PUBLIC_SUFFIXES = Path("/usr/share/publicsuffix/public_suffix_list.dat")
CLIENT = "192.0.2.1"   # a relay of example.com, by the samples
SAMPLE = ROOT / "pdns-conf/emailauth"
BY_LIST = ("opendmarc", "mail-dmarc")   # mailauth walks

# A policy was found, and DMARC failed. OpenDMARC says what the policy asks for.
SAYS_NO = {"opendmarc": ("reject", "quarantine", "none"), "mail-dmarc": ("fail", "refused"), "mailauth": ("fail",)}

# Names in our zones that example.com's relays and keys may use.
SPF_NAMES = ("example.com._nspf.provider.net", "1.2.0.192.in-addr.example.com._spf.provider.net",
             "192.0.2.1._ip.h._ehlo.example.com._spf.provider.net")
DKIM_NAMES = ("example.com.hosted.provider.net",)
PROVIDER = ("provider.net", "billing.provider.net", "hosted.provider.net", "_spf.provider.net", "_nspf.provider.net", "reports.provider.net",
            "x.hosted.provider.net", "x._nspf.provider.net", "com.hosted.provider.net")
CUSTOMERS = ("example.net", "example.org", "example.net.hosted.provider.net", "example.org.hosted.provider.net",
             "news.example.net.hosted.provider.net", "example.net._nspf.provider.net")


@dataclass(frozen=True)
class Mail:
    """From and one name that SPF or DKIM is to vouch for."""
    author: str
    spf: str = ""
    dkim: str = ""

    def __str__(self):
        return f"From {self.author}, {'SPF ' + self.spf if self.spf else 'DKIM ' + self.dkim}"


FORGED = [Mail(author, spf=name) for author in PROVIDER + CUSTOMERS for name in SPF_NAMES]
FORGED += [Mail(author, dkim=name) for author in PROVIDER + CUSTOMERS for name in DKIM_NAMES]
# What is what it says: the owner, by alignment of each kind, through NS and through a CNAME into the mirror zone; and the
# very name that was authenticated, which is neither the provider nor another customer.
HONEST = [Mail("example.com", spf="example.com"), Mail("example.com", spf="bounce.example.com"), Mail("example.com", dkim="example.com"),
          Mail("example.net", spf="bounce.example.net"), Mail("example.net", dkim="mail.example.net"),
          Mail("example.com._nspf.provider.net", spf="example.com._nspf.provider.net")]


def others_zone():
    """Lines for zone_server.py: the root, the owners, and what the provider's own zone delegates."""
    return textwrap.dedent(f"""\
        . NS ns.root.example
        ns.root.example A {OTHERS}
        ns1.provider.net A {OURS}
        ns2.provider.net A {OURS}
        provider.net MX 10 mx.example.com
        _dmarc.provider.net NS ns1.provider.net
        _spf.provider.net NS ns1.provider.net
        _nspf.provider.net NS ns1.provider.net
        hosted.provider.net NS ns1.provider.net
        reports.provider.net NS ns1.provider.net
        example.com TXT v=spf1 include:%{{ir}}.%{{v}}.%{{d}}._spf.provider.net ~all
        example.com MX 10 mx.example.com
        mx.example.com A {CLIENT}
        bounce.example.com TXT v=spf1 ip4:{CLIENT} -all
        _dmarc.example.com NS ns1.provider.net
        _domainkey.example.com NS ns1.provider.net
        example.net MX 10 mx.example.com
        bounce.example.net TXT v=spf1 ip4:{CLIENT} -all
        _dmarc.example.net CNAME _dmarc-of.example.net.hosted.provider.net
        s1._domainkey.mail.example.net TXT v=DKIM1; p=AAAA
        example.org MX 10 mx.example.com
        _dmarc.example.org NS ns1.provider.net
        """)


class Receivers:
    """Every receiver's verdict about mail."""

    def __init__(self, tools):
        self.tools = tools
        library = sorted(tools.unpacked.glob("usr/lib/*/libopendmarc.so.2"))
        self._opendmarc = [PYTHON, str(HERE.parent / "road/opendmarc.py"), str(library[0]), str(PUBLIC_SUFFIXES)] if library else None
        self._mail_dmarc = [PERL, str(BATCH / "mail_dmarc.pl"), str(PUBLIC_SUFFIXES)]

    def missing(self):
        if self._opendmarc is None:
            return "opendmarc is not unpacked"
        if not PUBLIC_SUFFIXES.is_file():
            return "publicsuffix is not installed"
        return (missing_mailauth(self.tools) or lacking(self.tools, [PERL, "-MMail::DMARC::PurePerl", "-e", "1"], "libmail-dmarc-perl")
                or lacking(self.tools, [PYTHON, "-c", "import spf"], "python3-spf"))

    def _ask(self, command, questions):
        answers, trouble = ask_batch(command, questions, self.tools.environment())
        bad = [question["id"] for question in questions if answers.get(question["id"], {"result": "crash"})["result"] == "crash"]
        if bad:
            raise RuntimeError(f"{command[1]} does not answer {bad[0]}: {answers.get(bad[0])} {trouble}")
        return {ident: answer["result"].lower() for ident, answer in answers.items()}

    def authenticated(self, mails):
        """Those whose name passes SPF from CLIENT, or has a key."""
        names = {mail.spf for mail in mails if mail.spf}
        passes = self._ask([PYTHON, str(BATCH / "pyspf.py")], [{"id": name, "kind": "spf", "ip": CLIENT, "helo": b"h.example.com".hex(), "sender": f"x@{name}".encode().hex()}
                                                             for name in sorted(names)])
        return [mail for mail in mails if (passes[mail.spf] == "pass" if mail.spf else has_key(mail.dkim))]

    def verdicts(self, mails):
        """{receiver: {mail: "pass" or another verdict}}"""
        commands = {"opendmarc": self._opendmarc, "mail-dmarc": self._mail_dmarc, "mailauth": mailauth_command(self.tools)}
        out = {}
        for receiver, command in commands.items():
            listed = (lambda name: name) if receiver == "opendmarc" else lambda name: [name] if name else []
            answers = self._ask(command, [{"id": str(mail), "kind": "dmarc", "from": mail.author, "ip": CLIENT, "spf": listed(mail.spf), "dkim": listed(mail.dkim)}
                                          for mail in mails])
            out[receiver] = {mail: answers[str(mail)] for mail in mails}
        return out


def has_key(domain):
    answer = dns_client.ask(dns.name(f"s1._domainkey.{domain}"), dns.TXT, (RESOLVER, 53))
    return any(record.rtype == dns.TXT and b"p=" in record.text() for record in answer.answers)


class World:
    """The samples, after `change(policies)`, answered by pdns_server, and a resolver in front of everything."""

    def __init__(self, options, tools, scratch, change):
        self.scratch = scratch
        self.policies = scratch / "policies"
        shutil.copytree(SAMPLE, self.policies)
        change(self.policies)
        self.lint = subprocess.run([options.module.resolve().parent / "emailauth", "lint", "--policies", self.policies], capture_output=True, text=True, check=False)
        self._pdns = Pdns(options.module, self.policies, scratch, local_address=OURS, local_port=53)
        self._pdns.address = (OURS, 53)
        self._tools = tools

    @contextlib.contextmanager
    def running(self):
        zone = self.scratch / "others.zone"
        zone.write_text(others_zone(), encoding="ascii")
        configuration = self.scratch / "unbound.conf"
        configuration.write_text(unbound_conf.configuration(self.scratch, (RESOLVER, 53), [(".", (OTHERS, 53))]), encoding="ascii")
        server = [sys.executable, "-B", str(HERE.parent / "lib/zone_server.py"), str(zone), OTHERS, "53"]
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._pdns.server())
            self._start(stack, server, "others", OTHERS, "example.com", self._tools.environment())
            self._start(stack, [self._tools.program("unbound"), "-d", "-c", str(configuration)], "unbound", RESOLVER, "_dmarc.example.com", self._tools.environment())
            yield

    def _start(self, stack, command, name, address, probe, environment):
        daemon = stack.enter_context(processes.Daemon(command, self.scratch / f"{name}.log", environment))
        if not dns_client.wait_until_answering((address, 53), dns.name(probe), dns.TXT, daemon.is_running):
            raise RuntimeError(f"{name} does not answer:\n{daemon.last_lines()}")


def is_misread_by_opendmarc(receiver, mail):
    """OpenDMARC to 1.4.2 takes a name for aligned whose organizational domain is the one in From, strict or not (its pull request 354)."""
    return receiver == "opendmarc" and mail.author == "provider.net" and mail.spf


def unexpected(verdicts, mails, allowed=lambda receiver, mail: False):
    return [f"{receiver}: {mail}: passes" for receiver, found in verdicts.items() for mail in mails
            if found[mail] == "pass" and not allowed(receiver, mail)]


def as_shipped(checks, world, receivers):
    checks.equal(world.lint.returncode, 0, f"lint: {world.lint.stdout}")
    authenticated = receivers.authenticated(FORGED)
    checks.equal({mail.spf for mail in authenticated}, set(SPF_NAMES), "names in our zones pass SPF, and none has a key")
    verdicts = receivers.verdicts(FORGED + HONEST)
    failures = unexpected(verdicts, authenticated, is_misread_by_opendmarc)
    checks.that(not failures, "as shipped: nobody passes as the provider or as another customer", "\n    ".join(failures))
    checks.equal(len(authenticated), len(SPF_NAMES) * len(PROVIDER + CUSTOMERS), "pairs that were looked at")
    others = [f"{receiver}: {mail}: {found[mail]}" for receiver, found in verdicts.items() for mail in authenticated
              if found[mail] not in SAYS_NO[receiver] and not is_misread_by_opendmarc(receiver, mail)]
    checks.that(not others, "and every receiver finds a policy that says no", "\n    ".join(others))
    honest = receivers.authenticated(HONEST)
    checks.equal(honest, HONEST, "the owner's own names are authenticated")
    for receiver, found in verdicts.items():
        for mail in HONEST:
            wanted = ("pass", "refused") if "_" in mail.author else ("pass",)
            checks.that(found[mail] in wanted, f"{receiver}: {mail}", found[mail])


def with_old_mirror_names(checks, world, receivers):
    checks.that('make "example.com.hosted.provider.net" a mail domain' in world.lint.stdout and world.lint.returncode == 1, "lint names the old names", world.lint.stdout)
    authenticated = receivers.authenticated(FORGED)
    checks.equal({mail.dkim for mail in authenticated if mail.dkim}, set(DKIM_NAMES), "d=example.com.hosted.provider.net has a key")
    verdicts = receivers.verdicts(authenticated)
    failures = unexpected({"mailauth": verdicts["mailauth"]}, authenticated)
    checks.that(not failures, "old names: customers are kept apart for those who walk", "\n    ".join(failures))
    relaxed = Mail("example.net.hosted.provider.net", dkim=DKIM_NAMES[0])
    for receiver in BY_LIST:
        checks.equal(verdicts[receiver][relaxed], "pass", f"{receiver}: {relaxed}: what lint warns of")
    failures = unexpected({"mail-dmarc": verdicts["mail-dmarc"]}, [mail for mail in authenticated if mail.author in PROVIDER])
    checks.that(not failures, "old names: nobody passes as the provider", "\n    ".join(failures))


def with_a_relaxed_provider(checks, world, receivers):
    checks.that('pass as "provider.net", whose record aligns relaxed' in world.lint.stdout and world.lint.returncode == 1, "lint names the provider's record", world.lint.stdout)
    verdicts = receivers.verdicts(FORGED)
    for author in ("provider.net", "billing.provider.net"):
        for mail in (Mail(author, spf=SPF_NAMES[0]), Mail(author, dkim=DKIM_NAMES[0])):
            for receiver in BY_LIST:
                checks.equal(verdicts[receiver][mail], "pass", f"{receiver}: {mail}: what lint warns of")
    failures = unexpected({"mailauth": verdicts["mailauth"]}, FORGED)
    checks.that(not failures, "relaxed: whoever walks is not misled", "\n    ".join(failures))


def keep(_policies):
    pass


def answer_old_names(policies):
    path = policies / "responder.json"
    policy = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**policy, "mirror_old_names": True}), encoding="utf-8")


def relax(policies):
    answer_old_names(policies)
    (policies / "domains/provider.net.json").write_text(json.dumps({"domain": "provider.net", "dmarc": {"p": "reject"}}), encoding="utf-8")


def test(checks, options, scratch):
    scratch.chmod(0o755)
    tools = Toolbox(ROOT / "build/verifiers", scratch)
    receivers = Receivers(tools)
    if reason := receivers.missing():
        raise testing.Skip(reason + "; scripts/test unpacks them")
    resolv = scratch / "resolv.conf"
    resolv.write_text(f"nameserver {RESOLVER}\noptions timeout:5 attempts:2\n", encoding="ascii")
    namespace.bind_file(str(resolv), "/etc/resolv.conf")
    for change, judge in ((keep, as_shipped), (answer_old_names, with_old_mirror_names), (relax, with_a_relaxed_provider)):
        folder = scratch / change.__name__
        folder.mkdir()
        world = World(options, tools, folder, change)
        with world.running():
            judge(checks, world, receivers)


namespace.enter_or_skip()
testing.main(test, __doc__)
