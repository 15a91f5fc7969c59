"""A block's transactions validated as every peer does it, one after another.

First the endorsements (Fabric ``core/committer/txvalidator/v20``, ``core/common/validation/
statebased``), over the state before the block; then reads and ranges against what is committed and
what the valid ones before it in the block write (``core/ledger/kvledger/txmgmt/validation``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from weftwork.ledger import ValidationCode
from weftwork_chaincode.testing.committing import PeersStop
from weftwork_chaincode.testing.definitions import CollectionRules, Definition
from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_chaincode.testing.policies import Rule, read_envelope
from weftwork_chaincode.testing.rwset import NamespaceSet, RangeRead, key_hash
from weftwork_chaincode.testing.simulator import LIFECYCLE, VALIDATION_PARAMETER
from weftwork_chaincode.testing.versioned import (
    Batch,
    Key,
    Store,
    Version,
    hash_space,
    merged_range,
)

Place = tuple[str, str, Key]
"""Chaincode, collection (empty: public), key or the hash of one."""


@dataclass(frozen=True)
class Rules:
    """What validation looks up.

    Attributes:
        public: The state before the block.
        definition: A chaincode's definition, or None.
        collection: A chaincode's collection, or None.
        knows: Whether an earlier block holds a transaction of this id.
    """

    public: Store
    definition: Callable[[str], Definition | None]
    collection: Callable[[str, str], CollectionRules | None]
    knows: Callable[[str], bool]


class _Refuted(Exception):
    """The endorsements do not satisfy a policy."""


class Endorsements:
    """Checks the endorsements of one block's transactions, in their order."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._setters: dict[Place, list[int]] = {}
        self._passed: list[set[str]] = []
        self._judged: list[set[str]] = []
        self._seen: set[str] = set()

    def check(self, transaction: Endorsed) -> ValidationCode:
        """VALID, or why not; call it once for each transaction of the block."""
        passed: set[str] = set()
        number = len(self._passed)
        self._passed.append(passed)
        self._judged.append(set())
        code = self._code(transaction, passed)
        # also one that is found invalid later rules out others that write what it binds
        for place in _bound(transaction):
            self._setters.setdefault(place, []).append(number)
        txid = transaction.proposed.transaction_id
        if code is ValidationCode.VALID and txid in self._seen:
            return ValidationCode.DUPLICATE_TXID
        if code is ValidationCode.VALID:
            self._seen.add(txid)
        return code

    def _code(self, transaction: Endorsed, passed: set[str]) -> ValidationCode:
        if self._rules.knows(transaction.proposed.transaction_id):
            return ValidationCode.DUPLICATE_TXID
        namespaces = transaction.answer.results.namespaces
        written = {name for name, part in namespaces.items() if _writes(part)}
        for name in sorted({transaction.proposed.chaincode, *written}):
            definition = self._rules.definition(name)
            if definition is None:
                return ValidationCode.INVALID_CHAINCODE
            self._judged[-1].add(name)
            checker = _Checker(self._rules, definition, transaction.endorsers, self._updated)
            try:
                checker.check(namespaces.get(name, NamespaceSet()))
            except _Refuted:
                return ValidationCode.ENDORSEMENT_POLICY_FAILURE
            passed.add(name)
        return ValidationCode.VALID

    def _updated(self, place: Place) -> bool:
        """Whether one before it in the block sets this key's policy."""
        for number in self._setters.get(place, ()):
            if place[0] not in self._judged[number]:
                raise PeersStop(
                    f"a transaction writes a key of {place[0]} whose policy an earlier one of the "
                    "same block sets, and that one was found invalid before its part in "
                    f"{place[0]} was looked at: Fabric's peers wait for ever for what becomes of it"
                )
        return any(place[0] in self._passed[number] for number in self._setters.get(place, ()))


