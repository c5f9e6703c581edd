"""What every suite hands to the runner: one Check per question that was asked and judged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    case: str
    question: str        # all that is needed to ask it again by hand
    expected: str
    got: str
    detail: str = ""
    ok: bool = False


def check(case, question, allowed, got, detail=""):
    """A Check that is ok when `got` is among the `allowed` results (one, or a set)."""
    allowed = {allowed} if isinstance(allowed, str) else set(allowed)
    return Check(case, question, " or ".join(sorted(allowed)), got, detail, got in allowed)
