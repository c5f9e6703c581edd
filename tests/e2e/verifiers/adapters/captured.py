"""Names that real verifiers once queried, sent to pdns_server octet for octet.

Asked directly, so that no resolver normalises, refuses or caches them first.
"""

import ipaddress
import json
import re

import dns_client
import dns_wire as dns
from adapters.checks import Check, check

SUFFIX = dns.name("_spf.provider.test")


class CapturedSuite:
    def __init__(self, captured, policies, responder):
        self.captured, self.policies, self.responder = captured, policies, responder

    def missing(self):
        return None if self.captured.exists() else f"{self.captured} is absent"

    def names(self):
        """The distinct names below our zone, in presentation form."""
        with open(self.captured, encoding="utf-8") as lines:
            names = {json.loads(line)["qname"] for line in lines}
        return sorted(one for one in names if one and dns.lower(dns.name(one))[-len(SUFFIX):] == SUFFIX)


class CapturedNames(CapturedSuite):
    """What the answer to each name says."""

    name = "captured-names"

    def checks(self):
        known = _known_domains(self.policies)
        for text in self.names():
            labels = dns.name(text)
            try:
                answer = dns_client.ask(labels, dns.TXT, self.responder)
                problem = problem_with(answer, labels, known)
                got = f"{answer.rcode_name} {[record.text().decode('latin-1') for record in answer.answers]}"
            except dns_client.NoAnswer as error:
                problem, got = "no answer", str(error)
            yield Check(f"captured/{text}", f"{text} TXT", "NOERROR and no IP but the policy's", got,
                        problem or "", problem is None)


class CapturedWalk(CapturedSuite):
    """A resolver asks for a name from the right, label by label (RFC 9156), and takes NXDOMAIN on its
    way for the end (RFC 8020): above a name that exists, every name exists."""

    name = "captured-walk"

    def checks(self):
        existing = [labels for labels in map(dns.name, self.names()) if self._rcode(labels, dns.TXT) == "NOERROR"]
        ancestors = {labels[at:] for labels in existing for at in range(1, len(labels) - len(SUFFIX))}
        for labels in sorted(ancestors):
            for qtype in (dns.A, dns.NS):
                question = f"{dns.to_text(labels)} {dns.TYPE_NAMES[qtype]}"
                yield check(f"walk/{question}", question, "NOERROR", self._rcode(labels, qtype))

    def _rcode(self, labels, qtype):
        try:
            return dns_client.ask(labels, qtype, self.responder).rcode_name
        except dns_client.NoAnswer as error:
            return str(error)


def problem_with(answer, labels, known):
    """What is wrong with the answer to a name below our zone, or None."""
    if answer.rcode not in (dns.NOERROR, dns.NXDOMAIN):
        return answer.rcode_name
    networks = _policy_of(dns.lower(labels), known)
    if answer.rcode == dns.NXDOMAIN:
        return "NXDOMAIN below a domain that has a policy" if networks is not None else None
    records = [record for record in answer.answers if record.rtype == dns.TXT]
    if networks is None:
        return "a record for a domain without policy" if records else None
    if not records:
        return "NODATA: an include would be a permerror"
    if len(records) > 1 or len(records[0].strings()) > 1:
        return "more than one record or string"
    return _unsafe_term(records[0].text().decode("latin-1"), networks)


def _unsafe_term(text, networks):
    if not re.fullmatch(r"v=spf1( ip[46]:[0-9a-f.:]+)* -all", text):
        return "not a record that only restates addresses"
    for address in map(ipaddress.ip_address, re.findall(r"ip[46]:(\S+)", text)):
        address = getattr(address, "ipv4_mapped", None) or address
        if not any(address in network for network in networks):
            return f"authorises {address}, which the policy does not hold"
    return None


def _policy_of(labels, known):
    """The networks of the domain right of the last _ehlo (or of the name's tail); None without policy."""
    rest = labels[:-len(SUFFIX)]
    if b"_ehlo" in rest:
        rest = rest[len(rest) - rest[::-1].index(b"_ehlo"):]
    for at in range(len(rest)):
        if rest[at:] in known:
            return known[rest[at:]]
    return None


def _known_domains(policies):
    """{labels: networks} of the .test domains among the policies."""
    known = {}
    for path in sorted((policies / "domains").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        for domain in data.get("domains", [data]):
            if domain["domain"].endswith(".test"):
                networks = [ipaddress.ip_network(one["network"]) for one in domain["spf"]["netblocks"]]
                known[dns.name(domain["domain"])] = networks
    return known


SUITES = (CapturedNames, CapturedWalk)
