"""A line of a node's log as an entry: when, how grave, what; whichever program wrote it."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

LEVELS = ("debug", "info", "warn", "error", "fatal")
"""From the least grave to the gravest."""

# Peers, orderers and our chaincode runtime; the runtime's older form has a comma and no zone.
_FABRIC = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[.,](\d{3}) (?:UTC )?(?:[0-9a-f]{4,} )?([A-Z]+) ?(.*)"
)
# Fabric CA: the machine's own zone, whole seconds.
_AUTHORITY = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[([A-Z]+)\] ?(.*)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_WORDS = {
    "DEBU": "debug",
    "DEBUG": "debug",
    "INFO": "info",
    "WARN": "warn",
    "WARNING": "warn",
    "ERRO": "error",
    "ERROR": "error",
    "CRITICAL": "fatal",
    "DPANIC": "fatal",
    "PANI": "fatal",
    "PANIC": "fatal",
    "FATA": "fatal",
    "FATAL": "fatal",
}
# Transaction ids are 64 digits; peers shorten them to 8, the chaincode runtime to 12.
_ID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{8,64}(?![0-9a-zA-Z])")
_WHOLE_ID = 64
_BLOCK = re.compile(r"\bblock \[(\d+)\]")


@dataclass(frozen=True)
class Entry:
    """What a node wrote at once.

    Attributes:
        node: its name in the network.
        time: when; None where the line does not say and none before it did.
        level: one of LEVELS.
        text: what; lines that follow it and are no entry of their own are part of it.
    """

    node: str
    time: datetime.datetime | None
    level: str
    text: str

    def names(self, transaction: str) -> bool:
        """Whether it tells of a transaction, by its id or the beginning of its id."""
        return any(
            found.startswith(transaction) or transaction.startswith(found)
            for found in _ID.findall(self.text)
        )

    def whole_ids(self, beginning: str) -> set[str]:
        """The whole transaction ids in it that begin so."""
        return {
            found
            for found in _ID.findall(self.text)
            if len(found) == _WHOLE_ID and found.startswith(beginning)
        }

    def tells_of_block(self, channel: str, number: int) -> bool:
        """Whether it tells of a block of a channel."""
        named = f"channel={channel}" in self.text or f"[{channel}]" in self.text
        return named and str(number) in _BLOCK.findall(self.text)


def entries(node: str, lines: Iterable[str]) -> Iterator[Entry]:
    """A log's entries in its order. Lines before the first whole entry are one of their own."""
    last: Entry | None = None
    for line in lines:
        found = parsed(node, line)
        if found is None:
            unknown = Entry(node, None, "info", line.rstrip()) if line.strip() else None
            last = continued(last, line) or unknown
            continue
        if last is not None:
            yield last
        last = found
    if last is not None:
        yield last


def parsed(node: str, line: str) -> Entry | None:
    """The entry that a line begins; None where it goes on with the one before."""
    line = _COLOUR.sub("", line).rstrip()
    if found := _FABRIC.match(line):
        moment = _moment(found[1], "%Y-%m-%d %H:%M:%S", datetime.UTC)
        moment = moment.replace(microsecond=int(found[2]) * 1000)
        return Entry(node, moment, _WORDS.get(found[3], "info"), found[4].strip())
    if found := _AUTHORITY.match(line):
        moment = _moment(found[1], "%Y/%m/%d %H:%M:%S", None).astimezone(datetime.UTC)
        return Entry(node, moment, _WORDS.get(found[2], "info"), found[3].strip())
    if line.startswith(("panic:", "fatal error:", "weftwork_chaincode:")):
        return Entry(node, None, "fatal", line)
    return None


def continued(entry: Entry | None, line: str) -> Entry | None:
    """An entry with a further line."""
    line = _COLOUR.sub("", line).rstrip()
    if entry is None or not line:
        return entry
    return replace(entry, text=f"{entry.text}\n{line}")


def at_least(level: str) -> frozenset[str]:
    """A level and what is graver."""
    return frozenset(LEVELS[LEVELS.index(level) :])


def _moment(text: str, form: str, zone: datetime.tzinfo | None) -> datetime.datetime:
    return datetime.datetime.strptime(text, form).replace(tzinfo=zone)
