#!/usr/bin/python3
"""Prints questions whose names never repeat, half v4 and half v6: endless_names.py COUNT DOMAINS"""

import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "lib"), str(HERE.parent / "e2e/lib")]

import questions
from policies import SEED, Shape


def main():
    count, domains = map(int, sys.argv[1:])
    dice, shape = random.Random(SEED), Shape(domains, 1)
    for number in range(count):
        sys.stdout.write((questions.v4 if number % 2 else questions.v6)(shape, dice).line())


if __name__ == "__main__":
    main()
