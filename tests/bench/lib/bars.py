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
    verdict = Verdict(bar.what, f">= {bar.least:g}", "")
    figures = []
    if bar.over in series and bar.under in series:
        middle, least, greatest = load.ratio(series[bar.over], series[bar.under])
        verdict.met = middle >= bar.least
        verdict.figure = f"{middle:.2f}"
        figures = [f"rounds {least:.2f} to {greatest:.2f}", f"by processor time {load.cpu_ratio(series[bar.over], series[bar.under]):.2f}"]
    elif series:
        verdict.note = "left out"
    counted = _ratio_of_instructions(bar, instructions)
    if counted is not None:
        figures.append(f"by instructions {counted:.2f}")
        if verdict.met not in (None, counted >= bar.least):
            verdict.note = "rate and instructions disagree: the instructions decide"
        verdict.met = counted >= bar.least
    verdict.figure += f" ({'; '.join(figures)})" if figures else ""
    return verdict


def _ratio_of_instructions(bar, instructions):
    """How many questions of `over` the instructions for one of `under` pay; None when they were not counted."""
    try:
        return instructions[bar.under][bar.instructions] / instructions[bar.over][bar.instructions]
    except KeyError:
        return None


def at_least(what, least, value):
    return Verdict(what, f">= {least:g}", f"{value:.2f}", value >= least)


def below(what, limit, unit, value, note=""):
    digits = 0 if limit >= 100 else 2
    return Verdict(what, f"< {limit:g} {unit}".rstrip(), f"{value:,.{digits}f} {unit}".rstrip(), value < limit, note)
