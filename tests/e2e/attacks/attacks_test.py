#!/usr/bin/python3
"""Attacks on SPF templates that version 0.1.0 accepted: against pdns_server, and in every mail verifier there is.

For each attack (attacks.json, and others of its kinds in more.json) a domain owner publishes the term and the
attacker sends a mail. Either the loader refuses the template, says why, and pdns_server answers nothing for the name;
or the answer hands out no address and no vendor's term. In both cases the verifiers expand the owner's record by
themselves, behind a strict resolver, for the attacker's client, HELO and sender: none may say pass. Where the template
is served, clients of the owner and of the vendor are the controls: they pass.
"""

import contextlib
import json
import shutil
import sys
import time
import types
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
VERIFIERS = HERE.parent / "verifiers"
sys.path[:0] = [str(HERE.parent / "lib"), str(VERIFIERS)]

import dns_client
import dns_wire as dns
import namespace
import pdns
import processes
import testing
from adapters.spf_verifiers import VERIFIERS as ALL_VERIFIERS
from adapters.toolbox import Toolbox
from cases import Case
from lab import Lab, LabError

ROOT = HERE.parents[2]
REFUSALS = r"a sender can choose what follows the address|nothing separates the address from the domain|" \
           r"a sender can choose part of the name|with another address in it|read as a question about another address"
VENDOR_TERM = "exists:%{i}._spf.mta.vendor.example"
VENDOR_V6 = "2001:db8:77::25"

OWNERS_ZONE = """\
. NS ns.root.example
ns.root.example A 127.0.0.3
provider.net TXT v=spf1 -all
ns1.provider.net A 127.0.0.2
_spf.provider.net NS ns1.provider.net
good.example TXT v=spf1 {term}
*.good.example TXT v=spf1 {term}
vend.example TXT v=spf1 {term}
*.vend.example TXT v=spf1 {term}
_spf.vendor.example TXT v=spf1 {vendor} -all
192.0.2.77._spf.mta.vendor.example A 127.0.0.2
2.0.0.1.0.d.b.8.0.0.7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.5._spf.mta.vendor.example A 127.0.0.2
2.0.0.1.0.d.b.8.0.0.2.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.9.8.7._spf.mta.vendor.example A 127.0.0.2
"""


class Attack:
    def __init__(self, data):
        self.term, self.name, self.client, self.why = (data[key] for key in ("template", "name", "client", "why"))
        self.templates = data.get("templates", [self.term])
        self.domain = "vend.example" if "vend.example." in self.name else "good.example"
        self.sender = data.get("sender", f"user@{self.domain}")
        self.helo = data.get("helo", "mta.evil.example")

    def case(self):
        return Case("attack", self.client, self.helo, self.sender, False, "", {"set": "left-cut"})

    def controls(self):
        """Clients that the owner, or the owner's vendor, grants."""
        clients = {"good.example": ("192.0.2.1", "2001:db8:25::ab"), "vend.example": ("192.0.2.77", VENDOR_V6)}
        return [Case(f"control {ip}", ip, "mta.sender.example", f"user@{self.domain}", True, "pass", {"set": "left-cut"})
                for ip in clients[self.domain]]


def all_attacks():
    return [Attack(one) for file in ("attacks.json", "more.json")
            for one in json.loads((HERE / file).read_text(encoding="utf-8"))["cases"]]


def write_policies(folder, templates, unsafe=()):
    (folder / "domains").mkdir(parents=True)
    (folder / "senders").mkdir()
    responder = {"nameservers": ["ns1.provider.net"], "hostmaster": "hostmaster@provider.net",
                 "zones": ["_spf.provider.net"], "spf_templates": list(templates),
                 "ttl": {"authorized": 60, "unauthorized": 60, "static": 60, "negative": 30}}
    if unsafe:
        responder["unsafe_exists_templates"] = list(unsafe)
    good = {"domain": "good.example", "spf": {"netblocks": [{"network": "192.0.2.0/24"}, {"network": "2001:db8:25::/48"}]}}
    vend = {"domain": "vend.example", "spf": {"senders": ["vendor"]}}
    vendor = {"sender": "vendor", "resolved": {"networks": [], "passthrough": [{"term": VENDOR_TERM,
                                                                                "record": "_spf.vendor.example"}]}}
    for name, value in (("responder.json", responder), ("domains/good.json", good), ("domains/vend.json", vend),
                        ("senders/vendor.json", vendor)):
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return folder


