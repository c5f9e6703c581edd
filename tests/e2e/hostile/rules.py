"""What dnsdist.conf does with questions that no receiver of mail asks."""

import socket
import struct

import dns_wire as dns

SOURCE = "127.0.0.11"
NOTIFY, UPDATE = 4, 5
ANY, AXFR, CHAOS = 255, 252, 3
NOTIMP = 4
NAME = dns.name("_dmarc.example.com")


def raw(qtype=dns.TXT, opcode=0, qclass=1, questions=1, answers=0):
    """A message of one question, whatever its header says."""
    return (struct.pack("!6H", 4711, opcode << 11, questions, answers, 0, 0)
            + dns.encode_name(NAME) + struct.pack("!HH", qtype, qclass))


# (what, message, the flags' low four bits and TC that come back; None where nothing does)
CASES = (
    ("a good question", raw(), (dns.NOERROR, False)),
    ("an update", raw(opcode=UPDATE), (NOTIMP, False)),
    ("a notify", raw(opcode=NOTIFY), (NOTIMP, False)),
    ("a version question", raw(qclass=CHAOS), (dns.REFUSED, False)),
    ("a transfer", raw(qtype=AXFR), (dns.REFUSED, False)),
    ("ANY by UDP", raw(qtype=ANY), (dns.NOERROR, True)),
    ("no question", raw(questions=0), (NOTIMP, False)),
    ("two questions", raw(questions=2), None),
    ("a question with an answer", raw(answers=1), None),
)


def ask(server, message):
    """(rcode, truncated), or None when nothing comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((SOURCE, 0))
        sock.settimeout(0.5)
        sock.connect(server)
        sock.send(message)
        try:
            flags = struct.unpack("!H", sock.recv(4096)[2:4])[0]
        except socket.timeout:
            return None
    return flags & 15, bool(flags & 0x200)


def check(checks, server):
    for what, message, wanted in CASES:
        checks.equal(ask(server, message), wanted, f"dnsdist.conf: {what}")
