"""What an end-to-end test is made of: arguments, checks, and an exit status that ctest understands."""

import argparse
import re
import signal
import sys
import tempfile
from pathlib import Path

import processes

SKIPPED = 77   # ctest's SKIP_RETURN_CODE here


class Skip(Exception):
    """The test cannot run on this machine; the text says why."""


class Checks:
    """Collects what is wrong, so that one run shows all of it."""

    def __init__(self):
        self.count = 0
        self.failures = []

    def that(self, holds, what, detail=""):
        self.count += 1
        if not holds:
            self.failures.append(f"{what}\n    {detail}".rstrip())
            print(f"FAILED  {self.failures[-1]}", flush=True)
        return bool(holds)

    def equal(self, got, wanted, what):
        return self.that(got == wanted, what, f"wanted {wanted!r}\n    got    {got!r}")

    def matches(self, text, pattern, what):
        return self.that(re.search(pattern, text, re.S | re.M), what, f"wanted /{pattern}/\n    got    {text!r}")


def main(test, description, add_arguments=None):
    """Runs test(checks, options, scratch) and exits: 0 all well, 1 a check failed, 77 skipped.

    add_arguments(parser) may declare more options than --module.
    """
    parser = argparse.ArgumentParser(description=description)
    root = Path(__file__).resolve().parents[3]
    parser.add_argument("--module", type=Path, default=root / "build/release/libemailauthbackend.so")
    if add_arguments is not None:
        add_arguments(parser)
    options = parser.parse_args()
    if not options.module.is_file():
        parser.error(f"{options.module} is not there; build it first, or name it with --module")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    checks = Checks()
    try:
        with tempfile.TemporaryDirectory(prefix="emailauth-") as scratch:
            test(checks, options, Path(scratch))
    except Skip as reason:
        print(f"SKIPPED: {reason}")
        sys.exit(SKIPPED)
    finally:
        processes.end_all()
    print(f"{checks.count} checks, {len(checks.failures)} failed")
    sys.exit(1 if checks.failures or checks.count == 0 else 0)
