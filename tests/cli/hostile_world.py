"""A world that is hostile to whoever looks at it: DNS, policies, mails and reports whose every text steers terminals and shells.

Owns the texts. `World(folder)` writes the files; DNS is the `zone` of a TinyDns.
"""
import json
import shutil
from datetime import timedelta
from pathlib import Path

from bimi_files import Issuer, extensions, logotype
from recent import TODAY, begin_of
from report_files import Report, Row, xml

STEER = "\x1b[31m\x07\x08\x7f\u009b2J\u0085\u202e\u2066\u200f\u2028\ufeff"
BREAK = "\ntouch pwned\n\r;touch pwned;"
SHELL = ";touch pwned;$(touch pwned)`touch pwned`'\"\\|&<>*~#!"
ALL = "x" + SHELL + BREAK + STEER + "y"
OCTETS = ALL.encode() + b"\xff\xfe\xc3("
KEY = "9WWZ4LbWD5eMeJu4DqHGQR7konzJpaYjaV6zg9LcWHM="
# What SPF lets a term hold (visible ASCII), and a shell would not.
TERMS = ["include:a;reboot;b.vendor.example", "include:`touch${IFS}pwned`.backquote.example", "include:$(touch$IFS'pwned').dollar.example",
         "include:'\"|&<>*~#!\\.quotes.example", "include:-x.--write.dash.example"]
DOMAIN = "shop.example"
OWN_TERM = "include:`id`;x.spf.evil.example"   # of a sender of the directory
# The labels of names hold any octet but the dot, which DNS would not.
LABEL = "x;touch pwned\n\x1b[31m'\"$(id)`id`"


def latin(name):
    """A name as TinyDns looks it up: one character for each octet."""
    return name.encode().decode("latin-1").lower()


def zone():
    evil = LABEL + ".evil.example"
    spf = "v=spf1 " + " ".join(TERMS) + " mx a:$(id).shop.example exists:%{i}.`id`.example ptr ip4:192.0.2.0/24 -ip4:192.0.2.7 ~all"
    return {
        DOMAIN: [{"TXT": spf}, {"TXT": OCTETS[:250]}, {"MX": [10, LABEL + ".shop.example"]}, {"MX": [20, evil]}, {"A": "192.0.2.1"}],
        latin(LABEL + ".shop.example"): [{"A": "192.0.2.25"}],
        "_dmarc." + DOMAIN: [{"TXT": b"v=DMARC1; p=none; " + OCTETS[:150].replace(b";", b",") + b"; rua=mailto:a" + OCTETS[:60].replace(b";", b"") + b"@x.example,mailto:b`id`@evil.example"}],
        "s1._domainkey." + DOMAIN: [{"TXT": b"v=DKIM1; k=ed25519; n=" + OCTETS[:80].replace(b";", b"") + b"; p=" + KEY.encode()}],
        "s2._domainkey." + DOMAIN: [{"CNAME": evil}],
        "s3._domainkey." + DOMAIN: [{"TXT": b"v=DKIM1; p=" + OCTETS[:100]}],
        "default._bimi." + DOMAIN: [{"TXT": b"v=BIMI1; l=https://" + OCTETS[:90].replace(b";", b"") + b"/l.svg; a=" + OCTETS[:40]}],
        "_mta-sts." + DOMAIN: [{"TXT": b"v=STSv1; id=" + OCTETS[:90]}],
        "_smtp._tls." + DOMAIN: [{"TXT": b"v=TLSRPTv1; rua=mailto:" + OCTETS[:90].replace(b";", b"") + b"@x.example,https://x" + OCTETS[:40].replace(b";", b"")}],
        latin(evil): [{"TXT": OCTETS[:250]}, {"A": "198.51.100.99"}],
        # what stands where the owner should point to us
        "import.example": [{"TXT": spf}, {"MX": [10, LABEL + ".shop.example"]}], "fresh.example": [{"TXT": OCTETS[:250]}],
        "taken.example": [{"TXT": spf}, {"TXT": OCTETS[:250]}], "_dmarc.taken.example": [{"NS": evil}, {"TXT": OCTETS[:200]}],
        "_domainkey.taken.example": [{"NS": evil}], "s1._domainkey.taken.example": [{"TXT": OCTETS[:250]}], "default._bimi.taken.example": [{"TXT": OCTETS[:250]}],
        "broken.example": [{"TXT": b"v=spf1 include:" + OCTETS[:200]}], "_dmarc.broken.example": [{"RCODE": 2}],
        "25.2.0.192.in-addr.arpa": [{"PTR": evil}], "9.113.0.203.in-addr.arpa": [{"PTR": evil}],
    }


