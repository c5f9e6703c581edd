"""A DNS server for tests: answers from the "zonedata" form of `emailauth spf --records`.

TXT values may also be bytes; a CNAME answers every type that the name has no record of. What is too large for UDP is asked for again over TCP.
"""
import ipaddress
import socket
import struct
import threading
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def wire_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def rdata(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "TXT":
        parts = [part if isinstance(part, bytes) else part.encode() for part in (value if isinstance(value, list) else [value])]
        strings = [part[at:at + 255] for part in parts for at in range(0, len(part) or 1, 255)]
        return b"".join(bytes([len(string)]) + string for string in strings)
    if kind == "MX":
        return struct.pack("!H", value[0]) + wire_name(value[1])
    return wire_name(value)


class TinyDns:
    """Listens on 127.0.0.1:<port> from construction to close(). TIMEOUT names are not answered.

    `delay` is the seconds before each answer; answers do not wait for one another.
    """

    def __init__(self, zone, delay=0.0, ttl=60):
        self.zone = {name.lower(): records for name, records in zone.items()}
        self.asked = []
        self.delay = delay
        self.ttl = ttl
        self.socket, self.listener = self.listen()
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    @staticmethod
    def listen():
        """Both sockets, on one port."""
        while True:
            tcp = socket.create_server(("127.0.0.1", 0))
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                udp.bind(tcp.getsockname())
                return udp, tcp
            except OSError:
                tcp.close()
                udp.close()

    def close(self):
        self.socket.close()
        self.listener.close()

    def serve(self):
        while True:
            try:
                question, client = self.socket.recvfrom(4096)
            except OSError:
                return
            if self.delay:
                threading.Thread(target=self.reply, args=(question, client), daemon=True).start()
            else:
                self.reply(question, client)

    def reply(self, question, client):
        time.sleep(self.delay)
        answer = self.answer(question)
        if answer and len(answer) > 1232:
            header = answer[:2] + struct.pack("!H", 0x8380) + question[4:6] + bytes(6)
            answer = header + question[12:self.end_of_question(question)]
        try:
            if answer:
                self.socket.sendto(answer, client)
        except OSError:
            pass

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                with connection, connection.makefile("rb") as stream:
                    answer = self.answer(stream.read(struct.unpack("!H", stream.read(2))[0]))
                    if answer:
                        connection.sendall(struct.pack("!H", len(answer)) + answer)
            except (OSError, struct.error):
                if self.listener.fileno() < 0:
                    return

    @staticmethod
    def end_of_question(question):
        return question.index(0, 12) + 5

    def record(self, rtype, value, kind):
        data = rdata(kind, value)
        return b"\xc0\x0c" + struct.pack("!HHIH", rtype, 1, self.ttl, len(data)) + data

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
                records.append(self.record(qtype, value, kind))
        alias = [record["CNAME"] for record in self.zone.get(name, []) if "CNAME" in record]
        if alias and not records:
            records.append(self.record(TYPES["CNAME"], alias[0], "CNAME"))   # who asks follows it
        header = question[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, len(records), 0, 0)
        return header + question[12:end] + b"".join(records)
