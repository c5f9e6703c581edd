"""A year of reports about example.com, the same for the same seed, with facts planted in it.

Eight services, own servers, two forwarders. What is planted stands in the constants below; nothing else changes.
"""
import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

from report_files import Report, Row, gz, mail, xml, zipped

ROOT = Path(__file__).resolve().parents[3]
DOMAIN = "example.com"
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
BROKEN_FROM = date(2025, 5, 12)                            # HubSpot's selector begins to fail …
MENDED_FROM = date(2025, 6, 9)                             # … and verifies again
QUARANTINE_FROM = date(2025, 7, 1)                         # p=none becomes p=quarantine
ZENDESK_FROM = date(2025, 8, 4)                            # a service that the policy does not name begins to send …
ZENDESK_SIGNS_FROM = date(2025, 10, 6)                     # … and signs for the domain since this day
WAVE = (date(2025, 9, 15), date(2025, 9, 17))              # of forged mail
SALESFORCE_UNTIL = date(2025, 9, 30)                       # a service that never passed stops
SILENT_FROM = date(2025, 10, 20)                           # web.de reports no more

RECEIVERS = {"google.com": 40, "Outlook.com": 25, "Yahoo": 12, "Mail.Ru": 4, "GMX": 6, "WEB.DE": 6, "fastmail.com": 4, "comcast.net": 3}
WAVE_A_DAY, FORGED_A_DAY = 5000, 6

# id, messages a day, network, selector, domain of its own signature, return path (None: the owner's, aligned)
SERVICES = {
    "google-workspace": (900, "203.0.113.0/28", "google", None, None),
    "sendgrid": (1500, "203.0.113.16/28", "s1", "sendgrid.info", "u1.wl2.sendgrid.net"),
    "mailchimp": (600, "203.0.113.32/28", "k1", "mcsv.net", "mail7.mcsv.net"),
    "amazon-ses": (400, "203.0.113.48/28", "ses", "amazonses.com", "eu-west-1.amazonses.com"),
    "postmark": (250, "203.0.113.64/28", "pm", None, "pm-bounces.example.com"),
    "hubspot": (300, "203.0.113.80/28", "hs1", "bf03.hubspotemail.net", "bf03.hubspotemail.net"),
    "salesforce": (80, "203.0.113.96/28", None, None, "x.bnc.salesforce.com"),
    "zendesk": (120, "203.0.113.112/28", "zendesk1", "zendesk.com", "mail.zendesk.com"),
}
ENABLED = [name for name in SERVICES if name != "zendesk"]
INTERNAL = ("192.0.2.0/24", "own")
FORWARDER_NETWORK = "198.51.100.0/24"                      # passes mail on as it is
FORWARDER_PATH = "srs.forwarder.example"                   # rewrites the return path


def addresses(network, count):
    head, last = network.split("/")[0].rsplit(".", 1)
    return [f"{head}.{int(last) + 1 + i}" for i in range(count)]


