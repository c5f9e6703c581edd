"""Clients that ask without pause, each question from its own socket, by UDP and by TCP."""

import multiprocessing
import random
import threading
import time
from dataclasses import dataclass

import dns_client
import dns_wire as dns
import policies

TIMEOUT = 5.0
PROCESSES, THREADS = 2, 6
LONGEST = 20.0


@dataclass
class Asked:
    at: float        # when it was asked (time.monotonic())
    question: int    # which one
    tcp: bool
    answer: str      # as policies.shown(); "" for none
    number: int      # what {n} was


def _ask(address, names, seed, stop, counter, asked):
    dice = random.Random(seed)
    while not stop.is_set():
        index = dice.randrange(len(names))
        number = dice.randrange(256)
        tcp = dice.random() < 0.25
        labels = dns.name(names[index].format(n=number))
        at = time.monotonic()
        try:
            answer = policies.shown(dns_client.ask(labels, dns.TXT, address, timeout=TIMEOUT, tcp=tcp, dnssec_ok=dice.random() < 0.2))
        except (dns_client.NoAnswer, OSError):
            answer = ""
        asked.append(Asked(at, index, tcp, answer, number))
        with counter.get_lock():
            counter.value += 1


def _client(address, names, seed, stop, counter, results):
    """Asks from several threads: on a busy machine most of the time is spent waiting."""
    asked = []
    threads = [threading.Thread(target=_ask, args=(address, names, seed * THREADS + i, stop, counter, asked)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.send(asked)


class Load:
    """Asks `names` at random from several processes while the block runs; then `asked` has everything."""

    def __init__(self, address, names):
        self._stop = multiprocessing.Event()
        self._counter = multiprocessing.Value("i", 0)
        self._clients = []
        self.asked = []
        for seed in range(PROCESSES):
            ours, theirs = multiprocessing.Pipe(duplex=False)
            process = multiprocessing.Process(target=_client, args=(address, names, seed, self._stop, self._counter, theirs), daemon=True)
            self._clients.append((process, ours))

    def go_on(self, seconds, questions):
        """Waits for that long, and until that many more questions have been asked; on a busy machine that takes longer."""
        end, enough = time.monotonic() + seconds, self._counter.value + questions
        latest = end + LONGEST
        while (time.monotonic() < end or self._counter.value < enough) and time.monotonic() < latest:
            time.sleep(0.05)

    def __enter__(self):
        for process, _ in self._clients:
            process.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for process, results in self._clients:
            if results.poll(3 * TIMEOUT):
                self.asked += results.recv()
            process.join(TIMEOUT)
