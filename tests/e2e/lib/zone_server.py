#!/usr/bin/python3
"""An authoritative DNS server for everybody but the responder.

    zone_server.py FILE [ADDRESS [PORT]]

Plays the root, the registries, the domain owners and the vendors, out of one
file of lines `owner TYPE data` (see owners.zone of a test). It answers for
every name there is: what the file does not have is NXDOMAIN, a name with
something below it is an empty non-terminal, and NS records anywhere but at the
root hand over to another server (with glue, if the file has the address).
UDP and TCP; no DNSSEC. `owner RCODE SERVFAIL` fails for every type the owner
has no record of. Ends on SIGTERM.
"""

import signal
import socket
import socketserver
import struct
import sys
import threading
from dataclasses import replace

import dns_wire as dns

TTL = 60
SOA_DATA = (dns.encode_name(dns.name("ns.root.example")) + dns.encode_name(dns.name("host.root.example"))
            + struct.pack("!5I", 1, 60, 60, 60, 5))


class ZoneError(ValueError):
    """A line of the zone file that cannot be read."""


class Zone:
    """Every record of the file, by owner name (lower case labels) and type."""

    def __init__(self, lines):
        self._records = {}
        self._nodes = {()}
        self._failing = {}
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if line and not line.startswith("#"):
                try:
                    self._add(*line.split(None, 2))
                except (TypeError, KeyError, ValueError, OSError) as error:
                    raise ZoneError(f"line {number}: {line!r}: {error}") from error

    def _add(self, owner, type_name, data):
        labels = dns.lower(dns.name(owner))
        self._nodes.update(labels[i:] for i in range(len(labels)))
        if type_name == "RCODE":
            self._failing[labels] = {name: code for code, name in dns.RCODES.items()}[data]
            return
        rtype = dns.TYPES[type_name]
        record = dns.Record(labels, rtype, TTL, _rdata(rtype, data))
        self._records.setdefault(labels, {}).setdefault(rtype, []).append(record)

    def answer(self, query):
        """The answer's octets for a decoded query."""
        wanted = dns.lower(query.qname)
        cut = self._delegation_above(wanted)
        if cut is not None:
            return self._referral(query, cut)
        here = self._records.get(wanted if wanted in self._nodes else self._wildcard(wanted), {})
        answers = here.get(query.qtype) or here.get(dns.CNAME) or []
        authoritative = 0x8400 | (query.flags & 0x0100)
        if answers:
            return dns.encode_answer(query, authoritative, [replace(record, owner=query.qname) for record in answers])
        if wanted in self._failing:
            return dns.encode_answer(query, authoritative | self._failing[wanted])
        rcode = dns.NOERROR if here or wanted in self._nodes else dns.NXDOMAIN
        return dns.encode_answer(query, authoritative | rcode,
                                 authority=[dns.Record((), dns.SOA, 5, SOA_DATA)])

    def _wildcard(self, wanted):
        """The name that answers for one that does not exist (RFC 4592)."""
        encloser = next(wanted[i:] for i in range(len(wanted) + 1) if wanted[i:] in self._nodes)
        return (b"*", *encloser)

    def _delegation_above(self, wanted):
        for i in range(len(wanted) - 1, -1, -1):
            if dns.NS in self._records.get(wanted[i:], {}):
                return wanted[i:]
        return None

    def _referral(self, query, cut):
        servers = self._records[cut][dns.NS]
        glue = []
        for server in servers:
            host, _ = dns.decode_name(server.rdata, 0)
            glue += self._records.get(host, {}).get(dns.A, [])
        return dns.encode_answer(query, 0x8000 | (query.flags & 0x0100), authority=servers, additional=glue)


def _rdata(rtype, data):
    if rtype == dns.A:
        return socket.inet_pton(socket.AF_INET, data)
    if rtype == dns.AAAA:
        return socket.inet_pton(socket.AF_INET6, data)
    if rtype in (dns.NS, dns.CNAME, dns.PTR):
        return dns.encode_name(dns.name(data))
    if rtype == dns.MX:
        preference, host = data.split()
        return struct.pack("!H", int(preference)) + dns.encode_name(dns.name(host))
    return dns.encode_txt(data.encode())


class _Udp(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        try:
            query = dns.decode(data)
        except dns.FormatError:
            return
        answer = self.server.zone.answer(query)
        if len(answer) > max(512, query.edns_size):
            answer = dns.encode_answer(query, 0x8600 | (query.flags & 0x0100))
        sock.sendto(answer, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self):
        try:
            while len(head := self.rfile.read(2)) == 2:
                query = dns.decode(self.rfile.read(struct.unpack("!H", head)[0]))
                answer = self.server.zone.answer(query)
                self.wfile.write(struct.pack("!H", len(answer)) + answer)
        except (dns.FormatError, OSError):
            pass


class _UdpServer(socketserver.UDPServer):
    allow_reuse_address = True
    max_packet_size = 65535


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main(path, address="127.0.0.1", port="53"):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(path, encoding="utf-8") as lines:
        zone = Zone(lines)
    with _UdpServer((address, int(port)), _Udp) as udp, _TcpServer((address, int(port)), _Tcp) as tcp:
        udp.zone = tcp.zone = zone
        threading.Thread(target=tcp.serve_forever, daemon=True).start()
        udp.serve_forever()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
