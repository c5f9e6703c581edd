"""A DNS server over UDP for tests: answers from the "zonedata" form of `emailauth spf --records`."""
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def wire_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def rdata(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "TXT":
        parts = value if isinstance(value, list) else [value]
        return b"".join(bytes([len(part)]) + part.encode() for part in parts)
    if kind == "MX":
        return struct.pack("!H", value[0]) + wire_name(value[1])
    return wire_name(value)


class TinyDns:
    """Listens on 127.0.0.1:<port> from construction to close(). TIMEOUT names are not answered."""

    def __init__(self, zone):
        self.zone = {name.lower(): records for name, records in zone.items()}
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def serve(self):
        while True:
            try:
                question, client = self.socket.recvfrom(4096)
                answer = self.answer(question)
                if answer:
                    self.socket.sendto(answer, client)
            except OSError:
                return

    def answer(self, question):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("latin-1"))
            at += 1 + question[at]
        end = at + 5
        qtype = struct.unpack("!H", question[at + 1:at + 3])[0]
        name = ".".join(labels).lower()
        self.asked.append((name, qtype))
        records, rcode = [], 0 if name in self.zone else 3
        for record in self.zone.get(name, []):
            (kind, value), = record.items()
            if kind == "TIMEOUT":
                return None
            if kind == "RCODE":
                rcode = value
            elif TYPES[kind] == qtype:
                data = rdata(kind, value)
                records.append(b"\xc0\x0c" + struct.pack("!HHIH", qtype, 1, 60, len(data)) + data)
        header = question[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, len(records), 0, 0)
        return header + question[12:end] + b"".join(records)