def policy(domain, note=ALL):
    return {"domain": domain, "note": note,
            "spf": {"senders": ["hostile"], "netblocks": [{"network": "192.0.2.25/32", "note": note}], "all": "~all"},
            "dmarc": {"p": "none", "rua": ["mailto:dmarc@example.com"]},
            "dkim": {"keys": [{"selector": "s1", "type": "ed25519", "public_key": KEY}, {"selector": "s2", "cname": "s2.example.net"}]},
            "bimi": {"default": {"logo": "https://example.com/l.svg"}}, "mta_sts": {"id": "1"}, "tls_rpt": {"rua": ["mailto:t@example.com"]}}


MAIL = (b"Return-Path: <" + OCTETS.replace(b"\n", b"") + b"@evil.example>\r\n"
        b"Received: from " + LABEL.encode().replace(b"\n", b" ") + b" (" + OCTETS.replace(b"\n", b" ").replace(b"\r", b"") + b" [203.0.113.9])\r\n"
        b"\tby mx.example.net with ESMTPS (" + OCTETS[:60].replace(b"\n", b" ").replace(b"\r", b"") + b") id 1; Mon, 1 Jan 2024 00:00:00 +0000\r\n"
        b"DKIM-Signature: v=1; a=rsa-sha256; d=" + STEER.encode() + b".evil.example; s=" + STEER.encode() + b"$(id);\r\n h=from; bh=AAAA; b=BBBB\r\n"
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=" + STEER.encode() + b"; s=" + SHELL.encode().replace(b";", b"") + b"; b=AAAA\r\n"
        b"ARC-Message-Signature: i=1; d=x" + STEER.encode() + b"; s=s; b=AAAA\r\nARC-Authentication-Results: i=1; " + STEER.encode() + b"\r\n"
        b"Authentication-Results: " + OCTETS.replace(b"\n", b" ").replace(b"\r", b"") + b"\r\n"
        b"From: " + STEER.encode() + b" <joe" + b"\x1b[2J\xff`id`" + b"@shop.example>, \"" + STEER.encode() + b"\" <x@" + STEER.encode() + b".example>\r\n"
        b"Subject: " + OCTETS.replace(b"\n", b"").replace(b"\r", b"") + b"\r\n\r\nbody\r\n")

# XML has no form for C0, DEL has one.
WORD = "".join(c for c in SHELL + STEER if c >= " " and c not in "<>&")


def reports(folder):
    folder.mkdir()
    rows = [Row("203.0.113.9", 500, DOMAIN, [(DOMAIN, "$(touch${IFS}pwned)", "pass"), (DOMAIN, "--write", "pass"), (DOMAIN, "s9", "pass"), (WORD, WORD, "pass")],
                (WORD + ".example", "fail"), True),
            Row("203.0.113.10", 400, DOMAIN, [("evil.example", WORD, "pass")], ("evil.example", "pass")),
            Row("203.0.113.11", 300, DOMAIN, [], None)]
    fresh = [Row("203.0.113.12", 900, DOMAIN, [(DOMAIN, "new`id`", "pass")], (WORD + ".example", "pass"), True)]
    for back in range(40):
        for name in [WORD + "1.example"] + [WORD + "2.example"] * (back > 10):   # the second falls silent
            report = Report(name, DOMAIN, begin_of(TODAY - timedelta(days=back)), f"<p>{'none' if back > 3 else 'reject'}</p><sp>{WORD}</sp>", rows + fresh * (back < 4))
            (folder / f"{back}.{name[-9]}.xml").write_bytes(xml(report))
    (folder / ("bad" + ALL.replace("/", "")[:60])).write_bytes(b"<feedback>" + OCTETS)
    (folder / "tls.json").write_text(json.dumps({
        "organization-name": ALL, "date-range": {"start-datetime": "2024-01-01T00:00:00Z", "end-datetime": "2024-01-01T23:59:59Z"},
        "contact-info": ALL, "report-id": ALL, "policies": [{
            "policy": {"policy-type": "sts", "policy-string": [ALL], "policy-domain": DOMAIN, "mx-host": [ALL]},
            "summary": {"total-successful-session-count": 1, "total-failure-session-count": 2},
            "failure-details": [{"result-type": ALL, "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": ALL, "receiving-mx-helo": ALL, "failed-session-count": 2,
                                 "failure-reason-code": ALL, "additional-information": ALL}]}]}), encoding="utf-8")
    arf = (b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
           b"Feedback-Type: auth-failure\r\nUser-Agent: " + OCTETS.replace(b"\n", b"").replace(b"\r", b"") + b"\r\nVersion: 1\r\nReported-Domain: shop.example\r\nAuth-Failure: " + STEER.encode() + b"\r\n"
           b"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: " + STEER.encode() + b"@shop.example\r\n\r\n--b--\r\n")
    (folder / "failure.eml").write_bytes(arf)
    return folder


