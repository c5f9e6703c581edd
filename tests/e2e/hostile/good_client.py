"""A client that behaves like a receiver of mail: what share of its questions is answered, and whether each answer is right.

It asks once and waits for a second; a resolver would ask again. Where UDP is truncated it comes back by TCP, as
resolvers do.
"""

import random
import re
import threading

import dns_client
import dns_wire as dns

SOURCE = "127.0.0.10"
TIMEOUT = 1.0
PAUSE = 0.05                 # seconds between two questions of one thread
UDP_THREADS, TCP_THREADS = 12, 4
ZONE = "_spf.provider.net"


class Tally:
    """Of one transport."""

    def __init__(self):
        self.asked = self.answered = 0

    @property
    def share(self):
        return self.answered / max(1, self.asked)


class GoodClient:
    """A context manager: asks while the block runs."""

    def __init__(self, server):
        self._server = server
        self.udp, self.tcp, self.wrong = Tally(), Tally(), []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number >= UDP_THREADS, number), daemon=True)
                         for number in range(UDP_THREADS + TCP_THREADS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(5 * TIMEOUT)

    def _run(self, tcp, number):
        dice = random.Random(number)
        tally = self.tcp if tcp else self.udp
        while not self._stop.wait(PAUSE):
            wrong, answered = ask_one(self._server, dice, tcp)
            with self._lock:
                tally.asked += 1
                tally.answered += answered
                if wrong:
                    self.wrong.append(wrong)


def ask_one(server, dice, tcp=False):
    """(what is wrong with the answer, whether there was one)."""
    name, pattern = question(dice)
    dnssec_ok = dice.random() < 0.5
    try:
        answer = dns_client.ask(dns.name(name), dns.TXT, server, TIMEOUT, dnssec_ok, tcp, SOURCE)
    except (dns_client.NoAnswer, OSError):
        return "", False
    texts = [record.text().decode("latin-1") for record in answer.answers if record.rtype == dns.TXT]
    signed = any(record.rtype == dns.RRSIG for record in answer.answers)
    right = answer.rcode == dns.NOERROR and len(texts) == 1 and re.fullmatch(pattern, texts[0]) and signed == dnssec_ok
    return "" if right else f"{name}: {answer.rcode_name} {texts} signed={signed} wanted={dnssec_ok}", True


def question(dice):
    """(name, what its TXT record looks like): SPF of authorised and other clients, policies, keys."""
    last, helo = dice.randrange(256), f"h{dice.randrange(10**9)}.example.net"
    return dice.choice((
        (f"192.0.2.{last}._ip.{helo}._ehlo.example.com.{ZONE}", rf"v=spf1 ip4:192\.0\.2\.{last} -all"),
        (f"203.0.113.{last}._ip.{helo}._ehlo.example.com.{ZONE}", "v=spf1 -all"),
        ("_dmarc.example.com", "v=DMARC1; p=quarantine; .*"),
        ("s1._domainkey.example.com", "v=DKIM1; .*")))
