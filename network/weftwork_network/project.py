"""A project folder: where its two files are, and both read and checked as one."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from weftwork_network import checks
from weftwork_network.definition import Definition
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Fault, Faults, shown
from weftwork_network.kept import Kept, remembered
from weftwork_network.marks import Marked, read_marked
from weftwork_network.planning import plan
from weftwork_network.reading import Lines, read_model
from weftwork_network.state import State
from weftwork_network.topology import Topology
from weftwork_network.variants import FABRIC_VARIABLE, ORDERING_VARIABLE, Asked, chosen

CONFIGTX = "configtx.yaml"
NETWORK_FILES = ("network/network.yaml", "network.yaml")
STATE = ".weftwork"
LARGEST_FILE = 1024 * 1024
"""Bytes. Twelve departments with everything written out take a twentieth of it."""

_CURES = {
    errno.EACCES: "give yourself the right to read it",
    errno.ELOOP: "its links go in a circle: put the file itself there",
    errno.ENOENT: "put it there, or run `weftwork network init` in an empty folder for a first one",
}


@dataclass(frozen=True)
class Project:
    """What a folder's network.yaml says, read without a fault.

    Attributes:
        folder: the project folder, which holds configtx.yaml and the state.
        network_file: the definition's file.
        configtx_file: the channel's file.
        definition: what was written, with the ordering and the line of Fabric that are chosen.
        lines: where in the file.
        topology: what follows.
        overridden: which of `ordering` and `fabric` are not as written.
    """

    folder: Path
    network_file: Path
    configtx_file: Path
    definition: Definition
    lines: Lines
    topology: Topology
    overridden: tuple[str, ...] = ()

    def channel_place(self, name: str) -> tuple[str | int, ...]:
        """Where a channel stands in the definition.

        Raises:
            KeyError: there is no such channel.
        """
        if self.definition.channel is not None:
            return ("channel",)
        for at, channel in enumerate(self.definition.channels):
            if channel.name == name:
                return ("channels", at)
        raise KeyError(name)

    @property
    def state_folder(self) -> Path:
        """Where everything that the tool makes lives."""
        return self.folder / STATE


def find_network_file(folder: Path) -> Path:
    """The definition's file in a project folder.

    Raises:
        DefinitionError: there is none.
    """
    for name in NETWORK_FILES:
        if os.path.lexists(folder / name):
            return folder / name  # a file that can be read or not: that is said where it is read
    text = (
        "no network.yaml here; run `weftwork network init` for a first one, "
        "or name the project with --folder"
    )
    raise DefinitionError([Fault(shown(folder), 0, text)])


def find_state(folder: Path) -> State:
    """The state of a project folder, whatever its definition says by now.

    Raises:
        DefinitionError: the folder is no project.
    """
    folder = _resolved(folder)
    if not (folder / STATE).is_dir():
        find_network_file(folder)
    return State(folder / STATE)


def open_project(folder: Path, asked: Asked | None = None) -> Project:
    """Reads a project folder's network.yaml.

    Args:
        folder: the project folder.
        asked: the ordering and the line of Fabric that the user asks for; by itself what the
            variables ORDERING and FABRIC say.

    Raises:
        DefinitionError: with every fault of the file.
        NetworkError: what is asked for is not to be had, or not on the folder's state.
    """
    folder = _resolved(folder)
    network_file = find_network_file(folder)
    state = State(folder / STATE)
    overridden: list[str] = []

    def choose(written: Definition) -> Definition:
        kept = remembered(state)
        definition, overridden[:] = chosen(written, kept, asked or asked_by_variables(), state)
        return definition

    definition, lines = read_definition(network_file, choose)
    return Project(
        folder=folder,
        network_file=network_file,
        configtx_file=folder / CONFIGTX,
        definition=definition,
        lines=lines,
        topology=plan(definition),
        overridden=tuple(overridden),
    )


def with_variant(kept: Kept, project: Project) -> Kept:
    """What a state is to remember of a choice, with the project's ordering and line of Fabric."""
    return msgspec.structs.replace(
        kept,
        ordering=project.topology.ordering,
        fabric=project.topology.fabric,
        overridden=project.overridden,
    )


def asked_by_variables() -> Asked:
    """The ordering and the line of Fabric that the environment asks for."""
    return Asked(
        ordering=os.environ.get(ORDERING_VARIABLE, ""), fabric=os.environ.get(FABRIC_VARIABLE, "")
    )


def read_definition(
    file: Path, choose: Callable[[Definition], Definition] = lambda written: written
) -> tuple[Definition, Lines]:
    """Reads and checks one network.yaml.

    Args:
        file: the file.
        choose: what is chosen beside it, to be checked with it.

    Raises:
        DefinitionError: with every fault of the file.
    """
    faults = Faults(shown(file))
    return _checked(read_file(file, faults), faults, choose)


def check_text(text: str, name: str) -> None:
    """Reads and checks what a network.yaml is to hold.

    Args:
        text: its content.
        name: what to call it where it has faults.

    Raises:
        DefinitionError: with every fault of it.
    """
    faults = Faults(name)
    _checked(read_marked(text, faults), faults, lambda written: written)


def _checked(
    root: Marked | None, faults: Faults, choose: Callable[[Definition], Definition]
) -> tuple[Definition, Lines]:
    if root is not None:
        definition, lines = read_model(root, Definition, faults)
        if definition is not None:
            definition = choose(definition)
            checks.check(definition, lines, faults)
        if definition is not None and not faults.found:
            return definition, lines
    raise DefinitionError(sorted(faults.found))


def read_file(file: Path, faults: Faults) -> Marked | None:
    """Reads a YAML file with its lines; what is wrong goes to the faults."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            faults.add(0, "is no file; put a file there")
            return None
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        faults.add(0, f"cannot be read: {error.strerror}; {_cure(file, error)}")
        return None
    if len(content) > LARGEST_FILE:
        faults.add(0, f"is larger than {LARGEST_FILE // 1024} KiB; take out what does not belong")
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.add(line, f"not UTF-8 at byte {error.start}; save it as UTF-8")
        return None
    return read_marked(text, faults)


def _cure(file: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT and file.is_symlink():
        return "it is a link to nothing: put the file itself there"
    return _CURES.get(error.errno or 0, "put a file there that can be read")


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):  # so a circle of links is told before Python 3.13
        text = "is no folder: its links go in a circle; name another with --folder"
        raise DefinitionError([Fault(str(folder), 0, text)]) from None
