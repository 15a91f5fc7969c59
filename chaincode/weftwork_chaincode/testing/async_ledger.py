"""The ledger for async tests: the same calls, each awaited, any number at once."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from weftwork.arguments import decode_result, encode_arguments, encode_transient
from weftwork.ledger import ValidationCode
from weftwork_chaincode.testing.blocks import Block
from weftwork_chaincode.testing.channel import Channel
from weftwork_chaincode.testing.code import Code, name_of
from weftwork_chaincode.testing.databases import StateDatabase
from weftwork_chaincode.testing.definitions import Collection
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.inspection import Inspection
from weftwork_chaincode.testing.policies import EndorsementPolicy
from weftwork_chaincode.testing.proposed import Proposed
from weftwork_chaincode.testing.transactions import Result, Transaction

T = TypeVar("T")

DEPARTMENTS = ("LogisticsMSP", "EnergyMSP", "PropertyMSP", "CivicMSP")
"""The departments of a ledger that is given none."""


class AsyncLedger(Inspection):
    """A channel of simulated departments; make and use it within one event loop.

    See :class:`~weftwork_chaincode.testing.Ledger` for what each call does.
    """

    def __init__(
        self,
        departments: Sequence[str] = DEPARTMENTS,
        channel: str = "crosswork",
        *,
        batch: int = 500,
        state_database: StateDatabase = "goleveldb",
    ) -> None:
        super().__init__(Channel(departments, channel, batch=batch, state_database=state_database))

    def beside(
        self, channel: str, *, batch: int = 500, state_database: StateDatabase = "goleveldb"
    ) -> "AsyncLedger":
        """Another channel of the same departments' peers; ValueError where there is one so named.

        A chaincode called across channels reads there, and what it writes there is lost.
        """
        if channel in self.channel.others:
            raise ValueError(f"there is a channel {channel} already")
        departments = self.channel.departments
        made = AsyncLedger(departments, channel, batch=batch, state_database=state_database)
        self.channel.link(made.channel)
        return made

    async def deploy(
        self,
        code: Code,
        name: str | None = None,
        *,
        policy: EndorsementPolicy | None = None,
        collections: Sequence[Collection] = (),
        version: str = "1.0",
        installed: Sequence[str] | None = None,
        variants: Mapping[str, Code] | None = None,
    ) -> "AsyncDeployed":
        """Commits a chaincode's definition in a block of its own, or its next sequence."""
        named = name if name is not None else name_of(code)
        self.channel.deploy(
            code,
            named,
            policy=policy,
            collections=collections,
            version=version,
            installed=installed,
            variants=variants or {},
        )
        return AsyncDeployed(self, named)

    def chaincode(self, name: str) -> "AsyncDeployed":
        """A chaincode by name, deployed or not."""
        return AsyncDeployed(self, name)

    async def commit(self) -> Block:
        """Cuts what is ordered into blocks, validates and commits them; the last block."""
        return await self.channel.commit()

    async def conflict(
        self, first: "AsyncProposal | Transaction", second: "AsyncProposal | Transaction"
    ) -> tuple[ValidationCode, ValidationCode]:
        """Has two transactions endorsed on the same state and ordered into one block."""
        transactions = [
            await given.endorse() if isinstance(given, AsyncProposal) else given
            for given in (first, second)
        ]
        self.order(*transactions)
        await self.commit()
        one, other = (self.status(found.transaction_id).code for found in transactions)
        return one, other


class AsyncDeployed:
    """A chaincode on the ledger, as its clients call it."""

    def __init__(self, ledger: AsyncLedger, name: str) -> None:
        self._ledger = ledger
        self.name: str = name

    async def submit(self, function: str, *arguments: object, **options: Any) -> Result:
        """Has a function endorsed, ordered and committed; options as :meth:`propose`'s."""
        return await self.propose(function, *arguments, **options).submit()

    async def endorse(self, function: str, *arguments: object, **options: Any) -> Transaction:
        """Has a function endorsed and orders nothing."""
        return await self.propose(function, *arguments, **options).endorse()

    async def evaluate(
        self, function: str, *arguments: object, returns: type[T] = bytes, **options: Any
    ) -> T:
        """Asks one peer for a result and changes nothing."""
        return await self.propose(function, *arguments, **options).evaluate(returns)

    def propose(
        self,
        function: str,
        *arguments: object,
        as_: Identity | None = None,
        transient: Mapping[str, bytes | str] | None = None,
        endorsers: Sequence[str] = (),
        timestamp: int | None = None,
    ) -> "AsyncProposal":
        """A call, not yet sent; for the options see :meth:`Deployed.submit`."""
        channel = self._ledger.channel
        proposed = proposal_of(channel, self.name, function, arguments, as_, transient, timestamp)
        return AsyncProposal(self._ledger, proposed, tuple(endorsers))


class AsyncProposal:
    """A call of a function, not yet sent."""

    def __init__(self, ledger: AsyncLedger, proposed: Proposed, endorsers: tuple[str, ...]) -> None:
        self._channel = ledger.channel
        self._proposed = proposed
        self._endorsers = endorsers

    @property
    def transaction_id(self) -> str:
        """The id that the transaction will have."""
        return self._proposed.transaction_id

    async def endorse(self) -> Transaction:
        """Has it endorsed; EndorseError with each department's refusal."""
        return Transaction(await self._channel.endorse(self._proposed, self._endorsers))

    async def evaluate(self, returns: type[T] = bytes) -> T:
        """Asks one peer; EvaluateError."""
        answer = await self._channel.evaluate(self._proposed, self._endorsers)
        return decode_result(answer.result, returns, function=self._proposed.function)

    async def submit(self) -> Result:
        """Has it endorsed, ordered and committed; EndorseError, SubmitError, CommitError."""
        self._channel.order(await self._channel.endorse(self._proposed, self._endorsers))
        await self._channel.commit()
        return Result(self._channel.check(self._proposed.transaction_id))


def proposal_of(
    channel: Channel,
    chaincode: str,
    function: str,
    arguments: tuple[object, ...],
    client: Identity | None,
    transient: Mapping[str, bytes | str] | None,
    timestamp: int | None,
) -> Proposed:
    """A client's proposal, its arguments encoded as the client does; raises ArgumentError."""
    return channel.propose(
        chaincode,
        encode_arguments(function, arguments),
        client if client is not None else identity(channel.departments[0]),
        transient=encode_transient(dict(transient or {})),  # pyright: ignore[reportArgumentType]  # text by courtesy
        timestamp=timestamp,
    )
