#!/usr/bin/python3
"""Evaluates SPF questions with pyspf: JSON lines in, JSON lines out (see adapters/spf.py)."""

import json
import sys

import spf


def decoded(octets):
    return bytes.fromhex(octets).decode("utf-8", "surrogateescape")


for line in sys.stdin:
    question = json.loads(line)
    try:
        query = spf.query(i=question["ip"], s=decoded(question["sender"]), h=decoded(question["helo"]),
                          strict=1, timeout=5, querytime=10)
        result, _, explanation = query.check()
    except Exception as error:  # a caller of check2() sees it too
        result, explanation = "crash", f"{type(error).__name__}: {error}"
    print(json.dumps({"id": question["id"], "result": result, "detail": str(explanation)}), flush=True)
