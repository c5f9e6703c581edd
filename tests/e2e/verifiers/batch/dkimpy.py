#!/usr/bin/python3
"""Signs and verifies with dkimpy: JSON lines in, JSON lines out (see adapters/dkim.py).

    {"kind": "sign", "selector", "domain", "algorithm", "key", "message"}   message: the path to write
    {"kind": "dkim", "message"}                                             message: the path to verify
"""

import base64
import json
import sys

import dkim

MESSAGE = (b"From: Postmaster <postmaster@%s>\r\nTo: <a@rx.example>\r\nSubject: test of a key record\r\n"
           b"Date: Sun, 22 Nov 2026 01:00:00 +0000\r\nMessage-ID: <1@mta.sender.example>\r\n\r\nHello.\r\n")


def sign(question):
    with open(question["key"], "rb") as source:
        key = source.read()
    if question["algorithm"] == "ed25519-sha256":
        key = base64.b64encode(_ed25519_seed(key))
    domain = question["domain"].encode()
    message = MESSAGE % domain
    header = dkim.sign(message, question["selector"].encode(), domain, key,
                       signature_algorithm=question["algorithm"].encode(),
                       include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])
    with open(question["message"], "wb") as target:
        target.write(header + message)
    return "signed", ""


def verify(question):
    with open(question["message"], "rb") as source:
        verifier = dkim.DKIM(source.read(), timeout=10)
    try:
        return ("pass", "") if verifier.verify() else ("fail", "the signature does not verify")
    except dkim.DKIMException as error:
        return "fail", f"{type(error).__name__}: {error}"


def _ed25519_seed(pem):
    """The 32 octets at the end of a PKCS#8 key (RFC 8410, 7)."""
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))[-32:]


for line in sys.stdin:
    question = json.loads(line)
    try:
        result, detail = {"sign": sign, "dkim": verify}[question["kind"]](question)
    except Exception as error:
        result, detail = "crash", f"{type(error).__name__}: {error}"
    print(json.dumps({"id": question["id"], "result": result, "detail": detail}), flush=True)
