#!/usr/bin/python3
"""Withdrawn is withdrawn: from two seconds after a change on there is not one answer from before it.

With every configuration that people run (README.md's lines, those of pdns-conf/, PowerDNS' defaults), several threads, and
clients whose questions have filled PowerDNS' caches before the change and go on during it. Also: the counters count with
these caches, and answers for other zones stay in them.
"""

import contextlib
import shutil
import socket
import sqlite3
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import dns_client
import dns_wire as dns
import policies
import testing
from installation import THREADS, Installation, configurations, readme_lines
from load import Load

PROMISE = 2.0      # seconds from a change to the last old answer
BETWEEN = 0.25     # from one change to the next
SECONDS, QUESTIONS = 1.0, 1500   # of questions before the first change, and two seconds after the last one, at least
NEIGHBOUR = ("neighbour.test", [("www.neighbour.test", "TXT", '"still here"'), ("key.neighbour.test", "CNAME", "a._domainkey.keys.test"),
                                ("gone.neighbour.test", "CNAME", "_dmarc-of.gone.test.hosted.provider.net")])


class Judge:
    """Knows when which change was made, and what each question must get."""

    def __init__(self, changes):
        self.changes = changes
        self.questions = [(change, question) for change in changes for question in change.questions]
        self.made = {}

    def names(self):
        return [question.name for _, question in self.questions]

    def judge(self, checks, title, asked):
        """Nothing but the old and the new answer ever, the old one only until two seconds after the change."""
        late = lost = 0
        stale, wrong, before, after = [], [], {}, {}
        for one in asked:
            change, question = self.questions[one.question]
            old, new = (text.format(n=one.number) for text in (question.old, question.new))
            made = self.made[change.title]
            what = f"{question.name.format(n=one.number)} {'TCP' if one.tcp else 'UDP'} {one.at - made:+.2f} s: {one.answer}"
            lost += one.answer == ""
            if one.answer == "":
                continue
            if one.answer not in (old, new) or (one.at < made and one.answer != old):
                # What is asked just before a change may be answered after it.
                if one.answer not in (old, new) or one.at < made - 1:
                    wrong.append(what)
            if one.at > made + PROMISE:
                late += 1
                after[question.name] = after.get(question.name, 0) + 1
                if one.answer != new:
                    stale.append(what)
            elif one.at < made:
                before[question.name] = before.get(question.name, 0) + 1
        print(f"{title}: {len(asked)} questions, {late} of them two seconds after a change or later: {len(stale)} old answers, "
              f"{len(wrong)} wrong, {lost} without an answer", flush=True)
        checks.equal(stale[:20], [], f"{title}: no old answer, of {late}")
        checks.equal(wrong[:20], [], f"{title}: no answer that was never right")
        checks.that(lost * 1000 <= len(asked), f"{title}: questions are answered", f"{lost} of {len(asked)} were not")
        few = [name for name in self.names() if before.get(name, 0) < 3 or after.get(name, 0) < 3]
        checks.equal(few, [], f"{title}: every question was asked before and after")


def changes_under_load(checks, title, server):
    changes = policies.changes()
    if server.database:   # PowerDNS follows the neighbour's aliases to our names
        keys, gone = changes[4], changes[1]
        keys.questions.append(policies.Question("key.neighbour.test", policies.KEY_RECORD, policies.REVOKED))
        gone.questions.append(policies.Question("gone.neighbour.test", gone.questions[2].old, policies.MISSING))
    judge = Judge(changes)
    with Load(server.address, judge.names()) as load:
        load.go_on(SECONDS, QUESTIONS)
        for change in changes:
            policies.write(server.policies, change.file, change.new)
            judge.made[change.title] = time.monotonic()
            time.sleep(BETWEEN)
        time.sleep(PROMISE - BETWEEN)
        load.go_on(SECONDS, QUESTIONS)
    judge.judge(checks, title, load.asked)


