"""The ledger as a plain test uses it: no event loop in sight."""

import asyncio
import hashlib
import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from weftwork.arguments import decode_result, encode_arguments, encode_transient
from weftwork.ledger import Status, ValidationCode
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.testing.blocks import Block
from weftwork_chaincode.testing.channel import Channel
from weftwork_chaincode.testing.chronicle import Modification
from weftwork_chaincode.testing.code import Code, name_of
from weftwork_chaincode.testing.databases import StateDatabase
from weftwork_chaincode.testing.definitions import Collection
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.policies import EndorsementPolicy
from weftwork_chaincode.testing.proposed import Proposed
from weftwork_chaincode.testing.simulator import VALIDATION_PARAMETER
from weftwork_chaincode.testing.transactions import Result, Row, Transaction
from weftwork_chaincode.testing.versioned import Store, private_space

T = TypeVar("T")


class Ledger:
    """A channel of simulated departments: endorses, orders, validates and commits as Fabric does.

        ledger = Ledger(["LogisticsMSP", "EnergyMSP"])
        parcels = ledger.deploy(Parcels, policy="OR('LogisticsMSP.peer')")
        parcels.submit("create", Parcel(id="P1", holder="LogisticsMSP"))

    Calls block; in async code use :class:`~weftwork_chaincode.testing.AsyncLedger`.
    """

    def __init__(
        self,
        departments: Sequence[str] = ("LogisticsMSP", "EnergyMSP", "PropertyMSP", "CivicMSP"),
        channel: str = "crosswork",
        *,
        batch: int = 500,
        state_database: StateDatabase = "goleveldb",
    ) -> None:
        """Makes a channel with block 0 alone.

        Args:
            departments: MSP ids, each with one peer.
            channel: The channel's name.
            batch: Most transactions of a block.
            state_database: ``CouchDB`` answers rich queries, ``goleveldb`` (Fabric's default) none.
        """
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._finalizer = weakref.finalize(self, loop.close)
        self.channel: Channel = Channel(
            departments, channel, batch=batch, state_database=state_database
        )

    def close(self) -> None:
        """Ends it; a second call does nothing."""
        self._finalizer()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- chaincodes

    def deploy(
        self,
        code: Code,
        name: str | None = None,
        *,
        policy: EndorsementPolicy | None = None,
        collections: Sequence[Collection] = (),
        version: str = "1.0",
        installed: Sequence[str] | None = None,
        variants: Mapping[str, Code] | None = None,
    ) -> "Deployed":
        """Commits a chaincode's definition in a block of its own, or its next sequence.

        Args:
            code: The contract's class (each department runs an instance of its own), an instance
                for all, several contracts, or a handler.
            name: The chaincode's name; by default the contract's.
            policy: Its endorsement policy, a value or a text; by default most departments.
            collections: Its private data collections.
            version: Free text.
            installed: The departments that run it; by default all.
            variants: Departments that run other code: an older version, a rogue.

        Raises PolicyError and ValueError where the definition cannot be used.
        """
        named = name if name is not None else name_of(code)

        async def deploying() -> None:
            self.channel.deploy(
                code,
                named,
                policy=policy,
                collections=collections,
                version=version,
                installed=installed,
                variants=variants or {},
            )

        self._run(deploying)
        return Deployed(self, named)

    def chaincode(self, name: str) -> "Deployed":
        """A chaincode by name, deployed or not: calls of one that is not are refused."""
        return Deployed(self, name)

    # --- ordering and the chain

    def order(self, *transactions: Transaction) -> None:
        """Hands endorsed transactions to ordering, in this order; raises SubmitError."""
        self.channel.order(*(transaction.endorsed for transaction in transactions))

    def commit(self) -> Block:
        """Cuts what is ordered into blocks, validates and commits them; the last block."""
        return self._run(self.channel.commit)

    def conflict(
        self, first: "Proposal | Transaction", second: "Proposal | Transaction"
    ) -> tuple[ValidationCode, ValidationCode]:
        """Has two transactions endorsed on the same state and ordered into one block.

        Returns what the peers decide of each. Raises EndorseError where one is not endorsed.
        """
        transactions = [
            given.endorse() if isinstance(given, Proposal) else given for given in (first, second)
        ]
        self.order(*transactions)
        self.commit()
        one, other = (self.status(found.transaction_id).code for found in transactions)
        return one, other

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

    # --- for what belongs to it

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs async work in the ledger's own loop and waits for it."""
        return self._run(work)

    def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def main() -> T:
            return await work()

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._loop.run_until_complete(main())
        raise RuntimeError("a Ledger blocks: in async code use AsyncLedger")