@contextlib.contextmanager
def running(server):
    """pdns_server, as soon as it answers anything at all."""
    program = shutil.which("pdns_server", path="/usr/sbin:/usr/bin")
    if program is None:
        raise testing.Skip("pdns_server is not installed")
    with processes.Daemon([program, f"--config-dir={server.scratch}"], server.scratch / "server.log") as daemon:
        for _ in range(100):
            try:
                dns_client.ask(dns.name("_spf.provider.net"), dns.SOA, server.address, timeout=0.5)
                break
            except (dns_client.NoAnswer, OSError):
                time.sleep(0.1)
        else:
            raise pdns.PdnsError(f"pdns_server does not answer; its last words:\n{daemon.last_lines()}")
        yield


def ask(server, name):
    """The records of A and TXT at a name, and the response code of the last question."""
    answers = [dns_client.ask(dns.name(name), rtype, server.address) for rtype in (dns.A, dns.TXT)]
    return [record for answer in answers for record in answer.answers], dns.RCODES[answers[-1].rcode]


def is_served(checks, options, attack, folder):
    """True when the loader takes the templates; then the answer is harmless. Else it says why, and nothing is answered."""
    policies = write_policies(folder / "policies", attack.templates)
    server = pdns.Pdns(options.module, policies, folder)
    with running(server):
        records, rcode = ask(server, attack.name)
        log = server.log()
    if "responder.json has errors" in log:
        checks.matches(log, REFUSALS, f"{attack.why}: the loader says why {attack.templates} is refused")
        checks.equal((records, rcode), ([], "REFUSED"), f"{attack.name}: nothing is answered")
        return False
    texts = [record.text().decode() if record.rtype == dns.TXT else f"type {record.rtype}" for record in records]
    end = "~all" if attack.term.startswith("redirect=") else "-all"
    harmless = {f"v=spf1 {end}", f"v=spf1 include:%{{ir}}.%{{v}}.{attack.domain}._safe._spf.provider.net {end}"}
    checks.that(len(texts) == 1 and texts[0] in harmless, f"{attack.why}: the answer grants nothing", f"{attack.name}: {texts}")
    return True


def verify(checks, options, attack, served, folder):
    """What every verifier says of the attacker's mail, and of the controls."""
    policies = write_policies(folder / "policies", attack.templates if served else [])
    zone_file = folder / "owners.zone"
    end = "" if attack.term.startswith("redirect=") else " -all"
    zone_file.write_text(OWNERS_ZONE.format(term=attack.term + end, vendor=VENDOR_TERM), encoding="ascii")
    (folder / "lab").mkdir()
    (folder / "lab").chmod(0o755)
    tools = Toolbox(options.tools, folder / "lab")
    cases = [attack.case(), *(attack.controls() if served else [])]
    asked = []
    with Lab(options.module, policies, zone_file, tools, folder / "lab", provider="provider.net"):
        for verifier in (kind(tools) for kind in ALL_VERIFIERS):
            if verifier.missing():
                continue
            asked.append(verifier.name)
            for case, verdict in verifier.verdicts(cases):
                what = f"{verifier.name}: {case.ident} ({attack.why})"
                if case.authorised:
                    checks.equal(verdict.result, "pass", f"{what}: {attack.term}")
                else:
                    checks.that(verdict.result != "pass", what, f"{attack.name}: {verdict.detail}")
    return asked


def accepted_risk(checks, options, attack, folder):
    """What "unsafe_exists_templates" accepts: the cut name is authorised, so receivers that cut it are deceived."""
    policies = write_policies(folder / "policies", attack.templates, attack.templates)
    server = pdns.Pdns(options.module, policies, folder)
    with running(server):
        records, _ = ask(server, attack.name)
    checks.equal([record.rtype for record in records], [dns.A], f"{attack.name}: authorised, as accepted")


def test(checks, options, scratch):
    namespace.enter_or_skip()
    scratch.chmod(0o755)
    attacks = all_attacks()
    counts = types.SimpleNamespace(served=0, refused=0)
    verifiers = []
    for number, attack in enumerate(attacks):
        folder = scratch / str(number)
        for part in ("server", "verifiers", "accepted"):
            (folder / part).mkdir(parents=True)
            (folder / part).chmod(0o755)
        folder.chmod(0o755)
        served = is_served(checks, options, attack, folder / "server")
        counts.served, counts.refused = counts.served + served, counts.refused + (not served)
        try:
            verifiers = verify(checks, options, attack, served, folder / "verifiers")
        except LabError as error:
            raise testing.Skip(str(error)) from error
        if not served and attack.term.startswith("exists:%{i}._ip.%{h}"):
            accepted_risk(checks, options, attack, folder / "accepted")
    checks.that(len(verifiers) >= 2, "verifiers were asked", str(verifiers))
    print(f"{len(attacks)} attacks: {counts.refused} refused at load, {counts.served} answered without a grant; "
          f"asked of {', '.join(verifiers)}")


if __name__ == "__main__":
    testing.main(test, __doc__.splitlines()[0],
                 lambda parser: parser.add_argument("--tools", type=Path, default=ROOT / "build/verifiers"))
