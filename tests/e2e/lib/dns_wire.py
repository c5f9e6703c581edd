"""DNS messages as octets: just enough to ask and to answer in tests.

A name is a tuple of labels, each label a bytes object, because a label may
hold a dot, a space or 8-bit octets. Knows nothing of sockets or of zones.
"""

import struct
from dataclasses import dataclass, field

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, OPT, SPF = 1, 2, 5, 6, 12, 15, 16, 28, 41, 99
DS, RRSIG, DNSKEY, NSEC3, CDS, CDNSKEY = 43, 46, 48, 50, 59, 60
TYPES = {"A": A, "NS": NS, "CNAME": CNAME, "SOA": SOA, "PTR": PTR, "MX": MX, "TXT": TXT,
         "AAAA": AAAA, "SPF": SPF, "DS": DS, "RRSIG": RRSIG, "DNSKEY": DNSKEY,
         "NSEC3": NSEC3, "CDS": CDS, "CDNSKEY": CDNSKEY}
TYPE_NAMES = {number: name for name, number in TYPES.items()}

NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


class FormatError(ValueError):
    """A message or a name that cannot be read."""


@dataclass
class Record:
    owner: tuple
    rtype: int
    ttl: int
    rdata: bytes

    def text(self):
        """A TXT record's strings, joined."""
        return b"".join(self.strings())

    def strings(self):
        strings, at = [], 0
        while at < len(self.rdata):
            end = at + 1 + self.rdata[at]
            strings.append(self.rdata[at + 1:end])
            at = end
        return strings


@dataclass
class Message:
    ident: int
    flags: int
    qname: tuple
    qtype: int
    edns_size: int = 0
    answers: list = field(default_factory=list)
    authority: list = field(default_factory=list)

    @property
    def rcode(self):
        return self.flags & 15

    @property
    def rcode_name(self):
        return RCODES.get(self.rcode, str(self.rcode))

    @property
    def authenticated(self):
        """A validating resolver vouches for it (RFC 4035, 3.2.3)."""
        return bool(self.flags & 0x20)

    @property
    def truncated(self):
        return bool(self.flags & 0x200)


def name(text):
    """Presentation form (with \\. and \\ddd escapes) -> labels. "a.b." and "a.b" are alike."""
    if text == ".":
        return ()
    labels, label, at = [], bytearray(), 0
    data = text.encode("utf-8", "surrogateescape")
    while at < len(data):
        octet = data[at:at + 1]
        if octet == b"\\" and data[at + 1:at + 4].isdigit():
            label.append(int(data[at + 1:at + 4]))
            at += 4
        elif octet == b"\\":
            label += data[at + 1:at + 2]
            at += 2
        elif octet == b".":
            labels.append(bytes(label))
            label = bytearray()
            at += 1
        else:
            label += octet
            at += 1
    if label:
        labels.append(bytes(label))
    if any(not 0 < len(one) < 64 for one in labels):
        raise FormatError(f"{text!r} has an empty label or one over 63 octets")
    return tuple(labels)


def to_text(labels):
    """Labels -> presentation form with a final dot; name() reads it back."""
    def escaped(octet):
        if chr(octet) in ".\\":
            return "\\" + chr(octet)
        return chr(octet) if 0x21 <= octet <= 0x7E else f"\\{octet:03d}"
    return "".join("".join(map(escaped, label)) + "." for label in labels) or "."


def lower(labels):
    return tuple(label.lower() for label in labels)


def encode_name(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_txt(octets):
    """One TXT record's data: the octets in strings of at most 255."""
    parts = [octets[i:i + 255] for i in range(0, len(octets), 255)] or [b""]
    return b"".join(bytes([len(part)]) + part for part in parts)


def encode_query(labels, qtype, ident=0, edns_size=1232, dnssec_ok=False):
    opt = b"\0" + struct.pack("!HHIH", OPT, edns_size, 0x8000 if dnssec_ok else 0, 0) if edns_size else b""
    return (struct.pack("!6H", ident, 0x0100, 1, 0, 0, 1 if opt else 0)
            + encode_name(labels) + struct.pack("!HH", qtype, 1) + opt)


def encode_record(record):
    return (encode_name(record.owner)
            + struct.pack("!HHIH", record.rtype, 1, record.ttl, len(record.rdata)) + record.rdata)


def encode_answer(query, flags, answers=(), authority=(), additional=()):
    """An answer to the decoded `query`; its question is repeated octet for octet."""
    opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0) if query.edns_size else b""
    head = struct.pack("!6H", query.ident, flags, 1, len(answers), len(authority),
                       len(additional) + (1 if opt else 0))
    question = encode_name(query.qname) + struct.pack("!HH", query.qtype, 1)
    return (head + question + b"".join(map(encode_record, (*answers, *authority, *additional))) + opt)


def decode(data):
    """Octets -> Message. Raises FormatError on anything that is not one."""
    try:
        return _decode(data)
    except (IndexError, struct.error) as error:
        raise FormatError(f"not a DNS message: {error}") from error


def _decode(data):
    ident, flags, questions, answers, authority, additional = struct.unpack("!6H", data[:12])
    if questions != 1:
        raise FormatError(f"{questions} questions")
    qname, at = decode_name(data, 12)
    (qtype, _), at = struct.unpack("!HH", data[at:at + 4]), at + 4
    message = Message(ident, flags, qname, qtype)
    for section, count in ((message.answers, answers), (message.authority, authority), (None, additional)):
        for _ in range(count):
            owner, at = decode_name(data, at)
            rtype, rclass, ttl, length = struct.unpack("!HHIH", data[at:at + 10])
            at += 10
            if section is not None:
                section.append(Record(owner, rtype, ttl, data[at:at + length]))
            elif rtype == OPT:
                message.edns_size = rclass
            at += length
    return message


def decode_name(data, at):
    labels, end = [], None
    for _ in range(128):
        length = data[at]
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | data[at + 1]
        elif length == 0:
            return tuple(labels), end or at + 1
        else:
            labels.append(data[at + 1:at + 1 + length])
            at += 1 + length
    raise FormatError("a name that does not end")
