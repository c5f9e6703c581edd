#!/usr/bin/python3
"""The machinery of scripts/bench: a short run with the null module and emailauth; whether there are figures, not which."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE / "lib"), str(HERE.parent / "e2e/lib")]

import load
import policies
import questions
import testing
from servers import BenchError

DNSPERF = """
  Queries sent:         1010
  Queries completed:    1000 (99.01%)
  Queries lost:         10 (0.99%)

  Response codes:       NOERROR 900 (90.00%), NXDOMAIN 100 (10.00%)
  Run Time (s):         0.5
  Queries per second:   2000.0
"""


def figures_are_read(checks):
    sample = load.read_dnsperf(DNSPERF, "some server", 0.02)
    checks.equal(sample, load.Sample(2000.0, 1000, 10, {"NOERROR": 900, "NXDOMAIN": 100}, 20.0), "what dnsperf prints is read")
    for text in ("", DNSPERF.replace("completed:    1000", "completed:    0")):
        try:
            load.read_dnsperf(text, "some server", 0.02)
            checks.that(False, "a run without answers is no sample")
        except BenchError:
            checks.that(True, "a run without answers is no sample")

    def series(*rates):
        return load.Series([load.Sample(rate, 1, 0, {}, 1e6 / rate) for rate in rates])
    checks.equal(load.ratio(series(100, 50, 90), series(200, 200, 90)), (0.5, 0.25, 1.0), "a ratio is the median of the rounds' ratios")
    checks.equal((series(100, 50, 90).rate, series(80, 100, 120).spread), (90, 0.2), "a rate is the median, its spread half the range")


def questions_repeat(checks):
    shape = policies.Shape(100, 3)
    for kind in (questions.v4, questions.v6, questions.dmarc, questions.unknown):
        asked = questions.make(kind, shape, 500)
        checks.equal(asked, questions.make(kind, shape, 500), f"{kind.__name__}: the seed decides")
        checks.that(asked != questions.make(kind, shape, 500, salt=1), f"{kind.__name__}: another round, other names")
    unique = {question.name for question in questions.make(questions.v4, shape, 500)}
    checks.equal(len(unique), 500, "unique names are unique")


def bench(options, *words):
    command = [HERE / "bench.py", "--module", options.module, "--null-module", options.null_module, *words]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=100, check=False)


def a_short_run(checks, options, scratch):
    """Contestants that need other packages are left out aloud where those cannot be had; null and emailauth must be there."""
    done = bench(options, "--quick", "--only", "tcp", "--only", "signed", "--rounds", "4", "--seconds", "0.2",
                 "--json", scratch / "found.json", "--svg", scratch / "found.svg")
    checks.that(done.returncode in (0, 1), "a bar is met or missed", f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
    if done.returncode not in (0, 1):
        return
    found = json.loads((scratch / "found.json").read_text(encoding="utf-8"))
    for name in ("null", "emailauth"):
        measured = found["parts"]["tcp"].get(name, {})
        checks.that(measured.get("rate", 0) > 100, f"{name} was measured", done.stdout)
        checks.equal(len(measured.get("rounds", [])), 2, f"{name}: a part without a bar has half of the rounds")
        checks.that(measured.get("cpu_microseconds", 0) > 1, f"{name}: its processor time was read", done.stdout)
    bars = {bar["what"]: bar["met"] for bar in found["bars"]}
    checks.equal(bars.get("unique v4, emailauth / null module with as many zones", "no bar"), None, "a bar whose part was not run is not judged")
    missed = any(met is False for met in bars.values())
    checks.equal(done.returncode, 1 if missed else 0, "the exit status says whether a bar is missed")
    checks.that(ElementTree.parse(scratch / "found.svg").getroot().tag.endswith("svg"), "the chart is a picture")


def test(checks, options, scratch):
    figures_are_read(checks)
    questions_repeat(checks)
    if shutil.which("dnsperf") is None:
        raise testing.Skip("dnsperf is not installed")
    checks.equal(bench(options, "--only", "nothing").returncode, 2, "an unknown part is a usage error")
    checks.equal(bench(options, "--only", "v4", "--null-module", scratch / "absent.so").returncode, 2, "a module that is not there is trouble")
    a_short_run(checks, options, scratch)


def arguments(parser):
    parser.add_argument("--null-module", type=Path, required=True)


if __name__ == "__main__":
    testing.main(test, __doc__, arguments)
