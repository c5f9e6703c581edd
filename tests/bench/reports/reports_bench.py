#!/usr/bin/python3
"""How fast reports are read, shown and judged, compared with parsing them with Python's standard library.

    tests/bench/reports/reports_bench.py            100,000 reports with a million rows, of one domain
    tests/bench/reports/reports_bench.py --reports 2000 --no-bars    the machinery only: what ctest runs

The reports are made from a seed and kept below build/bench/reports. Exit status 1 when a bar is missed:
2,000 reports a second, `show` and `advise` in a second, `show --html` in two. Bars are for two cores.
"""
import argparse
import gzip
import random
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/reports/lib"))
sys.dont_write_bytecode = True

from report_files import Report, Row, gz, xml
from report_year import INTERNAL, SERVICES, addresses, write_policies

FIRST = 1735689600   # 2025-01-01
RECEIVERS = 274
ROWS = 10


def row(chance):
    """Nine rows in ten are of known senders; one is forged, from an address that is seen once."""
    if chance.random() < 0.1:
        source = f"100.{chance.randint(64, 127)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
        return Row(source, 1, "example.com", [], ("example.com", "fail"))
    name = chance.choice(list(SERVICES))
    _, network, selector, own, path = SERVICES[name]
    dkim = [("example.com", selector, "pass")] if selector else []
    dkim += [(own, "own1", "pass")] if own else []
    return Row(chance.choice(addresses(network, 14)), chance.randint(1, 500), "example.com", dkim, (path or "example.com", "pass"),
               dkim_pass=bool(selector), spf_pass=path is None)


def write_reports(folder, count):
    """The same files for the same count; made once."""
    done = folder.with_name(folder.name + ".complete")
    if done.exists():
        return
    chance = random.Random(20250101)
    for number in range(count):
        day, receiver = divmod(number, RECEIVERS)
        report = Report(f"receiver{receiver}.example", "example.com", FIRST + day * 86400, rows=[row(chance) for _ in range(ROWS)])
        path = folder / f"{day:03}" / f"{report.name}.xml.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gz(xml(report)))
    done.touch()


def python_reads(files):
    """What a script of the standard library does at least: inflate, parse, take the rows."""
    rows = 0
    for path in files:
        tree = ElementTree.fromstring(gzip.decompress(path.read_bytes()))
        for record in tree.iter("record"):
            rows += int(record.findtext("row/count")) > 0 and record.find("auth_results") is not None
    return rows


def timed(what):
    begin = time.monotonic()
    result = what()
    return time.monotonic() - begin, result


class Bench:
    def __init__(self, options, folder, scratch):
        self.options, self.folder, self.scratch = options, folder, scratch
        self.missed = []

    def run(self, *words):
        done = subprocess.run([self.options.program, *map(str, words)], capture_output=True, text=True, timeout=3600, check=False)
        if done.returncode not in (0, 1) or done.stderr:
            raise SystemExit(f"{words}: exit status {done.returncode}\n{done.stderr}")
        return done.stdout

    def judge(self, what, figure, unit, bar, at_least):
        good = figure >= bar if at_least else figure <= bar
        word = "" if self.options.no_bars else f"   bar {'>=' if at_least else '<='} {bar:g}: {'met' if good else 'MISSED'}"
        print(f"{what:<44} {figure:>10.2f} {unit}{word}", flush=True)
        if not good:
            self.missed.append(what)

    def all(self):
        files = sorted(self.folder.rglob("*.xml.gz"))
        sample = files[:: max(1, len(files) // 2000)]
        python_reads(sample[:50])
        for path in files:   # warm
            path.read_bytes()
        seconds, rows = timed(lambda: python_reads(sample))
        assert rows == len(sample) * ROWS, rows
        print(f"{'python3, gzip and ElementTree, one core':<44} {len(sample) / seconds:>10.2f} reports/s", flush=True)
        database = self.scratch / "bench.sqlite3"
        seconds, out = timed(lambda: self.run("reports", "ingest", "--reports", database, self.folder))
        assert out.startswith(f"{len(files)} new aggregate reports"), out
        self.judge("reports ingest", len(files) / seconds, "reports/s", 2000, True)
        seconds, out = timed(lambda: self.run("reports", "ingest", "--reports", database, self.folder))
        assert f"; {len(files)} already known" in out, out
        print(f"{'the same once more, nothing new':<44} {len(files) / seconds:>10.2f} reports/s", flush=True)
        policies = self.scratch / "policies"
        write_policies(policies)
        where = ["example.com", "--reports", database, "--policies", policies, "--since", "2025-01-01", "--until", "2025-12-31"]
        for what, words, bar in (("reports show", ["reports", "show", *where], 1), ("advise", ["advise", *where], 1),
                                 ("reports show --html", ["reports", "show", *where, "--html", self.scratch / "page.html"], 2)):
            seconds, out = min((timed(lambda: self.run(*words)) for _ in range(3)), key=lambda pair: pair[0])
            self.judge(what, seconds, "s", bar, False)
        assert (self.scratch / "page.html").stat().st_size > 10000
        print(f"{'database':<44} {database.stat().st_size / 1e6:>10.2f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/emailauth")
    parser.add_argument("--no-bars", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reports-bench-") as scratch:
        folder = Path(scratch) / "reports" if options.no_bars else ROOT / "build/bench/reports" / str(options.reports)
        folder.mkdir(parents=True, exist_ok=True)
        write_reports(folder, options.reports)
        bench = Bench(options, folder, Path(scratch))
        bench.all()
    sys.exit(1 if bench.missed and not options.no_bars else 0)


if __name__ == "__main__":
    main()
