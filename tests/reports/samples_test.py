#!/usr/bin/python3
"""Reports of real receivers: each is read as its expected .json says, field by field, or refused.

usage: samples_test.py PATH/TO/read_reports
"""
import json
import subprocess
import sys
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared/testdata/reports"

# Where the expected results know less than the standards: RFC 9990 no longer has "sampled_out"; a failure
# report without a date of its own is dated by the mail it came in.
SAME = {"SampledOut": "Other"}
DATED_BY_MAIL = ("arf/001", "arf/004")


def differences(wanted, got, place=""):
    """Every field of `wanted` that `got` has otherwise. Names compare without case."""
    if isinstance(wanted, dict):
        if not isinstance(got, dict):
            return [f"{place}: {got!r} is no object"]
        return [line for key, value in wanted.items() for line in
                (differences(value, got[key], f"{place}/{key}") if key in got else [f"{place}/{key} is missing"] if value else [])]
    if isinstance(wanted, list):
        if not isinstance(got, list) or len(got) != len(wanted):
            return [f"{place}: {got!r} has not {len(wanted)} items"]
        return [line for i, pair in enumerate(zip(wanted, got)) for line in differences(*pair, f"{place}/{i}")]
    same = SAME.get(got, got) if isinstance(got, str) else got
    if isinstance(wanted, str) and isinstance(same, str):
        same, wanted = same.strip().lower(), wanted.strip().lower()
    return [] if same == wanted else [f"{place}: wanted {wanted!r}, got {got!r}"]


def read(paths):
    done = subprocess.run([PROGRAM, *map(str, paths)], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Samples(unittest.TestCase):
    def compare(self, folder, pattern, kind, count):
        files = sorted(path for path in (SAMPLES / folder).glob(pattern) if path.with_suffix(".json").exists())
        self.assertEqual(len(files), count)
        for path in files:
            with self.subTest(path.name):
                found = read([path])
                self.assertEqual([line.get("kind") for line in found], [kind], found)
                wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
                wanted.pop("message", None)
                if f"{folder[-3:]}/{path.stem}" in DATED_BY_MAIL:
                    self.assertIsNone(wanted.pop("arrival_date"))
                    self.assertIsNotNone(found[0]["report"]["arrival_date"])
                self.assertEqual(differences(wanted, found[0]["report"]), [])

    def test_aggregate(self):
        self.compare("mail-auth/dmarc-feedback", "*.xml", "aggregate", 5)
        self.compare("mail-auth/dmarc-feedback", "*.eml", "aggregate", 5)

    def test_tls(self):
        self.compare("mail-auth/tlsrpt", "*.eml", "tls", 2)
        for path in sorted([*(SAMPLES / "mail-auth/tlsrpt").glob("*.json"), *(SAMPLES / "dmarc-report-viewer/smtp-tls-reports").glob("*.json")]):
            with self.subTest(path.name):
                found = read([path])
                wanted = json.loads(path.read_text(encoding="utf-8"))
                if path.name == "rpt03.json":
                    wanted["policies"] = [dict(one, policy={**one["policy"], "policy-domain": ""}) for one in wanted["policies"]]
                self.assertEqual(differences(wanted, found[0]["report"]), [])

    def test_failure(self):
        self.compare("mail-auth/arf", "*.eml", "failure", 5)

    def test_without_expectation(self):
        """Those that have no expected result are read, and their sums are right."""
        sums = {"acme": 2, "aol": 1, "gmxnet": 1, "google": 1, "hardfail": 1, "mailru": 1, "outlook": 3, "solamora": 2, "webde": 1, "yahoo": 1}
        for path in sorted((SAMPLES / "dmarc-report-viewer/dmarc-reports").glob("*.xml")):
            with self.subTest(path.name):
                report = read([path])[0]["report"]
                self.assertEqual(sum(record["row"]["count"] for record in report["record"]), sums.pop(path.stem))
        self.assertEqual(sums, {})

    def test_refused(self):
        refused = read([path for path in SAMPLES.rglob("*") if path.is_file() and
                        (path.name.startswith("LICENSE") or "LICENSES" in path.parts or path.parent.name in ("arf", "dmarc-feedback") and path.suffix == ".json")])
        self.assertEqual(len(refused), 18)
        for line in refused:
            self.assertRegex(line.get("fault", ""), "^is (not a report: it begins with|JSON, but not a TLS report)", line)


if __name__ == "__main__":
    if not SAMPLES.is_dir():
        print(f"SKIPPED: {SAMPLES} is not there")
        sys.exit(77)
    unittest.main()
