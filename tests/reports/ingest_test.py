#!/usr/bin/python3
"""`emailauth reports ingest`: wrappings, faults, limits, other writers, and what a kill leaves behind.

usage: ingest_test.py PATH/TO/emailauth
"""
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

from report_files import Report, Row, gz, mail, xml, zipped
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)
BEGIN = 1746057600   # 2025-05-01


def report(number=0, rows=3, domain="example.com"):
    return Report("receiver.example", domain, BEGIN + number * 86400, rows=[
        Row(f"192.0.2.{1 + i}", 1 + i, domain, [(domain, "s1", "pass")], (domain, "fail"), dkim_pass=True) for i in range(rows)])


TLS = json.dumps({"organization-name": "Receiver", "report-id": "1", "contact-info": None, "date-range": {
    "start-datetime": "2025-05-01T00:00:00Z", "end-datetime": "2025-05-01T23:59:59Z"}, "policies": [{
        "policy": {"policy-type": "sts", "policy-domain": "example.com"},
        "summary": {"total-successful-session-count": 9, "total-failure-session-count": 2},
        "failure-details": [{"result-type": "certificate-expired", "receiving-mx-hostname": "mx.example.com", "failed-session-count": 2}]}]}).encode()

ARF = b"""From: <abuse@receiver.example>
Message-ID: <arf1@receiver.example>
Date: Thu, 01 May 2025 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Auth-Failure: dmarc
Source-IP: 203.0.113.9
Reported-Domain: example.com
Original-Mail-From: <jane.doe@example.com>

--b
Content-Type: message/rfc822

From: jane.doe@example.com
To: john@example.net
Subject: private matters

Dear John
--b--
"""


class Wrappings(ReportsCase):
    def test_every_wrapping_is_the_same_report(self):
        plain = xml(report())
        inner = mail(gz(plain), "a.xml.gz")
        folder = self.scratch / "in"
        wrapped = {"a.xml": plain, "a.xml.gz": gz(plain), "twice.gz": gz(gz(plain)), "a.zip": zipped(plain), "zip.gz": gz(zipped(plain)),
                   "wrong-name.pdf": gz(plain), "up.zip": zipped(plain, "../../../etc/cron.d/x"), "gz.zip": zipped(gz(plain), "a.xml.gz"),
                   "a.eml": inner, "b.eml": mail(zipped(plain), "a.zip", "application/x-zip-compressed"),
                   "c.eml": mail(plain, "a.xml", "text/xml"), "d.eml": mail(gz(plain), "a.xml", "text/plain"),
                   "e.eml": mail(inner, "forwarded.eml", "message/rfc822"),
                   "bom.xml": b"\xef\xbb\xbf" + plain, "utf16.xml": plain.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
                   "inbox": b"From a@b Thu May  1 00:00:00 2025\n" + inner + b"\nFrom c@d Thu May  1 00:00:00 2025\n" + inner,
                   "Mail/cur/1:2,S": inner, "Mail/new/2": inner, "Mail/tmp/3": b"half a mail", "Mail/dovecot-uidlist": b"3 V1",
                   "Mail/.Sub/cur/4": inner, "Mail/.Sub/new/.keep": b"", ".hidden/x.xml": b"<", "deep/er/a.xml": plain}
        for name, octets in wrapped.items():
            self.write(f"in/{name}", octets)
        done = self.ingest(folder)
        self.assertEqual((done["aggregate"], done["messages"], done["set_aside"], done["status"]), (1, 6, [], 0))
        self.assertEqual(done["known"], 20)
        before = self.contents()
        self.assertEqual(len(before[0]), 3)
        for stdin in (plain, gz(plain), inner, b"From a@b Thu May  1 00:00:00 2025\n" + inner):
            self.assertEqual(self.ingest("-", stdin=stdin)["known"], 1)
        self.assertEqual(self.contents(), before)

    def test_same_id_other_day_or_domain_is_another(self):
        one, day, domain = report(), report(), report(domain="example.net")
        day.begin += 86400
        text = lambda r: xml(r).replace(r.id.encode(), b"same")
        for other in (one, day, domain, one):
            self.ingest("-", stdin=text(other))
        self.assertEqual(self.rows("SELECT count(*) FROM report"), [(3,)])

    def test_tls_and_failure_reports(self):
        self.assertEqual(self.ingest("-", stdin=TLS)["tls"], 1)
        self.assertEqual(self.ingest("-", stdin=gz(TLS))["known"], 1)
        self.assertEqual(self.rows("SELECT type, successes, failures FROM tls_policy"), [("sts", 9, 2)])
        self.assertEqual(self.ingest("-", stdin=ARF)["failure"], 1)
        self.assertEqual(self.ingest("-", stdin=ARF)["known"], 1)
        everything = "".join(map(str, self.rows("SELECT * FROM failure")))
        self.assertIn("203.0.113.9", everything)
        for personal in ("jane", "john", "private", "Dear"):
            self.assertNotIn(personal, everything)
        self.database = self.scratch / "kept.sqlite3"
        self.ingest("-", stdin=ARF, options=["--keep-personal-data"])
        self.assertIn("Dear John", "".join(map(str, self.rows("SELECT * FROM failure"))))


