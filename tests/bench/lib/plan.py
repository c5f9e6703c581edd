"""Which contestants get which questions."""

from collections.abc import Callable
from dataclasses import dataclass, field

import contestants
import databases
import questions


@dataclass(frozen=True)
class Part:
    """One kind of question, and those who are asked it side by side. The first is what others are compared with."""
    key: str
    title: str
    kind: Callable
    who: dict                       # name -> contestant
    tcp: bool = False
    dnssec_ok: bool = False
    fresh: bool = False             # new names in every round: signatures are cached by name
    rcode: str = "NOERROR"          # what a right server answers; "" where answers differ
    answers: frozenset = field(default_factory=frozenset)   # who must give a question's own answer


COMPUTED = frozenset({"emailauth", "bind, names", "LMDB", "gsqlite3", "Lua record", "pipe", "remote", "NSD", "rbldnsd"})

PARTS = (
    Part("v4", "unique v4 names", questions.v4, {
        "emailauth": contestants.emailauth, "null": contestants.null, "null, one zone": contestants.null_with_one_zone,
        "bind, names": databases.bind_names, "bind, wildcard": databases.bind_wildcard, "LMDB": databases.lmdb, "gsqlite3": databases.gsqlite3,
        "Lua record": databases.lua_record, "pipe": contestants.pipe, "remote": contestants.remote,
        "NSD": databases.nsd, "rbldnsd": databases.rbldnsd}, answers=COMPUTED),
    Part("v6", "unique v6 names", questions.v6, {
        "emailauth": contestants.emailauth, "null": contestants.null, "null, one zone": contestants.null_with_one_zone,
        "bind, names": databases.bind_names, "bind, wildcard": databases.bind_wildcard, "NSD": databases.nsd}),
    Part("signed", "unique v4 names, signed", questions.v4, {
        "emailauth, signed": contestants.emailauth_signed, "bind, wildcard, signed": databases.bind_wildcard_signed},
        dnssec_ok=True, fresh=True),
    Part("tcp", "unique v4 names by TCP", questions.v4, {
        "emailauth": contestants.emailauth, "null": contestants.null, "bind, names": databases.bind_names}, tcp=True),
    Part("hot", "50 v4 names, over and over", questions.hot, {
        "emailauth, cached": contestants.emailauth_cached, "bind, names, cached": databases.bind_names_cached}),
    Part("dmarc", "_dmarc", questions.dmarc, {"emailauth, cached": contestants.emailauth_cached}),
    Part("dkim", "DKIM selectors", questions.dkim, {"emailauth, cached": contestants.emailauth_cached}),
    Part("static", "static SPF view", questions.static_view, {"emailauth, cached": contestants.emailauth_cached}),
    Part("unknown", "unknown domains", questions.unknown, {
        "emailauth": contestants.emailauth, "bind, names": databases.bind_names}, rcode="NXDOMAIN"),
    Part("walk", "a resolver's walk", questions.captured_walk, {"emailauth, walk": contestants.emailauth_walk}, rcode=""),
)
ORIENTATION = frozenset({"NSD", "rbldnsd"})   # not PowerDNS: no bar, only for scale


@dataclass(frozen=True)
class RatioBar:
    """A bar that holds between two contestants of one part."""
    what: str
    part: str
    over: str
    under: str
    least: float
    instructions: str = ""          # the kind whose instruction counts stand beside it


RATIO_BARS = (
    RatioBar("unique v4, emailauth / null module with as many zones", "v4", "emailauth", "null", 0.95, "v4"),
    RatioBar("unique v6, emailauth / null module with as many zones", "v6", "emailauth", "null", 0.90, "v6"),
    RatioBar("unique v4, emailauth / bind with the names loaded", "v4", "emailauth", "bind, names", 1.0),
    RatioBar("unique v4, emailauth / LMDB", "v4", "emailauth", "LMDB", 3.0),
    RatioBar("unique v4, emailauth / Lua record", "v4", "emailauth", "Lua record", 1.5),
    RatioBar("unique v4, emailauth / pipe", "v4", "emailauth", "pipe", 7.0),
    RatioBar("unique v4, emailauth / remote", "v4", "emailauth", "remote", 25.0),
    RatioBar("signed unique v4, emailauth / signed bind wildcard", "signed", "emailauth, signed", "bind, wildcard, signed", 1.0),
)
