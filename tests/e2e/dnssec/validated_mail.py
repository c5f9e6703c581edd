#!/usr/bin/python3
"""SPF results are the same with a validating resolver and everything signed as without DNSSEC.

pyspf and Mail::SPF evaluate an owner's record, whose terms lead to our answers, in a network
namespace of their own. Needs root; skipped where neither verifier is installed.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import namespace
import processes
import testing
from signed_chain import CHILDREN, PARENTS, SignedChain

BATCH = HERE.parent / "verifiers" / "batch"
VERIFIERS = {
    "pyspf": (["/usr/bin/python3", "-c", "import spf"], ["/usr/bin/python3", str(BATCH / "pyspf.py")]),
    "Mail::SPF": (["/usr/bin/perl", "-MMail::SPF", "-e", "1"], ["/usr/bin/perl", str(BATCH / "mail_spf.pl")]),
}
HELO = "mail.example.net"
# (client, sender, HELO, result)
MAIL = [
    ("192.0.2.1", "a@example.com", HELO, "pass"),
    ("203.0.113.9", "a@example.com", HELO, "softfail"),
    ("2001:db8:25::1", "a@example.com", HELO, "pass"),
    ("2001:db8:26::1", "a@example.com", HELO, "softfail"),
    ("192.0.2.1", "a@plain.example.com", HELO, "pass"),
    ("203.0.113.9", "a@plain.example.com", HELO, "softfail"),
    ("2001:db8:25::1", "a@plain.example.com", HELO, "pass"),
    ("2001:db8:26::1", "a@plain.example.com", HELO, "softfail"),
    ("192.0.2.1", "a@www.example.com", HELO, "none"),
    ("192.0.2.1", "a@nope.example.com", HELO, "none"),
    ("192.0.2.1", "a@example.com", "h", "pass"),
    ("192.0.2.1", "a@example.com", "x" * 60 + "." + "y" * 60 + ".example.net", None),   # whatever it is, the same
]


def test(checks, options, scratch):
    verifiers = {name: command for name, (probe, command) in VERIFIERS.items()
                 if subprocess.run(probe, capture_output=True, check=False).returncode == 0}
    missing = sorted(set(VERIFIERS) - set(verifiers))
    if not verifiers:
        raise testing.Skip("neither python3-spf nor libmail-spf-perl is installed")
    resolv = scratch / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:3 attempts:2\n", encoding="ascii")
    namespace.bind_file(str(resolv), "/etc/resolv.conf")
    chain = SignedChain(options.module, HERE / "policies", scratch / "chain")
    with chain.pdns.server(), chain.unbound(port=53) as unbound:
        checks.that(unbound.ask("192.0.2.1._ip.h._ehlo.example.com._spf.provider.net", "TXT").authenticated, "answers are validated")
        signed = {name: results(command) for name, command in verifiers.items()}
    for zone in (*CHILDREN, *PARENTS):
        chain.pdns.must("disable-dnssec", zone)
    with chain.pdns.server(), chain.unbound(port=53, validating=False):
        unsigned = {name: results(command) for name, command in verifiers.items()}
    for name in verifiers:
        checks.equal(signed[name], unsigned[name], f"{name}: signed and validated as without DNSSEC")
        for (client, sender, helo, wanted), got in zip(MAIL, signed[name]):
            checks.that(wanted in (got, None), f"{name}: {client} {sender} {helo}", f"wanted {wanted}, got {got}")
    if missing:
        print(f"SKIPPED in part: not installed: {', '.join(missing)}")


def results(command):
    questions = [{"id": number, "ip": client, "sender": sender.encode().hex(), "helo": helo.encode().hex()}
                 for number, (client, sender, helo, _) in enumerate(MAIL)]
    _, out, err = processes.run(command, "".join(json.dumps(q) + "\n" for q in questions).encode(), seconds=60)
    verdicts = [json.loads(line)["result"] for line in out.decode().splitlines()]
    if len(verdicts) != len(MAIL):
        raise RuntimeError(f"{command}: {len(verdicts)} results\n{err.decode('utf-8', 'replace')}")
    return verdicts


namespace.enter_or_skip()
testing.main(test, __doc__)
