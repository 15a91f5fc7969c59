"""Releases of Fabric and Fabric CA that this tool pins, and where a machine keeps their builds."""

import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

PROGRAMS = ("peer", "orderer", "configtxgen")
CONFIG_FILES = ("core.yaml", "orderer.yaml")
CA_SERVER = "fabric-ca-server"

_FABRIC = "github.com/hyperledger/fabric"
_FABRIC_CA = "github.com/hyperledger/fabric-ca"

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Release:
    """A pinned release.

    Attributes:
        line: the line of releases, as network.yaml names it.
        version: the pinned version.
        minimum_go: the oldest Go that builds it.
        product: what it is a release of.
        source: its Go module.
        version_variable: the Go variable that holds the version its programs print.
        programs: what is built of it.
        config_files: what is taken of its stock configuration.
        needs_c: whether a C compiler is needed to build it.
        empty_counts: whether its programs take an empty variable of the environment for a value.
    """

    line: str
    version: str
    minimum_go: tuple[int, int]
    product: str = "fabric"
    source: str = _FABRIC
    version_variable: str = f"{_FABRIC}/common/metadata.Version"
    programs: tuple[str, ...] = PROGRAMS
    config_files: tuple[str, ...] = CONFIG_FILES
    needs_c: bool = False
    empty_counts: bool = True

    @property
    def module(self) -> Path:
        """The folder of the go.mod and go.sum that pin it."""
        return data_folder() / f"{self.product}-{self.line}"

    @property
    def cache(self) -> Path:
        """Where this machine keeps its programs."""
        kind = "-static" if self.needs_c else ""
        return cache_folder() / f"{self.product}-{self.version}{kind}-{machine()}"

    def __str__(self) -> str:
        return f"{self.product} {self.version}"

    def accepts(self, version: str) -> bool:
        """Whether a program of this version will do: any of the same line."""
        return re.match(rf"v?{re.escape(self.line)}\.[0-9]+", version) is not None


RELEASES = {
    "3.1": Release("3.1", "3.1.1", (1, 24)),
    "2.5": Release("2.5", "2.5.9", (1, 24), empty_counts=False),
}
CA_RELEASE = Release(
    "1.5",
    "1.5.21",
    (1, 25),
    product="fabric-ca",
    source=_FABRIC_CA,
    version_variable=f"{_FABRIC_CA}/lib/metadata.Version",
    programs=(CA_SERVER,),
    config_files=(),
    needs_c=True,  # its database is SQLite
)


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
