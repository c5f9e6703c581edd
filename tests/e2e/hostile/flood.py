#!/usr/bin/python3
"""Sends questions as fast as one core can, without caring for answers: flood.py ATTACK SOURCE PORT SECONDS [COUNT]

The names never repeat. With COUNT it stops after as many questions, and waits for answers so that none is lost in
a full buffer. Prints {"rate": …}, or {"answered": …} with COUNT, when it ends.
"""

import itertools
import json
import os
import socket
import struct
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_wire as dns

MARK = b"xxxxxxxx"           # stands for the number that makes a name new
WINDOW = 64                  # questions that wait for an answer, with COUNT
IP_PKTINFO = 8               # linux/in.h; Python's socket module has no name for it
BATCH = 1024                 # questions between two looks at the clock
ZONE = "_spf.provider.net"
HELO = MARK.decode() + ".example.net._ehlo"

# ATTACK -> (questions, DO). Each question is (name, type).
ATTACKS = {
    "unknown": (((f"192.0.2.1._ip.{HELO}.{MARK.decode()}.test.{ZONE}", dns.TXT),), False),
    "known": (((f"192.0.2.1._ip.{HELO}.example.com.{ZONE}", dns.TXT), (f"{MARK.decode()}._dmarc.example.com", dns.TXT),
               (f"{MARK.decode()}._domainkey.example.com", dns.TXT)), False),
    "empty": (((f"{HELO}.example.com.{ZONE}", dns.A), (f"2.1._ip.{HELO}.example.com.{ZONE}", dns.A)), False),
    "wildcard": (((f"*.{HELO}.example.com.{ZONE}", dns.TXT), (f"*.{MARK.decode()}.{ZONE}", dns.A),
                  (f"*.{MARK.decode()}._dmarc.example.com", dns.TXT)), False),
    "signed": (((f"{MARK.decode()}.{ZONE}", dns.TXT), (f"{MARK.decode()}._dmarc.example.com", dns.TXT)), True),
    "forged": (((f"192.0.2.1._ip.{HELO}.example.com.{ZONE}", dns.TXT),), False),
    "names": (((f"192.0.2.1._ip.{HELO}.example.com.{ZONE}", dns.TXT),
               (f"{'.'.join('20010db8002500000000000000000001')}._ip.{HELO}.example.com.{ZONE}", dns.TXT)), False),
}


def packets(attack):
    """Questions without end."""
    shapes, dnssec_ok = ATTACKS[attack]
    parts = [dns.encode_query(dns.name(name), qtype, ident=4711, dnssec_ok=dnssec_ok).split(MARK) for name, qtype in shapes]
    start = struct.unpack("!I", os.urandom(4))[0]      # not the names of the run before
    for number, pieces in zip(itertools.count(start), itertools.cycle(parts)):
        yield (b"%08x" % (number & 0xFFFFFFFF)).join(pieces)


def send_all(sock, questions, end):
    """As fast as can be; the number that was sent."""
    sent = 0
    while time.monotonic() < end:
        for packet in itertools.islice(questions, BATCH):
            sock.send(packet)
        sent += BATCH
    return sent


def send_forged(sock, questions, end, server):
    """As send_all(), each from another address of 127.0.0.0/8."""
    sent = 0
    while time.monotonic() < end:
        for packet in itertools.islice(questions, BATCH):
            sent += 1
            address = struct.pack("!I", 0x7F010000 + sent * 2654435761 % 0xFE0000)
            sock.sendmsg([packet], [(socket.IPPROTO_IP, IP_PKTINFO, bytes(4) + address + bytes(4))], 0, server)
    return sent


def send_counted(sock, questions, end, count):
    """`count` questions, never more than WINDOW of them without an answer; the number of answers."""
    sock.settimeout(0.5)
    answered = sent = waiting = 0
    while answered < count and sent < 2 * count and time.monotonic() < end:
        for packet in itertools.islice(questions, WINDOW - waiting):
            sock.send(packet)
            sent += 1
        waiting = WINDOW
        try:
            for _ in range(WINDOW // 2):
                sock.recv(4096)
                answered += 1
                waiting -= 1
        except socket.timeout:
            waiting = 0
    return answered


def main():
    attack, source, port, seconds, *count = sys.argv[1:]
    server, end = ("127.0.0.1", int(port)), time.monotonic() + float(seconds)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        if attack == "forged":
            return print(json.dumps({"rate": send_forged(sock, packets(attack), end, server) / float(seconds)}))
        sock.bind((source, 0))
        sock.connect(server)
        if count:
            return print(json.dumps({"answered": send_counted(sock, packets(attack), end, int(count[0]))}))
        return print(json.dumps({"rate": send_all(sock, packets(attack), end) / float(seconds)}))


if __name__ == "__main__":
    main()
