"""A channel in memory: departments' peers, their gateways, ordering, and the chain.

Everything waits like the real thing; :class:`~weftwork_chaincode.testing.Ledger` is the sync face.
"""

import asyncio
from collections.abc import Mapping, Sequence

from weftwork.errors import CommitError, CommitStatusError, SubmitError
from weftwork.ledger import Status, ValidationCode
from weftwork_chaincode.session import Handler
from weftwork_chaincode.testing.answer import Answer
from weftwork_chaincode.testing.blocks import Block, Ordered
from weftwork_chaincode.testing.chronicle import Chronicle
from weftwork_chaincode.testing.code import Code, handler_of
from weftwork_chaincode.testing.committing import Committer
from weftwork_chaincode.testing.databases import CouchDb, LevelDb, StateDatabase
from weftwork_chaincode.testing.definitions import (
    Collection,
    CollectionRules,
    Definition,
    implicit,
    rules_of,
)
from weftwork_chaincode.testing.endorsing import Endorsed, Gateway
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.lifecycle import commit_definition, lifecycle
from weftwork_chaincode.testing.peer import Peer
from weftwork_chaincode.testing.policies import DEFAULT, EndorsementPolicy, rule_of
from weftwork_chaincode.testing.proposed import Proposed, propose
from weftwork_chaincode.testing.simulator import LIFECYCLE, Simulator
from weftwork_chaincode.testing.validating import Endorsements, Rules, conflict
from weftwork_chaincode.testing.versioned import Batch, Store, Version

START = 1_767_225_600_000
"""Where the clocks stand at first: 2026-01-01T00:00:00Z, in milliseconds since 1970."""