class Deployed:
    """A chaincode on the ledger, as its clients call it."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self._ledger = ledger
        self.name: str = name

    def submit(
        self,
        function: str,
        *arguments: object,
        as_: Identity | None = None,
        transient: Mapping[str, bytes | str] | None = None,
        endorsers: Sequence[str] = (),
        timestamp: int | None = None,
    ) -> Result:
        """Has a function endorsed, ordered and committed.

        Args:
            function: Its name.
            arguments: Text and bytes travel as they are, anything else as canonical JSON.
            as_: The client; by default a user of the first department, whose gateway is asked.
            transient: Data that goes to the endorsing peers alone.
            endorsers: Departments to ask in place of those that the policies need.
            timestamp: The client's clock, milliseconds since 1970; by default the ledger's.

        Raises EndorseError, SubmitError and CommitError as the client does.
        """
        proposal = self.propose(
            function,
            *arguments,
            as_=as_,
            transient=transient,
            endorsers=endorsers,
            timestamp=timestamp,
        )
        return proposal.submit()

    def endorse(self, function: str, *arguments: object, **options: Any) -> Transaction:
        """Has a function endorsed and orders nothing; options as :meth:`submit`'s."""
        return self.propose(function, *arguments, **options).endorse()

    def evaluate(
        self, function: str, *arguments: object, returns: type[T] = bytes, **options: Any
    ) -> T:
        """Asks one peer for a result, by ``returns`` of that type, and changes nothing.

        Options as :meth:`submit`'s; ``endorsers`` are the departments that may be asked. Raises
        EvaluateError.
        """
        return self.propose(function, *arguments, **options).evaluate(returns)

    def propose(
        self,
        function: str,
        *arguments: object,
        as_: Identity | None = None,
        transient: Mapping[str, bytes | str] | None = None,
        endorsers: Sequence[str] = (),
        timestamp: int | None = None,
    ) -> "Proposal":
        """A call, not yet sent; options as :meth:`submit`'s."""
        channel = self._ledger.channel
        proposed = channel.propose(
            self.name,
            encode_arguments(function, arguments),
            as_ if as_ is not None else identity(channel.departments[0]),
            transient=encode_transient(dict(transient or {})),  # pyright: ignore[reportArgumentType]  # text by courtesy
            timestamp=timestamp,
        )
        return Proposal(self._ledger, proposed, tuple(endorsers))


class Proposal:
    """A call of a function, not yet sent."""

    def __init__(self, ledger: Ledger, proposed: Proposed, endorsers: tuple[str, ...]) -> None:
        self._ledger = ledger
        self._proposed = proposed
        self._endorsers = endorsers

    @property
    def transaction_id(self) -> str:
        """The id that the transaction will have."""
        return self._proposed.transaction_id

    def endorse(self) -> Transaction:
        """Has it endorsed; EndorseError with each department's refusal."""
        channel = self._ledger.channel
        return Transaction(
            self._ledger.run(lambda: channel.endorse(self._proposed, self._endorsers))
        )

    def evaluate(self, returns: Any = bytes) -> Any:
        """Asks one peer; EvaluateError."""
        channel = self._ledger.channel
        answer = self._ledger.run(lambda: channel.evaluate(self._proposed, self._endorsers))
        return decode_result(answer.result, returns, function=self._proposed.function)

    def submit(self) -> Result:
        """Has it endorsed, ordered and committed; EndorseError, SubmitError, CommitError."""
        channel = self._ledger.channel

        async def submitting() -> Result:
            channel.order(await channel.endorse(self._proposed, self._endorsers))
            await channel.commit()
            return Result(channel.check(self._proposed.transaction_id))

        return self._ledger.run(submitting)


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
