"""A network and mount namespace of our own, so that a test may own port 53 and /etc/resolv.conf.

Nothing in it reaches the machine's network, and nothing mounted in it is seen outside.
Needs root and util-linux.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

import testing

_MARK = "EMAILAUTH_TEST_NAMESPACE"


class NamespaceError(RuntimeError):
    """The namespace could not be made; the text says why."""


def why_not(*kinds):
    """Why no namespaces of those kinds ("--net", "--mount") can be made here, or "": containers often may not."""
    try:
        tried = subprocess.run([*_command(kinds), "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"unshare: {error}"
    return "" if tried.returncode == 0 else tried.stderr.strip()


def enter():
    """Runs this program again inside a fresh namespace; returns only once inside, loopback up."""
    outside = os.environ.get(_MARK)
    here = os.readlink("/proc/self/ns/net")
    if outside is None:
        if os.geteuid() != 0:
            raise NamespaceError("needs root, for a network and mount namespace")
        kinds = ("--net", "--mount")
        if reason := why_not(*kinds):
            raise NamespaceError(f"no namespace can be made here: {reason}")
        os.environ[_MARK] = here
        command = [*_command(kinds), sys.executable, *sys.argv]
        os.execvp(command[0], command)
    if outside == here:
        raise NamespaceError("still in the machine's own network namespace")
    _loopback_up()


def enter_or_skip():
    """As enter(); where no namespace can be made, the test is skipped, aloud."""
    try:
        enter()
    except NamespaceError as reason:
        print(f"SKIPPED: {reason}")
        sys.exit(testing.SKIPPED)


def bind_file(source, target):
    """Lets `target` (an existing file) show the content of `source`, in this namespace only."""
    made = subprocess.run(["mount", "--bind", source, target], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise NamespaceError(f"cannot mount over {target}: {made.stderr.strip()}")


def unbind_file(target):
    """Takes back the last bind_file() of `target`."""
    undone = subprocess.run(["umount", target], capture_output=True, text=True, check=False)
    if undone.returncode != 0:
        raise NamespaceError(f"cannot unmount {target}: {undone.stderr.strip()}")


def _command(kinds):
    return ["unshare", *kinds, *(["--propagation", "private"] if "--mount" in kinds else [])]


def _loopback_up():
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(sock, get_flags, request))[1]
        fcntl.ioctl(sock, set_flags, struct.pack("16sH14x", b"lo", flags | up))