def often_changed(checks, title, server):
    """A domain that changes ten times a second: the last change counts. One that comes and goes: nothing between is wrong."""
    names = {   # as the policy is every second time, and then
        "_dmarc.often.test": ("v=DMARC1; p=none", "v=DMARC1; p=reject"),
        "s._domainkey.often.test": (policies.KEY_RECORD, policies.MISSING),
        "192.0.2.{n}._ip.h._ehlo.comes.test._spf.provider.net": ("v=spf1 ip4:192.0.2.{n} -all", policies.MISSING),
        "{n}.2.0.192.in-addr.comes.test._spf.provider.net": ("v=spf1 ip4:192.0.2.{n} -all", policies.MISSING),
    }
    questions = list(names.items())
    with Load(server.address, list(names)) as load:
        for i in range(30):
            second = i % 2
            policies.write(server.policies, "domains/often.test.json", {
                "domain": "often.test", "dmarc": {"p": "reject" if second else "none", "rua": []},
                "dkim": {"keys": [] if second else [{"selector": "s", **policies.KEY}]}})
            policies.write(server.policies, "domains/comes.test.json",
                           None if second else {"domain": "comes.test", "spf": policies.spf("192.0.2.0/24")})
            made = time.monotonic()
            time.sleep(0.1 if i < 15 else 0.35)
        time.sleep(PROMISE)
        load.go_on(SECONDS, QUESTIONS)
    stale, wrong, late = [], [], 0
    for one in load.asked:
        name, answers = questions[one.question]
        allowed = [answer.format(n=one.number) for answer in answers]
        what = f"{name.format(n=one.number)} {one.at - made:+.2f} s: {one.answer}"
        # Before the first change the domains are not there at all.
        if one.answer not in ("", policies.MISSING, policies.REFUSED, *allowed):
            wrong.append(what)
        if one.at > made + PROMISE and one.answer:
            late += 1
            if one.answer != allowed[1]:
                stale.append(what)
    lost = sum(one.answer == "" for one in load.asked)
    print(f"{title}: changed 30 times: {len(load.asked)} questions, {late} of them two seconds after the last time or later: "
          f"{len(stale)} old answers, {len(wrong)} wrong, {lost} without an answer", flush=True)
    checks.that(late >= 50, f"{title}: changed often, and asked afterwards", str(late))
    checks.equal(stale[:20], [], f"{title}: changed often: no old answer, of {late}")
    checks.equal(wrong[:20], [], f"{title}: changed often: no answer that was never right")


def a_late_old_answer(checks, module, scratch):
    """A thread waits for SQLite in the middle of a question while the policies change; its answer goes out of the caches again."""
    title = "README.md, slow SQLite"
    policies.make(scratch / "late-policies")
    # Without a write-ahead log, who writes keeps those who read waiting.
    server = Installation(module, scratch / "late-policies", scratch / "late", readme_lines(), THREADS | {"gsqlite3-pragma-journal-mode": "DELETE"})
    with server.server():
        ask_in_the_middle_of_a_change(checks, title, server)