class Channel:
    """One channel and all its departments; use it within one event loop.

    Attributes:
        name: The channel's name.
        departments: MSP ids, each with one peer.
        public: The state that every peer has: public keys, and the hashes of private ones.
        blocks: The chain; block 0 is the channel's configuration.
        now: The clock of peers and clients, milliseconds since 1970; move it as the test needs.
        ordering: Whether the orderers answer.
        history: What was written to each key.
        others: The other channels of the same peers, by name.
    """

    def __init__(
        self,
        departments: Sequence[str],
        name: str = "crosswork",
        *,
        batch: int = 500,
        state_database: StateDatabase = "goleveldb",
        offers: tuple[int, int] = (1000, 1000),
    ) -> None:
        if not departments:
            raise ValueError("a channel needs a department")
        if batch < 1:
            raise ValueError(f"a block holds one transaction or more, not {batch}")
        self.name: str = name
        self.departments: tuple[str, ...] = tuple(dict.fromkeys(departments))
        self.now: int = START
        self.ordering: bool = True
        self.public: Store = Store()
        self.history: Chronicle = Chronicle()
        self.others: dict[str, Channel] = {name: self}
        self.peers: dict[str, Peer] = {mspid: Peer(mspid, self) for mspid in self.departments}
        self.definitions: dict[str, Definition] = {}
        self.blocks: list[Block] = [Block(0, None, ())]
        self._batch = batch
        self._offers = offers
        self._database = CouchDb() if state_database == "CouchDB" else LevelDb()
        self._implicit = {
            rules.config.name: rules
            for rules in (implicit(mspid, self.departments) for mspid in self.departments)
        }
        self._committer = Committer(
            self.public,
            {mspid: peer.private for mspid, peer in self.peers.items()},
            self.collection,
        )
        self._pending: list[Endorsed] = []
        self._codes: dict[str, Ordered] = {}
        self._nonce = 0
        self._lifecycle = lifecycle(self.departments)
        self._simulating = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def link(self, other: "Channel") -> None:
        """Lets the two channels' peers be the same ones: chaincodes may call across."""
        other.others = self.others
        self.others[other.name] = other

    # --- lifecycle

    def deploy(
        self,
        code: Code,
        name: str,
        *,
        policy: EndorsementPolicy | None,
        collections: Sequence[Collection],
        version: str,
        installed: Sequence[str] | None,
        variants: Mapping[str, Code],
    ) -> Definition:
        """Installs, approves and commits a chaincode, or its next sequence, in a block of its own.

        Raises PolicyError and ValueError where the definition cannot be used.
        """
        earlier = self.definitions.get(name)
        departments = tuple(installed) if installed is not None else self.departments
        for mspid in (*departments, *variants):
            if mspid not in self.peers:
                raise ValueError(f"{mspid} is no department of channel {self.name}")
        named = {config.name: rules_of(config, self.departments) for config in collections}
        if len(named) != len(collections):
            raise ValueError(f"{name}: a collection is declared twice")
        definition = Definition(
            name,
            version,
            earlier.sequence + 1 if earlier is not None else 1,
            rule_of(policy if policy is not None else DEFAULT, self.departments),
            named,
            departments,
        )
        handlers: dict[str, Handler] = {
            mspid: handler_of(variants.get(mspid, code)) for mspid in departments
        }
        for mspid, handler in handlers.items():
            self.peers[mspid].install(name, handler, self._offers)
        proposed = self.propose(
            LIFECYCLE,
            [b"CommitChaincodeDefinition", name.encode()],
            identity(self.departments[0], name="admin"),
        )
        self._pending.append(commit_definition(proposed, definition, self.departments))
        self._cut()
        self.definitions[name] = definition
        return definition

    # --- what peers and gateways know

    def collection(self, chaincode: str, name: str) -> CollectionRules | None:
        """A chaincode's collection, implicit ones included."""
        definition = self.definitions.get(chaincode)
        if definition is None:
            return None
        return definition.collections.get(name) or self._implicit.get(name)

    def running(self, chaincode: str) -> Sequence[str]:
        """MSP ids of the departments whose peers run the chaincode."""
        definition = self.definitions.get(chaincode)
        return definition.installed if definition is not None else ()

    def knows(self, transaction_id: str) -> bool:
        """Whether the chain holds a transaction of this id, valid or not."""
        return transaction_id in self._codes

    def simulator(self, transaction_id: str, peer: Peer) -> Simulator:
        """A new simulation over the committed state."""
        return Simulator(self.name, transaction_id, self.public, peer.private, self, self._database)

    # --- a transaction's way

    def propose(
        self,
        chaincode: str,
        arguments: Sequence[bytes],
        creator: Identity,
        *,
        transient: Mapping[str, bytes] | None = None,
        timestamp: int | None = None,
    ) -> Proposed:
        """A client's proposal; each has another id."""
        self._nonce += 1
        return propose(
            self.name,
            chaincode,
            arguments,
            creator=creator,
            nonce=self._nonce.to_bytes(24),
            timestamp=self.now if timestamp is None else timestamp,
            transient=transient or {},
        )

    async def endorse(self, proposed: Proposed, organizations: Sequence[str] = ()) -> Endorsed:
        """Collects endorsements as the client's gateway does; raises EndorseError."""
        self._begin()
        try:
            return await self._gateway(proposed).endorse(proposed, organizations)
        finally:
            self._end()

    async def evaluate(self, proposed: Proposed, organizations: Sequence[str] = ()) -> Answer:
        """Asks one peer; raises EvaluateError."""
        self._begin()
        try:
            return await self._gateway(proposed).evaluate(proposed, organizations)
        finally:
            self._end()

    def order(self, *transactions: Endorsed) -> None:
        """Hands transactions to ordering, in this order; SubmitError where it does not answer."""
        for transaction in transactions:
            if not self.ordering:
                raise SubmitError(
                    "UNAVAILABLE",
                    "no orderers could successfully process transaction",
                    transaction_id=transaction.proposed.transaction_id,
                )
            self._pending.append(transaction)

    async def commit(self) -> Block:
        """Cuts what is ordered into blocks and commits them; the last block.

        It waits for simulations under way, as a peer's commit does.
        """
        while self._simulating:
            await self._idle.wait()
        return self._cut()

    def status(self, transaction_id: str) -> Status:
        """What the peers decided; CommitStatusError where no block holds the transaction."""
        found = self._codes.get(transaction_id)
        if found is None:
            raise CommitStatusError(
                "DEADLINE_EXCEEDED", "context deadline exceeded", transaction_id=transaction_id
            )
        return Status(transaction_id, found.code, found.block_number)

    def check(self, transaction_id: str) -> Ordered:
        """The committed transaction; CommitError where it is not valid."""
        status = self.status(transaction_id)
        if not status.successful:
            raise CommitError(status.code.name, transaction_id, status.block_number)
        return self._codes[transaction_id]

    # --- inside

    def _gateway(self, proposed: Proposed) -> Gateway:
        own = proposed.creator.mspid
        return Gateway(own if own in self.peers else self.departments[0], self)

    def _begin(self) -> None:
        self._simulating += 1
        self._idle.clear()

    def _end(self) -> None:
        self._simulating -= 1
        if not self._simulating:
            self._idle.set()

    def _cut(self) -> Block:
        while self._pending:
            several, self._pending = self._pending[: self._batch], self._pending[self._batch :]
            self._append(several)
        return self.blocks[-1]

    def _append(self, several: Sequence[Endorsed]) -> None:
        number = len(self.blocks)
        endorsements = Endorsements(
            Rules(self.public, self._definition, self.collection, self.knows)
        )
        batch = Batch()
        valid: list[tuple[Version, Endorsed]] = []
        codes = [endorsements.check(transaction) for transaction in several]
        for index, transaction in enumerate(several):
            if codes[index] is ValidationCode.VALID:
                codes[index] = conflict(transaction, self.public, batch)
            if codes[index] is ValidationCode.VALID:
                version = Version(number, index)
                self._committer.prepare(transaction, version, batch)
                valid.append((version, transaction))
        self._committer.commit(number, valid, batch)
        for _, transaction in valid:
            self.history.add(number, transaction)
        block = Block(
            number,
            self.blocks[-1],
            tuple(
                Ordered(transaction, code, number, index)
                for index, (transaction, code) in enumerate(zip(several, codes, strict=True))
            ),
        )
        self.blocks.append(block)
        for ordered in block.transactions:
            self._codes.setdefault(ordered.transaction_id, ordered)

    def _definition(self, name: str) -> Definition | None:
        return self._lifecycle if name == LIFECYCLE else self.definitions.get(name)
