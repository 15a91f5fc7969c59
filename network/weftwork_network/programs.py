"""Fabric's programs: found where the machine has them, else built once from the pinned modules."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.building import Manifest, build
from weftwork_network.errors import ProgramError
from weftwork_network.lock import taking_turns
from weftwork_network.progress import Progress
from weftwork_network.releases import (
    CA_RELEASE,
    CA_SERVER,
    CONFIG_FILES,
    PROGRAMS,
    RELEASES,
    Release,
)
from weftwork_network.state import read_json
from weftwork_network.stock_config import config_for


@dataclass(frozen=True)
class Programs:
    """Fabric's programs on this machine.

    Attributes:
        folder: where they are.
        config: the folder of the stock core.yaml and orderer.yaml.
        version: what they say they are.
        origin: `FABRIC_BIN`, `PATH`, `cached` or `built`.
    """

    folder: Path
    config: Path
    version: str
    origin: str

    def path(self, program: str) -> Path:
        """One program."""
        return self.folder / program

    def __str__(self) -> str:
        return f"fabric {self.version} ({self.origin})"


def find_programs(line: str, progress: Progress) -> Programs:
    """The programs of a line of releases.

    In this order: the folder that FABRIC_BIN names, PATH, what was built before, a build.

    Raises:
        ProgramError: FABRIC_BIN does not hold what it should, or the build is not possible.
    """
    return programs_here(line, progress) or _built(RELEASES[line], progress)


def programs_here(line: str, progress: Progress) -> Programs | None:
    """As `find_programs`, but where they would have to be built, None.

    Raises:
        ProgramError: FABRIC_BIN does not hold what it should.
    """
    release = RELEASES[line]
    named = os.environ.get("FABRIC_BIN")
    if named:
        return _named(Path(named), release)
    for folder in _path_folders():
        found = _inspect(folder, release, "PATH")
        if isinstance(found, Programs):
            return found
        progress.say(f"programs in {folder} are not used: {found}")
    return _cached(release)


def pinned_programs(release: Release, progress: Progress) -> Programs:
    """A pinned release as this tool builds it, whatever else this machine has.

    Raises:
        ProgramError: it was not built before and cannot be.
    """
    return _cached(release) or _built(release, progress)


def find_ca_server(progress: Progress) -> Path:
    """The program fabric-ca-server.

    In this order: the folder that FABRIC_BIN names, PATH, what was built before, a build.

    Raises:
        ProgramError: it is nowhere and cannot be built.
    """
    return ca_server_here(progress) or _built(CA_RELEASE, progress).path(CA_SERVER)


def ca_server_here(progress: Progress) -> Path | None:
    """As `find_ca_server`, but where it would have to be built, None."""
    named = os.environ.get("FABRIC_BIN")
    for found in (Path(named) / CA_SERVER if named else None, shutil.which(CA_SERVER)):
        if found is None or not os.access(found, os.X_OK):
            continue
        version = _version(Path(found))
        if CA_RELEASE.accepts(version):
            return Path(found)
        word = version or "unknown"
        progress.say(f"{found} is not used: its version is {word}, not {CA_RELEASE.line}.x")
    programs = _cached(CA_RELEASE)
    return None if programs is None else programs.path(CA_SERVER)


def _named(folder: Path, release: Release) -> Programs:
    found = _inspect(folder, release, "FABRIC_BIN")
    if isinstance(found, Programs):
        return found
    raise ProgramError(
        f"FABRIC_BIN={folder}: {found}; point it at the programs of a {release.line} release, "
        "or unset it and they are built"
    )


def _path_folders() -> Iterator[Path]:
    """The first folder of PATH that holds a program, if any holds one."""
    for word in os.environ.get("PATH", "").split(os.pathsep):
        folder = Path(word)
        # `peer` alone may be anything; beside configtxgen it is Fabric's.
        if word and (folder / "peer").is_file() and (folder / "configtxgen").is_file():
            yield folder
            return


def _inspect(folder: Path, release: Release, origin: str) -> Programs | str:
    """The programs in a folder, or in words why they will not do."""
    missing = [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        return f"no {', '.join(missing)} there"
    versions = {name: _version(folder / name) for name in PROGRAMS}
    for name, version in versions.items():
        if not release.accepts(version):
            return f"{name} is version {version or 'unknown'}, not {release.line}.x"
    config = _config(folder)
    if config is None:
        return f"no {' and '.join(CONFIG_FILES)} in {folder.parent / 'config'}"
    version = versions["peer"].removeprefix("v")
    return Programs(folder, config_for(release, config), version, origin)


def _version(program: Path) -> str:
    words = [program, "--version"] if program.name == "configtxgen" else [program, "version"]
    try:
        found = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    for line in (found.stdout + found.stderr).splitlines():
        name, _, value = line.strip().partition(":")
        if name == "Version":
            return value.strip()
    return ""


def _config(folder: Path) -> Path | None:
    """Where the stock configuration lies: beside the programs as a release unpacks."""
    named = os.environ.get("FABRIC_CFG_PATH")
    for candidate in (folder.parent / "config", *([Path(named)] if named else [])):
        if all((candidate / name).is_file() for name in CONFIG_FILES):
            return candidate
    return None


def _cached(release: Release) -> Programs | None:
    """What was built before, when it is as whole as its manifest says."""
    folder = release.cache / "bin"
    manifest = read_json(release.cache / "manifest.json", Manifest)
    if manifest is None:
        return None
    config = release.cache / "config"
    whole = all((config / name).is_file() for name in release.config_files) and all(
        (folder / name).is_file() and (folder / name).stat().st_size == manifest.sizes.get(name)
        for name in release.programs
    )
    return Programs(folder, config, release.version, "cached") if whole else None


def _built(release: Release, progress: Progress) -> Programs:
    """Builds, one command at a time on a machine: whoever waited finds what the other built."""

    def busy() -> None:
        progress.say(f"another command is building {release}; waiting for it")

    with taking_turns(release.cache.with_name(f"{release.cache.name}.lock"), busy):
        found = _cached(release)
        if found is not None:
            return found
        _sweep(release)
        made = build(release, progress)
        shutil.rmtree(release.cache, ignore_errors=True)
        made.rename(release.cache)
    return Programs(release.cache / "bin", release.cache / "config", release.version, "built")


def _sweep(release: Release) -> None:
    """Takes away what builds that were killed have left."""
    for left in release.cache.parent.glob(f".{release.cache.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