FROM = b"From a@b.example Thu May  1 00:00:00 2025\n"


class Mailboxes(ReportsCase):
    """Every mail of an mbox file is read, or named: none is passed over in silence."""

    def mails(self, count, first=0):
        return [mail(gz(xml(report(first + number))), "a.xml.gz") for number in range(count)]

    def read(self, octets, wanted, faults=0):
        for how in ("file", "input", "gzip"):
            self.database = self.scratch / f"{len(list(self.scratch.iterdir()))}.sqlite3"
            path = self.write("mbox", gz(octets) if how == "gzip" else octets)
            done = self.ingest("-", stdin=octets) if how == "input" else self.ingest(path)
            self.assertEqual((done["aggregate"], len(done["set_aside"]), done["status"]), (wanted, faults, 1 if faults else 0), f"{how}: {done}")
        return done

    def test_mbox_without_blank_lines_loses_no_mail(self):
        self.read(b"".join(FROM + one.rstrip(b"\n") + b"\n" for one in self.mails(200)), 200)

    def test_mbox_with_crlf(self):
        self.read(b"".join(FROM + one for one in self.mails(5)).replace(b"\n", b"\r\n"), 5)

    def test_mbox_with_content_length(self):
        """Right ones, ones that are too short, and one that claims all mails after it."""
        for length in (lambda body: len(body), lambda body: 3, lambda body: 10**9):
            parts = [one.split(b"\n\n", 1) for one in self.mails(4)]
            self.read(b"".join(FROM + head + b"\nContent-Length: %d\n\n" % length(body) + body + b"\n" for head, body in parts), 4)

    def test_mbox_with_quoted_lines(self):
        text = b"\n>From the desk of\n>>From x\n>From a@b.example Thu May  1 00:00:00 2025\nSubject: quoted\n\nFrom here on all is well.\n"
        self.read(b"".join(FROM + one.replace(b"A report.\n", b"A report.\n" + text) + b"\n" for one in self.mails(4)), 4)

    def test_mbox_with_a_mail_cut_off_in_its_middle(self):
        first, second, third = self.mails(3)
        for cut in (first[:300], first[:300] + b"\n"):
            fault = self.read(FROM + cut + FROM + second + FROM + third, 2, 1)["set_aside"][0]
            self.assertRegex(fault["place"], ": mail 1($|:)")
        whole = first.rstrip(b"\n")
        self.read(FROM + whole + FROM + second + FROM + third, 3)

    def test_mbox_with_a_truncated_last_mail(self):
        first, second = self.mails(2)
        fault = self.read(FROM + first + b"\n" + FROM + second[:-120], 1, 1)["set_aside"][0]
        self.assertEqual(fault["reason"], "cannot be unpacked: truncated gzip input; was it cut off?")
        self.read(FROM + first + b"\n" + FROM + second[:60], 1, 1)

    def test_mbox_of_many_programs(self):
        one, two, three, four, five = self.mails(5)
        self.read(b"\n" + FROM + one + b"\nFrom - Thu May 01 00:00:00 2025\nX-Mozilla-Status: 0001\n" + two +
                  b"From c@d Thu May  1 00:00:00 MET DST 2025\r\n" + three.replace(b"\n", b"\r\n") +
                  b"From e Thu, 1 May 2025 00:00:00 +0200\n" + four + b"\nFrom nobody\n" + five, 5)

    def test_mbox_without_its_first_line(self):
        self.read(b"".join(self.mails(1)) + b"\n" + b"\n".join(FROM + one for one in self.mails(3, 1)), 4)

    def test_forwarded_text_is_no_mail(self):
        """Lines of a mail in a Maildir that look like the beginning of another are no finding."""
        text = b"A report.\n\n" + FROM + b"Subject: forwarded\n\nhello\n"
        self.read(self.mails(1)[0].replace(b"A report.\n", text), 1)


