"""Ask one DNS server one question, exactly as given. No resolver library between."""

import random
import socket
import struct
import time

import dns_wire

IP_BIND_ADDRESS_NO_PORT = 24   # linux/in.h: the port is chosen when the socket connects


class NoAnswer(Exception):
    """The server did not answer in time."""


def ask(labels, qtype, server=("127.0.0.1", 53), timeout=3.0, dnssec_ok=False, tcp=False, source=""):
    """The server's answer as a dns_wire.Message; over TCP where that is asked for, or when UDP was truncated.

    `source` is the address to ask from.
    """
    query = dns_wire.encode_query(labels, qtype, ident=random.randrange(65536), dnssec_ok=dnssec_ok)
    if not tcp:
        answer = _ask_udp(query, server, timeout, source)
        if not answer.truncated:
            return answer
    return _ask_tcp(query, server, timeout, source)


def wait_until_answering(server, labels, qtype, is_running, seconds=15.0):
    """True once the server answers NOERROR for the name; False after `seconds`, or when it has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and is_running():
        try:
            if ask(labels, qtype, server, timeout=0.5).rcode == dns_wire.NOERROR:
                return True
        except (NoAnswer, OSError):
            pass
        time.sleep(0.1)
    return False


def _ask_udp(query, server, timeout, source):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((source, 0))
        sock.settimeout(timeout)
        sock.connect(server)
        sock.send(query)
        try:
            while True:
                data = sock.recv(65535)
                if data[:2] == query[:2]:
                    return dns_wire.decode(data)
        except socket.timeout:
            raise NoAnswer(f"no answer from {server[0]}:{server[1]} in {timeout} s") from None


def _ask_tcp(query, server, timeout, source):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        # Tests ask tens of thousands of questions: a connection that is reset does not keep its port for a minute.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if source:
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
        sock.settimeout(timeout)
        sock.connect(server)
        sock.sendall(struct.pack("!H", len(query)) + query)
        data = b""
        while len(data) < 2 or len(data) < 2 + struct.unpack("!H", data[:2])[0]:
            part = sock.recv(65535)
            if not part:
                raise NoAnswer(f"{server[0]}:{server[1]} closed the connection")
            data += part
        return dns_wire.decode(data[2:])
