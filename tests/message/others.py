#!/usr/bin/python3
"""dkimpy, libopendkim, pyspf and libopendmarc on the same mails: JSON lines in, JSON lines out, in the same order.

    others.py LIBOPENDKIM LIBOPENDMARC KEYS      KEYS: "<name> <record>" lines; DNS of the keys

    {"do": "sign", "by": "dkimpy" | "opendkim", "mail", "key": PEM, "algorithm", "canon", "selector", "domain", "length": bool}
    {"do": "verify", "by", "mail"}                             "pass", or why not
    {"do": "spf", "ip", "helo", "from", "zone"}                the result
    {"do": "dmarc", "from", "ip", "spf", "dkim", "records"}    what libopendmarc would do
Mails are Latin-1 text, octet by octet.
"""

import base64
import ctypes
import json
import sys
from pathlib import Path

import dkim

FIELDS = ["from", "to", "subject", "date", "message-id"]
CANON = {"simple": 0, "relaxed": 1}                                                      # DKIM_CANON_*
ALGORITHM = {"rsa-sha256": 1, "ed25519-sha256": 2}                                       # DKIM_SIGN_*
SET, FLAGS, QUERY_METHOD, QUERY_INFO, SIGNED = 1, 0, 6, 7, 4                             # DKIM_OP_SETOPT, DKIM_OPTS_*
SIGNLEN, FROM_FILE = 4, 1                                                                # DKIM_LIBFLAGS_SIGNLEN, DKIM_QUERY_FILE
POLICIES = {14: "absent", 15: "pass", 16: "reject", 17: "quarantine", 18: "none"}        # opendmarc/dmarc.h
MAIL_FROM, PASS = 0, 1


def records(path):
    return dict(line.split(" ", 1) for line in Path(path).read_text(encoding="ascii").splitlines())


class Dkimpy:
    def __init__(self, keys):
        self.keys = {name: record.encode() for name, record in records(keys).items()}

    def sign(self, question):
        key = question["key"].encode()
        if question["algorithm"] == "ed25519-sha256":   # its seed: the last 32 octets of PKCS#8 (RFC 8410, 7)
            key = base64.b64encode(base64.b64decode(b"".join(key.splitlines()[1:-1]))[-32:])
        signer = dkim.DKIM(question["mail"].encode("latin-1"))
        return signer.sign(question["selector"].encode(), question["domain"].encode(), key, signature_algorithm=question["algorithm"].encode(),
                           canonicalize=tuple(part.encode() for part in question["canon"].split("/")),
                           include_headers=[name.encode() for name in FIELDS], length=question["length"]).decode("latin-1")

    def verify(self, question):
        try:
            good = dkim.DKIM(question["mail"].encode("latin-1")).verify(dnsfunc=lambda name, timeout=5: self.keys.get(name.decode().rstrip(".").lower()))
        except dkim.DKIMException as error:
            return f"{type(error).__name__}: {error}"
        return "pass" if good else "fail"


class Opendkim:
    def __init__(self, path, keys):
        self.c = ctypes.CDLL(path)
        for name in ("dkim_init", "dkim_sign", "dkim_verify"):
            getattr(self.c, name).restype = ctypes.c_void_p
        self.library = ctypes.c_void_p(self.c.dkim_init(None, None))
        self.option(QUERY_METHOD, ctypes.c_int(FROM_FILE))
        self.option(QUERY_INFO, ctypes.create_string_buffer(str(keys).encode()))
        self.names = (ctypes.c_char_p * (len(FIELDS) + 1))(*[name.encode() for name in FIELDS], None)

    def option(self, which, value):
        assert self.c.dkim_options(self.library, SET, which, ctypes.byref(value), ctypes.c_size_t(ctypes.sizeof(value))) == 0

    def feed(self, handle, mail):
        octets = mail.encode("latin-1")
        status = self.c.dkim_chunk(handle, octets, ctypes.c_size_t(len(octets))) or self.c.dkim_chunk(handle, None, ctypes.c_size_t(0))
        return status or self.c.dkim_eom(handle, None)

    def sign(self, question):
        self.option(FLAGS, ctypes.c_uint(SIGNLEN if question["length"] else 0))
        assert self.c.dkim_options(self.library, SET, SIGNED, self.names, ctypes.c_size_t(ctypes.sizeof(ctypes.c_void_p))) == 0
        status = ctypes.c_int()
        header, body = question["canon"].split("/")
        key = ctypes.create_string_buffer(question["key"].encode())
        handle = ctypes.c_void_p(self.c.dkim_sign(self.library, b"1", None, key, question["selector"].encode(), question["domain"].encode(), CANON[header],
                                                  CANON[body], ALGORITHM[question["algorithm"]], ctypes.c_ssize_t(-1), ctypes.byref(status)))
        assert status.value == 0, status.value
        done = self.feed(handle, question["mail"])
        field = ctypes.create_string_buffer(4096)
        done = done or self.c.dkim_getsighdr(handle, field, ctypes.c_size_t(4096), ctypes.c_size_t(16))
        self.c.dkim_free(handle)
        assert done == 0, done
        return "DKIM-Signature: " + field.value.decode() + "\r\n"

    def verify(self, question):
        status = ctypes.c_int()
        handle = ctypes.c_void_p(self.c.dkim_verify(self.library, b"1", None, ctypes.byref(status)))
        done = self.feed(handle, question["mail"])
        self.c.dkim_free(handle)
        return "pass" if done == 0 else f"status {done}"


def spf_result(question):
    import spf  # only where it is asked for
    zone = {name.lower(): rows for name, rows in question["zone"].items()}

    def look_up(name, qtype, strict=True, timeout=None, depth=0):
        for row in zone.get(name.lower().rstrip("."), []):
            (kind, value), = row.items()
            if kind == qtype:
                yield (name, kind), ((value.encode(),) if kind == "TXT" else value)
    spf.DNSLookup = look_up
    return spf.query(i=question["ip"], s=question["from"], h=question["helo"], receiver="unknown", strict=True, querytime=0).check()[0]


def dmarc_result(c, question):
    text = lambda value: ctypes.c_char_p(value.encode())
    for name, record in question["records"].items():
        c.opendmarc_dns_fake_record(text(name), text(record))
    context = ctypes.c_void_p(c.opendmarc_policy_connect_init(text(question["ip"]), 4))
    c.opendmarc_policy_store_from_domain(context, text(question["from"]))
    if question["spf"]:
        c.opendmarc_policy_store_spf(context, text(question["spf"]), PASS, MAIL_FROM, None)
    for domain in question["dkim"]:
        c.opendmarc_policy_store_dkim(context, text(domain), text("s"), PASS, None)
    c.opendmarc_policy_query_dmarc(context, text(question["from"]))
    out = c.opendmarc_get_policy_to_enforce(context)
    c.opendmarc_policy_connect_shutdown(context)
    return POLICIES.get(out, f"policy {out}")


def main(opendkim_path, opendmarc_path, keys):
    by = {"dkimpy": Dkimpy(keys), "opendkim": Opendkim(opendkim_path, keys)}
    opendmarc = ctypes.CDLL(opendmarc_path)
    opendmarc.opendmarc_policy_connect_init.restype = ctypes.c_void_p
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] in ("sign", "verify"):
            answer = getattr(by[question["by"]], question["do"])(question)
        elif question["do"] == "spf":
            answer = spf_result(question)
        else:
            answer = dmarc_result(opendmarc, question)
        print(json.dumps(answer), flush=True)


main(*sys.argv[1:])
