#!/usr/bin/python3
"""The metrics of a running server are those that the alerts, the dashboard and the README name."""

import contextlib
import http.client
import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "e2e/lib"))

import processes
import testing
from pdns import Pdns, free_port

ALERTS = ROOT / "pdns-conf/monitoring/emailauth-alerts.yml"
DASHBOARD = ROOT / "pdns-conf/monitoring/grafana-dashboard.json"
OURS = "pdns_auth_emailauth_"


def test(checks, options, scratch):
    metrics = served_metrics(options.module, scratch)
    ours = {name for name in metrics if name.startswith(OURS)}
    checks.that(len(ours) >= 26, "the server has our metrics", sorted(ours))
    alerts = ALERTS.read_text(encoding="utf-8")
    checks.equal(sorted(named(alerts) - metrics), [], "metrics of the alerts that the server does not have")
    recorded = set(re.findall(r"- record: (\S+)", alerts))
    checks.equal(set(re.findall(r"\bemailauth:\w+:\w+", alerts)), recorded, "recorded series: made, and used")
    dashboard(checks, metrics, ours)
    readme(checks, ours)
    promtool(checks)


def served_metrics(module, scratch):
    """The names of everything at /metrics."""
    port = free_port()
    pdns = Pdns(module, ROOT / "pdns-conf/emailauth", scratch, webserver_port=port)
    with pdns.server(), contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as web:
        web.request("GET", "/metrics")
        text = web.getresponse().read().decode("utf-8")
    return set(re.findall(r"^(\w+)(?:\{.*\})? [0-9.e+]+$", text, re.M))


def named(text):
    return set(re.findall(r"\bpdns_auth_\w+", text))


def dashboard(checks, metrics, ours):
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = board["panels"]
    shown = named(" ".join(target["expr"] for panel in panels for target in panel["targets"]))
    checks.equal(sorted(shown - metrics), [], "metrics of the dashboard that the server does not have")
    checks.equal(sorted(ours - shown), [], "metrics that the dashboard does not show")
    checks.equal(len({panel["id"] for panel in panels}), len(panels), "panels have ids of their own")
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    checks.equal(variables["datasource"]["type"], "datasource", "the data source can be chosen")
    used = {panel["datasource"]["uid"] for panel in panels} | {target["datasource"]["uid"] for panel in panels for target in panel["targets"]}
    checks.equal(used, {"${datasource}"}, "… and is used everywhere")
    checks.equal(board["id"], None, "importable: no id of another Grafana")
    checks.equal(sorted(named(json.dumps(variables)) - ours), [], "metrics of the variables that the server does not have")


def readme(checks, ours):
    """`emailauth-questions-spf-v4`, `-spf-v6`: a name without its front takes that of the first in its row."""
    section = re.search(r"^## Metrics$(.*?)^## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S).group(1)
    documented = set()
    for row in re.findall(r"^\| (`emailauth-.*?) \|", section, re.M):
        first, *others = re.findall(r"`([\w-]+)`", row)
        fronts = [first[:dash.start()] for dash in re.finditer("-", first)]
        for candidates in [[first], *([front + name for front in fronts] for name in others)]:
            meant = {OURS + name.replace("-", "_").removeprefix("emailauth_") for name in candidates} & ours
            checks.that(meant, f"README: no metric is called {' or '.join(candidates)}")
            documented |= meant
    checks.equal(sorted(ours - documented), [], "metrics that the README does not have")


def promtool(checks):
    program = shutil.which("promtool")
    if program is None:
        print("promtool: not installed, rules not checked")
        return
    status, out, err = processes.run([program, "check", "rules", str(ALERTS)])
    checks.equal(status, 0, f"promtool check rules: {(out + err).decode('utf-8', 'replace')}")


testing.main(test, __doc__)
