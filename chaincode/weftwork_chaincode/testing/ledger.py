"""The ledger as a plain test uses it: no event loop in sight."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from weftwork.ledger import ValidationCode
from weftwork_chaincode.testing.async_ledger import (
    DEPARTMENTS,
    AsyncDeployed,
    AsyncLedger,
    AsyncProposal,
)
from weftwork_chaincode.testing.blocks import Block
from weftwork_chaincode.testing.code import Code
from weftwork_chaincode.testing.databases import StateDatabase
from weftwork_chaincode.testing.definitions import Collection
from weftwork_chaincode.testing.identities import Identity
from weftwork_chaincode.testing.inspection import Inspection
from weftwork_chaincode.testing.policies import EndorsementPolicy
from weftwork_chaincode.testing.transactions import Result, Transaction
from weftwork_chaincode.testing.waiting import Waiting

T = TypeVar("T")


class Ledger(Inspection):
    """A channel of simulated departments: endorses, orders, validates and commits as Fabric does.

        ledger = Ledger(["LogisticsMSP", "EnergyMSP"])
        parcels = ledger.deploy(Parcels, policy="OR('LogisticsMSP.peer')")
        parcels.submit("create", Parcel(id="P1", holder="LogisticsMSP"))

    Calls block; in async code use :class:`~weftwork_chaincode.testing.AsyncLedger`.
    """

    def __init__(
        self,
        departments: Sequence[str] = DEPARTMENTS,
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
        self._begin(
            AsyncLedger(departments, channel, batch=batch, state_database=state_database),
            Waiting(),
        )

    def _begin(self, twin: AsyncLedger, waiting: Waiting) -> None:
        super().__init__(twin.channel)
        self._twin = twin
        self._waiting = waiting

    def close(self) -> None:
        """Ends it, and the channels beside it; a second call does nothing."""
        self._waiting.close()

    def beside(
        self, channel: str, *, batch: int = 500, state_database: StateDatabase = "goleveldb"
    ) -> "Ledger":
        """Another channel of the same departments' peers; ValueError where there is one so named.

        A chaincode called across channels reads there, and what it writes there is lost.
        """
        made = Ledger.__new__(Ledger)
        twin = self._twin.beside(channel, batch=batch, state_database=state_database)
        made._begin(twin, self._waiting)
        return made

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        twin = self._waiting.run(
            lambda: self._twin.deploy(
                code,
                name,
                policy=policy,
                collections=collections,
                version=version,
                installed=installed,
                variants=variants,
            )
        )
        return Deployed(twin, self._waiting)

    def chaincode(self, name: str) -> "Deployed":
        """A chaincode by name, deployed or not: calls of one that is not are refused."""
        return Deployed(self._twin.chaincode(name), self._waiting)

    def commit(self) -> Block:
        """Cuts what is ordered into blocks, validates and commits them; the last block."""
        return self._waiting.run(self._twin.commit)

    def conflict(
        self, first: "Proposal | Transaction", second: "Proposal | Transaction"
    ) -> tuple[ValidationCode, ValidationCode]:
        """Has two transactions endorsed on the same state and ordered into one block.

        Returns what the peers decide of each. Raises EndorseError where one is not endorsed.
        """
        one, other = (
            given.twin if isinstance(given, Proposal) else given for given in (first, second)
        )
        return self._waiting.run(lambda: self._twin.conflict(one, other))


class Deployed:
    """A chaincode on the ledger, as its clients call it."""

    def __init__(self, twin: AsyncDeployed, waiting: Waiting) -> None:
        self._twin = twin
        self._waiting = waiting

    @property
    def name(self) -> str:
        """The chaincode's name."""
        return self._twin.name

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
            as_: The client; by default a user of the first department. Its department's gateway
                is asked.
            transient: Data that goes to the endorsing peers alone.
            endorsers: Departments to ask in place of those that the policies need.
            timestamp: The client's clock, milliseconds since 1970; by default the ledger's.

        Raises EndorseError, SubmitError and CommitError as the client does.
        """
        return self.propose(
            function,
            *arguments,
            as_=as_,
            transient=transient,
            endorsers=endorsers,
            timestamp=timestamp,
        ).submit()

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

    def propose(self, function: str, *arguments: object, **options: Any) -> "Proposal":
        """A call, not yet sent; options as :meth:`submit`'s."""
        return Proposal(self._twin.propose(function, *arguments, **options), self._waiting)


class Proposal:
    """A call of a function, not yet sent."""

    def __init__(self, twin: AsyncProposal, waiting: Waiting) -> None:
        self.twin: AsyncProposal = twin
        self._waiting = waiting

    @property
    def transaction_id(self) -> str:
        """The id that the transaction will have."""
        return self.twin.transaction_id

    def endorse(self) -> Transaction:
        """Has it endorsed; EndorseError with each department's refusal."""
        return self._waiting.run(self.twin.endorse)

    def evaluate(self, returns: type[T] = bytes) -> T:
        """Asks one peer; EvaluateError."""
        return self._waiting.run(lambda: self.twin.evaluate(returns))

    def submit(self) -> Result:
        """Has it endorsed, ordered and committed; EndorseError, SubmitError, CommitError."""
        return self._waiting.run(self.twin.submit)
