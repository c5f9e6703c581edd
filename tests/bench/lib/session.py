"""One run of the benchmark: contestants are started when a part first needs them, and stay until the end."""

import contextlib
import functools

import questions
from load import Load, interleaved
from plan import ORIENTATION
from servers import BenchError, Unavailable, on_core


class Session:
    """Asks parts of contestants and remembers what came of it. A context manager."""

    def __init__(self, shop, shape, cores, say=functools.partial(print, flush=True)):
        self._shop, self._shape, self._say = shop, shape, say
        self._server_core, self._load_core = cores
        self._servers = {}
        self._stack = contextlib.ExitStack()
        self.results = {}        # part -> {contestant: Series}
        self.left_out = {}       # contestant or part -> why
        self.doubts = []         # what makes a figure doubtful

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def _server(self, name, contestant):
        """The running server; None when it cannot be had, which is said once."""
        if name not in self._servers:
            try:
                server = self._shop.make(name, contestant)
                self._servers[name] = self._stack.enter_context(server.running(on_core(self._server_core)))
            except Unavailable as reason:
                self.leave_out(name, str(reason))
                self._servers[name] = None
            except BenchError as error:
                if name not in ORIENTATION:
                    raise
                self.leave_out(name, str(error).splitlines()[-1])
                self._servers[name] = None
        return self._servers[name]

    def leave_out(self, what, reason):
        self.left_out[what] = reason
        self._say(f"LEFT OUT  {what}: {reason}")

    def run(self, part, rounds, seconds, count):
        """Asks the part's questions, `count` different ones, of its contestants in turn."""
        self._say(f"-- {part.title}")
        try:
            asked = self._questions(part, count)
        except Unavailable as reason:
            return self.leave_out(part.title, str(reason))
        servers = {name: self._server(name, contestant) for name, contestant in part.who.items()}
        servers = {name: server for name, server in servers.items() if server is not None}
        for name in servers:
            self._check_answer(part, name, servers[name], asked[0])
        path = questions.write(self._shop.scratch / f"{part.key}.questions", asked)

        def files(number):
            if part.fresh:
                questions.write(path, questions.make(part.kind, self._shape, count, salt=number + 1))
            return path
        load = Load(seconds, self._load_core, part.tcp, part.dnssec_ok)
        self.results[part.key] = interleaved(load, servers, files, rounds, lambda text: self._say("   " + text))
        self._doubt(part)

    def _questions(self, part, count):
        loaded = {questions.v4: self._shop.v4, questions.v6: self._shop.v6}
        return loaded.get(part.kind) or questions.make(part.kind, self._shape, count)

    @staticmethod
    def _check_answer(part, name, server, question):
        """A server that answers something else is no contestant."""
        answer = server.ask(question.name, question.qtype)
        if part.rcode and answer.rcode_name != part.rcode:
            raise BenchError(f"{name}: {question.name}: {answer.rcode_name}; {server.log()[-2000:]}")
        texts = [record.text().decode("ascii", "replace") for record in answer.answers]
        if question.answer and name in part.answers and texts != [question.answer]:
            raise BenchError(f"{name}: {question.name}: {texts} instead of {question.answer!r}")

    def _doubt(self, part):
        for name, series in self.results[part.key].items():
            answered = sum(sample.answered for sample in series.samples)
            if series.lost > answered / 1000:
                self.doubts.append(f"{part.title}: {name}: {series.lost} of {answered + series.lost} questions were lost")
            if series.busy < 0.85 and name not in ORIENTATION:
                self.doubts.append(f"{part.title}: {name} used only {series.busy:.0%} of its core: look at its processor time, not at its rate")
            if part.rcode and series.share_of(part.rcode) < 0.999:
                self.doubts.append(f"{part.title}: {name}: only {series.share_of(part.rcode):.1%} of the answers are {part.rcode}")
