"""Debian's Python as the root of an image: made by debootstrap, cached, nothing from a registry."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from weftwork_network.errors import ImageError
from weftwork_network.lock import taking_turns
from weftwork_network.progress import Progress
from weftwork_network.releases import cache_folder, machine

SUITE = "bookworm"
_MIRROR = "http://deb.debian.org/debian"
# What a chaincode never reads; the rest stays as Debian has it, its package list among it, so that
# a scanner can still say what is inside.
_LEFT_OUT = (
    "./dev",
    "./proc",
    "./sys",
    "./usr/share/doc",
    "./usr/share/info",
    "./usr/share/locale",
    "./usr/share/man",
    "./var/cache",
    "./var/lib/apt/lists",
    "./var/log",
)


def python_archive(progress: Progress) -> Path:
    """A tar of a small Debian with Python 3.11, made once.

    Raises:
        ImageError: it cannot be made here, in words.
    """
    archive = cache_folder() / f"python-{SUITE}-{machine()}.tar"

    def busy() -> None:
        progress.say("another command is making the Python image; waiting for it")

    with taking_turns(archive.with_suffix(".lock"), busy):
        if not archive.exists():
            _make(archive, progress)
    return archive


def _make(archive: Path, progress: Progress) -> None:
    program = shutil.which("debootstrap") or shutil.which("debootstrap", path="/usr/sbin")
    if program is None:
        raise ImageError("the Python image needs debootstrap: apt-get install debootstrap")
    if os.geteuid() != 0:
        raise ImageError(
            "debootstrap needs root: run `weftwork network images` once as root, or with sudo"
        )
    progress.say(f"making a small Debian {SUITE} with Python: about a minute, once")
    with tempfile.TemporaryDirectory(prefix="weftwork-debian-") as folder:
        words = [program, "--variant=minbase", "--include=python3", SUITE, folder, _MIRROR]
        found = subprocess.run(words, capture_output=True, text=True, check=False)
        if found.returncode:
            said = (found.stdout.strip().splitlines() or ["no word of why"])[-1]
            raise ImageError(f"debootstrap failed ({said}); is {_MIRROR} reachable?")
        partial = archive.with_suffix(".part")
        with tarfile.open(partial, "w") as tar:
            tar.add(folder, arcname=".", filter=_kept)
        partial.replace(archive)


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    left = any(member.name == path or member.name.startswith(f"{path}/") for path in _LEFT_OUT)
    return None if left else member