class World:
    """Files below `folder`; `name` is what the policy directory is called."""

    def __init__(self, folder, sample, name):
        self.folder = Path(folder)
        self.policies = self.folder / name
        shutil.copytree(sample, self.policies)
        for file in (self.policies / "domains").iterdir():
            file.unlink()
        write = lambda name, value: (self.policies / name).write_text(json.dumps(value), encoding="utf-8")
        for number, domain in enumerate((DOMAIN, "taken.example", "broken.example")):
            write(f"domains/{number}{BREAK}{STEER}{SHELL}#.json", policy(domain))
        write("senders/hostile.json", {"sender": "hostile", "name": ALL, "note": ALL, "spf": ["include:spf.evil.example", OWN_TERM], "dkim": {"selectors": ["h1"]}})
        self.broken = self.folder / ("broken" + STEER)
        shutil.copytree(self.policies, self.broken)
        (self.broken / f"domains/wrong{BREAK}{STEER}.json").write_text(json.dumps({"domain": f"a{ALL}.example", ALL: 1, "dmarc": {"p": ALL, ALL: 2}}), encoding="utf-8")
        (self.broken / f"domains/no-json{STEER}.json").write_bytes(b'{"domain": "' + OCTETS)
        (self.broken / f"senders/wrong{STEER}{BREAK}.json").write_text(json.dumps({"sender": ALL, "spf": [ALL]}), encoding="utf-8")
        self.mail = self.folder / f"mail{STEER}.eml"
        self.mail.write_bytes(MAIL)
        self.reports = reports(self.folder / ("reports" + STEER))
        self.logo = self.folder / f"logo{STEER}.svg"
        self.logo.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 1 1" onload="{WORD.replace(chr(34), "")}">'
                             f'<title>{WORD}</title><x{STEER[-3:-1]} a="{WORD.replace(chr(34), "")}"/><script>{WORD}</script></svg>', encoding="utf-8")
        self.addresses = self.folder / "seen.txt"
        self.addresses.write_text(f"203.0.113.9 helo{STEER.replace(chr(0x2028), '')} joe$(id)\n", encoding="utf-8")
        self.lists = self.folder / f"list{STEER}.txt"
        self.lists.write_text(f"bad{STEER}.example\n", encoding="utf-8")
        self.records = self.folder / "records.json"
        self.records.write_text(json.dumps({DOMAIN: [{"TXT": "v=spf1 exists:%{l}.`id`.example include:x" + ALL + " -all exp=e.example"}], "e.example": [{"TXT": "no" + ALL}]}), encoding="utf-8")
        marks = self.folder / "issuer"
        marks.mkdir()
        self.evidence = self.folder / f"mark{STEER}.pem"
        issuer = Issuer(marks)
        self.evidence.write_text(issuer.make("mark", {"CN": "`touch pwned`;", "O": "x" + STEER[-6:]}, extensions(logo=logotype()), "intermediate"), encoding="ascii")
        self.database = self.folder / f"reports{SHELL.replace('/', '')}.sqlite3"
        self.candidate = self.folder / "candidate.json"
        self.candidate.write_text(json.dumps({"domain": DOMAIN, "spf": {"all": "-all"}, "dmarc": {"p": "reject"}}), encoding="utf-8")
