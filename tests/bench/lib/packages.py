"""Debian packages that only the benchmark needs: unpacked below build/, neither installed nor started."""

import subprocess
from pathlib import Path

from servers import Unavailable


def unpacked(package, downloads, pattern):
    """The file of the package that fits `pattern`, from the machine's own copy or from one unpacked in `downloads`."""
    installed = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
    for line in installed.stdout.splitlines():
        if Path(line).match(pattern):
            return Path(line)
    root = Path(downloads) / package
    if not root.is_dir():
        _download(package, Path(downloads), root)
    for path in sorted(root.rglob(Path(pattern).name)):
        if path.match(pattern):
            return path
    raise Unavailable(f"the package {package} holds no {pattern}")


def _download(package, downloads, root):
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package], cwd=downloads,
                       capture_output=True, text=True, timeout=60, check=True)
        archive = max(downloads.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime)
        subprocess.run(["dpkg", "-x", archive, root], capture_output=True, timeout=60, check=True)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        raise Unavailable(f"the package {package} cannot be had: {str(reason).strip().splitlines()[-1]}") from error
