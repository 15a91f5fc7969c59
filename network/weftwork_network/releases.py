"""Fabric's releases that this tool pins, and where a machine keeps what was built of them."""

import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

PROGRAMS = ("peer", "orderer", "configtxgen")
CONFIG_FILES = ("core.yaml", "orderer.yaml")

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Release:
    """A pinned release.

    Attributes:
        line: the line of releases, as network.yaml names it.
        version: the pinned version.
        minimum_go: the oldest Go that builds it.
    """

    line: str
    version: str
    minimum_go: tuple[int, int]

    @property
    def module(self) -> Path:
        """The folder of the go.mod and go.sum that pin it."""
        return data_folder() / f"fabric-{self.line}"

    @property
    def cache(self) -> Path:
        """Where this machine keeps its programs."""
        return cache_folder() / f"fabric-{self.version}-{machine()}"

    def accepts(self, version: str) -> bool:
        """Whether a program of this version will do: any of the same line."""
        return re.match(rf"v?{re.escape(self.line)}\.[0-9]+", version) is not None


RELEASES = {"3.1": Release("3.1", "3.1.1", (1, 24))}


def data_folder() -> Path:
    """The files that come with this package."""
    return Path(str(resources.files("weftwork_network"))) / "data"


def cache_folder() -> Path:
    """Where this machine keeps what does not belong to one project."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "weftwork"


def machine() -> str:
    """This machine in Go's words, e.g. `linux-amd64`."""
    word = platform.machine()
    return f"{sys.platform}-{_ARCHITECTURES.get(word, word)}"
