"""The bars: what must hold, what was measured, and whether that is enough."""

from dataclasses import dataclass

import load
from plan import RATIO_BARS


@dataclass
class Verdict:
    what: str
    limit: str
    figure: str
    met: bool = None          # None: not measured
    note: str = ""

    def line(self):
        word = {True: "met", False: "MISSED", None: "not measured"}[self.met]
        return f"{word:<13}{self.what:<64}{self.limit:>10}  {self.figure}" + (f"   {self.note}" if self.note else "")


def ratio_verdicts(results, instructions):
    """`results` is {part: {name: Series}}, `instructions` {contestant: {kind: count}}."""
    return [_ratio_verdict(bar, results.get(bar.part, {}), instructions) for bar in RATIO_BARS]


def _ratio_verdict(bar, series, instructions):
    limit = f">= {bar.least:g}"
    if bar.over not in series or bar.under not in series:
        return Verdict(bar.what, limit, "", note="left out" if series else "")
    middle, least, greatest = load.ratio(series[bar.over], series[bar.under])
    figure = f"{middle:.2f} (rounds {least:.2f} to {greatest:.2f}; by processor time {load.cpu_ratio(series[bar.over], series[bar.under]):.2f}"
    verdict = Verdict(bar.what, limit, figure + ")", middle >= bar.least)
    try:
        counted = instructions[bar.under][bar.instructions] / instructions[bar.over][bar.instructions]
    except KeyError:
        return verdict
    verdict.figure = figure + f"; by instructions {counted:.2f})"
    if (counted >= bar.least) != verdict.met:
        verdict.met = counted >= bar.least
        verdict.note = "rate and instructions disagree: the instructions decide"
    return verdict


def at_least(what, least, value):
    return Verdict(what, f">= {least:g}", f"{value:.2f}", value >= least)


def below(what, limit, unit, value, note=""):
    digits = 0 if limit >= 100 else 2
    return Verdict(what, f"< {limit:g} {unit}".rstrip(), f"{value:,.{digits}f} {unit}".rstrip(), value < limit, note)
