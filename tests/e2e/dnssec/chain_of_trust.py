#!/usr/bin/python3
"""The chain of trust from a signed parent to our answers, as unbound and delv see it.

Twice: with one key a zone and algorithm 13, and with a KSK and a ZSK and algorithm 15.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import testing
from questions import NO_DATA, NO_NAME, QUESTIONS, RECORDS, SPF, kind_of
from signed_chain import SignedChain

ALGORITHMS = {
    "ecdsa256": {"default_ksk_algorithm": "ecdsa256", "default_zsk_algorithm": ""},
    "without the zone cache": {"default_ksk_algorithm": "ecdsa256", "default_zsk_algorithm": "", "zone_cache_refresh_interval": "0"},
    "ed25519": {"default_ksk_algorithm": "ed25519", "default_zsk_algorithm": "ed25519"},
}
DELV = {RECORDS: r"^; fully validated", NO_DATA: r"negative response, fully validated", NO_NAME: r"negative response, fully validated"}


def test(checks, options, scratch):
    for algorithm, settings in ALGORITHMS.items():
        chain = SignedChain(options.module, HERE / "policies", scratch / algorithm, **settings)
        for zone in ("_dmarc.example.com",):
            chain.pdns.must("set-publish-cds", zone)
            chain.pdns.must("set-publish-cdnskey", zone)
        with chain.pdns.server(), chain.unbound() as unbound:
            for name, qtype, wanted in QUESTIONS:
                what = f"{algorithm}: {name} {qtype}"
                answer = unbound.ask(name, qtype)
                checks.equal((kind_of(answer), answer.authenticated), (wanted, True), f"{what}, by unbound")
                checks.matches(chain.delv(name, qtype), DELV[wanted], f"{what}, by delv")
            the_answers_are_right(checks, unbound)
            changed_case(checks, chain)
            made_names_stay_denied(checks, unbound)
        checks.equal("validation failure" in unbound.log(), False, f"{algorithm}: unbound's log names nothing bogus")


def the_answers_are_right(checks, unbound):
    answer = unbound.ask(f"192.0.2.1._ip.mail.example.net._ehlo.example.com.{SPF}", "TXT")
    checks.equal(answer.answers[0].text(), b"v=spf1 ip4:192.0.2.1 -all", "a validated SPF answer")
    key = unbound.ask("s1._domainkey.example.com", "TXT").answers[0]
    checks.that(len(key.text()) > 400 and len(key.strings()) == 2, "a validated DKIM key is whole", repr(key))


def changed_case(checks, chain):
    """Signed answers keep the case asked (0x20); the signature is over lower case."""
    answer = chain.pdns.ask("_DmArC.eXaMpLe.CoM", "TXT", dnssec_ok=True)
    checks.equal({b".".join(record.owner) for record in answer.answers}, {b"_DmArC.eXaMpLe.CoM"}, "owner names are in the case asked")
    checks.matches(chain.delv("_DmArC.example.com", "TXT"), "^; fully validated", "… and validate")


def made_names_stay_denied(checks, unbound):
    """Aggressive use of a denial (RFC 8198) must not hide names that exist."""
    for octet in range(1, 20):
        answer = unbound.ask(f"no{octet}._domainkey.example.com", "TXT")
        checks.equal((kind_of(answer), answer.authenticated), (NO_NAME, True), f"no{octet}._domainkey.example.com")
        spf = unbound.ask(f"192.0.2.{octet}._ip.h{octet}._ehlo.example.com.{SPF}", "TXT")
        checks.equal((kind_of(spf), spf.authenticated), (RECORDS, True), f"192.0.2.{octet} after denials")


testing.main(test, __doc__)
