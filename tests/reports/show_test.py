#!/usr/bin/python3
"""`emailauth reports show`: the numbers against those that were written, in every form, and the page in a browser.

usage: show_test.py PATH/TO/emailauth [--keep FOLDER]    keeps the page and its pictures there
"""
import csv
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import unittest
import zlib
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
sys.dont_write_bytecode = True

from report_year import ENABLED, SERVICES, Year, write_policies
from reports_case import ReportsCase

ReportsCase.program = sys.argv.pop(1)
KEEP = None
if sys.argv[1:2] == ["--keep"]:
    KEEP = Path(sys.argv[2])
    del sys.argv[1:3]
SINCE, UNTIL = "2025-05-01", "2025-05-30"


class Page(HTMLParser):
    """What must not be in it, and whether its tags are closed."""

    VOID = {"meta", "br", "link", "img", "input", "hr"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.outside, self.ids, self.text = [], Counter(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        attrs = dict(attrs)
        self.outside += [value for name, value in attrs.items() if name in ("src", "href", "action", "data", "xlink:href") or name.startswith("on")]
        self.ids += [attrs["id"]] if "id" in attrs else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def png_colours(path):
    """Width, height and how many pixels of each colour a PNG of 8-bit RGB or RGBA has."""
    octets = path.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", octets[16:26])
    assert (octets[:8], depth) == (b"\x89PNG\r\n\x1a\n", 8) and kind in (2, 6)
    at, data = 8, b""
    while at < len(octets):
        size, name = struct.unpack(">I4s", octets[at:at + 8])
        data += octets[at + 8:at + 8 + size] if name == b"IDAT" else b""
        at += 12 + size
    raw, step, colours, previous = zlib.decompress(data), 3 if kind == 2 else 4, Counter(), None
    stride = width * step
    for y in range(height):
        how, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        above = previous or bytearray(stride)
        for x in range(stride if how else 0):
            left, corner = (line[x - step], above[x - step]) if x >= step else (0, 0)
            up = above[x]
            paeth = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))[2]
            line[x] = (line[x] + (0, left, up, (left + up) // 2, paeth)[how]) & 255
        previous = line
        if y % 4 == 0:
            colours.update(bytes(line[x:x + 3]) for x in range(0, stride, 4 * step))
    return width, height, colours


class Show(ReportsCase):
    once = True

    def fill(self, owner):
        year = Year(first=date(2025, 4, 1), last=date(2025, 5, 31))
        owner.reports = year.write(self.scratch / "in")
        self.assertEqual(self.ingest(self.scratch / "in")["aggregate"], len(self.reports))
        write_policies(self.scratch / "policies")

    def show(self, *words, since=SINCE):
        status, out, err = self.run_program("reports", "show", "example.com", "--reports", self.database, "--policies",
                                            self.scratch / "policies", "--since", since, "--until", UNTIL, *words)
        self.assertEqual((status, err), (0, ""))
        return out

    def in_window(self, receiver=None):
        begin, end = (int((date.fromisoformat(day) - date(1970, 1, 1)).days) * 86400 for day in (SINCE, UNTIL))
        return [row for one in self.reports if begin <= one.begin <= end and receiver in (None, one.receiver) for row in one.rows]

    def test_numbers(self):
        rows = self.in_window()
        found = json.loads(self.show("--json"))
        self.assertEqual(found["messages"], sum(row.count for row in rows))
        self.assertEqual(found["dmarc_pass"], sum(row.count for row in rows if row.dmarc_pass))
        self.assertEqual(found["spf_aligned"], sum(row.count for row in rows if row.spf_pass))
        self.assertEqual(found["dkim_aligned"], sum(row.count for row in rows if row.dkim_pass))
        self.assertEqual(len(found["days"]), 30)
        self.assertEqual(sum(day["messages"] for day in found["days"]), found["messages"])
        self.assertEqual(sum(one["messages"] for one in found["receivers"]), found["messages"])
        sources = {(one["kind"], one["id"]): one for one in found["sources"]}
        self.assertEqual(set(sources), {("service", name) for name in ENABLED} | {
            ("internal", "internal"), ("forwarder", "198.51.100.0/24"), ("forwarder", "forwarder.example"), ("unknown", "unknown")})
        for name in ENABLED:
            network = SERVICES[name][1].rsplit(".", 1)[0], int(SERVICES[name][1].rsplit(".", 1)[1].split("/")[0])
            mine = [row for row in rows if row.source.startswith("203.0.113.") and network[1] <= int(row.source.rsplit(".", 1)[1]) < network[1] + 16]
            one = sources["service", name]
            self.assertEqual((one["messages"], one["dmarc_pass"]), (sum(row.count for row in mine), sum(row.count for row in mine if row.dmarc_pass)), name)
            self.assertTrue(one["in_policy"])
            self.assertEqual(sum(day["messages"] for day in one["days"]), one["messages"])
            self.assertEqual(sum(address["messages"] for address in one["addresses"]), one["messages"])
        hubspot, salesforce = sources["service", "hubspot"], sources["service", "salesforce"]
        self.assertEqual(hubspot["why"], {"spf-return-path": hubspot["messages"] - hubspot["dmarc_pass"], "dkim-broken": hubspot["messages"] - hubspot["dmarc_pass"]})
        self.assertEqual(salesforce["why"], {"spf-return-path": salesforce["messages"], "dkim-missing": salesforce["messages"]})

    def test_filters(self):
        rows = self.in_window("GMX")
        self.assertEqual(json.loads(self.show("--json", "--receiver", "gmx"))["messages"], sum(row.count for row in rows))
        self.assertEqual(json.loads(self.show("--json", "--disposition", "reject"))["messages"], 0)
        self.assertEqual(json.loads(self.show("--json", since="1d"))["since"], UNTIL)
        for words, text in ((("--since", "yesterday"), '--since: "yesterday" is not a day; write one like 2026-05-17, or 90d'),
                            (("--until", "2025-02-30"), '--until: "2025-02-30" is not a day; write one like 2026-05-17'),
                            (("--since", "2025-06-01", "--until", UNTIL), f'--since: "2025-06-01" is after {UNTIL}, where the report ends')):
            status, _, err = self.run_program("reports", "show", "example.com", "--reports", self.database, *words)
            self.assertEqual((status, err), (2, f"emailauth reports: {text}\n"))
        status, _, err = self.run_program("reports", "show", "example.net", "--reports", self.database)
        self.assertEqual((status, err), (2, f'emailauth reports: {self.database}: has no reports about "example.net"; it has some about example.com\n'))

    def test_csv(self):
        lines = list(csv.DictReader(io.StringIO(self.show("--csv"))))
        self.assertEqual(sum(int(line["messages"]) for line in lines), sum(row.count for row in self.in_window()))
        self.assertEqual({line["in_policy"] for line in lines if line["kind"] == "service"}, {"yes"})

    def test_text(self):
        text = self.show()
        for line in (r"Who sends as example\.com, 2025-05-01 to 2025-05-30", r"  HubSpot +[\d,]+ +3\d %", r"      DKIM signature broken \([\d,]+\)",
                     r"  forwarder forwarder\.example ", r"  own servers +[\d,]+ +100 %", r"  google\.com +[\d,]+ "):
            self.assertRegex(text, line)
        self.assertNotIn("\033", text)

    def test_page(self):
        path = self.scratch / "page.html"
        self.assertEqual(self.show("--html", path), "")
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        self.assertEqual((page.open, page.outside), ([], []))
        self.assertEqual([tag for tag in ("script", "img", "link", "iframe", "object", "form") if page.tags[tag]], [])
        for forbidden in ("http:", "https:", "url(", "@import"):
            self.assertNotIn(forbidden, text)
        self.assertEqual(len(page.ids), len(set(page.ids)))
        self.assertGreater(page.tags["svg"], 10)
        self.assertEqual(page.tags["caption"], page.tags["section"] - 1)   # but for the chart's
        self.assertIn("Twilio SendGrid", "".join(page.text))
        if KEEP:
            KEEP.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, KEEP)
        self.look_at(path)

    def look_at(self, path):
        chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        if chromium is None:
            print("SKIPPED: the page was not looked at: chromium-headless-shell is not installed")
            return
        for name, size, dark in (("wide", "1100,1400", False), ("dark", "1100,1400", True), ("phone", "400,1800", False)):
            picture = self.scratch / f"{name}.png"
            done = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={self.scratch}/browser",
                                   *(["--blink-settings=preferredColorScheme=0"] if dark else []), f"--window-size={size}",
                                   f"--screenshot={picture}", path.as_uri()], capture_output=True, text=True, timeout=120, check=False,
                                  env={**os.environ, "HOME": str(self.scratch)})
            self.assertTrue(picture.exists(), done.stderr)
            width, _, colours = png_colours(picture)
            self.assertEqual(width, int(size.split(",")[0]))
            ground = b"\x12\x17\x1c" if dark else b"\xff\xff\xff"
            bars = (b"\x5c\xb3\xee", b"\xff\x9a\x56") if dark else (b"\x0a\x6f\xb0", b"\xc4\x51\x0b")
            self.assertEqual(colours.most_common(1)[0][0], ground, name)
            for colour in bars:
                self.assertGreater(colours[colour], 20, f"{name}: the charts are drawn")
            if KEEP:
                shutil.copy(picture, KEEP)


if __name__ == "__main__":
    unittest.main()
