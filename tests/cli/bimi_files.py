"""Logos and mark certificates for tests, made with openssl."""
import base64
import gzip
import hashlib
import subprocess
from pathlib import Path

LOGO = ('<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 100 100">\n'
        '  <title>Example</title>\n  <path fill="#336" d="M0 0h100v100H0z"/>\n</svg>\n')
USAGE = "1.3.6.1.5.5.7.3.31"
TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2 = DER:04:02:00:00"
SHA256 = bytes.fromhex("0609608648016503040201")


def element(tag, *content):
    """One DER element."""
    body = b"".join(content)
    length = len(body)
    size = (length.bit_length() + 7) // 8
    head = bytes([length]) if length < 0x80 else bytes([0x80 | size]) + length.to_bytes(size, "big")
    return bytes([tag]) + head + body


def logotype(svg=LOGO, hashed=None, uri=None):
    """The logotype extension (RFC 9399, 4.1) with the logo in a data: URI."""
    packed = gzip.compress(svg.encode(), mtime=0)
    digest = hashlib.sha256(packed if hashed is None else hashed).digest()
    uri = uri or "data:image/svg+xml;base64," + base64.b64encode(packed).decode()
    details = element(0x30, element(0x16, b"image/svg+xml"), element(0x30, element(0x30, element(0x30, SHA256), element(0x04, digest))),
                      element(0x30, element(0x16, uri.encode())))
    return element(0x30, element(0xA2, element(0xA0, element(0x30, element(0x30, details)))))


def extensions(usage=USAGE, names=("example.com",), logo=b"", more=(TIMESTAMPS,), is_ca=False):
    """The lines of an openssl section."""
    lines = ["basicConstraints = critical, CA:" + ("TRUE" if is_ca else "FALSE")]
    if usage:
        lines.append(f"extendedKeyUsage = {usage}")
    if names:
        lines.append("subjectAltName = " + ",".join(f"DNS:{name}" for name in names))
    if logo:
        lines.append("1.3.6.1.5.5.7.1.12 = DER:" + logo.hex(":"))
    return lines + list(more)


class Issuer:
    """A root, an intermediate below it, and the marks that it signs."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.root = self.make("root", {"CN": "Test Mark Root"}, extensions(usage="", names=(), more=(), is_ca=True))
        self.intermediate = self.make("intermediate", {"CN": "Test Mark Issuer"}, extensions(usage="", names=(), more=(), is_ca=True), "root")

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=60, check=True)

    def make(self, name, subject, lines, signer=None, days=365):
        """The certificate as PEM; its key stays in the folder."""
        config = ["oid_section = oids", "[oids]", "markType = 1.3.6.1.4.1.53087.1.13", "[req]", "prompt = no", "distinguished_name = dn", "[dn]",
                  *(f"{key} = {value}" for key, value in subject.items()), "[ext]", *lines]
        (self.folder / f"{name}.cnf").write_text("\n".join(config) + "\n", encoding="utf-8")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-config", f"{name}.cnf", "-utf8"]
        if signer is None:
            self.openssl("req", "-x509", *key, "-days", days, "-extensions", "ext", "-out", f"{name}.pem")
        else:
            self.openssl("req", "-new", *key, "-out", f"{name}.csr")
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial", "-days", days,
                         "-extfile", f"{name}.cnf", "-extensions", "ext", "-out", f"{name}.pem")
        return (self.folder / f"{name}.pem").read_text(encoding="utf-8")

    def mark(self, mark_type="Registered Mark", days=365, **more):
        """A mark certificate, without its issuers."""
        more.setdefault("logo", logotype())
        subject = {"O": "Example Inc.", "CN": "Example Inc."}
        if mark_type:
            subject["markType"] = mark_type
        return self.make("mark", subject, extensions(**more), "intermediate", days)
