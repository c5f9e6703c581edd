"""What a run found: the table for the terminal, and the same as JSON."""

import datetime
import json
import platform
import subprocess
from pathlib import Path

import load
from plan import ORIENTATION, PARTS


def table(results, instructions):
    """Lines: for every part its contestants, fastest first, beside emailauth."""
    lines = []
    for part in PARTS:
        series = results.get(part.key)
        if not series:
            continue
        first = next(iter(part.who))
        lines.append(f"\n{part.title + (' (DO)' if part.dnssec_ok else ''):<34}{'answers/s':>10}{'spread':>8}{'us CPU':>8}{'Ir':>10}{'emailauth / it':>16}")
        for name, one in sorted(series.items(), key=lambda item: -item[1].rate):
            count = instructions.get(name, {}).get(part.key)
            beside = "" if name == first or first not in series else f"{load.ratio(series[first], one)[0]:.2f}"
            lines.append(f"  {name + (' *' if name in ORIENTATION else ''):<32}{one.rate:>10,.0f}{one.spread:>8.0%}{one.cpu_microseconds:>8.1f}"
                         f"{'' if count is None else f'{count:,.0f}':>10}{beside:>16}")
    if any(name in ORIENTATION for series in results.values() for name in series):
        lines.append("* not PowerDNS: for orientation")
    lines.append("Ir: instructions of the server for one question (callgrind; the kernel's are not in it)")
    return lines


def as_json(options, session, instructions, verdicts, sizes):
    """Everything that was measured."""
    return {
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {"kernel": platform.release(), "processor": _processor(), "pdns": _version("pdns-server")},
        "rounds": options.rounds, "seconds": options.seconds, "quick": options.quick,
        "parts": {key: {name: {"rate": one.rate, "spread": one.spread, "cpu_microseconds": one.cpu_microseconds, "lost": one.lost,
                               "rounds": [vars(sample) for sample in one.samples]} for name, one in series.items()}
                  for key, series in session.results.items()},
        "instructions": instructions, "sizes": sizes,
        "bars": [vars(verdict) for verdict in verdicts],
        "left_out": session.left_out, "doubts": session.doubts,
    }


def write_json(path, everything):
    Path(path).write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def _processor():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package):
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False)
    return asked.stdout
