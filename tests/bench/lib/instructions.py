"""Instructions per question: pdns_server under callgrind, with the same questions each time.

Rates are noisy on a machine that others use; instructions are not. Only the server's own are counted, not the kernel's.
"""

import re
import time
from pathlib import Path

import processes
from load import Load
from servers import BenchError, program

# Instrumented, a server is some fifty times slower.
START_SECONDS = 120
ANSWER_SECONDS = 300
WARM_UP = 200            # questions that are not counted



def count(server, scratch, questions, core):
    """{kind: instructions for one question}; `questions` is {kind: (file to warm up with, file)}.

    The counter is read and set to zero between the kinds, so that starting costs nothing.
    """
    scratch = Path(scratch)
    pattern = scratch / "callgrind.out"
    prefix = [program("valgrind"), "--tool=callgrind", f"--callgrind-out-file={pattern}",
              f"--vgdb-prefix={scratch / 'vgdb'}"]
    found = {}
    load = Load(ANSWER_SECONDS, core)
    with server.running(prefix, START_SECONDS):
        for kind, (warm_up, path) in questions.items():
            load.ask_all(server, warm_up, ANSWER_SECONDS)
            _dump(server, scratch)
            answered = load.ask_all(server, path, ANSWER_SECONDS).answered
            found[kind] = _dump(server, scratch) / answered
    return found


def _dump(server, scratch):
    """Writes what was counted since the last time; the sum of it."""
    before = set(scratch.glob("callgrind.out*"))
    control = [program("callgrind_control"), f"--vgdb-prefix={scratch / 'vgdb'}", "--dump", str(server.pid)]
    status, out, err = processes.run(control, seconds=60)
    if status != 0:
        raise BenchError(f"callgrind_control: exit status {status}\n{(out + err).decode('utf-8', 'replace')}")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in set(scratch.glob("callgrind.out*")) - before:
            total = re.search(r"^(?:summary|totals): (\d+)", path.read_text(encoding="utf-8", errors="replace"), re.M)
            if total:
                return int(total.group(1))
        time.sleep(0.2)
    raise BenchError("callgrind wrote nothing")
