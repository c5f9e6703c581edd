#!/usr/bin/python3
"""A running server and a policy directory that changes in every way in which people change files."""

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))

import dns_wire as dns
import testing
from pdns import Pdns

DEADLINE = 4.0   # seconds; the promise is two, on a machine that does nothing else
EXAMPLE = "_dmarc.example.com"


def eventually(condition, seconds=DEADLINE):
    """Whether condition() came true within that many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


class World:
    """A copy of the sample policies, and the server that answers from it."""

    def __init__(self, checks, pdns, policies):
        self.checks = checks
        self.pdns = pdns
        self.policies = policies

    def texts(self, name):
        return [record.text().decode() for record in self.pdns.ask(name, "TXT").answers if record.rtype == dns.TXT]

    def dmarc(self, name=EXAMPLE):
        return "".join(self.texts(name))

    def rcode(self, name, qtype="SOA"):
        return self.pdns.ask(name, qtype).rcode

    def write(self, name, text):
        (self.policies / name).write_text(text, encoding="utf-8")

    def policy(self, domain, p):
        return json.dumps({"domain": domain, "dmarc": {"p": p}}, indent=1)

    def comes_true(self, condition, what):
        self.checks.that(eventually(condition), what, self.pdns.log()[-1500:])

    def statistic(self, name):
        status, values = self.pdns.api("GET", f"/statistics?statistic={name}")
        return int(values[0]["value"]) if status == 200 and values else None


def edits_are_taken_over(world):
    path = world.policies / "domains/example.com.json"
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace('"p": "quarantine"', '"p": "reject"', 1), encoding="utf-8")
    world.comes_true(lambda: " p=reject; sp" in world.dmarc(), "written in place")

    other = path.with_suffix(".new")
    other.write_text(original, encoding="utf-8")
    os.rename(other, path)
    world.comes_true(lambda: " p=quarantine; sp" in world.dmarc(), "renamed over")
    world.comes_true(lambda: "example.com no longer has p=reject" in world.pdns.log(), "p=reject that is turned off is named")


def a_broken_file_changes_nothing(world):
    path = world.policies / "domains/example.com.json"
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace('"quarantine"', '"quarantin"', 1), encoding="utf-8")
    world.comes_true(lambda: '"quarantin" is not a policy; use "none", "quarantine" or "reject"' in world.pdns.log(), "the log names the error")
    world.comes_true(lambda: "domains/example.com.json has errors: its last good version stays in service" in world.pdns.log(), "and what serves")
    world.checks.that("p=quarantine" in world.dmarc(), "the last good version answers")
    world.checks.equal(world.statistic("emailauth-files-in-error"), 1, "the gauge shows it")
    time.sleep(2.5)
    world.checks.equal(world.pdns.log().count('"quarantin" is not a policy'), 1, "once")
    path.write_text(original, encoding="utf-8")
    world.comes_true(lambda: world.statistic("emailauth-files-in-error") == 0, "mended")


def a_half_written_file_is_no_error(world):
    whole = world.policy("half.example", "none")
    with (world.policies / "domains/half.example.json").open("w", encoding="utf-8") as file:
        file.write(whole[:20])
        file.flush()
        time.sleep(0.4)
        file.write(whole[20:])
    world.comes_true(lambda: "p=none" in world.dmarc("_dmarc.half.example"), "whole a moment later")
    time.sleep(1.2)
    world.checks.that("half.example.json:" not in world.pdns.log(), "and not in the log", world.pdns.log()[-800:])


def zones_come_and_go(world):
    name = "_dmarc.new.example"
    world.checks.equal(world.rcode(name), dns.REFUSED, "not yet a zone")
    world.write("domains/new.example.json", world.policy("new.example", "none"))
    world.comes_true(lambda: world.rcode(name) == dns.NOERROR, "a zone that has come is answered")
    (world.policies / "domains/new.example.json").unlink()
    world.comes_true(lambda: world.rcode(name) == dns.REFUSED, "a zone that is gone is refused")
    world.comes_true(lambda: "new.example is no longer managed" in world.pdns.log(), "and named in the log")


def many_files_at_once(world):
    folder = world.policies / "domains/many"
    fresh = world.policies.parent / "many"
    fresh.mkdir()
    for i in range(1000):
        (fresh / f"d{i}.json").write_text(world.policy(f"d{i}.example", "none"), encoding="utf-8")
    os.rename(fresh, folder)
    world.comes_true(lambda: "p=none" in world.dmarc("_dmarc.d999.example"), "a thousand files moved in")
    shutil.rmtree(folder)
    world.comes_true(lambda: world.rcode("_dmarc.d999.example") == dns.REFUSED, "and out")


def on_command(world):
    world.write("domains/command.example.json", world.policy("command.example", "none"))
    done = subprocess.run(["pdns_control", f"--config-dir={world.pdns.scratch}", "rediscover"], capture_output=True, text=True, check=False)
    world.checks.matches(done.stdout, r"^Ok.*\[emailauth\] .*policy files, \d+ domains", "rediscover says what happened")
    world.checks.that("p=none" in world.dmarc("_dmarc.command.example"), "and it has happened")
    done = subprocess.run(["pdns_control", f"--config-dir={world.pdns.scratch}", "reload"], capture_output=True, text=True, check=False)
    world.checks.matches(done.stdout, r"^Ok", "reload works too")


def the_serial_follows_the_files(world):
    def serial():
        soa = world.pdns.ask(EXAMPLE, "SOA").answers[0].rdata
        return struct.unpack("!I", soa[-20:-16])[0]
    before = serial()
    world.write("domains/command.example.json", world.policy("command.example", "reject"))
    world.comes_true(lambda: "p=reject" in world.dmarc("_dmarc.command.example"), "another file changed")
    world.checks.equal(serial(), before, "the serial of a zone stays when other files change")
    path = world.policies / "domains/example.com.json"
    ahead = int(time.time()) + 3600
    os.utime(path, (ahead, ahead))
    world.comes_true(lambda: serial() == ahead, "and is the time of its own file")
    os.utime(path, (4354819200, 4354819200))   # in 2108
    world.comes_true(lambda: "domains/example.com.json: warning: the file is dated 2108-01-01, which lies ahead" in world.pdns.log(), "a date that lies ahead is named")
    world.checks.that(ahead < serial() < ahead + 10, "and does not raise the serial for good", str(serial()))


def what_is_emptied_stays(world):
    domains = world.policies / "domains"
    aside = world.policies.parent / "aside"
    os.rename(domains, aside)
    world.comes_true(lambda: "every file of domains/ is gone" in world.pdns.log(), "the log says so")
    world.checks.that("p=quarantine" in world.dmarc(), "answers stay")
    os.rename(aside, domains)
    moved = world.policies.with_name("moved")
    os.rename(world.policies, moved)
    world.comes_true(lambda: "cannot be read" in world.pdns.log(), "the whole directory away")
    world.checks.that("p=quarantine" in world.dmarc(), "answers stay")
    os.rename(moved, world.policies)


def a_switched_link_is_followed(checks, options, scratch):
    for release, p in (("one", "none"), ("two", "reject")):
        shutil.copytree(ROOT / "pdns-conf/emailauth", scratch / release)
        (scratch / release / "domains/link.example.json").write_text(
            json.dumps({"domain": "link.example", "dmarc": {"p": p}}), encoding="utf-8")
    (scratch / "current").symlink_to("one")
    pdns = Pdns(options.module, scratch / "one", scratch / "server")
    pdns.configure(**{"emailauth-dir": scratch / "current"})
    with pdns.server():
        world = World(checks, pdns, scratch / "current")
        checks.that("p=none" in world.dmarc("_dmarc.link.example"), "through a link")
        (scratch / "next").symlink_to("two")
        os.rename(scratch / "next", scratch / "current")
        world.comes_true(lambda: "p=reject" in world.dmarc("_dmarc.link.example"), "a switched link")


def questions_are_counted(world):
    names = {"emailauth-questions-spf-v4": ("192.0.2.1._ip.h._ehlo.example.com._spf.provider.net", "TXT"),
             "emailauth-questions-empty": ("example.com._spf.provider.net", "A"),
             "emailauth-questions-unknown": ("nosuch.test._spf.provider.net", "TXT"),
             "emailauth-questions-dkim": ("s1._domainkey.example.com", "TXT"),
             "emailauth-questions-dmarc": (EXAMPLE, "TXT")}
    for counter, (name, qtype) in names.items():
        before = world.statistic(counter)
        world.pdns.ask(name, qtype)
        world.checks.equal(world.statistic(counter), before + 1, f"{counter} counts one question once")
    world.checks.that(world.statistic("emailauth-domains") >= 10, "domains are a gauge")
    world.checks.that("203.0.113.77" not in world.pdns.log(), "nothing is logged a question")


def loud_about_8bit_dns(checks, options, scratch):
    pdns = Pdns(options.module, ROOT / "pdns-conf/emailauth", scratch, **{"8bit-dns": "no"}, emailauth_debug="yes", loglevel="6")
    with pdns.server():
        pdns.ask("203.0.113.77._ip.h._ehlo.example.com._spf.provider.net", "TXT")
        checks.matches(pdns.log(), r"8bit-dns is off.*write 8bit-dns=yes", "8bit-dns=no is said loudly")
        checks.matches(pdns.log(), r"203\.0\.113\.77\._ip.*not authorised", "debug explains an answer")


def test(checks, options, scratch):
    policies = scratch / "policies"
    shutil.copytree(ROOT / "pdns-conf/emailauth", policies)
    for folder in ("server", "link", "loud"):
        (scratch / folder).mkdir()
    pdns = Pdns(options.module, policies, scratch / "server")
    with pdns.server():
        world = World(checks, pdns, policies)
        for step in (questions_are_counted, edits_are_taken_over, a_broken_file_changes_nothing, a_half_written_file_is_no_error,
                     zones_come_and_go, many_files_at_once, on_command, the_serial_follows_the_files, what_is_emptied_stays):
            step(world)
    (scratch / "link/server").mkdir()
    a_switched_link_is_followed(checks, options, scratch / "link")
    loud_about_8bit_dns(checks, options, scratch / "loud")


if __name__ == "__main__":
    testing.main(test, __doc__)
