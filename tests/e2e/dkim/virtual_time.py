"""A clock that a test sets, for a server (given_clock.so) and for resolvers that cache.

Times are datetimes in UTC.
"""

import datetime
import struct
import time

import dns_client
import dns_wire as dns

UTC = datetime.timezone.utc


class Clock:
    """The time, and the file that tells it to a program under given_clock.so."""

    def __init__(self, file, begin):
        self.file = file
        self.now = begin
        self.set(begin)

    def set(self, when):
        self.now = when
        # In place, as the program has it mapped.
        with open(self.file, "r+b" if self.file.exists() else "wb") as out:
            out.write(struct.pack("=q", round(when.timestamp() - time.time())))

    def text(self):
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")


class CachingResolver:
    """Asks one server for TXT records and keeps each answer, and each "no", for exactly its TTL."""

    def __init__(self, server, clock):
        self.server = server
        self.clock = clock
        self.known = {}
        self.cached = 0

    def txt(self, name):
        """The record as dkimpy wants it, or None."""
        until, texts = self.known.get(name, (None, None))
        if until is None or self.clock.now >= until:
            texts, ttl = self._ask(name)
            self.known[name] = (self.clock.now + datetime.timedelta(seconds=ttl), texts)
        else:
            self.cached += 1
        return texts[0] if len(texts) == 1 else None

    def _ask(self, name):
        answer = dns_client.ask(dns.name(name), dns.TXT, self.server)
        if answer.rcode not in (dns.NOERROR, dns.NXDOMAIN):
            raise RuntimeError(f"{name}: {answer.rcode_name}")
        records = [record for record in answer.answers if record.rtype == dns.TXT]
        if records:
            return [record.text() for record in records], min(record.ttl for record in records)
        soa = next(record for record in answer.authority if record.rtype == dns.SOA)
        return [], min(soa.ttl, struct.unpack("!I", soa.rdata[-4:])[0])   # RFC 2308, 5
