#!/usr/bin/python3
"""Judges messages with pyspf, whose DNS is whoever asks (see ../verifier.h)."""

import json
import sys

import dns.name
import spf


def say(what):
    print(json.dumps(what), flush=True)


def lookup(name, qtype, _tcpfallback=True, timeout=30):
    """DNSLookup_dnspython() with the answer from standard input. Names that dnspython refuses raise as they do there."""
    full = dns.name.from_text(name, None)
    if not full.is_absolute():
        full = full.concatenate(dns.name.root)
    say({"ask": full.to_wire().hex(), "type": qtype})
    answer = json.loads(sys.stdin.readline())
    if answer["rcode"] == "SERVFAIL":
        raise spf.TempError("DNS SERVFAIL")
    if qtype == "TXT":
        return [((name, qtype), [text.encode()]) for text in answer["texts"]]
    return [((name, qtype), address) for address in answer["addresses"]]


def decoded(octets):
    return bytes.fromhex(octets).decode("utf-8", "surrogateescape")


def visible(text):
    return str(text).encode("ascii", "replace").decode()


def judge(question):
    try:
        query = spf.query(i=question["ip"], s=decoded(question["sender"]), h=decoded(question["helo"]),
                          strict=1, timeout=5, querytime=10)
        result, _, explanation = query.check()
        return {"verdict": result, "detail": visible(explanation)}
    except Exception as error:  # a caller of check2() sees it too
        return {"verdict": "crash", "detail": visible(f"{type(error).__name__}: {error}")}


spf.DNSLookup = lookup
for line in iter(sys.stdin.readline, ""):
    say(judge(json.loads(line)))
