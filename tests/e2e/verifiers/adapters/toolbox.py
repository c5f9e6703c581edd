"""Where the verifiers are: unpacked below one directory (see scripts/lib/verifiers.sh), else on the machine."""

import glob
import os
import shutil
from pathlib import Path

BATCH = Path(__file__).resolve().parent.parent / "batch"
PYTHON, PERL = "/usr/bin/python3", "/usr/bin/perl"


class Toolbox:
    def __init__(self, directory, scratch):
        self.unpacked = Path(directory).resolve() / "root"
        self.npm = Path(directory).resolve() / "npm"
        self.scratch = Path(scratch)

    def program(self, name):
        """The program's path, or None. The unpacked one comes first."""
        folders = [self.unpacked / "usr" / part for part in ("bin", "sbin")]
        path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
        return shutil.which(name, path=path)

    def environment(self):
        """The environment in which unpacked programs find their libraries."""
        usr = self.unpacked / "usr"
        return {**os.environ, "LC_ALL": "C.UTF-8",
                "LD_LIBRARY_PATH": _paths(usr / "lib", usr / "lib/*-linux-gnu*", self.unpacked / "lib/*-linux-gnu*"),
                "PERL5LIB": _paths(usr / "share/perl5", usr / "lib/*-linux-gnu*/perl5/*"),
                "PYTHONPATH": _paths(usr / "lib/python3/dist-packages")}


def _paths(*patterns):
    return os.pathsep.join(path for pattern in patterns for path in sorted(glob.glob(str(pattern))))
