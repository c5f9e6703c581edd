#!/usr/bin/python3
"""Holds as many TCP connections as it can get and asks nothing with them: tcp_flood.py SOURCE PORT SECONDS

A third stay silent, a third send a question octet by octet, a third are closed at once and opened again. What the
server closes is opened again. Prints {"rate": …}, the connections opened a second.
"""

import json
import resource
import select
import socket
import struct
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_wire as dns

CONNECTIONS = 900            # at a time: more than pdns.conf allows, fewer than a process may have
OCTET_EVERY = 0.5            # seconds


class Connection:
    def __init__(self, source, server, kind):
        self.kind, self.at = kind, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.bind((source, 0))
        self.socket.connect_ex(server)

    def is_over(self):
        """The server closed it, or it is of the kind that goes at once."""
        if self.kind == 2:
            return True
        try:
            return self.socket.recv(1) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def send_octet(self, question):
        try:
            self.socket.send(question[self.at % len(question):][:1])
            self.at += 1
        except OSError:
            pass                # not connected yet, or closed: is_over() sees that


def main():
    source, port, seconds = sys.argv[1:]
    server, end = ("127.0.0.1", int(port)), time.monotonic() + float(seconds)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    query = dns.encode_query(dns.name("_dmarc.example.com"), dns.TXT)
    question = struct.pack("!H", len(query)) + query
    open_ones, opened, next_octet = [], 0, 0.0
    while time.monotonic() < end:
        while len(open_ones) < CONNECTIONS:
            open_ones.append(Connection(source, server, opened % 3))
            opened += 1
        select.select([], [], [], 0.01)
        for connection in [one for one in open_ones if one.is_over()]:
            connection.socket.close()
            open_ones.remove(connection)
        if time.monotonic() >= next_octet:
            next_octet = time.monotonic() + OCTET_EVERY
            for connection in open_ones:
                if connection.kind == 1:
                    connection.send_octet(question)
    print(json.dumps({"rate": opened / float(seconds)}))


if __name__ == "__main__":
    main()
