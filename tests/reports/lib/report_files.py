"""Aggregate reports as receivers write and wrap them."""
import base64
import gzip
import io
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

DAY = 86400


@dataclass
class Row:
    """One record: `dkim` is [(domain, selector, result)], `spf` is (domain, result) or None."""
    source: str
    count: int
    header_from: str
    dkim: list
    spf: tuple
    dkim_pass: bool = False
    spf_pass: bool = False
    disposition: str = "none"
    reason: str = ""

    @property
    def dmarc_pass(self):
        return self.dkim_pass or self.spf_pass


@dataclass
class Report:
    receiver: str
    domain: str
    begin: int
    policy: str = "<p>none</p>"
    rows: list = field(default_factory=list)

    @property
    def id(self):
        return f"{self.domain}.{self.begin}.{self.receiver}"

    @property
    def name(self):
        return f"{self.receiver}!{self.domain}!{self.begin}!{self.begin + DAY - 1}"


def row_xml(row):
    word = {True: "pass", False: "fail"}
    reason = f"<reason><type>{row.reason}</type></reason>" if row.reason else ""
    dkim = "".join(f"<dkim><domain>{d}</domain><selector>{s}</selector><result>{r}</result></dkim>" for d, s, r in row.dkim)
    spf = f"<spf><domain>{row.spf[0]}</domain><scope>mfrom</scope><result>{row.spf[1]}</result></spf>" if row.spf else ""
    return (f"<record><row><source_ip>{row.source}</source_ip><count>{row.count}</count><policy_evaluated>"
            f"<disposition>{row.disposition}</disposition><dkim>{word[row.dkim_pass]}</dkim><spf>{word[row.spf_pass]}</spf>{reason}"
            f"</policy_evaluated></row><identifiers><header_from>{row.header_from}</header_from></identifiers>"
            f"<auth_results>{dkim}{spf}</auth_results></record>\n")


def xml(report):
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback>\n<version>1.0</version><report_metadata>"
            f"<org_name>{escape(report.receiver)}</org_name><email>dmarc@{escape(report.receiver)}</email><report_id>{report.id}</report_id>"
            f"<date_range><begin>{report.begin}</begin><end>{report.begin + DAY - 1}</end></date_range></report_metadata>\n"
            f"<policy_published><domain>{report.domain}</domain><adkim>r</adkim><aspf>r</aspf>{report.policy}<pct>100</pct></policy_published>\n"
            + "".join(map(row_xml, report.rows)) + "</feedback>\n").encode()


def gz(octets):
    return gzip.compress(octets, 6, mtime=0)


def zipped(octets, name="report.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, octets)
    return out.getvalue()


def mail(attachment, name, kind="application/gzip", sender="dmarc@receiver.example"):
    body = base64.encodebytes(attachment).decode()
    return (f"From: {sender}\nTo: dmarc@example.com\nSubject: Report Domain: example.com\nMIME-Version: 1.0\n"
            f"Content-Type: multipart/mixed; boundary=\"part\"\n\n--part\nContent-Type: text/plain\n\nA report.\n"
            f"--part\nContent-Type: {kind}; name=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{body}\n--part--\n").encode()
