"""A record with a method."""

from dataclasses import dataclass


@dataclass
class Entry:
    name: str

    def weight(self) -> int:
        return hash(self.name)  # bad: hash
