#!/usr/bin/python3
"""`emailauth import` and `emailauth cutover` in the world of check_test: what import calls complete, cutover finds safe.

Where DNS fails nothing is imported, and no verdict given; never is a failure taken for an absence.
"""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]

import check_test
import table
import testing
from pdns import has_backend

# Where a name that the import must know does not answer: the last words of the first line.
FAILING = {
    "servfail.example": "TXT at servfail.example: SERVFAIL", "spf-servfail.example": "TXT at spf-servfail.example: SERVFAIL",
    "cname-loop.example": "TXT at cname-loop.example: SERVFAIL", "dmarc-servfail.example": "TXT at _dmarc.dmarc-servfail.example: SERVFAIL",
    "bogus.example": "TXT at bogus.example: validation failure",
    "dkim-servfail.example": "TXT at s2._domainkey.dkim-servfail.example: SERVFAIL", "dangling-alias.example": '"dangling-alias.example" does not exist in DNS; correct the name',
}


class Importer:
    def __init__(self, world, resolver, scratch):
        self.program = world.options.module.resolve().parent / "emailauth"
        self.how = ["--resolver", resolver, "--trust-anchor", world.anchors, "--catalogue", scratch / "no-catalogue"]
        (scratch / "no-catalogue").mkdir()
        self.scratch = scratch
        self.base = scratch / "imports"
        self.base.mkdir()
        shutil.copy(world.policies / "responder.json", self.base)
        self.must("senders", "add", "--policies", self.base, "vendor", "--spf", "include:_spf.vendor.example", "--dkim-selector", "s1")
        self.must("senders", "refresh", "--policies", self.base, "--resolver", resolver)

    def run(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, timeout=200, check=False)
        return done.returncode, done.stdout, done.stderr

    def must(self, *words):
        status, out, err = self.run(*words)
        if status != 0:
            raise RuntimeError(f"{words}: {out}{err}")

    def one(self, domain):
        """(import, cutover or None) of a domain, in a policy directory of its own."""
        directory = self.scratch / f"imports-{domain}"
        shutil.copytree(self.base, directory)
        words = [domain, "--policies", directory, *self.how, "--selector", "s2"]
        imported = self.run("import", *words, "--write")
        return imported, self.run("cutover", *words) if imported[0] != 2 else None


def test(checks, options, scratch):
    if not has_backend("sqlite3"):
        raise testing.Skip("pdns-backend-sqlite3 is not installed")
    world = check_test.World(options, scratch)
    domains = [row[0] for row in (*table.DOMAINS, *check_test.SIGNED)]
    with world.resolver() as resolver:
        importer = Importer(world, resolver, scratch)
        with ThreadPoolExecutor(2) as pool:
            results = dict(zip(domains, pool.map(importer.one, domains)))
    complete = 0
    for domain, (imported, cutover) in results.items():
        status, out, err = imported
        if domain in FAILING:
            checks.that((status, out) == (2, "") and err.startswith("emailauth import: " + FAILING[domain]), f"{domain}: nothing is imported", err)
        elif status == 0:
            complete += 1
            checks.that(cutover[0] == 0, f"{domain}: a complete import is a safe cutover", err + cutover[1] + cutover[2])
        else:
            checks.that(status == 1 and "lost" in err, f"{domain}: what could not be kept is said", err)
    checks.that(complete > 60, f"{complete} complete imports")


if __name__ == "__main__":
    testing.main(test, __doc__)
