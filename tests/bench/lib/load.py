"""dnsperf against one server after the other, in interleaved rounds, and the results."""

import re
import statistics
from dataclasses import dataclass, field

import processes
from servers import BenchError, in_front, on_core, program

OUTSTANDING = 100        # 200 overrun the default receive buffer, and look like losses
TIMEOUT = 5              # seconds until a question counts as lost


@dataclass
class Sample:
    """One round of one contestant."""
    rate: float              # answers a second
    answered: int
    lost: int
    codes: dict              # rcode -> answers
    cpu_microseconds: float  # of the server, for one answer

    @property
    def busy(self):
        """The share of its core that the server used; where it is less than one, it waited for questions or for its turn."""
        return self.rate * self.cpu_microseconds / 1e6


@dataclass
class Series:
    """All rounds of one contestant."""
    samples: list = field(default_factory=list)

    @property
    def rate(self):
        return statistics.median(sample.rate for sample in self.samples)

    @property
    def cpu_microseconds(self):
        return statistics.median(sample.cpu_microseconds for sample in self.samples)

    @property
    def busy(self):
        return statistics.median(sample.busy for sample in self.samples)

    @property
    def spread(self):
        """Half the distance between the fastest and the slowest round, as a share of the median."""
        rates = [sample.rate for sample in self.samples]
        return (max(rates) - min(rates)) / 2 / self.rate

    @property
    def lost(self):
        return sum(sample.lost for sample in self.samples)

    def share_of(self, code):
        answered = sum(sample.answered for sample in self.samples)
        return sum(sample.codes.get(code, 0) for sample in self.samples) / max(1, answered)


def ratio(over, under):
    """Median, least and greatest of the ratios of the rounds: what disturbs a round disturbs its neighbour."""
    ratios = [a.rate / b.rate for a, b in zip(over.samples, under.samples)]
    return statistics.median(ratios), min(ratios), max(ratios)


def cpu_ratio(over, under):
    """As ratio(), of the questions that a second of the server's processor time answers."""
    return statistics.median(b.cpu_microseconds / a.cpu_microseconds for a, b in zip(over.samples, under.samples))


class Load:
    """How questions are asked: for how long, by UDP or TCP, with the DO bit or without."""

    def __init__(self, seconds, core, tcp=False, dnssec_ok=False):
        self.seconds, self.core, self.tcp, self.dnssec_ok = seconds, core, tcp, dnssec_ok

    def _command(self, address, path, limit):
        options = ["-e", "-D"] if self.dnssec_ok else []
        options += ["-m", "tcp", "-c", "20"] if self.tcp else []
        return [*on_core(self.core), program("dnsperf"), "-s", address[0], "-p", str(address[1]), "-d", str(path),
                "-q", str(OUTSTANDING), "-t", str(TIMEOUT), *limit, *options]

    def sample(self, server, path):
        """One round, for `seconds`."""
        return self._run(server, self._command(server.address, path, ["-l", str(self.seconds)]), self.seconds)

    def ask_all(self, server, path, seconds=120):
        """Every question of the file once, however long that takes."""
        return self._run(server, self._command(server.address, path, ["-n", "1"]), seconds)

    @staticmethod
    def _run(server, command, seconds):
        before = server.cpu_seconds()
        status, out, err = processes.run(command, seconds=seconds + TIMEOUT + 20)
        used = server.cpu_seconds() - before
        text = out.decode("utf-8", "replace")
        if status != 0:
            raise BenchError(f"dnsperf against {server.name}: exit status {status}\n{text}{err.decode('utf-8', 'replace')}")
        return read_dnsperf(text, server.name, used)


def read_dnsperf(text, name, cpu_seconds):
    def number(pattern):
        found = re.search(pattern, text)
        if found is None:
            raise BenchError(f"dnsperf against {name}: no /{pattern}/ in what it printed:\n{text}")
        return float(found.group(1))
    answered = int(number(r"Queries completed:\s+(\d+)"))
    if answered == 0:
        raise BenchError(f"{name} answered nothing")
    codes = re.search(r"Response codes:\s+(.*)", text).group(1)
    return Sample(number(r"Queries per second:\s+([\d.]+)"), answered, int(number(r"Queries lost:\s+(\d+)")),
                  {code: int(count) for code, count in re.findall(r"([A-Z]+) (\d+)", codes)}, cpu_seconds / answered * 1e6)


def interleaved(load, contestants, files, rounds, progress=lambda text: None):
    """{name: Series}. In every round each of the contestants (name -> server) is asked, in turn from either end.

    `files(round)` is the file of questions; it may differ from round to round.
    """
    series = {name: Series() for name in contestants}
    with in_front():
        for number in range(rounds):
            path = files(number)
            order = list(contestants)
            for name in order if number % 2 == 0 else reversed(order):
                sample = load.sample(contestants[name], path)
                series[name].samples.append(sample)
                progress(f"round {number + 1} of {rounds}: {name} {sample.rate:,.0f}/s, {sample.busy:.0%} busy")
    return series
