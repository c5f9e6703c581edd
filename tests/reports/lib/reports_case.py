"""A test case with a scratch folder and the program: `self.run_reports("ingest", …)`."""
import json
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path


class ReportsCase(unittest.TestCase):
    program = None   # set by main()
    once = False     # one folder for all tests of the class, which do not disturb one another

    def setUp(self):
        owner = type(self) if self.once else self
        if "scratch" in vars(owner):
            return
        folder = tempfile.TemporaryDirectory(prefix="reports-")
        (self.addClassCleanup if self.once else self.addCleanup)(folder.cleanup)
        owner.scratch = Path(folder.name)
        owner.database = owner.scratch / "reports.sqlite3"
        self.fill(owner)

    def fill(self, owner):
        """Puts into the new folder what tests begin with; what they share becomes attributes of `owner`."""

    def run_program(self, *words, stdin=b""):
        done = subprocess.run([self.program, *map(str, words)], input=stdin, capture_output=True, timeout=120, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def ingest(self, *paths, stdin=b"", options=()):
        """The counts of `reports ingest --json`, with the exit status."""
        status, out, err = self.run_program("reports", "ingest", "--reports", self.database, "--json", *options, *paths, stdin=stdin)
        self.assertIn(status, (0, 1), err)
        return {**json.loads(out), "status": status}

    def rows(self, sql):
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def contents(self):
        """Everything that counts, without numbers that are given as they come."""
        facts = self.rows("SELECT d.text, day, r.text, hex(source), results, disposition, count FROM fact JOIN flow ON flow.id = flow "
                          "JOIN name d ON d.id = domain JOIN name r ON r.id = receiver ORDER BY 1, 2, 3, 4, 5, 6")
        reports = self.rows("SELECT kind, d.text, o.text, report_id, begin, messages FROM report JOIN name d ON d.id = domain "
                            "JOIN name o ON o.id = organisation ORDER BY 1, 2, 3, 4, 5")
        return facts, reports

    def write(self, name, octets):
        path = self.scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
        return path
