"""The bars about size: a rate that stays flat, memory, loading, one changed file, and endless unique names."""

import contextlib
import dataclasses
import functools
import subprocess
import sys
import time

import bars
import contestants
import dns_wire as dns
import load
import policies
import questions
from servers import ROOT, BenchError, in_front, on_core, program

RATE_BAR, MEMORY_BAR, LOAD_BAR, CHANGE_BAR, GROWTH_BAR = 0.95, 400, 15, 0.5, 1.1
MILLION = 1_000_000
LOAD_SECONDS = 600               # until loading counts as failed


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much; `scaled` says what a shrunken run left out."""
    domains: int = MILLION
    senders: int = 1000
    files: int = 10000
    names: int = 10 * MILLION
    scaled: str = ""


QUICK = Sizes(20000, 100, 200, 0, "shrunk to 20,000 domains by --quick")


class Scale:
    """Measures on trees that it makes; `cores` are those of the server and of what asks."""

    def __init__(self, shop, sizes, cores, say=functools.partial(print, flush=True)):
        self._shop, self._sizes, self._say = shop, sizes, say
        self._server_core, self._load_core = cores

    def _tree(self, name, shape):
        return policies.write_tree(self._shop.folder(name) / "policies", shape)

    def _running(self, server):
        return server.running(on_core(self._server_core), LOAD_SECONDS)

    def verdicts(self, rounds, seconds, count):
        """[Verdict], one a bar."""
        sizes = self._sizes
        small, large = policies.Shape(1000, 1), policies.Shape(sizes.domains, sizes.senders)
        self._say(f"-- {sizes.domains:,} domains and {sizes.senders:,} senders")
        trees = {"small": self._tree("tree small", small), "large": self._tree("tree large", large)}
        found = []
        server = self._emailauth("emailauth large", trees["large"])
        floor = self._null("null large", large)
        with contextlib.ExitStack() as stack:
            begin = time.monotonic()
            with in_front():
                stack.enter_context(self._running(server))
            seconds_to_load = time.monotonic() - begin
            stack.enter_context(self._running(floor))
            note = f"null module with as many zones: {floor.resident_megabytes():.0f} MB"
            found.append(bars.below(f"resident memory at {sizes.domains:,} simple domains", MEMORY_BAR, "MB", server.resident_megabytes(),
                                    "; ".join(filter(None, (note, sizes.scaled)))))
            found.append(bars.below(f"first load of {sizes.domains:,} domains, one core", LOAD_BAR, "s", seconds_to_load, sizes.scaled))
            servers = {"large": server, "null large": floor,
                       "small": stack.enter_context(self._running(self._emailauth("emailauth small", trees["small"]))),
                       "null small": stack.enter_context(self._running(self._null("null small", small)))}
            found.append(self._flat(servers, (small, large), rounds, seconds, count))
        self._say(f"-- one changed file among {sizes.files:,}")
        found.append(self._changed_file())
        found.append(self._endless(trees["small"], small))
        return found

    def _emailauth(self, name, tree, **settings):
        return self._shop.make(name, functools.partial(contestants.emailauth, tree=tree, **settings))

    def _null(self, name, shape):
        return self._shop.make(name, functools.partial(contestants.null, other_zones=shape.zones - 1))

    def _flat(self, servers, shapes, rounds, seconds, count):
        """Both sizes asked in turn, of emailauth and of the null module: PowerDNS' own tables grow, too."""
        what = f"rate at {self._sizes.domains:,} domains and {self._sizes.senders:,} senders / at 1,000 and 1"
        asking = load.Load(seconds, self._load_core)
        series = {name: load.Series() for name in servers}
        with in_front():
            for number in range(rounds):
                paths = {name: questions.write(self._shop.scratch / f"{name}.questions", questions.make(questions.v4, shape, count, number))
                         for name, shape in zip(("small", "large"), shapes)}
                for name, server in servers.items():
                    series[name].samples.append(asking.sample(server, paths[name.split()[-1]]))
        middle, least, greatest = load.ratio(series["large"], series["small"])
        verdict = bars.at_least(what, RATE_BAR, middle)
        verdict.figure += f" (rounds {least:.2f} to {greatest:.2f}; by processor time {load.cpu_ratio(series['large'], series['small']):.2f})"
        verdict.note = "; ".join(filter(None, (f"null module with as many zones: {load.ratio(series['null large'], series['null small'])[0]:.2f}", self._sizes.scaled)))
        return verdict

    def _changed_file(self):
        """From the moment a file is replaced until its answer is another."""
        sizes = self._sizes
        shape = policies.Shape(sizes.domains, 1, per_file=max(1, sizes.domains // sizes.files))
        folder = self._tree("tree of many files", shape)
        server = self._emailauth("emailauth many files", folder)
        what = f"one changed file among {sizes.files:,} with {sizes.domains:,} domains, live"
        took = []
        with self._running(server):
            for number, p in enumerate(("none", "quarantine", "none")):
                first = shape.per_file * (sizes.files // 2 + number)
                path = folder / shape.file_of(first)
                fresh = path.with_suffix(".new")
                fresh.write_text("".join(policies.domain_line(shape, first + i, p) for i in range(shape.per_file)), encoding="utf-8")
                begin = time.monotonic()
                fresh.rename(path)
                self._await(server, f"_dmarc.d{first}.example", f"v=DMARC1; p={p}", begin + 60)
                took.append(time.monotonic() - begin)
        return bars.below(what, CHANGE_BAR, "s", sorted(took)[1], sizes.scaled)

    @staticmethod
    def _await(server, name, text, deadline):
        while time.monotonic() < deadline:
            answer = server.ask(name)
            if [record.text().decode() for record in answer.answers if record.rtype == dns.TXT] == [text]:
                return
            time.sleep(0.01)
        raise BenchError(f"{name} does not become {text!r} after its file has changed")

    def _endless(self, tree, shape):
        """Resident memory before and after names that never repeat, with the shipped settings."""
        count = self._sizes.names
        what = f"memory after {count or 10 * MILLION:,} unique names / before"
        if count == 0:
            return bars.Verdict(what, f"<= {GROWTH_BAR}", "", note=self._sizes.scaled)
        self._say(f"-- {count:,} unique names")
        server = self._emailauth("emailauth endless", tree, **{"cache-ttl": 20})
        with self._running(server):
            self._ask_endless(server, shape, count // 100)       # buffers and threads are there from here on
            before = server.resident_megabytes()
            answered = self._ask_endless(server, shape, count)
            after = server.resident_megabytes()
        figure = f"{after / before:.2f} ({before:.0f} MB -> {after:.0f} MB, {answered:,} answers)"
        return bars.Verdict(what, f"<= {GROWTH_BAR}", figure, after <= before * GROWTH_BAR and answered >= count * 0.999)

    def _ask_endless(self, server, shape, count):
        """Asks `count` names, half v4 and half v6, that another process makes as they are needed."""
        maker = [sys.executable, str(ROOT / "tests/bench/endless_names.py"), str(count), str(shape.domains)]
        asker = [*on_core(self._load_core), program("dnsperf"), "-s", server.address[0], "-p", str(server.address[1]),
                 "-n", "1", "-q", str(load.OUTSTANDING), "-t", str(load.TIMEOUT)]
        with subprocess.Popen(maker, stdout=subprocess.PIPE) as names:
            done = subprocess.run(asker, stdin=names.stdout, capture_output=True, text=True, timeout=3600, check=False)
        return load.read_dnsperf(done.stdout, server.name, 0).answered
