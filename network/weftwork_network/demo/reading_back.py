"""Reads transactions back from the ledger: what it says, not what was meant."""

from weftwork import Network
from weftwork.ledger import Transaction
from weftwork_network.demo.cast import Desk
from weftwork_network.errors import NotReadyError

PATIENCE = 15.0
"""Seconds until a peer must have a block that another peer has committed."""


class LedgerReader:
    """Reads through one department's peer what the desks have had committed, each once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._read: set[str] = set()

    def find(self, chaincode: str, function: str, desk: Desk) -> Transaction:
        """The next transaction that a desk had ordered for a function, valid or not.

        Raises:
            NotReadyError: the desk has learned of none.
        """
        for transaction_id in list(desk.learned):
            if transaction_id in self._read:
                continue
            found = recorded(self._network, transaction_id)
            own = found.creator is not None and (
                found.creator.certificate == desk.identity.certificate
            )
            if own and (found.chaincode, found.function) == (chaincode, function):
                self._read.add(transaction_id)
                return found
        raise NotReadyError(f"no commit status of {chaincode}.{function} came; see `make status`")


def recorded(network: Network, transaction_id: str) -> Transaction:
    """A transaction as this department's own peer recorded it, once that peer has its block.

    A submit waits for the client's own peer alone; another department's may be some milliseconds
    behind, and would endorse from what it has. Raises CommitStatusError where it never comes.
    """
    network.commit(transaction_id).status(timeout=PATIENCE)
    return network.transaction(transaction_id)