class Year:
    def __init__(self, seed=1, first=FIRST, last=LAST):
        self.random = random.Random(seed)
        self.first, self.last = first, last

    def days(self):
        day = self.first
        while day <= self.last:
            yield day
            day += timedelta(days=1)

    def share(self, messages, day):
        """So many messages, by receiver; fewer on a weekend."""
        messages *= self.random.uniform(0.9, 1.1) * (0.4 if day.weekday() >= 5 else 1)
        total = sum(RECEIVERS.values())
        for receiver, weight in RECEIVERS.items():
            count = round(messages * weight / total)
            if count > 0:
                yield receiver, count

    def service_row(self, name, day, source, count):
        _, _, selector, own, path = SERVICES[name]
        if name == "zendesk" and day < ZENDESK_SIGNS_FROM:
            selector = None
        works = selector is not None and not (name == "hubspot" and BROKEN_FROM <= day < MENDED_FROM)
        dkim = [(DOMAIN, selector, "pass" if works else "fail")] if selector else []
        if own:
            dkim.append((own, "own1", "pass"))
        aligned = path is None or path.endswith("." + DOMAIN)
        return Row(source, count, DOMAIN, dkim, (path or DOMAIN, "pass"), dkim_pass=works, spf_pass=aligned)

    def sends(self, name, day):
        return not (name == "zendesk" and day < ZENDESK_FROM or name == "salesforce" and day > SALESFORCE_UNTIL)

    def rows(self, day):
        for name, (messages, network, *_) in SERVICES.items():
            if self.sends(name, day):
                for receiver, count in self.share(messages, day):
                    yield receiver, self.service_row(name, day, self.random.choice(addresses(network, 6)), count)
        for receiver, count in self.share(700, day):
            yield receiver, Row(self.random.choice(addresses(INTERNAL[0], 4)), count, DOMAIN, [(DOMAIN, INTERNAL[1], "pass")], (DOMAIN, "pass"), True, True)
        for receiver, count in self.share(40, day):
            yield receiver, Row(self.random.choice(addresses(FORWARDER_NETWORK, 5)), count, DOMAIN, [(DOMAIN, "own", "pass")], (DOMAIN, "softfail"), True, False)
        for receiver, count in self.share(30, day):
            yield receiver, Row("198.18.4.4", count, DOMAIN, [(DOMAIN, "google", "pass")], (FORWARDER_PATH, "pass"), True, False)
        yield from self.forged(day, FORGED_A_DAY, 2)
        if WAVE[0] <= day <= WAVE[1]:
            yield from self.forged(day, WAVE_A_DAY, 40)

    def forged(self, day, messages, sources):
        for receiver, count in self.share(messages, day):
            for _ in range(min(sources, count)):
                source = f"100.{self.random.randint(64, 127)}.{self.random.randint(0, 255)}.{self.random.randint(1, 254)}"
                yield receiver, Row(source, max(1, count // sources), DOMAIN, [], (DOMAIN, "fail"))

    def reports(self):
        for day in self.days():
            begin = (day - date(1970, 1, 1)).days * 86400
            policy = "quarantine" if day >= QUARANTINE_FROM else "none"
            by_receiver = {}
            for receiver, row in self.rows(day):
                if not row.dmarc_pass and policy == "quarantine":
                    row.disposition = policy
                by_receiver.setdefault(receiver, []).append(row)
            for receiver, rows in by_receiver.items():
                if receiver != "WEB.DE" or day < SILENT_FROM:
                    yield Report(receiver, DOMAIN, begin, f"<p>{policy}</p><sp>{policy}</sp>", rows)

    def write(self, folder):
        """Writes all reports, in the wrappings of their receivers; returns them."""
        folder.mkdir(parents=True, exist_ok=True)
        out = list(self.reports())
        for report in out:
            octets = xml(report)
            if report.receiver == "Outlook.com":
                (folder / f"{report.name}.eml").write_bytes(mail(gz(octets), report.name + ".xml.gz"))
            elif report.receiver == "google.com":
                (folder / f"{report.name}.zip").write_bytes(zipped(octets, report.name + ".xml"))
            else:
                (folder / f"{report.name}.xml.gz").write_bytes(gz(octets))
        return out


def write_policies(folder, enabled=None, p="none"):
    """The policy directory of the domain, with every enabled service's networks."""
    samples = ROOT / "pdns-conf/emailauth"
    (folder / "senders").mkdir(parents=True, exist_ok=True)
    (folder / "domains").mkdir(exist_ok=True)
    shutil.copy(samples / "responder.json", folder)
    enabled = ENABLED if enabled is None else enabled
    for name in enabled:
        sender = json.loads((ROOT / f"policy/catalogue/{name}.json").read_text(encoding="utf-8"))
        sender["resolved"] = {"at": "2025-01-01T00:00:00Z", "networks": [SERVICES[name][1]]}
        (folder / f"senders/{name}.json").write_text(json.dumps(sender, indent=2), encoding="utf-8")
    own = json.loads((samples / "domains/example.com.json").read_text(encoding="utf-8"))["dkim"]["keys"][0]
    keys = [{**own, "selector": INTERNAL[1]}]
    keys += [{"selector": SERVICES[name][2], "cname": f"{SERVICES[name][2]}.{name}.example", "sender": name} for name in enabled if SERVICES[name][2]]
    domain = {"domain": DOMAIN, "spf": {"senders": enabled, "netblocks": [{"network": INTERNAL[0]}], "all": "~all"},
              "dmarc": {"p": p}, "dkim": {"keys": keys}}
    (folder / "domains/example.com.json").write_text(json.dumps(domain, indent=2), encoding="utf-8")
