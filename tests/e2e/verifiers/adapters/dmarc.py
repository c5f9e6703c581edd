"""DMARC: the records as verifiers read them, and the authorisation of report destinations."""

import json
import re

import dns_client
import dns_wire as dns
import processes
from adapters.checks import check
from adapters.spf import ask_batch, mailauth_command, missing_mailauth


class DmarcSuite:
    def __init__(self, tools, path):
        self.tools = tools
        with open(path, encoding="utf-8") as text:
            self.data = json.load(text)


class OpendmarcCheck(DmarcSuite):
    name = "opendmarc-check"

    def missing(self):
        return None if self.tools.program(self.name) else "opendmarc is not installed"

    def checks(self):
        for record in self.data["records"]:
            status, out, err = processes.run([self.tools.program(self.name), record["domain"]],
                                             env=self.tools.environment())
            text = (out + err).decode("utf-8", "replace")
            for tag, label, in (("p", "Domain policy"), ("sp", "Subdomain policy"),
                                ("aspf", "SPF alignment"), ("adkim", "DKIM alignment")):
                if tag in record:
                    found = re.search(rf"{label}:\s*(\S+)", text)
                    got = found.group(1) if found else f"exit status {status}"
                    wanted = {"s": "strict", "r": "relaxed"}.get(record[tag], record[tag])
                    yield check(f"dmarc/{record['name']}/{tag}", f"opendmarc-check {record['domain']}",
                                wanted, got, " ".join(text.split())[:300])


class MailauthDmarc(DmarcSuite):
    name = "mailauth-dmarc"

    def missing(self):
        return missing_mailauth(self.tools)

    def checks(self):
        questions = [{"id": one["name"], "kind": "dmarc", "from": one["from"], "spf": one["spf"], "dkim": one["dkim"]}
                     for one in self.data["messages"]]
        answers, trouble = ask_batch(mailauth_command(self.tools), questions, self.tools.environment())
        for one in self.data["messages"]:
            answer = answers.get(one["name"], {"result": "crash", "detail": trouble})
            question = f"From: x@{one['from']}, SPF passed for {one['spf']}, DKIM for {one['dkim']}"
            yield check(f"dmarc/{one['name']}/result", question, one["expect"], answer["result"], answer["detail"])
            if "policy" in one:
                yield check(f"dmarc/{one['name']}/policy", question, one["policy"], answer.get("policy", ""),
                            answer["detail"])


class ReportAuthorisation(DmarcSuite):
    """RFC 9990, 4: asked through the resolver, as a sender of reports does."""

    name = "dmarc-report"

    def missing(self):
        return None

    def checks(self):
        for one in self.data["reports"]:
            answer = dns_client.ask(dns.name(one["qname"]), dns.TXT)
            texts = [record.text().decode() for record in answer.answers if record.rtype == dns.TXT]
            wanted = f"{one['rcode']} {[one['txt']] if one['txt'] else []}"
            yield check(f"dmarc/report/{one['name']}", f"{one['qname']} TXT", wanted, f"{answer.rcode_name} {texts}")


SUITES = (OpendmarcCheck, MailauthDmarc, ReportAuthorisation)
