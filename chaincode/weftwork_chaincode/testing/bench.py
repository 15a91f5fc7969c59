"""Several chaincodes on one channel of one peer, without policies and conflicts.

It runs them as :class:`~weftwork_chaincode.testing.Ledger` does, and commits what it is told to.
"""

import hashlib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from weftwork_chaincode.contract import Contract
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.messages import Event, Response
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.testing.answer import Answer
from weftwork_chaincode.testing.channel_view import ChannelView
from weftwork_chaincode.testing.chronicle import Chronicle
from weftwork_chaincode.testing.committing import Committer
from weftwork_chaincode.testing.databases import LevelDb
from weftwork_chaincode.testing.definitions import (
    Collection,
    CollectionRules,
    Definition,
    rules_of,
)
from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.peer import Peer
from weftwork_chaincode.testing.policies import DEFAULT, rule_of
from weftwork_chaincode.testing.proposed import propose
from weftwork_chaincode.testing.rwset import Metadata, ReadWriteSet, key_hash
from weftwork_chaincode.testing.simulator import VALIDATION_PARAMETER, Simulator
from weftwork_chaincode.testing.versioned import (
    Batch,
    Store,
    Version,
    Versioned,
    hash_space,
    private_space,
)
from weftwork_model import decode, encode

T = TypeVar("T")

_START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
_BENCH = "BenchMSP"
_PRIVATE = "$$p"
_Values = dict[str, bytes | None]
_Policies = dict[str, Policy]

Place = tuple[str, str, str]
"""Chaincode, collection (empty: public), key."""


@dataclass(frozen=True)
class TxResult:
    """What one transaction answered and would write.

    Attributes:
        status: Below 400 it is endorsed.
        message: The refusal's words.
        payload: The result's bytes.
        tx_id: The transaction's id.
        writes: Chaincode → key → value; None deletes.
        private_writes: Chaincode → collection → key → value; None deletes.
        policies: Chaincode → key → the policy it was bound to.
        private_policies: Chaincode → collection → key → the policy it was bound to.
        event: The event of the invoked chaincode.
    """

    status: int
    message: str
    payload: bytes
    tx_id: str = ""
    writes: dict[str, _Values] = field(default_factory=dict[str, _Values])
    private_writes: dict[str, dict[str, _Values]] = field(
        default_factory=dict[str, dict[str, _Values]]
    )
    policies: dict[str, _Policies] = field(default_factory=dict[str, _Policies])
    private_policies: dict[str, dict[str, _Policies]] = field(
        default_factory=dict[str, dict[str, _Policies]]
    )
    event: Event | None = None

    @property
    def ok(self) -> bool:
        """Whether the peer would endorse it."""
        return self.status < 400

    def returns(self, result: type[T]) -> T:
        """The result as a value; AssertionError where the transaction was refused."""
        if not self.ok:
            raise AssertionError(f"{self.status}: {self.message}")
        if result is bytes:
            return cast(T, self.payload)
        return cast(T, self.payload.decode() if result is str else decode(self.payload, result))


class _PlaceValues(MutableMapping[Place, bytes]):
    """The bench's committed values, to be read and changed by chaincode, collection and key."""

    def __init__(self, public: Store, private: Store) -> None:
        self._public = public
        self._private = private

    def __getitem__(self, place: Place) -> bytes:
        chaincode, collection, key = place
        found = (
            self._private.get(private_space(chaincode, collection), key)
            if collection
            else self._public.get(chaincode, key)
        )
        if found is None:
            raise KeyError(place)
        return found.value

    def __setitem__(self, place: Place, value: bytes) -> None:
        chaincode, collection, key = place
        written = Versioned(value, {}, Version(0, 0))
        if not collection:
            self._public.put(chaincode, key, written)
            return
        self._private.put(private_space(chaincode, collection), key, written)
        hashed = Versioned(hashlib.sha256(value).digest(), {}, Version(0, 0))
        self._public.put(hash_space(chaincode, collection), key_hash(key), hashed)

    def __delitem__(self, place: Place) -> None:
        if place not in self:
            raise KeyError(place)
        chaincode, collection, key = place
        if not collection:
            self._public.delete(chaincode, key)
            return
        self._private.delete(private_space(chaincode, collection), key)
        self._public.delete(hash_space(chaincode, collection), key_hash(key))

    def __iter__(self) -> Iterator[Place]:
        for space in self._public.spaces():
            if "$$" not in space:
                for key, _ in self._public.items(space):
                    yield space, "", str(key)
        for space in self._private.spaces():
            chaincode, _, collection = space.partition(_PRIVATE)
            for key, _ in self._private.items(space):
                yield chaincode, collection, str(key)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class State:
    """The committed state of the bench's channel.

    Attributes:
        values: (chaincode, collection or "", key) → value; tests may change it.
    """

    def __init__(self, public: Store, private: Store) -> None:
        self.values: MutableMapping[Place, bytes] = _PlaceValues(public, private)


