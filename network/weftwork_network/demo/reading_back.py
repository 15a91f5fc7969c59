"""Reads transactions back from the blocks they are in: what the ledger says, not what was meant."""

import time
from collections.abc import Iterator

from weftwork import Identity, Network
from weftwork.ledger import Transaction
from weftwork_network.errors import NotReadyError

PATIENCE = 15.0
"""Seconds until a peer must have a block that another peer has committed."""


class LedgerReader:
    """Follows a channel through one department's peer, block by block."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._next = network.info().height
        self._seen: list[Transaction] = []

    def find(self, chaincode: str, function: str, by: Identity) -> Transaction:
        """The next transaction that `by` had ordered for a function, valid or not.

        Waits for this department's peer to have it. Raises NotReadyError where it never comes.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for transaction in self._seen:
                if (transaction.chaincode, transaction.function) == (chaincode, function) and (
                    transaction.creator is not None
                    and transaction.creator.certificate == by.certificate
                ):
                    self._seen.remove(transaction)
                    return transaction
            fresh = list(self._fresh())
            self._seen += fresh
            if not fresh:
                time.sleep(0.02)
        raise NotReadyError(
            f"{chaincode}.{function} is in no block after {PATIENCE:.0f} s; see `make status`"
        )

    def _fresh(self) -> Iterator[Transaction]:
        height = self._network.info().height
        while self._next < height:
            yield from self._network.block(self._next).transactions
            self._next += 1


def recorded(network: Network, transaction_id: str) -> Transaction:
    """A transaction as this department's own peer recorded it, once that peer has its block.

    A submit waits for the client's own peer alone; another department's may be some milliseconds
    behind, and would endorse from what it has. Raises CommitStatusError where it never comes.
    """
    network.commit(transaction_id).status(timeout=PATIENCE)
    return network.transaction(transaction_id)