class Links(ReportsCase):
    """Whoever owns a mailbox cannot make the program read, or write, anything else."""

    SECRET = b"$y$j9T$secret$of$root"

    def setUp(self):
        super().setUp()
        self.secret = self.write("secret/shadow", self.SECRET + b" that nobody else may read\n" * 20)
        self.secret.chmod(0o600)
        self.mailbox = self.scratch / "Maildir"
        for folder in ("cur", "new", "tmp"):
            (self.mailbox / folder).mkdir(parents=True)
        self.write("Maildir/new/good", mail(gz(xml(report())), "a.xml.gz"))
        self.aside = self.scratch / "aside"

    def nothing_leaked(self, *said):
        kept = [path.read_bytes() for path in [*self.scratch.glob("reports.sqlite3*"), *self.aside.rglob("*")] if path.is_file()]
        for octets in [*said, *kept]:
            for size in (4, 16):
                self.assertNotIn(self.SECRET[:size], octets.encode() if isinstance(octets, str) else octets)

    def test_links_and_pipes_in_a_maildir_are_named_and_not_read(self):
        (self.mailbox / "new/symbolic").symlink_to(self.secret)
        os.link(self.secret, self.mailbox / "new/hard")
        os.mkfifo(self.mailbox / "new/pipe")
        (self.mailbox / "cur/folder").symlink_to(self.secret.parent)
        status, out, err = self.run_program("reports", "ingest", "--reports", self.database, "--set-aside", self.aside, self.mailbox)
        self.assertEqual(status, 1)
        self.assertTrue(out.startswith("1 new aggregate report about "), out)
        self.assertEqual(sorted(line.split(": ", 1)[1] for line in err.splitlines()), sorted([
            f"{self.mailbox}/cur/folder: is a symbolic link, which is not followed; name its target",
            f"{self.mailbox}/new/symbolic: is a symbolic link, which is not followed; name its target",
            f"{self.mailbox}/new/hard: has 2 names (hard links), and is not read: it may be another user's file; copy it instead",
            f"{self.mailbox}/new/pipe: is not a regular file, and is not read"]))
        self.assertEqual(list(self.aside.iterdir()), [], "what was not read is not copied, either")
        self.nothing_leaked(out, err)

    def test_set_aside_writes_through_no_link(self):
        outside = self.scratch / "outside"
        outside.mkdir()
        kept = self.write("outside/kept", b"mine\n")
        self.aside.mkdir()
        for number, target in enumerate((outside / "made", kept)):
            self.write(f"Maildir/new/bad{number}", b"not a report %d\n" % number)
            (self.aside / f"bad{number}").symlink_to(target)
        self.write("Maildir/cur/bad0", b"another of the same name\n")
        for _ in range(3):    # each run meets them again
            self.assertEqual(self.ingest(self.mailbox, options=["--set-aside", self.aside])["status"], 1)
        self.assertEqual([path.name for path in outside.iterdir()], ["kept"])
        self.assertEqual(kept.read_bytes(), b"mine\n")
        copies = {path.name: path.read_bytes() for path in self.aside.iterdir() if not path.is_symlink()}
        self.assertEqual(sorted(copies.values()), [b"another of the same name\n", b"not a report 0\n", b"not a report 1\n"])
        self.assertEqual({path.stat().st_mode & 0o777 for path in self.aside.iterdir() if not path.is_symlink()}, {0o600})

    def test_set_aside_makes_its_folder_for_its_owner_alone(self):
        self.write("Maildir/new/bad", b"not a report\n")
        self.ingest(self.mailbox, options=["--set-aside", self.aside / "deep/er"])
        self.assertEqual([path.stat().st_mode & 0o777 for path in (self.aside, self.aside / "deep", self.aside / "deep/er")], [0o700] * 3)
        self.assertEqual((self.aside / "deep/er/bad").read_bytes(), b"not a report\n")

    @unittest.skipIf(os.geteuid() != 0, "only root can give files to others")
    def test_mailbox_of_another_user(self):
        """Root reads what the owner of the mailbox owns, and no link of the owner's leads it anywhere."""
        stolen = self.write("Maildir/new/stolen", self.SECRET + b" moved here\n")
        for path in (self.mailbox, *self.mailbox.rglob("*")):
            os.chown(path, 65534, 65534)
        os.chown(stolen, 0, 0)
        done = self.ingest(self.mailbox)
        self.assertEqual((done["aggregate"], [fault["reason"] for fault in done["set_aside"]]), (1, [
            "belongs to another user (uid 0) than its folder, and is not read; give it to the owner of the folder"]))
        link = self.scratch / "link"
        link.symlink_to(self.secret)
        os.chown(link, 65534, 65534, follow_symlinks=False)
        done = self.ingest(link)
        self.assertEqual([fault["reason"] for fault in done["set_aside"]], [
            "is reached by a symbolic link of another user (uid 65534), which is not followed; name its target"])
        os.chown(link, 0, 0, follow_symlinks=False)
        link.unlink()
        link.symlink_to(self.mailbox / "new/good")
        self.assertEqual(self.ingest(link)["known"], 1, "a link of one's own, which one names, is followed")
        self.nothing_leaked()

    def test_mails_exchanged_for_links_while_they_are_read(self):
        """A few seconds of a race: a mail is a link the next moment, and so is its folder."""
        good = (self.mailbox / "new/good").read_bytes()
        (self.scratch / "secret/1").write_bytes(self.SECRET)
        for number in range(20):
            self.write(f"Maildir/new/m{number}", good)
        if os.geteuid() == 0:
            for path in (self.mailbox, *self.mailbox.rglob("*")):
                os.chown(path, 65534, 65534)
        end = time.monotonic() + 4
        exchanges, stop = 0, threading.Event()

        def exchange():
            nonlocal exchanges
            new, spare, other = self.mailbox / "new", self.mailbox / "tmp/spare", self.mailbox / "tmp/other"
            while not stop.is_set():
                number = exchanges % 20
                os.symlink(self.secret, spare)
                os.rename(spare, new / f"m{number}")
                os.link(self.secret, spare)
                os.rename(spare, new / f"m{(number + 7) % 20}")
                os.rename(new, other)
                os.symlink(self.secret.parent, new)
                os.unlink(new)
                os.rename(other, new)
                for back in (number, (number + 7) % 20):
                    spare.write_bytes(good)
                    os.rename(spare, new / f"m{back}")
                exchanges += 1

        attacker = threading.Thread(target=exchange)
        attacker.start()
        runs, said = 0, []
        try:
            while time.monotonic() < end:
                status, out, err = self.run_program("reports", "ingest", "--reports", self.database, "--set-aside", self.aside, self.mailbox)
                self.assertIn(status, (0, 1), err)
                said += [out, err]
                runs += 1
        finally:
            stop.set()
            attacker.join()
        self.nothing_leaked(*said)
        print(f"{exchanges} exchanges during {runs} runs")
        self.assertGreater(exchanges, 100)


