"""A vendor's DNSSEC-signed zone of one record, made with the openssl program: well, or badly."""

import base64
import struct
import subprocess
import time

import dns_wire as dns

ALGORITHM = 13   # ECDSA P-256 with SHA-256 (RFC 6605)
DAY = 86400


class SignedVendor:
    """One key signs the DNSKEY and the TXT RRset of `apex` (labels). `anchor` is a validator's trust anchor."""

    def __init__(self, apex, text, scratch, age=0):
        self.apex = apex
        self._key = scratch / f"{apex[0].decode()}.pem"
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self._key))
        public = _openssl("ec", "-in", str(self._key), "-pubout", "-outform", "DER")[-64:]
        self._dnskey = struct.pack("!HBB", 257, 3, ALGORITHM) + public
        self._dates = (int(time.time()) - age - DAY, int(time.time()) - age + DAY)
        self.texts = self.signed(dns.Record(apex, dns.TXT, 60, dns.encode_txt(text.encode())))
        self.keys = self.signed(dns.Record(apex, dns.DNSKEY, 60, self._dnskey))
        self.anchor = f"{dns.to_text(apex)} IN DNSKEY 257 3 {ALGORITHM} {base64.b64encode(public).decode()}\n"

    def signed(self, record):
        """The record and its RRSIG (RFC 4034, 3.1.8.1)."""
        begin, end = self._dates
        head = struct.pack("!HBBIIIH", record.rtype, ALGORITHM, len(record.owner), record.ttl, end, begin, self._tag())
        head += dns.encode_name(self.apex)
        der = _openssl("dgst", "-sha256", "-sign", str(self._key), stdin=head + dns.encode_record(record))
        return [record, dns.Record(record.owner, dns.RRSIG, record.ttl, head + _raw_signature(der))]

    def _tag(self):
        """RFC 4034, appendix B."""
        total = sum(octet << 8 if at % 2 == 0 else octet for at, octet in enumerate(self._dnskey))
        return (total + (total >> 16)) & 0xFFFF


def _openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def _raw_signature(der):
    """r and s, 32 octets each, of SEQUENCE { INTEGER r, INTEGER s }."""
    numbers, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        numbers += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return numbers
