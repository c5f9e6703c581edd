"""Child processes that never outlive the test: ended by their pid, on errors too."""

import ctypes
import signal
import subprocess
import threading

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_running = set()
_lock = threading.Lock()


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _start(command, **streams):
    process = subprocess.Popen(command, preexec_fn=_die_with_parent, **streams)
    with _lock:
        _running.add(process)
    return process


def _forget(process):
    with _lock:
        _running.discard(process)


def end_all():
    """Kills every child that is still running: for signal handlers, before leaving."""
    for process in list(_running):
        process.kill()


class Daemon:
    """A long-running program; a context manager. Its output goes to `log`."""

    def __init__(self, command, log, env=None):
        self.log = log
        with open(log, "wb") as output:
            self._process = _start(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _forget(self._process)

    @property
    def pid(self):
        return self._process.pid

    def kill(self):
        """Ends it at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def is_running(self):
        return self._process.poll() is None

    def last_lines(self, count=15):
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return "".join(text.readlines()[-count:])


def run(command, stdin=b"", seconds=30.0, env=None):
    """Runs a program to its end: (exit status, stdout, stderr), status None when it took too long."""
    process = _start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    try:
        out, err = process.communicate(stdin, timeout=seconds)
        return process.returncode, out, err
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return None, out, err
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        _forget(process)