class _Checker:
    """One chaincode's part of one transaction: which policy applies to which key."""

    def __init__(
        self,
        rules: Rules,
        definition: Definition,
        endorsers: Sequence[str],
        updated: Callable[[Place], bool],
    ) -> None:
        self._rules = rules
        self._definition = definition
        self._signers = [(mspid, "peer") for mspid in endorsers]
        self._updated = updated
        self._checked: set[str] = set()
        self._any = False

    def check(self, part: NamespaceSet) -> None:
        for key in sorted(part.writes):
            self._key("", key)
        for key in sorted(part.metadata):
            self._key("", key)
        for name, collection in sorted(part.collections.items()):
            for key in sorted(collection.writes):
                self._key(name, key_hash(key))
        for name, collection in sorted(part.collections.items()):
            for key in sorted(collection.metadata):
                self._key(name, key_hash(key))
        if not self._any:  # a transaction that writes nothing here is the chaincode's all the same
            self._satisfy(self._definition.policy)

    def _key(self, collection: str, key: Key) -> None:
        name = self._definition.name
        if self._updated((name, collection, key)):
            raise _Refuted
        space = hash_space(name, collection) if collection else name
        found = self._rules.public.get(space, key)
        own = found.metadata.get(VALIDATION_PARAMETER) if found is not None else None
        if own:
            self._satisfy(read_envelope(own))
            self._any = True
        else:
            self._general(collection)

    def _general(self, collection: str) -> None:
        if collection and collection not in self._checked:
            found = self._rules.collection(self._definition.name, collection)
            if found is None:
                raise _Refuted
            if found.endorsement is not None:
                self._satisfy(found.endorsement)
                self._checked.add(collection)
                self._any = True
                return
        if collection in self._checked or "" in self._checked:
            return
        self._satisfy(self._definition.policy)
        self._checked.add("")
        self._any = True

    def _satisfy(self, rule: Rule) -> None:
        if not rule.satisfied_by(self._signers):
            raise _Refuted


def conflict(transaction: Endorsed, public: Store, batch: Batch) -> ValidationCode:
    """Whether what the transaction read is still so, with the block's earlier writes on top."""
    for name, part in sorted(transaction.answer.results.namespaces.items()):
        for key, version in part.reads.items():
            if not _same(public, batch, name, key, version):
                return ValidationCode.MVCC_READ_CONFLICT
        for read in part.ranges.values():
            if not _repeats(public, batch, name, read):
                return ValidationCode.PHANTOM_READ_CONFLICT
        for collection, hashed in part.collections.items():
            space = hash_space(name, collection)
            for key, version in hashed.reads.items():
                if not _same(public, batch, space, key_hash(key), version):
                    return ValidationCode.MVCC_READ_CONFLICT
    return ValidationCode.VALID


def _same(public: Store, batch: Batch, space: str, key: Key, version: Version | None) -> bool:
    if batch.get(space, key) is not None:
        return False
    found = public.get(space, key)
    return (found.version if found is not None else None) == version


def _repeats(public: Store, batch: Batch, name: str, read: RangeRead) -> bool:
    now = list(merged_range(public, batch, name, read.start, read.end))
    if not read.exhausted:
        # the reader left early: the range ends with the last row it took, that row included
        update = batch.get(name, read.end)
        found = public.get(name, read.end)
        if update is not None:
            if update.value is not None:
                now.append((read.end, update.version))
        elif found is not None:
            now.append((read.end, found.version))
    return now == read.rows


def _writes(part: NamespaceSet) -> bool:
    return bool(part.writes or part.metadata) or any(
        collection.writes or collection.metadata for collection in part.collections.values()
    )


def _bound(transaction: Endorsed) -> list[Place]:
    places: list[Place] = []
    for name, part in transaction.answer.results.namespaces.items():
        if name == LIFECYCLE:
            continue
        places += [(name, "", key) for key in part.metadata]
        for collection, hashed in part.collections.items():
            places += [(name, collection, key_hash(key)) for key in hashed.metadata]
    return places
