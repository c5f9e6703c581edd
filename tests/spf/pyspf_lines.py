"""Evaluates one question of compare_with_others with pyspf; DNS is its "zonedata"."""
import socket

import spf

_zone = {}


def _lookup(name, qtype, strict=True, timeout=None, depth=0):
    """What spf.DNSLookup does: yields ((name, type), value)."""
    for record in _zone.get(name.lower().rstrip("."), []):
        (kind, value), = record.items()
        if kind == "TIMEOUT":
            if not any(qtype in other or "CNAME" in other for other in _zone[name.lower().rstrip(".")]):
                raise spf.TempError("DNS timeout")
        elif kind == qtype or kind == "CNAME":
            if kind == "AAAA":
                value = socket.inet_pton(socket.AF_INET6, value)
            elif kind == "TXT":
                value = (value.encode("utf-8"),)
            elif kind == "MX":
                value = tuple(value)
            yield (name, kind), value
            if kind == "CNAME" and depth < 9:
                yield from _lookup(value, qtype, strict, timeout, depth + 1)


spf.DNSLookup = _lookup


def evaluate(case):
    global _zone
    _zone = {name.lower(): records for name, records in case["zonedata"].items()}
    try:
        query = spf.query(i=case["ip"], s=case["from"], h=case["helo"], receiver="unknown", strict=True, querytime=0)
        query.set_default_explanation("DEFAULT")
        result, _, text = query.check()
    except Exception as error:  # pyspf lets some of its own escape
        return {"result": "exception", "reason": "%s: %s" % (type(error).__name__, error), "explanation": ""}
    explanation = text if result == "fail" and text != "DEFAULT" else ""
    return {"result": result, "reason": text, "explanation": explanation}