def ask_in_the_middle_of_a_change(checks, title, server):
    file = "domains/late.test.json"
    old = {"domain": "late.test", "dmarc": {"p": "none", "rua": []}, "dkim": {"keys": [], "other_selectors": "none"}}
    new = {"domain": "late.test", "dmarc": {"p": "reject", "rua": []}, "dkim": {"keys": [], "other_selectors": "revoked"},
           "spf": policies.spf("192.0.2.0/24")}
    names = {"waits._domainkey.late.test": policies.REVOKED, "192.0.2.7._ip.h._ehlo.late.test._spf.provider.net": "v=spf1 ip4:192.0.2.7 -all"}

    def in_service(p):
        deadline = time.monotonic() + 10
        while policies.shown(ask(server, "_dmarc.late.test", tcp=True)) != f"v=DMARC1; p={p}" and time.monotonic() < deadline:
            time.sleep(0.02)

    policies.write(server.policies, file, old)
    in_service("none")
    with contextlib.closing(sqlite3.connect(server.database, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")   # a name that we do not have is looked for there, too
        first = []
        clients = [threading.Thread(target=lambda name=name: first.append(policies.shown(ask(server, name, seconds=20)))) for name in names]
        for client in clients:
            client.start()
        time.sleep(0.3)
        policies.write(server.policies, file, new)
        in_service("reject")
        changed = time.monotonic()
        time.sleep(0.5)   # names have been removed at once, and again
        checks.that(all(client.is_alive() for client in clients), f"{title}: questions wait for SQLite")
        database.execute("ROLLBACK")
    for client in clients:
        client.join(20)
    checks.equal(first, [policies.MISSING] * len(names), f"{title}: questions of before the change get the answers of before it")
    for name, wanted in names.items():
        # The first from the packet cache, the second of what the query cache has: old for a moment, never wrong.
        answers = [policies.shown(ask(server, name, dnssec_ok=dnssec_ok)) for dnssec_ok in (False, True)]
        print(f"{title}: {name}, at once: {answers}", flush=True)
        checks.that(set(answers) <= {policies.MISSING, wanted}, f"{title}: no answer that was never right", str(answers))
    time.sleep(max(0.0, changed + PROMISE - time.monotonic()))
    for name, wanted in names.items():
        answers = [policies.shown(ask(server, name, tcp=tcp, dnssec_ok=dnssec_ok)) for tcp in (False, True) for dnssec_ok in (False, True)]
        checks.equal(answers, [wanted] * 4, f"{title}: two seconds after the change the old answer is in no cache")


def ask(server, name, qtype=dns.TXT, tcp=False, dnssec_ok=False, seconds=5):
    return dns_client.ask(dns.name(name), qtype, server.address, timeout=seconds, tcp=tcp, dnssec_ok=dnssec_ok)


def every_question_is_counted(checks, title, server):
    """Each way of asking is a packet of its own for the packet cache; the query cache must not matter."""
    kinds = {
        "spf-v4": ["192.0.2.1._ip.h._ehlo.net.test._spf.provider.net", "1.2.0.192.in-addr.net.test._spf.provider.net"],
        "spf-static": ["net.test._nspf.provider.net"],
        "dmarc": ["_dmarc.dmarc.test", "_dmarc.gone.test", "_dmarc-of.gone.test.hosted.provider.net"],
        "dkim": ["a._domainkey.keys.test", "s1._domainkey.gone.test"],
        "tls-rpt": ["_smtp._tls.gone.test"],
        "report": ["gone.test._report._dmarc.reports.provider.net"],
        "empty": ["net.test._spf.provider.net", "in-addr.net.test._spf.provider.net"],
    }
    before = server.statistics()
    ways = ({}, {"tcp": True}, {"dnssec_ok": True})
    for names in kinds.values():
        for way in ways:
            for name in names:
                ask(server, name, **way)
    for i in range(3):   # one that does not exist stays in the query cache: a new name each time
        ask(server, f"no{i}.test._spf.provider.net")
        ask(server, f"no{i}._domainkey.keys.test", tcp=True)
    wanted = {kind: len(ways) * len(names) for kind, names in kinds.items()} | {"unknown": 6}
    if server.database:
        ask(server, "www.neighbour.test", dns.AAAA)   # another backend's name is no question of ours
        ask(server, "nosuch.neighbour.test")
    after = server.statistics()
    counted = {kind: after[f"emailauth-questions-{kind}"] - before[f"emailauth-questions-{kind}"] for kind in wanted}
    checks.equal(counted, wanted, f"{title}: counters")
    total = sum(value - before[name] for name, value in after.items() if name.startswith("emailauth-questions-"))
    checks.equal(total, sum(wanted.values()), f"{title}: nothing else is counted")


def the_same_packet_again(checks, title, server):
    """Without a packet cache, a client that asks with the same octets from the same socket is counted each time."""
    query = dns.encode_query(dns.name("_dmarc.dmarc.test"), dns.TXT, ident=4711)
    before = server.statistics()["emailauth-questions-dmarc"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_connection(server.address, 5) as tcp:
        udp.settimeout(5)
        udp.connect(server.address)
        for _ in range(5):
            udp.send(query)
            udp.recv(65535)
            tcp.sendall(len(query).to_bytes(2, "big") + query)
            size = int.from_bytes(tcp.recv(2, socket.MSG_WAITALL), "big")
            tcp.recv(size, socket.MSG_WAITALL)
    checks.equal(server.statistics()["emailauth-questions-dmarc"] - before, 10, f"{title}: the same packet, five times by UDP and by TCP")


def many_at_once(checks, title, server):
    """So many domains come in one file that the caches are emptied as a whole."""
    names = [f"_dmarc.d{i}.many.test" for i in range(40)]
    checks.equal({policies.shown(ask(server, name)) for name in names}, {policies.REFUSED}, f"{title}: domains that are not there")
    policies.write(server.policies, "domains/many.test.json",
                   {"domains": [{"domain": f"d{i}.many.test", "dmarc": {"p": "none", "rua": []}} for i in range(40)]})
    time.sleep(PROMISE)
    answers = {policies.shown(ask(server, name, tcp=tcp)) for name in names for tcp in (False, True)}
    checks.equal(answers, {"v=DMARC1; p=none"}, f"{title}: many domains at once")
    checks.equal(server.log().count("so many names changed that PowerDNS' caches were emptied"), 1, f"{title}: the log says so")


def neighbours_stay(checks, title, server):
    """A change of ours leaves the answers about another backend's zone in both caches."""
    for way in ({}, {"tcp": True}):
        checks.equal(policies.shown(ask(server, "www.neighbour.test", **way)), "still here", f"{title}: the neighbour answers")
    policies.write(server.policies, "domains/moved.test.json", {"domain": "moved.test", "dmarc": {"p": "none", "rua": []}})
    deadline = time.monotonic() + 10
    while policies.shown(ask(server, "_dmarc.moved.test")) != "v=DMARC1; p=none" and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.3)   # until names are removed again
    before = server.statistics()
    ask(server, "www.neighbour.test")
    ask(server, "www.neighbour.test", tcp=True)
    again = server.statistics()
    checks.equal(again["packetcache-hit"] - before["packetcache-hit"], 2, f"{title}: the neighbour's answers are still in the packet cache")
    ask(server, "www.neighbour.test", dns.MX)   # another packet about the same records
    after = server.statistics()
    checks.equal((after["query-cache-miss"] - again["query-cache-miss"], after["query-cache-hit"] > again["query-cache-hit"]), (0, True),
                 f"{title}: the neighbour's records are still in the query cache")


def what_the_log_says(checks, title, server, text):
    unbounded = "max-signature-cache-entries is not set" in server.log()
    checks.equal(unbounded, "max-signature-cache-entries" not in text, f"{title}: the log warns of endless signatures when it must")


def try_configuration(checks, module, scratch, title, text, more):
    folder = scratch / title.replace(" ", "-").replace(",", "")
    folder.mkdir()
    directory = folder / "policies"
    policies.make(directory)
    server = Installation(module, directory, folder / "server", text, more)
    if server.database:
        server.add_zone(*NEIGHBOUR)
    with server.server() as daemon:
        every_question_is_counted(checks, title, server)
        if server.database:
            neighbours_stay(checks, title, server)
        changes_under_load(checks, title, server)
        if title == "README.md":
            often_changed(checks, title, server)
            many_at_once(checks, title, server)
        if "cache-ttl=0" in text.splitlines():
            the_same_packet_again(checks, title, server)
        checks.that(daemon.is_running(), f"{title}: the server runs", daemon.last_lines())
    what_the_log_says(checks, title, server, text)
    shutil.rmtree(folder)


def test(checks, options, scratch):
    tried = 0
    for title, text, more in configurations():
        if options.only and options.only not in title:
            continue
        if reason := Installation.why_not(text):
            print(f"SKIPPED {title}: {reason}")
            continue
        try_configuration(checks, options.module, scratch, title, text, more)
        tried += 1
    if not Installation.why_not(readme_lines()):
        a_late_old_answer(checks, options.module, scratch)
    checks.that(tried >= 5 or options.only, "at least five configurations", str(tried))


if __name__ == "__main__":
    testing.main(test, __doc__, lambda parser: parser.add_argument("--only", help="the configurations whose titles hold this"))
