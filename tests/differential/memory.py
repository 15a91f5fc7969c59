"""The ledger's side: the same probes on `weftwork_chaincode.testing`, in this process."""

import asyncio
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import weftwork
from tests.differential.probe import Probe
from tests.differential.shape import BLOCK, CHAINCODES, CHANNEL, MSPIDS
from tests.differential.steps import Block, Call, Entry, Names, Outcome
from weftwork_chaincode.testing import identity
from weftwork_chaincode.testing.blocks import Ordered
from weftwork_chaincode.testing.channel import Channel
from weftwork_chaincode.testing.definitions import Collection
from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_chaincode.testing.proposed import Proposed

T = TypeVar("T")


class LedgerSide:
    """Three departments in memory, for as long as the `with` lasts."""

    name = "ledger"

    def __init__(self, *, batching: bool = True) -> None:
        """Says whether its peers take batches of writes, as Fabric 3.1's do and 2.5's do not."""
        self._offers = (1000, 1000) if batching else (0, 0)
        self._names = Names()
        self._endorsed: dict[str, Endorsed] = {}
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        """Makes it, and deploys the probes."""
        self._runner.__enter__()
        self.channel: Channel = Channel(MSPIDS, CHANNEL, batch=BLOCK, offers=self._offers)
        self._run(self._deploy())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends its loop."""
        self._runner.__exit__(kind, error, trace)

    def endorse(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Endorses one after the other: none of them sees another."""
        return {call.label: self._run(self._endorse(call)) for call in calls}

    def ask(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Evaluates one after the other."""
        return {call.label: self._run(self._ask(call)) for call in calls}

    def order(self, batches: Sequence[Sequence[str]]) -> list[Block]:
        """A block of each batch."""
        return [self._run(self._cut(labels)) for labels in batches]

    def _run(self, waiting: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(waiting)

    async def _deploy(self) -> None:
        for shape in CHAINCODES:
            collections = [
                Collection(
                    one.name,
                    one.members,
                    member_only_read=one.member_only_read,
                    member_only_write=one.member_only_write,
                    endorsement_policy=one.policy,
                    block_to_live=one.block_to_live,
                    required_peer_count=1,
                    maximum_peer_count=len(MSPIDS) - 1,
                )
                for one in shape.collections
            ]
            self.channel.deploy(
                Probe,
                shape.name,
                policy=shape.policy,
                collections=collections,
                version="1",
                installed=None,
                variants={},
            )

    def _proposal(self, call: Call, function: str) -> Proposed:
        self.channel.now += 1000
        proposed = self.channel.propose(
            call.chaincode,
            [function.encode(), call.text.encode()],
            identity(call.by),
            transient=call.transient,
        )
        self._names.learn(proposed.transaction_id, call.label, proposed.timestamp)
        return proposed

    async def _endorse(self, call: Call) -> Outcome:
        proposed = self._proposal(call, "run")
        try:
            endorsed = await self.channel.endorse(proposed, call.endorsers or ())
        except weftwork.EndorseError as error:
            return self._names.failure(error, proposed.transaction_id)
        self._endorsed[call.label] = endorsed
        return self._names.success(call, endorsed.answer.result)

    async def _ask(self, call: Call) -> Outcome:
        proposed = self._proposal(call, "ask")
        try:
            answer = await self.channel.evaluate(proposed, call.endorsers or ())
        except weftwork.EvaluateError as error:
            return self._names.failure(error, proposed.transaction_id)
        return self._names.success(call, answer.result)

    async def _cut(self, labels: Sequence[str]) -> Block:
        self.channel.order(*(self._endorsed[label] for label in labels))
        block = await self.channel.commit()
        return tuple(self._entry(one) for one in block.transactions)

    def _entry(self, found: Ordered) -> Entry:
        event = found.event
        return Entry(
            label=self._names.label(found.transaction_id),
            code=found.code.name,
            event=(found.chaincode, event.name, event.payload.decode()) if event else None,
        )