class Faults(ReportsCase):
    def test_named_set_aside_and_without_a_trace(self):
        good = xml(report())
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.xml", b"\0" * (200 << 20))
        many = io.BytesIO()
        with zipfile.ZipFile(many, "w") as archive:
            for i in range(1001):
                archive.writestr(f"{i}.xml", good)
        nested = good
        for _ in range(8):
            nested = zipped(nested)
        doctype = good.replace(b"<feedback>", b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feedback>')
        cases = {
            "cut.xml": (good[:-30], "is not well-formed XML: line 7: start-end tags mismatch"),
            "cut.xml.gz": (gz(good)[:-40], "cannot be unpacked: truncated gzip input; was it cut off?"),
            "bomb.zip": (bomb.getvalue(), "contains more than 128 MiB when unpacked; no report needs that much"),
            "nested.zip": (nested, "is packed more than 6 layers deep; no report is"),
            "doctype.xml": (doctype, "has a document type; a report has none, and none is read"),
            "page.html": (b"<html><body/></html>", 'is XML, but not an aggregate report: it begins with "html", not with "feedback"'),
            "count.xml": (good.replace(b"<count>2<", b"<count>two<"), 'record 2/row/count: "two" is not a number of messages (0 to 4294967295)'),
            "empty": (b"", "is empty"),
            "notes.txt": (b"hello", 'is not a report: it begins with "hell"; a report is XML, JSON or a mail, or one of these in gzip or zip'),
            "mail.eml": (b"From: a@b.example\nSubject: hi\n\nhello\n", "contains no report: nothing in it is an aggregate, TLS or failure report"),
        }
        for name, (octets, _) in cases.items():
            self.write(f"in/{name}", octets)
        done = self.ingest(self.scratch / "in", self.scratch / "missing", options=["--set-aside", self.scratch / "aside"])
        self.assertEqual((done["status"], done["aggregate"]), (1, 0), done)
        reasons = {Path(fault["place"].split(": ")[0]).name: fault["reason"] for fault in done["set_aside"]}
        self.assertEqual(reasons, {**{name: reason for name, (_, reason) in cases.items()}, "missing": "does not exist; check the path"})
        self.assertEqual(self.contents(), ([], []), "broken ones leave nothing behind")
        self.assertEqual(sorted(path.name for path in (self.scratch / "aside").iterdir()), sorted(cases))
        status, out, _ = self.run_program("reports", "list", "--reports", self.database, "--set-aside")
        self.assertEqual((status, len(out.splitlines())), (0, len(cases) + 1))
        self.assertIn(f"{self.scratch}/in/empty: is empty\n", out)
        # A good one beside them goes in; entries before a fault, too.
        self.write("in/good.xml", good)
        self.write("in/many.zip", many.getvalue())
        done = self.ingest(self.scratch / "in")
        self.assertEqual((done["status"], done["aggregate"], done["known"]), (1, 1, 1000))
        self.assertIn("has more than 1000 parts; no report has that many", [fault["reason"] for fault in done["set_aside"]])

    def test_fault_names_the_entry(self):
        path = self.write("x.eml", mail(zipped(b"<feedback>", "inner.xml"), "outer.zip"))
        fault = self.ingest(path)["set_aside"][0]
        self.assertEqual(fault["place"], f"{path}: outer.zip: inner.xml")
        status, _, err = self.run_program("reports", "ingest", "--reports", self.database, "--quiet", path)
        self.assertEqual((status, err), (1, f"emailauth reports: {path}: outer.zip: inner.xml: {fault['reason']}\n"))

    def test_other_databases_are_refused(self):
        other = self.write("other", b"this is no database, but long enough to be looked at" * 20)
        status, _, err = self.run_program("reports", "ingest", "--reports", other, "-", stdin=xml(report()))
        self.assertEqual(status, 2)
        self.assertIn("is not an intact SQLite database", err)
        self.ingest("-", stdin=xml(report()))
        connection = __import__("sqlite3").connect(self.database)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        status, _, err = self.run_program("reports", "list", "--reports", self.database)
        self.assertEqual((status, err), (2, f"emailauth reports: {self.database}: was written by a newer emailauth (version 99 of its tables, "
                                            "this program knows 2); use that one\n"))


class Keeping(ReportsCase):
    def test_expire(self):
        today = int(time.time()) // 86400 * 86400
        for age in (0, 30, 500):
            old = report()
            old.begin = today - age * 86400
            self.ingest("-", stdin=xml(old))
        status, out, _ = self.run_program("reports", "expire", "--reports", self.database, "--keep", "400d")
        self.assertEqual((status, out), (0, '1 report older than 400 days was removed; "ingest" does so from now on\n'))
        self.assertEqual(self.rows("SELECT count(*) FROM report"), [(2,)])
        old.begin = today - 450 * 86400
        self.ingest("-", stdin=xml(old))
        self.assertEqual(self.rows("SELECT count(*), (SELECT count(*) FROM fact) FROM report"), [(2, 6)])
        status, _, err = self.run_program("reports", "expire", "--reports", self.database, "--keep", "soon")
        self.assertEqual((status, err), (2, 'emailauth reports: --keep: "soon" is not a number of days; write 1d to 36500d\n'))


class Writers(ReportsCase):
    FILES = 2600

    def write_many(self):
        for i in range(self.FILES):
            self.write(f"in/{i}.xml.gz", gz(xml(report(i % 200, domain=f"d{i // 200}.example"))))
        return self.scratch / "in"

    def test_two_at_once(self):
        folder = self.write_many()
        command = [self.program, "reports", "ingest", "--reports", self.database, "--json", folder]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
        counts = [json.loads(one.communicate(timeout=120)[0]) for one in running]
        self.assertEqual([one.returncode for one in running], [0, 0, 0])
        self.assertEqual(sum(one["aggregate"] for one in counts), self.FILES)
        self.assertEqual(self.rows("SELECT count(*), sum(messages) FROM report"), [(self.FILES, self.FILES * 6)])
        self.assertEqual(self.rows("SELECT count(*), sum(count) FROM fact"), [(self.FILES * 3, self.FILES * 6)])

    def has_tables(self):
        return self.database.exists() and bool(self.rows("SELECT name FROM sqlite_schema WHERE name = 'fact'"))

    def wait_for_more(self, ingest, seen):
        """Until more than `seen` reports are stored, or it has ended."""
        while ingest.poll() is None and not (self.has_tables() and self.rows("SELECT count(*) FROM report")[0][0] > seen):
            time.sleep(0.001)

    def test_killed_again_and_again(self):
        folder = self.write_many()
        whole = self.database
        self.database = self.scratch / "undisturbed.sqlite3"
        begin = time.monotonic()
        self.assertEqual(self.ingest(folder)["aggregate"], self.FILES)
        seconds = time.monotonic() - begin
        undisturbed, self.database = self.contents(), whole
        chance = random.Random(7)
        seen = kills = 0
        partly = set()
        for number in range(20):
            one = subprocess.Popen([self.program, "reports", "ingest", "--reports", self.database, folder], stdout=subprocess.DEVNULL)
            if number < 2:
                self.wait_for_more(one, seen)    # in the middle for certain, however fast the machine is
            else:
                time.sleep(chance.uniform(0, seconds))
            os.kill(one.pid, signal.SIGKILL)
            kills += one.wait() == -signal.SIGKILL
            if not self.has_tables():
                continue
            reports, messages = self.rows("SELECT count(*), coalesce(sum(messages), 0) FROM report")[0]
            self.assertGreaterEqual(reports, seen, "what was stored stays")
            self.assertEqual(self.rows("SELECT coalesce(sum(count), 0) FROM fact"), [(messages,)], "whole reports only")
            seen = reports
            partly.add(reports)
        self.assertGreater(kills, 5)
        done = self.ingest(folder)
        self.assertEqual(done["aggregate"] + done["known"], self.FILES)
        self.assertEqual(self.contents(), undisturbed)
        print(f"killed {kills} times, with {sorted(partly)} of {self.FILES} reports in the database")
        self.assertTrue(any(0 < reports < self.FILES for reports in partly), "some were killed in the middle")


if __name__ == "__main__":
    unittest.main()
