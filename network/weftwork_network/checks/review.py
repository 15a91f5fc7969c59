"""What every rule looks at, and how it says what it has found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from weftwork_network.definition import Channel, Definition
from weftwork_network.faults import Faults, did_you_mean
from weftwork_network.planning import mspid_of
from weftwork_network.reading import Lines

Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Review:
    """A definition under review.

    Attributes:
        written: the definition.
        lines: where its values stand.
        faults: what has been found so far.
    """

    written: Definition
    lines: Lines
    faults: Faults

    def add(self, text: str, *place: str | int) -> None:
        """Adds a fault at a place in the file."""
        self.faults.add(self.lines.at(*place), text)

    @property
    def names(self) -> list[str]:
        """The departments' names."""
        return [department.name for department in self.written.departments]

    @property
    def mspids(self) -> list[str]:
        """The departments' MSP ids."""
        return [mspid_of(department) for department in self.written.departments]

    @property
    def departments_read(self) -> bool:
        """Whether every department could be read: one that could not may be named elsewhere."""
        return self._all_read("departments")

    @property
    def channels(self) -> list[tuple[Place, Channel]]:
        """Every channel with its place."""
        listed = [(("channels", n), each) for n, each in enumerate(self.written.channels)]
        single = self.written.channel
        return [*([] if single is None else [(("channel",), single)]), *listed]

    @property
    def channels_read(self) -> bool:
        """Whether every channel could be read."""
        written = ("channel",) in self.lines.known
        return self._all_read("channels") and (not written or self.written.channel is not None)

    def known_departments(self, names: Iterable[str], *place: str | int) -> bool:
        """Whether all departments of a list are in the file, each once; else says which not."""
        return self._known("department", names, self.names, self.departments_read, place)

    def known_channels(self, names: Iterable[str], *place: str | int) -> bool:
        """Whether all channels of a list are in the file, each once; else says which not."""
        known = [channel.name for _, channel in self.channels]
        return self._known("channel", names, known, self.channels_read, place)

    def _known(
        self, what: str, names: Iterable[str], known: list[str], all_read: bool, place: Place
    ) -> bool:
        good = True
        seen: set[str] = set()
        for n, name in enumerate(names):
            if name not in known:
                good = False
                if all_read:
                    self.add(f"no {what} '{name}'{did_you_mean(name, known)}", *place, n)
            elif name in seen:
                good = False
                self.add(f"{what} '{name}' stands here twice; take one out", *place, n)
            seen.add(name)
        return good

    def _all_read(self, what: str) -> bool:
        return not any(path[0] == what for path in self.lines.dropped)
