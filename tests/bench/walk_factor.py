#!/usr/bin/python3
"""How many questions one mail costs: a real resolver (unbound) between mail and pdns_server, and both counted.

Every mail comes from a client that the resolver has not seen: a new address and a new HELO name, for one of a hundred
domains. That is the most a mail can cost; a client that is seen again costs nothing until its TTL is over. Then what
one core answers of such walks, label by label, without signatures and with them.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE / "lib"), str(ROOT / "tests/e2e/lib")]

import dns_client
import dns_wire as dns
import load
import policies
import processes
import questions
import unbound_conf
from pdns import free_port
from servers import Server, in_front, on_core, pdnsutil, power_dns, program


def unbound(folder, behind, minimise):
    address = ("127.0.0.1", free_port())
    path = Path(folder) / f"unbound-{minimise}.conf"
    options = ('domain-insecure: "provider.net"', f"qname-minimisation: {minimise}")
    path.write_text(unbound_conf.configuration(folder, address, [(policies.ZONE, behind.address)], options), encoding="ascii")
    return Server("unbound", [program("unbound"), "-d", "-c", path], address, (policies.ZONE, "SOA"), folder)


def asked(folder):
    """Questions that pdns_server has had."""
    command = [program("pdns_control"), f"--config-dir={folder}", "show", "udp-queries"]
    return int(subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout)


def cost(resolver, folder, kind, shape, mails, salt):
    """Questions that pdns_server gets for one mail."""
    before = asked(folder)
    for question in questions.make(kind, shape, mails, salt):
        dns_client.ask(dns.name(question.name), dns.TXT, resolver.address)
    return (asked(folder) - before) / mails


def walk(question):
    """What a resolver that goes down label by label asks."""
    labels = question.name.removesuffix("." + policies.ZONE).split(".")
    for first in reversed(range(len(labels))):
        yield questions.Question(".".join([*labels[first:], policies.ZONE]), "A")
    yield question


def rate(server, folder, core, dnssec_ok, shape, seconds):
    """Questions of walks that are answered in a second, and the processor time of one."""
    walks = questions.make(questions.v4, shape, 15000, f"walk {dnssec_ok}")
    path = questions.write(folder / "walks", [step for question in walks for step in walk(question)])
    with in_front():
        sample = load.Load(seconds, core, dnssec_ok=dnssec_ok).sample(server, path)
    return sample.rate, sample.cpu_microseconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--module", type=Path, default=ROOT / "build/release/libemailauthbackend.so")
    options = parser.parse_args()
    shape = policies.Shape(100, 10)
    with tempfile.TemporaryDirectory(prefix="emailauth-walk-") as scratch, contextlib.ExitStack() as stack:
        stack.callback(processes.end_all)
        folder = Path(scratch)
        tree = policies.write_tree(folder / "policies", shape)
        power = power_dns("pdns_server", folder, {
            "load-modules": options.module.resolve(), "launch": "emailauth", "emailauth-dir": tree,
            "emailauth-dnssec-db": folder / "keys.sqlite3"}, (policies.ZONE, "SOA"))
        pdnsutil(folder, "secure-zone", policies.ZONE)
        cores = sorted(os.sched_getaffinity(0))
        server = stack.enter_context(power.running(on_core(cores[0])))
        for minimise in ("no", "yes"):
            for number, kind in enumerate((questions.v4, questions.v6)):
                with unbound(folder, server, minimise).running() as resolver:
                    figure = cost(resolver, folder, kind, shape, options.mails, f"{minimise} {number}")
                print(f"{kind.__name__}, QNAME minimisation {minimise}: {figure:.2f} questions a mail", flush=True)
        for dnssec_ok in (False, True):
            answers, cpu = rate(server, folder, cores[-1], dnssec_ok, shape, seconds=3)
            print(f"walks{', signed' if dnssec_ok else ''}: {answers:,.0f} questions/s, {cpu:.1f} microseconds of processor time each", flush=True)


if __name__ == "__main__":
    main()
