"""A transaction as logs tell of it: by its id, and by the block that it is in.

Peers write the id at endorsement and, where they find it invalid, at validation; that its block was
cut, validated and committed they tell of the block alone. Which block that is the ledger knows.
"""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

import weftwork
from weftwork_network.errors import NetworkError
from weftwork_network.log_entries import Entry
from weftwork_network.state import State
from weftwork_network.topology import Topology

_DIGITS = re.compile(r"[0-9a-f]{6,64}")
_WHOLE = 64
_PATIENCE = 3.0


@dataclass(frozen=True)
class LoggedTransaction:
    """What to look for.

    Attributes:
        id: the transaction's id, or its beginning.
        channel: the channel that it is on; empty where that is not known.
        block: the number of its block; None where that is not known.
        code: what peers decided of it; empty where that is not known.
        begun: when, by the clock of its client; None where that is not known.
    """

    id: str
    channel: str = ""
    block: int | None = None
    code: str = ""
    begun: datetime.datetime | None = None

    def is_told_by(self, entry: Entry) -> bool:
        """Whether an entry tells of the transaction or of its block."""
        if entry.names(self.id):
            return True
        return self.block is not None and entry.tells_of_block(self.channel, self.block)


def transaction_named(text: str) -> LoggedTransaction:
    """The transaction that a user named.

    Raises:
        NetworkError: that is no id and no beginning of one.
    """
    named = text.strip().lower()
    if not _DIGITS.fullmatch(named):
        raise NetworkError(f"{text!r} is no transaction id: give 6 to 64 of its hex digits")
    return LoggedTransaction(named)


def whole_id(named: LoggedTransaction, found: Iterable[Entry]) -> LoggedTransaction:
    """The transaction by its whole id, where the entries that name it tell that.

    Raises:
        NetworkError: several transactions begin so.
    """
    ids = {each for entry in found for each in entry.whole_ids(named.id)}
    if len(ids) > 1:
        known = ", ".join(sorted(each[: len(named.id) + 6] for each in ids))
        raise NetworkError(f"several transactions begin with {named.id}: {known}")
    return LoggedTransaction(ids.pop()) if ids else named


def with_block(
    state: State, topology: Topology, named: LoggedTransaction
) -> LoggedTransaction | None:
    """The transaction with what the ledger knows of it; None where no peer that runs has it.

    Args:
        state: where the departments' profiles are.
        topology: the network.
        named: by its whole id; by less nothing is found.
    """
    if len(named.id) < _WHOLE:
        return None
    options = weftwork.Options(evaluate=weftwork.CallOptions(timeout=_PATIENCE))
    for member in topology.members:
        channels = [each.name for each in topology.channels if member in each.members]
        if not member.peers or not channels:
            continue
        try:
            gateway = weftwork.connect(state.profile(member), "admin", options=options)
        except weftwork.WeftworkError:
            continue
        with gateway:
            for channel in channels:
                try:
                    block = gateway.network(channel).block_of(named.id)
                    transaction = block.transaction(named.id)
                except weftwork.EvaluateError as error:
                    if error.status in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
                        break  # this peer does not run: the next department's may
                    continue
                except weftwork.WeftworkError:
                    continue
                return LoggedTransaction(
                    named.id, channel, block.number, transaction.code.name, transaction.timestamp
                )
    return None
