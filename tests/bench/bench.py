#!/usr/bin/python3
"""Everything side by side in one run: emailauth, PowerDNS' floor, its other backends, and two other servers.

The server has one core and dnsperf another; rounds are interleaved, so that what disturbs one contestant disturbs its
neighbours. Exit status: 0 every bar that was measured is met, 1 one is missed, 2 the benchmark could not be run.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE / "lib"), str(ROOT / "tests/e2e/lib")]

import bars
import chart
import contestants
import instructions
import plan
import policies
import processes
import questions
import report
import scale
from servers import BenchError, Unavailable
from session import Session


def read_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    keys = [part.key for part in plan.PARTS] + ["instructions", "scale"]
    parser.add_argument("--quick", action="store_true", help="within two minutes: short rounds, few names, and the sizes of --scale shrunk")
    parser.add_argument("--scale", action="store_true", help="also the bars about a million domains (some twenty minutes)")
    parser.add_argument("--names", type=int, default=scale.Sizes.names, metavar="N", help="how many unique names --scale asks for (10000000)")
    parser.add_argument("--only", action="append", metavar="PART", choices=keys,
                        help="only this part; more than once for several: " + ", ".join(keys))
    parser.add_argument("--rounds", type=int, help="rounds of each part (7; 3 with --quick)")
    parser.add_argument("--seconds", type=float, help="of one round (3; 0.7 with --quick)")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="keep what callgrind wrote, for callgrind_annotate")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--svg", metavar="FILE", help="draw the rates")
    build = ROOT / "build/release"
    parser.add_argument("--module", type=Path, default=build / "libemailauthbackend.so", help=argparse.SUPPRESS)
    parser.add_argument("--null-module", type=Path, default=build / "libnullbackend.so", help=argparse.SUPPRESS)
    parser.add_argument("--coprocess", type=Path, default=build / "bench_coprocess", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.7 if options.quick else 3.0)
    if options.quick and options.scale:
        parser.error("--quick shrinks what --scale measures; choose one")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    return options


def two_cores():
    """The core of the server and the one that asks."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchError("two processor cores are needed, one for the server and one for dnsperf")
    return cores[0], cores[1]


def dkim_key():
    """A real key, of the size that owners publish: the one in the policies that we ship."""
    text = (ROOT / "pdns-conf/emailauth/domains/example.com.json").read_text(encoding="utf-8")
    return text.split('"public_key": "', 1)[1].split('"', 1)[0]


def open_workshop(scratch, options, names):
    shape = policies.Shape(1000, 1, dkim_key=dkim_key())
    tree = policies.write_tree(scratch / "policies", shape)
    return shape, contestants.Workshop(
        scratch, options.module, options.null_module, options.coprocess, ROOT / "build/bench-packages", tree, shape.zones - 1,
        questions.make(questions.v4, shape, names), questions.make(questions.v6, shape, names))


def count_instructions(shop, shape, session, options):
    """{contestant: {kind: instructions a question}} of the null module and emailauth."""
    print("-- instructions a question (callgrind)", flush=True)
    folder = shop.folder("instructions")
    asked = 500 if options.quick else 2000
    kinds = {kind.__name__: (questions.write(folder / f"{kind.__name__}.warm-up", questions.make(kind, shape, instructions.WARM_UP, "warm-up")),
                             questions.write(folder / kind.__name__, questions.make(kind, shape, asked)))
             for kind in (questions.v4, questions.v6)}
    found = {}
    try:
        for name, contestant in (("null", contestants.null), ("null, one zone", contestants.null_with_one_zone), ("emailauth", contestants.emailauth)):
            where = shop.folder(f"callgrind {name}")
            found[name] = instructions.count(shop.make(f"{name} counted", contestant), where, kinds, two_cores()[1])
            print("   " + name + ": " + ", ".join(f"{kind} {count:,.0f}" for kind, count in found[name].items()), flush=True)
            if options.profile:
                shutil.copytree(where, options.profile / name.replace(", ", "-").replace(" ", "-"), dirs_exist_ok=True)
    except Unavailable as reason:
        session.leave_out("instructions", str(reason))
        return {}
    return found


def run(options, scratch):
    names = 5000 if options.quick else 20000
    shape, shop = open_workshop(scratch, options, names)
    verdicts, counted, sized = [], {}, None
    begin = time.monotonic()
    with Session(shop, shape, two_cores()) as session:
        for part in plan.PARTS:
            if options.only and part.key not in options.only:
                continue
            # Only the parts that bars stand on need all rounds.
            rounds = options.rounds if any(bar.part == part.key for bar in plan.RATIO_BARS) else max(1, options.rounds // 2)
            session.run(part, rounds, options.seconds, names)
        if not options.only or "instructions" in options.only:
            counted = count_instructions(shop, shape, session, options)
    verdicts += bars.ratio_verdicts(session.results, counted)
    if options.scale or (options.only and "scale" in options.only) or (options.quick and not options.only):
        sizes = scale.QUICK if options.quick else scale.Sizes(names=options.names)
        sized = scale.Scale(shop, sizes, two_cores())
        verdicts += sized.verdicts(options.rounds, options.seconds, names)
    print("\n".join(report.table(session.results, counted) + (sized.table() if sized else [])))
    print(f"\nBars ({options.rounds} rounds of {options.seconds:g} s, {time.monotonic() - begin:.0f} s in all)")
    print("\n".join(verdict.line() for verdict in verdicts))
    if not options.scale:
        print("The bars at 1,000,000 domains are measured with --scale" + (", here only at small sizes." if options.quick else "."))
    for what, reason in session.left_out.items():
        print(f"LEFT OUT  {what}: {reason}")
    for doubt in session.doubts:
        print(f"DOUBTFUL  {doubt}")
    if options.json:
        report.write_json(options.json, report.as_json(options, session, counted, verdicts, sized.as_json() if sized else []))
    if options.svg:
        chart.write(options.svg, session.results)
    return 1 if any(verdict.met is False for verdict in verdicts) else 0


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        with tempfile.TemporaryDirectory(prefix="emailauth-bench-") as scratch:
            return run(options, Path(scratch))
    except (BenchError, Unavailable) as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 2
    finally:
        processes.end_all()


if __name__ == "__main__":
    sys.exit(main())
