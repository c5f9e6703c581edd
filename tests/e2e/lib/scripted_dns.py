"""A DNS server whose answers a function makes: for servers that lie, break or are slow.

Listens on a free port of 127.0.0.1, UDP and TCP; every question has a thread of its own, so that a
slow answer holds up no other.
"""

import contextlib
import socket
import struct
import threading

import dns_wire as dns

QR_RD_RA = 0x8180   # an answer of a resolver


class ScriptedDns:
    """`reply(query, over_tcp)` gives the octets of an answer, or None for none. A context manager."""

    def __init__(self, reply, tcp=True):
        self._reply = reply
        self._udp, self._tcp = _sockets(tcp)
        self.address = self._udp.getsockname()
        threading.Thread(target=self._serve_udp, daemon=True).start()
        if tcp:
            threading.Thread(target=self._serve_tcp, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in (self._udp, self._tcp):
            if sock is not None:
                sock.close()

    def __str__(self):
        return f"{self.address[0]}:{self.address[1]}"

    def _serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                data, client = self._udp.recvfrom(65535)
                threading.Thread(target=self._answer_udp, args=(data, client), daemon=True).start()

    def _answer_udp(self, data, client):
        with contextlib.suppress(OSError, dns.FormatError):
            query = dns.decode(data)
            answer = self._reply(query, False)
            if answer is not None and len(answer) > max(512, query.edns_size):
                answer = dns.encode_answer(query, QR_RD_RA | 0x0200)
            if answer is not None:
                self._udp.sendto(answer, client)

    def _serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._tcp.accept()
                threading.Thread(target=self._answer_tcp, args=(connection,), daemon=True).start()

    def _answer_tcp(self, connection):
        with contextlib.suppress(OSError, dns.FormatError, struct.error), connection, connection.makefile("rb") as stream:
            connection.settimeout(10)
            while len(head := stream.read(2)) == 2:
                answer = self._reply(dns.decode(stream.read(struct.unpack("!H", head)[0])), True)
                if answer is None:
                    return
                connection.sendall(struct.pack("!H", len(answer)) + answer)


def _sockets(tcp):
    """Both on one port; nobody listens there for TCP when it is not wanted."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        if not tcp:
            return udp, None
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()


def answer(query, records=(), rcode=dns.NOERROR):
    return dns.encode_answer(query, QR_RD_RA | rcode, records)


def texts(query, *values, ttl=60):
    """TXT records at the name asked for; octets or text."""
    return [dns.Record(query.qname, dns.TXT, ttl, dns.encode_txt(value if isinstance(value, bytes) else value.encode()))
            for value in values]
