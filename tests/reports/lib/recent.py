"""Reports of the last days, for commands that look at today."""
from datetime import date, timedelta

from report_files import DAY, Report, xml

DOMAIN = "example.com"
TODAY = date.today()


def begin_of(day):
    return (day - date(1970, 1, 1)).days * DAY


def write_days(folder, rows, days=30, domain=DOMAIN, receiver="receiver.example", policy="<p>none</p>"):
    """One report a day up to today, each with the same rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for back in range(days):
        report = Report(receiver, domain, begin_of(TODAY - timedelta(days=back)), policy, rows)
        (folder / f"{report.name}.xml").write_bytes(xml(report))
