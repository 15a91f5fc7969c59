"""Random programs for the probe, weighted towards what goes wrong between transactions."""

import random
from collections.abc import Callable

from tests.differential.shape import ALPHA, CHANNEL, MSPIDS, ChaincodeShape, CollectionShape
from tests.differential.steps import Program

KEYS = (*(f"k{number}" for number in range(6)), "k2\x00z", "kä", "k\U0001f600")
ITEMS = (("a", "1"), ("a", "2"), ("b", "1"))
KEPT = ("n0", "n1")
"""Keys that are never deleted."""
BULK = 120
"""Keys written at the start of a run, for ranges of more than one page."""
PRIVATE_KEYS = tuple(f"p{number}" for number in range(4))
_RANGES = (("", ""), ("k0", "k3"), ("k2", ""), ("", "k4"), ("k5", "k1"), ("x", "y"))
_POLICIES = (*MSPIDS, ["and", *MSPIDS[:2]], ["and", *MSPIDS[1:]], ["or", *MSPIDS], [2, *MSPIDS])

_Operation = list[object]


class Programs:
    """Makes programs for one run's generator of random numbers."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._count = 0

    def submit(self, chaincode: ChaincodeShape) -> Program:
        """A program of a transaction: mostly reads before writes, as contracts have them."""
        return _looking(self._submit(chaincode))

    def _submit(self, chaincode: ChaincodeShape) -> Program:
        kind = self._rng.random()
        if kind < 0.12:
            return self._past_the_guards(chaincode)
        if kind < 0.17:
            return [self._write(chaincode), self._end()]
        if kind < 0.30:
            return self._calling(chaincode)
        if kind < 0.46:
            return self._one_key(chaincode)
        if kind < 0.52:
            either = [self._query_only(chaincode), self._write(chaincode)]
            return self._rng.sample(either, 2)
        reads = [self._read(chaincode) for _ in range(self._rng.randint(0, 2))]
        writes = [self._write(chaincode) for _ in range(self._rng.randint(1, 3))]
        program = [*reads, *writes]
        if self._rng.random() < 0.15:
            self._rng.shuffle(program)
        if self._rng.random() < 0.15:
            program.append(["set_event", "told", self._value()])
        if self._rng.random() < 0.05:
            program.append(["asked"])
        return program

    def ask(self, chaincode: ChaincodeShape) -> Program:
        """A program that only reads, or ought to."""
        reads = [self._read(chaincode) for _ in range(self._rng.randint(1, 3))]
        reads += [self._query_only(chaincode) for _ in range(self._rng.randint(1, 3))]
        if self._rng.random() < 0.1:
            reads.append(self._write(chaincode))
        return reads

    # --- parts

    def _pick(self, *makers: tuple[int, Callable[[], _Operation]]) -> _Operation:
        weights = [weight for weight, _ in makers]
        return self._rng.choices([make for _, make in makers], weights)[0]()

    def _value(self) -> str:
        self._count += 1
        return (
            f"a value like no other, {self._count:06}"  # long enough to be known again in a result
        )

    def _key(self) -> str:
        return self._rng.choice(KEYS)

    def _item(self) -> list[str]:
        return list(self._rng.choice(ITEMS))

    def _collection(self, chaincode: ChaincodeShape) -> CollectionShape:
        return self._rng.choice(chaincode.collections)

    def _read(self, chaincode: ChaincodeShape) -> _Operation:
        rng, key = self._rng, self._key
        return self._pick(
            (6, lambda: ["get_state", key()]),
            (2, lambda: ["get_states", rng.sample(KEYS, 3)]),
            (1, lambda: ["get_committed", key()]),
            (4, lambda: ["range_of", *rng.choice(_RANGES), rng.choice([0, 0, 0, 2])]),
            (1, lambda: ["range_by_prefix", rng.choice(["k", "z"])]),
            (1, lambda: ["range_of", "b", "c", rng.choice([0, 30])]),
            (2, lambda: ["range_by_composite_key", "item", rng.choice([[], ["a"], ["b"]])]),
            (1, lambda: ["split_composite_key", "item", self._item()]),
            (1, lambda: ["get_state_policy", key()]),
            (4, lambda: self._private_read(self._collection(chaincode))),
        )

    def _private_read(self, collection: CollectionShape) -> _Operation:
        name, key = collection.name, self._rng.choice(PRIVATE_KEYS)
        return self._pick(
            (4, lambda: ["get_private", name, key]),
            (2, lambda: ["get_privates", name, self._rng.sample(PRIVATE_KEYS, 2)]),
            (5, lambda: ["get_private_hash", name, key]),
            (2, lambda: ["get_committed_private", name, key]),
            (1, lambda: ["get_private_policy", name, key]),
            (2, lambda: ["leak_private", name, key]),
        )

    def _query_only(self, chaincode: ChaincodeShape) -> _Operation:
        rng, collection = self._rng, self._collection(chaincode).name
        size = rng.choice([1, 2, 3, 100])
        reading: Program = [["get_state", self._key()], ["history", self._key()]]
        own = f"_implicit_org_{rng.choice(MSPIDS)}"
        return self._pick(
            (2, lambda: ["range_pages", *rng.choice(_RANGES), size]),
            (1, lambda: ["range_page", "", "", size, rng.choice(["", "k2", "zz"])]),
            (1, lambda: ["range_pages", "b", "c", 50]),
            (2, lambda: ["composite_key_page", "item", [], size, ""]),
            (2, lambda: ["history", self._key()]),
            (2, lambda: ["range_private", collection, "", ""]),
            (1, lambda: ["range_private", collection, "p1", "p3"]),
            (1, lambda: ["range_private_by_prefix", collection, "p"]),
            (2, lambda: ["range_private_by_composite_key", collection, "item", []]),
            (1, lambda: ["range_page", "", "", rng.choice([0, -1]), ""]),
            (1, lambda: ["get_private", own, rng.choice(PRIVATE_KEYS)]),
            (1, lambda: ["get_states", rng.choices(KEYS, k=4)]),
            (1, lambda: ["composite_key_page", "item", ["a"], 1, rng.choice(["", "k", "zz"])]),
            (1, lambda: ["put_composite", "", ["a"], "v"]),
            (1, lambda: ["range_by_composite_key", "item", [""]]),
            (1, lambda: ["invoke", rng.choice(["alpha", "beta"]), reading, "", "ask"]),
            (1, lambda: ["invoke", "beta", reading, "", "none"]),
            (1, lambda: ["query", '{"selector": {}}']),
            (1, lambda: ["query_page", '{"selector": {}}', size]),
            (1, lambda: ["query_private", collection, '{"selector": {}}']),
            (1, lambda: ["asked"]),
        )

    def _write(self, chaincode: ChaincodeShape) -> _Operation:
        rng, key = self._rng, self._key
        return self._pick(
            (8, lambda: ["put_state", key(), self._value()]),
            (2, lambda: ["delete_state", key()]),
            (3, lambda: ["put_composite", "item", self._item(), self._value()]),
            (1, lambda: ["put_state", f"b{rng.randrange(BULK):03}", self._value()]),
            (2, lambda: ["set_state_policy", key(), rng.choice(_POLICIES)]),
            (1, lambda: ["set_state_policy", rng.choice(KEPT), rng.choice(_POLICIES)]),
            (1, lambda: ["put_state", rng.choice(KEPT), self._value()]),
            (6, lambda: self._private_write(self._collection(chaincode))),
        )

    def _one_key(self, chaincode: ChaincodeShape) -> Program:
        """Several writes of one key, the last of which counts; a look at it now and then."""
        rng, key = self._rng, self._key()
        ways: list[Callable[[], _Operation]] = [
            lambda: ["put_state", key, self._value()],
            lambda: ["delete_state", key],
            lambda: ["set_state_policy", key, rng.choice(_POLICIES)],
            lambda: ["get_committed", key],
        ]
        if rng.random() < 0.5:
            name = self._collection(chaincode).name
            if rng.random() < 0.2:
                name = f"_implicit_org_{rng.choice(MSPIDS)}"
            key = rng.choice(PRIVATE_KEYS)
            ways = [
                lambda: ["put_private", name, key, self._value()],
                lambda: ["delete_private", name, key],
                lambda: ["purge_private", name, key],
                lambda: ["set_private_policy", name, key, rng.choice(_POLICIES)],
                lambda: ["get_committed_private", name, key],
                lambda: ["get_private_hash", name, key],
            ]
        return [rng.choice(ways)() for _ in range(rng.randint(2, 4))]

    def _private_write(self, collection: CollectionShape) -> _Operation:
        name, key = collection.name, self._rng.choice(PRIVATE_KEYS)
        return self._pick(
            (6, lambda: ["put_private", name, key, self._value()]),
            (2, lambda: ["put_transient", name, key, "secret"]),
            (2, lambda: ["put_private_composite", name, "item", self._item(), self._value()]),
            (2, lambda: ["delete_private", name, key]),
            (3, lambda: ["purge_private", name, key]),
            (1, lambda: ["set_private_policy", name, key, self._rng.choice(_POLICIES)]),
            (1, lambda: ["set_private_policy", name, KEPT[0], self._rng.choice(_POLICIES)]),
            (1, lambda: ["put_private", name, KEPT[0], self._value()]),
        )

    def _end(self) -> _Operation:
        return self._rng.choice([["fail", f"no {self._value()}"], ["crash"]])

    def _calling(self, chaincode: ChaincodeShape) -> Program:
        """A program with a call of the other probe, now and then of one that cannot be called.

        Nothing here sets a policy. Where a transaction writes in two chaincodes and the policy of
        the first is not satisfied, Fabric 3.1.1 never looks at the second, and every peer waits for
        ever for what it would have said as soon as a later transaction of the same block writes a
        key whose policy the first has set there (core/common/validation/statebased).
        """
        rng = self._rng
        other = "beta" if chaincode is ALPHA else "alpha"
        inner: Program = [["get_state", self._key()], ["put_state", self._key(), self._value()]]
        kind = rng.random()
        if kind < 0.1:
            inner.append(["fail", "the called one refuses"])
        elif kind < 0.2:
            inner.append(["range_of", "k0", "k3", 0])
        elif kind < 0.3:
            inner.append(["set_event", "inner", self._value()])
        elif kind < 0.4:
            inner.append(["invoke", chaincode.name, [["get_state", self._key()]]])
        elif kind < 0.5:
            inner.append(["put_private", "shared", PRIVATE_KEYS[0], self._value()])
        call: _Operation = ["invoke", other, inner]
        kind = rng.random()
        if kind < 0.1:
            call = ["invoke", other, [["get_state", self._key()]], "", "ask"]
        elif kind < 0.2:
            call = ["invoke", other, inner, rng.choice([CHANNEL, "elsewhere"])]
        elif kind < 0.3:
            call = ["invoke", rng.choice([chaincode.name, "nowhere"]), inner]
        program: Program = [self._read(chaincode), call]
        if rng.random() < 0.3:
            again = [["get_state", self._key()], ["put_state", self._key(), self._value()]]
            program.append(["invoke", other, again])
        if rng.random() < 0.5:
            program.append(["put_state", self._key(), self._value()])
        return program

    def _past_the_guards(self, chaincode: ChaincodeShape) -> Program:
        """What the runtime refuses to ask or to send: the peer's own answers."""
        rng, key = self._rng, self._key()
        collection, value = self._collection(chaincode).name, "eA=="
        where = {"collection": collection}
        put = ["raw", "PUT_STATE", {"key": key, "value": value}]
        hide = ["raw", "PUT_STATE", {"key": "p0", "value": value, **where}]
        search = ["raw", "GET_STATE_BY_RANGE", {"startKey": "p0", "endKey": "p9", **where}]
        page = ["raw", "GET_STATE_BY_RANGE", {"startKey": "k0", "endKey": "k9"}, 2]
        many = ["raw", "GET_STATE_BY_RANGE", {"startKey": "k0", "endKey": "k9"}]
        note = {"metakey": "VALIDATION_PARAMETER", "value": ""}
        programs: tuple[Program, ...] = (
            [put, ["raw", "GET_STATE", {"key": key}]],
            [put, many],
            [["raw", "GET_STATE", {"key": key}], ["raw", "DEL_STATE", {"key": key}], put],
            [put, search],
            [search, put],
            [search, hide],
            [hide, search],
            [put, page],
            [page, put],
            [["raw", "PUT_STATE", {"key": key, "value": ""}]],
            [["raw", "PUT_STATE", {"key": "", "value": value}]],
            [["raw", "GET_STATE", {"key": ""}]],
            [["raw", "GET_STATE", {"key": key, "collection": "none"}]],
            [["raw", "PUT_STATE", {"key": key, "value": value, "collection": "none"}]],
            [["raw", "PUT_STATE_METADATA", {"key": key, "metadata": note}]],
            [["raw", "PURGE_PRIVATE_DATA", {"key": "p1", **where}], hide],
            [["raw", "PURGE_PRIVATE_DATA", {"key": "p1", "collection": ""}]],
            [["raw", "GET_PRIVATE_DATA_HASH", {"key": "p1", "collection": ""}]],
            [["raw", "GET_STATE_METADATA", {"key": key}]],
        )
        return [list(each) for each in rng.choice(programs)]


def _looking(program: Program) -> Program:
    """A program that reads each key whose policy alone it sets past the runtime.

    Every peer of Fabric 3.1.1 panics over a valid transaction that does so unread where an earlier
    one of the same block has deleted the key (core/ledger/kvledger/txmgmt/validation/tx_ops.go),
    and again at each restart. The runtime reads such a key by itself.
    """
    reads: Program = [
        ["raw", "GET_STATE_METADATA", {"key": operation[2]["key"]}]
        for operation in program
        if operation[:2] == ["raw", "PUT_STATE_METADATA"]
    ]
    return [*reads, *program]
