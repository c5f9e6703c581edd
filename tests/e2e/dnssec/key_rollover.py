#!/usr/bin/python3
"""Keys roll over while questions run through a validating resolver: no answer is ever bogus.

Three rollovers in lockstep: a single key (CSK), a ZSK by pre-publication, a KSK with its DS.
Between steps everybody's caches expire: one second in unbound, one in PowerDNS.
"""

import re
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import dns_client
import testing
from questions import SPF, kind_of
from signed_chain import SignedChain

PATIENCE = 3.5   # seconds: longer than the caches
CSK, ZSK, KSK = "_dmarc.example.com", "_domainkey.example.com", SPF


class Questions(threading.Thread):
    """Asks until it is stopped, and keeps what was not validated."""

    def __init__(self, unbound):
        super().__init__(daemon=True)
        self._unbound, self._stop_now = unbound, threading.Event()
        self.count, self.bogus = 0, []

    def run(self):
        while not self._stop_now.is_set():
            self.count += 1
            n = self.count
            for name, qtype in ((CSK, "TXT"), (CSK, "DNSKEY"), (CSK, "MX"), (f"no{n}.{CSK}", "TXT"), (f"s1.{ZSK}", "TXT"),
                                (ZSK, "DNSKEY"), (f"no{n}.{ZSK}", "A"), (KSK, "DNSKEY"),
                                (f"192.0.2.{n % 250}._ip.h{n}._ehlo.example.com.{SPF}", "TXT"), (f"no{n}.{SPF}", "TXT")):
                try:
                    answer = self._unbound.ask(name, qtype)
                    if not answer.authenticated:
                        self.bogus.append(f"{name} {qtype}: {kind_of(answer)}")
                except dns_client.NoAnswer as error:
                    self.bogus.append(f"{name} {qtype}: {error}")

    def finish(self):
        self._stop_now.set()
        self.join(20)


def test(checks, options, scratch):
    chain = SignedChain(options.module, HERE / "policies", scratch / "chain")
    must = chain.pdns.must
    with chain.pdns.server(), chain.unbound(max_ttl=1) as unbound:
        questions = Questions(unbound)
        questions.start()
        before = tags(unbound)
        for step in steps(chain):
            for command in step:
                must(*command)
            time.sleep(PATIENCE)
            checks.that(not questions.bogus, f"after {' / '.join(' '.join(command) for command in step)}", "\n".join(questions.bogus[:10]))
            questions.bogus.clear()
        questions.finish()
        after = tags(unbound)
        must("disable-dnssec", CSK)   # with its DS still there: the test must notice
        time.sleep(PATIENCE)
        checks.equal(unbound.ask(CSK, "TXT").rcode_name, "SERVFAIL", "a zone that lost its keys is bogus")
    checks.that(questions.count >= 50, "enough questions were asked", str(questions.count))
    print(f"{questions.count * 10} questions while keys rolled over")
    for zone in (CSK, ZSK, KSK):
        checks.that(before[zone] != after[zone], f"{zone} has other keys now", str(after[zone]))
    checks.that(len(after[CSK]) == 1 and len(after[ZSK]) == 2 and len(after[KSK]) == 2, "no key is left over", str(after))


def tags(unbound):
    return {zone: sorted(record.rdata for record in unbound.ask(zone, "DNSKEY").answers if record.rtype == 48) for zone in (CSK, ZSK, KSK)}


def steps(chain):
    """Lists of pdnsutil commands; the ids of new keys are known as they are made."""
    old = {zone: next(iter(keys_of(chain, zone))) for zone in (CSK, ZSK, KSK)}
    new = {}

    def add(zone, *how):
        new[zone] = chain.pdns.must("add-zone-key", zone, *how).strip()

    # One key becomes two where a ZSK is wanted: published before it signs.
    add(CSK, "ksk", "inactive", "ecdsa256")
    add(ZSK, "zsk", "inactive", "ecdsa256")
    add(KSK, "zsk", "inactive", "ecdsa256")
    yield []
    yield [["activate-zone-key", zone, new[zone]] for zone in (CSK, ZSK, KSK)]
    first_zsk = new[ZSK]
    # The CSK's new DS; the next ZSK is published; the next KSK signs beside the old one.
    add(ZSK, "zsk", "inactive", "ecdsa256")
    add(KSK, "ksk", "active", "ecdsa256")
    yield swap_delegation_signer(chain, CSK, old[CSK])
    yield [["deactivate-zone-key", CSK, old[CSK]],
           ["activate-zone-key", ZSK, new[ZSK]], ["deactivate-zone-key", ZSK, first_zsk],
           *swap_delegation_signer(chain, KSK, old[KSK])]
    yield [["remove-zone-key", CSK, old[CSK]], ["remove-zone-key", ZSK, first_zsk], ["deactivate-zone-key", KSK, old[KSK]]]
    yield [["remove-zone-key", KSK, old[KSK]]]


def keys_of(chain, zone):
    """The tag of each key, by its id."""
    return dict(re.findall(r"(\d+)\s+cryptokeys\s+(\d+)$", chain.pdns.must("list-keys", zone), re.M))


def swap_delegation_signer(chain, zone, old):
    """The parent's DS for the other KSK, not for `old`."""
    parent = zone.split(".", 1)[1]
    old_tag = keys_of(chain, zone)[old]
    signers = [line.split(" DS ")[1] for line in chain.delegation_signers(zone)]
    [wanted] = [signer for signer in signers if signer.split()[0] != old_tag]
    return [["replace-rrset", parent, zone.split(".")[0], "DS", "5", wanted], ["rectify-zone", parent]]


testing.main(test, __doc__)