class Bench:
    """Contracts by chaincode name, over the real engine and a state in memory.

    ``bench = Bench({"logistics": Logistics()})``, then ``await bench.submit("logistics", "offer",
    "C-1", creator=identity("LogisticsMSP", "clerk"))``. Use it within one event loop. Any
    collection exists, and everybody may read and write it.

    Attributes:
        state: The committed state of the channel.
        now: The client's clock, milliseconds since 1970; move it as the test needs.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        *,
        channel: str = "crosswork",
        write_batch: int = 1000,
        multi_get: int = 1000,
    ) -> None:
        self._view = _View(channel, contracts)
        self._contracts = dict(contracts)
        self._offers = (write_batch, multi_get)
        self._installed = False
        self._count = 0
        peer = self._view.peers[_BENCH]
        self._committer = Committer(
            self._view.public, {_BENCH: peer.private}, self._view.collection
        )
        self.state: State = State(self._view.public, peer.private)
        self.now: int = _START

    async def submit(
        self,
        chaincode: str,
        function: str,
        *args: object,
        creator: Identity | None = None,
        transient: Mapping[str, bytes] | None = None,
        timestamp: int | None = None,
        commit: bool = True,
    ) -> TxResult:
        """Runs one transaction and, where it is endorsed and ``commit`` is true, commits it.

        ``str`` and ``bytes`` arguments go as they are, anything else as canonical JSON.
        """
        peer = self._view.peers[_BENCH]
        if not self._installed:  # a stream needs the loop, which runs by now
            self._installed = True
            for name, contract in self._contracts.items():
                peer.install(name, Dispatcher(contract), self._offers)
        self._count += 1
        proposed = propose(
            self._view.name,
            chaincode,
            [function.encode(), *(_wire(arg) for arg in args)],
            creator=creator if creator is not None else identity("ClientMSP"),
            nonce=self._count.to_bytes(24),
            timestamp=timestamp if timestamp is not None else self.now,
            transient=transient or {},
        )
        simulator = self._view.simulator(proposed.transaction_id, peer)
        completed = await peer.simulate(proposed, simulator)
        response = Response.decode(completed.payload)
        if commit and response.status < 400:
            results = simulator.results
            endorsed = Endorsed(proposed, Answer(200, "", results=results), (_BENCH,))
            version, batch = Version(self._count, 0), Batch()
            self._committer.prepare(endorsed, version, batch)
            self._committer.commit(self._count, [(version, endorsed)], batch)
            self._view.history.add(self._count, endorsed)
        event = (
            Event(completed.chaincode_event.event_name, completed.chaincode_event.payload)
            if completed.HasField("chaincode_event")
            else None
        )
        return _result(response, simulator.results, proposed.transaction_id, event)

    async def evaluate(
        self, chaincode: str, function: str, *args: object, **options: Any
    ) -> TxResult:
        """Runs one transaction and commits nothing."""
        return await self.submit(chaincode, function, *args, commit=False, **options)


class _View:
    """The channel as the bench's one peer sees it."""

    def __init__(self, name: str, contracts: Mapping[str, Contract]) -> None:
        self.name: str = name
        self.now: int = _START
        self.public: Store = Store()
        self.history: Chronicle = Chronicle()
        self.departments: Sequence[str] = (_BENCH,)
        self.others: Mapping[str, ChannelView[Peer]] = {name: self}
        self.peers: Mapping[str, Peer] = {_BENCH: Peer(_BENCH, self)}
        policy = rule_of(DEFAULT, self.departments)
        self.definitions: Mapping[str, Definition] = {
            chaincode: Definition(chaincode, "1.0", 1, policy, {}, (_BENCH,))
            for chaincode in contracts
        }

    def collection(self, chaincode: str, name: str) -> CollectionRules | None:
        return rules_of(Collection(name, (_BENCH,)), (_BENCH,))

    def running(self, chaincode: str) -> Sequence[str]:
        return (_BENCH,) if chaincode in self.definitions else ()

    def knows(self, transaction_id: str) -> bool:
        return False

    def simulator(self, transaction_id: str, peer: Peer) -> Simulator:
        return Simulator(self.name, transaction_id, self.public, peer.private, self, LevelDb())


def _wire(arg: object) -> bytes:
    if isinstance(arg, bytes):
        return arg
    return arg.encode() if isinstance(arg, str) else encode(arg)


def _result(response: Response, results: ReadWriteSet, tx_id: str, event: Event | None) -> TxResult:
    found = TxResult(response.status, response.message, response.payload, tx_id, event=event)
    for chaincode, part in results.namespaces.items():
        if part.writes:
            found.writes[chaincode] = {key: value or None for key, value in part.writes.items()}
        if part.metadata:
            found.policies[chaincode] = _policies(part.metadata)
        for name, collection in part.collections.items():
            if collection.writes:
                writes = found.private_writes.setdefault(chaincode, {})
                writes[name] = {key: value or None for key, value in collection.writes.items()}
            if collection.metadata:
                policies = found.private_policies.setdefault(chaincode, {})
                policies[name] = _policies(collection.metadata)
    return found


def _policies(metadata: Mapping[str, Metadata]) -> _Policies:
    return {key: Policy.decode(entries[VALIDATION_PARAMETER]) for key, entries in metadata.items()}
