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
    """How much, the smallest first; `scaled` says what a shrunken run left out."""
    domains: tuple = (1000, 100_000, MILLION)
    senders: tuple = (1, 100, 1000)
    files: int = 10000
    names: int = 10 * MILLION
    scaled: str = ""

    @property
    def most_domains(self):
        return self.domains[-1]


QUICK = Sizes((1000, 20000), (1, 100), 200, 0, "shrunk to 20,000 domains by --quick")


class Scale:
    """Measures on trees that it makes; `cores` are those of the server and of what asks."""

    def __init__(self, shop, sizes, cores, say=functools.partial(print, flush=True)):
        self._shop, self._sizes, self._say = shop, sizes, say
        self._server_core, self._load_core = cores
        self.load_seconds, self.memory, self.rates = {}, {}, {}      # by (domains, senders); memory in megabytes

    def _tree(self, name, shape):
        return policies.write_tree(self._shop.folder(name) / "policies", shape)

    def _running(self, server):
        return server.running(on_core(self._server_core), LOAD_SECONDS)

    def verdicts(self, rounds, seconds, count):
        """[Verdict], one a bar."""
        sizes = self._sizes
        found = []
        with contextlib.ExitStack() as stack:
            servers = {(domains, senders): self._start(stack, domains, senders) for domains in sizes.domains for senders in sizes.senders}
            floors = {domains: stack.enter_context(self._running(self._null(domains))) for domains in sizes.domains}
            largest = max(servers)
            self.memory = {size: server.resident_megabytes() for size, server in servers.items()}
            note = f"null module with as many zones: {floors[sizes.most_domains].resident_megabytes():.0f} MB"
            found.append(bars.below(f"resident memory at {sizes.most_domains:,} simple domains", MEMORY_BAR, "MB", self.memory[largest],
                                    "; ".join(filter(None, (note, sizes.scaled)))))
            found.append(bars.below(f"first load of {sizes.most_domains:,} domains, one core", LOAD_BAR, "s",
                                    self.load_seconds[largest], sizes.scaled))
            found.append(self._flat(servers, floors, rounds, seconds, count))
        self._say(f"-- one changed file among {sizes.files:,}")
        found.append(self._changed_file())
        found.append(self._endless())
        return found

    def _start(self, stack, domains, senders):
        self._say(f"-- {domains:,} domains, {senders:,} senders")
        shape = policies.Shape(domains, senders)
        server = self._emailauth(f"emailauth {domains} {senders}", self._tree(f"tree {domains} {senders}", shape))
        begin = time.monotonic()
        with in_front():
            stack.enter_context(self._running(server))
        self.load_seconds[domains, senders] = time.monotonic() - begin
        return server

    def table(self):
        """Lines: the rate of every size, beside that of the smallest."""
        smallest = min(self.rates)
        lines = [f"\n{'unique v4 names, at sizes':<34}{'answers/s':>10}{'spread':>8}{'us CPU':>8}{'of smallest':>12}{'MB':>8}{'loads in s':>12}"]
        for (domains, senders), one in self.rates.items():
            size = (domains, senders)
            lines.append(f"  {f'{domains:,} domains, {senders:,} senders':<32}{one.rate:>10,.0f}{one.spread:>8.0%}{one.cpu_microseconds:>8.1f}"
                         f"{load.ratio(one, self.rates[smallest])[0]:>12.2f}{self.memory[size]:>8,.0f}{self.load_seconds[size]:>12.1f}")
        fewest, most = (min(self.memory), (max(self.memory)[0], 1))
        octets = (self.memory[most] - self.memory[fewest]) * 2**20 / (most[0] - fewest[0])
        return [*lines, f"memory a simple domain: {octets:,.0f} octets"]

    def as_json(self):
        return [{"domains": domains, "senders": senders, "rate": one.rate, "spread": one.spread, "cpu_microseconds": one.cpu_microseconds,
                 "megabytes": self.memory[domains, senders], "load_seconds": self.load_seconds[domains, senders]}
                for (domains, senders), one in self.rates.items()]

    def _emailauth(self, name, tree, **settings):
        return self._shop.make(name, functools.partial(contestants.emailauth, tree=tree, **settings))

    def _null(self, domains):
        return self._shop.make(f"null {domains}", functools.partial(contestants.null, other_zones=policies.Shape(domains, 1).zones - 1))

    def _flat(self, servers, floors, rounds, seconds, count):
        """All sizes asked in turn, of emailauth and of the null module: PowerDNS' own tables grow, too."""
        smallest, largest = min(servers), max(servers)
        asking = load.Load(seconds, self._load_core)
        self.rates = {size: load.Series() for size in servers}
        floor_rates = {domains: load.Series() for domains in floors}
        path = self._shop.scratch / "scale.questions"
        with in_front():
            for number in range(rounds):
                self._say(f"-- round {number + 1} of {rounds}")
                # The bar's two sizes and their floors stand side by side.
                for size in sorted(servers, key=lambda size: (size in (smallest, largest), size)):
                    questions.write(path, questions.make(questions.v4, policies.Shape(*size), count, number))
                    self.rates[size].samples.append(asking.sample(servers[size], path))
                for domains, floor in floors.items():
                    questions.write(path, questions.make(questions.v4, policies.Shape(domains, 1), count, number))
                    floor_rates[domains].samples.append(asking.sample(floor, path))
        middle, least, greatest = load.ratio(self.rates[largest], self.rates[smallest])
        what = "rate at {:,} domains and {:,} senders / at {:,} and {:,}".format(*largest, *smallest)
        verdict = bars.at_least(what, RATE_BAR, middle)
        verdict.figure += f" (rounds {least:.2f} to {greatest:.2f}; by processor time {load.cpu_ratio(self.rates[largest], self.rates[smallest]):.2f})"
        floor = load.ratio(floor_rates[largest[0]], floor_rates[smallest[0]])[0]
        verdict.note = "; ".join(filter(None, (f"null module with as many zones: {floor:.2f}", self._sizes.scaled)))
        return verdict

    def _changed_file(self):
        """From the moment a file is replaced until its answer is another."""
        sizes = self._sizes
        domains = sizes.most_domains
        shape = policies.Shape(domains, 1, per_file=max(1, domains // sizes.files))
        folder = self._tree("tree of many files", shape)
        server = self._emailauth("emailauth many files", folder)
        what = f"one changed file among {sizes.files:,} with {domains:,} domains, live"
        took = []
        with self._running(server):
            for number, p in enumerate(("none", "quarantine", "none")):
                first = shape.per_file * (sizes.files // 2 + number)
                path = folder / shape.file_of(first)
                fresh = path.with_suffix(".new")
                fresh.write_text("".join(policies.domain_line(shape, first + i, p) for i in range(shape.per_file)), encoding="utf-8")
                begin = time.monotonic()
                fresh.rename(path)
                self._await(server, f"_dmarc.{policies.domain_name(first)}", f"v=DMARC1; p={p}", begin + 60)
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

    def _endless(self):
        """Resident memory before and after names that never repeat, with the shipped settings."""
        count = self._sizes.names
        what = f"memory after {count or 10 * MILLION:,} unique names / before"
        if count == 0:
            return bars.Verdict(what, f"<= {GROWTH_BAR}", "", note=self._sizes.scaled)
        self._say(f"-- {count:,} unique names")
        shape = policies.Shape(1000, 1)
        server = self._emailauth("emailauth endless", self._tree("tree endless", shape), **{"cache-ttl": 20})
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
