"""The questions: files of questions for dnsperf, made from a seed.

A kind of question is a function from a Shape of the policies and dice to (name, type, answer); the answer is the text
that a right server gives, or None where it is not a TXT record.
"""

import functools
import itertools
import json
import random
from dataclasses import dataclass
from pathlib import Path

from policies import SEED, SELECTOR, STATIC_ZONE, WALK_ZONE, ZONE, address_v4, domain_name, nibbles_v6
from servers import ROOT, Unavailable

# Captured from real resolvers; lies beside the project's root and may be absent.
WALK = ROOT.parent / "shared/testdata/resolver-queries.jsonl"


@dataclass(frozen=True)
class Question:
    name: str
    qtype: str = "TXT"
    answer: str = None       # the TXT record that a right server gives

    def line(self):
        return f"{self.name} {self.qtype}\n"


def helo(dice):
    return f"h{dice.randrange(10**9)}.example.net"


def v4(shape, dice):
    domain = dice.randrange(shape.domains)
    address = address_v4(domain % shape.senders, dice)
    return Question(f"{address}._ip.{helo(dice)}._ehlo.{domain_name(domain)}.{ZONE}", answer=f"v=spf1 ip4:{address} -all")


def v6(shape, dice):
    domain = dice.randrange(shape.domains)
    return Question(f"{nibbles_v6(domain % shape.senders, dice)}._ip.{helo(dice)}._ehlo.{domain_name(domain)}.{ZONE}")


def dmarc(shape, dice):
    return Question(f"_dmarc.{domain_name(dice.randrange(shape.domains))}", answer="v=DMARC1; p=reject")


def dkim(shape, dice):
    return Question(f"{SELECTOR}._domainkey.{domain_name(dice.randrange(shape.domains))}")


def static_view(shape, dice):
    return Question(f"{domain_name(dice.randrange(shape.domains))}.{STATIC_ZONE}")


def unknown(_, dice):
    """A domain that nobody manages: the name does not exist."""
    return Question(f"{address_v4(0, dice)}._ip.{helo(dice)}._ehlo.x{dice.randrange(10**9)}.example.{ZONE}")


def make(kind, shape, count, salt=0):
    """`count` questions, the same for the same arguments."""
    if kind is captured_walk:
        return captured_walk(count)
    dice = random.Random(f"{SEED} {kind.__name__} {salt}")
    return [kind(shape, dice) for _ in range(count)]


def hot(shape, dice):
    """A few names over and over: what a popular sender's mail looks like."""
    return dice.choice(_hot_names(shape))


@functools.cache
def _hot_names(shape):
    """The first that make() gives, so that they are among those that databases hold."""
    return make(v4, shape, 50)


def captured_walk(count):
    """What real resolvers ask on their way down (QNAME minimisation), in their order. Raises Unavailable without the capture."""
    if not WALK.is_file():
        raise Unavailable(f"{WALK.relative_to(ROOT.parent)} is not there")
    asked = []
    for line in WALK.read_text(encoding="utf-8").splitlines():
        for name, qtype, *_ in json.loads(line)["queries"]:
            if f".{name.lower()}".endswith(f".{WALK_ZONE}."):
                asked.append(Question(name, qtype))
    return list(itertools.islice(itertools.cycle(asked), count))


def write(path, questions):
    Path(path).write_text("".join(question.line() for question in questions), encoding="utf-8")
    return path
