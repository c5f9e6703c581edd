"""The SPF matrix: cases.json -> every question to ask, and what each verifier should say.

A case's default expectation follows from the policy alone: "pass" when the client is granted by it,
else the owner's `otherwise`. Where a verifier (or a template) has a reason to say something else,
an exception in cases.json says so, and why. An exception can never make an unauthorised client pass.
"""

import fnmatch
import json
from dataclasses import dataclass, field

RESULTS = {"pass", "fail", "softfail", "neutral", "none", "permerror", "temperror", "refused", "crash", "unchecked"}
AS_BY_POLICY = "default"  # among an exception's results: what the case expects anyway


class CasesError(ValueError):
    """cases.json contradicts itself."""


@dataclass(frozen=True)
class Case:
    ident: str           # "helo/include-ehlo/v4/literal4/user"
    ip: str
    helo: str            # octets that are not UTF-8 stand as surrogates (U+DC80..DCFF)
    sender: str          # "" for the null sender
    authorised: bool
    expected: str
    labels: dict = field(hash=False, compare=False, default_factory=dict)


@dataclass
class Exception_:
    verifiers: list
    when: dict
    results: dict        # {True: …, False: …}: allowed for an authorised / another client; None = no change
    why: str
    used: int = 0

    def covers(self, verifier, case):
        return (_matches(verifier, self.verifiers)
                and all(_matches(case.labels.get(key, ""), wanted) for key, wanted in self.when.items()))


class Matrix:
    def __init__(self, path):
        with open(path, encoding="utf-8") as text:
            data = json.load(text)
        self._data = data
        self.cases = [case for one in data["sets"] for case in self._expand(one)]
        self.cases += [self._single(one) for one in data["single"]]
        self.exceptions = [_exception(one) for one in data["exceptions"]]
        if len({case.ident for case in self.cases}) != len(self.cases):
            raise CasesError(f"{path}: two cases have the same name")

    def expected(self, verifier, case):
        """(allowed results, reason or None). The first exception that covers the case wins."""
        for exception in self.exceptions:
            if exception.covers(verifier, case):
                exception.used += 1
                allowed = exception.results[case.authorised] or {AS_BY_POLICY}
                return {case.expected if one == AS_BY_POLICY else one for one in allowed}, exception.why
        return {case.expected}, None

    def unused_exceptions(self, verifiers):
        """Exceptions that cover no case of the verifiers that ran: a name in them is misspelt or gone."""
        return [one for one in self.exceptions
                if one.used == 0 and any(_matches(name, one.verifiers) for name in verifiers)]

    def _expand(self, one):
        for owner in self._names("owners", one):
            for client in self._names("clients", one):
                for helo in self._names("helos", one):
                    for local in self._names("locals", one):
                        yield self._case(one["name"], owner, client, helo, local)

    def _names(self, kind, one):
        wanted, unwanted = one[kind], one.get("not_" + kind, [])
        return [name for name in self._data[kind]
                if _matches(name, wanted) and not _matches(name, unwanted)]

    def _case(self, set_name, owner_name, client_name, helo_name, local_name):
        owner, client = self._data["owners"][owner_name], self._data["clients"][client_name]
        helo, local = self._text("helos", helo_name), self._text("locals", local_name)
        if local is None:
            helo, sender = owner["domain"], ""
        else:
            sender = f"{local}@{owner['domain']}"
        authorised = client["grant"] in owner["grants"]
        labels = {"set": set_name, "owner": owner_name, "client": client_name,
                  "helo": helo_name, "local": local_name}
        return Case("/".join(labels.values()), client["ip"], helo, sender, authorised,
                    "pass" if authorised else owner["otherwise"], labels)

    def _single(self, one):
        return Case(one["name"], one["ip"], one["helo"], one["sender"], one["authorised"],
                    "pass" if one["authorised"] else one["otherwise"], {"set": one["name"]})

    def _text(self, kind, name):
        value = self._data[kind][name]
        if not isinstance(value, dict):
            return value
        if "labels" in value:
            return ".".join(["a" * length for length in value["labels"]] + [value["then"]])
        owner = self._data["owners"][value["before"]]
        return left_cut(value["left_cut"], owner["after_helo" if kind == "helos" else "after_local"])


def left_cut(wanted, after):
    """A macro value that makes a verifier which drops labels from the left (RFC 7208, 7.3) ask for
    a name that begins with `wanted`: one label of padding too many, then exactly 253 octets."""
    room = 253 - len(wanted) - len(after)
    filler = []
    while room > 0:
        length = min(60, room - 1)
        if room - 1 - length == 1:
            length -= 1
        filler.append("f" * length)
        room -= length + 1
    return ".".join(["p" * 10, wanted, *filler])


def _exception(one):
    def allowed(value):
        results = {value} if isinstance(value, str) else set(value)
        unknown = results - RESULTS - {AS_BY_POLICY}
        if unknown:
            raise CasesError(f"{sorted(unknown)} is no result: {one}")
        return results

    expect = one["expect"]
    if not isinstance(expect, dict):
        expect = {"authorised": expect, "other": expect}
    results = {True: allowed(expect["authorised"]) if "authorised" in expect else None,
               False: allowed(expect["other"]) if "other" in expect else None}
    if "pass" in (results[False] or ()):
        raise CasesError(f"an exception may never let an unauthorised client pass: {one}")
    if not one.get("why"):
        raise CasesError(f"an exception without a reason: {one}")
    return Exception_(_list(one["verifiers"]), {key: _list(value) for key, value in one["when"].items()},
                      results, one["why"])


def _list(value):
    return [value] if isinstance(value, str) else value


def _matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _list(patterns))
