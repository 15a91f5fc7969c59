"""The chain and the committed state of an in-memory ledger, to be looked at and compared."""

import hashlib
from collections.abc import Sequence

from weftwork.ledger import ChaincodeEvent, Status, ValidationCode
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.testing.blocks import Block
from weftwork_chaincode.testing.channel import Channel
from weftwork_chaincode.testing.chronicle import Modification
from weftwork_chaincode.testing.simulator import VALIDATION_PARAMETER
from weftwork_chaincode.testing.transactions import Row, Transaction
from weftwork_chaincode.testing.versioned import Store, private_space


class Inspection:
    """What a test may ask of a ledger, and its clock; nothing here waits.

    Attributes:
        channel: The channel underneath.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel: Channel = channel

    def order(self, *transactions: Transaction) -> None:
        """Hands endorsed transactions to ordering, in this order; raises SubmitError."""
        self.channel.order(*(transaction.endorsed for transaction in transactions))

    def status(self, transaction_id: str) -> Status:
        """What the peers decided of a transaction; CommitStatusError where no block holds it."""
        return self.channel.status(transaction_id)

    @property
    def blocks(self) -> Sequence[Block]:
        """The chain; block 0 is the channel's configuration, each deployment has its own."""
        return tuple(self.channel.blocks)

    @property
    def height(self) -> int:
        """Number of blocks."""
        return len(self.channel.blocks)

    @property
    def now(self) -> int:
        """The clock of peers and clients, milliseconds since 1970; set it as the test needs."""
        return self.channel.now

    @now.setter
    def now(self, milliseconds: int) -> None:
        self.channel.now = milliseconds

    # --- committed state

    def state(self, chaincode: str, key: str) -> bytes | None:
        """The committed value of a public key, or None."""
        found = self.channel.public.get(chaincode, key)
        return found.value if found is not None else None

    def keys(self, chaincode: str) -> list[str]:
        """Every public key of a chaincode, in order."""
        return [key for key, _ in self.channel.public.range(chaincode, "", "")]

    def policy(self, chaincode: str, key: str) -> Policy | None:
        """A public key's own endorsement policy, or None where the chaincode's applies."""
        found = self.channel.public.get(chaincode, key)
        data = found.metadata.get(VALIDATION_PARAMETER) if found is not None else None
        return Policy.decode(data) if data else None

    def private(self, department: str, chaincode: str, collection: str, key: str) -> bytes | None:
        """The private value that a department's peer has, or None."""
        store = self.channel.peers[department].private
        found = store.get(private_space(chaincode, collection), key)
        return found.value if found is not None else None

    def history(self, chaincode: str, key: str) -> list[Modification]:
        """What was written to a public key, newest first."""
        return self.channel.history.of(chaincode, key)

    def events(self, chaincode: str) -> list[ChaincodeEvent]:
        """The events that clients of a chaincode have heard, in the chain's order."""
        return [
            ChaincodeEvent(
                block.number,
                transaction.transaction_id,
                chaincode,
                transaction.event.name,
                transaction.event.payload,
            )
            for block in self.channel.blocks
            for transaction in block.transactions
            if transaction.chaincode == chaincode
            and transaction.code is ValidationCode.VALID
            and transaction.event is not None
        ]

    def rows(self, department: str | None = None) -> list[Row]:
        """The whole public state, hashes included, and one department's private values."""
        stores = [self.channel.public]
        if department is not None:
            stores.append(self.channel.peers[department].private)
        return [row for store in stores for row in _rows(store)]

    def state_hash(self, department: str | None = None) -> str:
        """SHA-256 in hex over :meth:`rows`: equal ledgers have equal ones."""
        digest = hashlib.sha256()
        for row in self.rows(department):
            digest.update(repr(row).encode())
        return digest.hexdigest()


def _rows(store: Store) -> list[Row]:
    return [
        Row(
            space,
            key.hex() if isinstance(key, bytes) else key,
            found.value,
            tuple(sorted(found.metadata.items())),
            (found.version.block, found.version.transaction),
        )
        for space in store.spaces()
        for key, found in store.items(space)
    ]
