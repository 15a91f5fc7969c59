"""A seeded run: what is endorsed in each step, what of it is ordered and in which order."""

import random
from collections.abc import Collection
from dataclasses import dataclass

from tests.differential.programs import BULK, ITEMS, KEPT, KEYS, PRIVATE_KEYS, Programs
from tests.differential.shape import ALPHA, BLOCK, CHAINCODES, MSPIDS, ChaincodeShape
from tests.differential.steps import Call, Program


@dataclass(frozen=True)
class Step:
    """What is asked in one step, before its blocks."""

    calls: tuple[Call, ...]
    questions: tuple[Call, ...]


class Generator:
    """Steps out of a seed. Both sides get the same ones: nothing here looks at a side's answer,
    except for which calls were endorsed, and that has been compared by then."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._programs = Programs(self._rng)
        self._count = 0
        self._late: list[str] = []
        self._done: list[str] = []
        # What sets a policy of a key is never ordered again in a later block. Fabric 3.1.1 would
        # wait for ever for its validation result, which a duplicate never gets, as soon as a later
        # transaction of the block writes that key (core/common/validation/statebased).
        self._binding: set[str] = set()
        self._left_to_gateways: set[str] = set()

    def first(self) -> Step:
        """What every run begins with: the keys of the long ranges, and one of each other."""
        calls = [self._call(ALPHA, [["put_many", "b", BULK, "v"]], MSPIDS)]
        for chaincode in CHAINCODES:
            calls += [
                self._call(chaincode, [["put_state", key, "first"]], MSPIDS) for key in KEYS[:4]
            ]
        return Step(tuple(calls), ())

    def step(self) -> Step:
        """The next step's calls: enough for a block, with those that will be refused."""
        calls = [self._random_call() for _ in range(BLOCK + 6)]
        questions = [self._question() for _ in range(4)]
        return Step(tuple(calls), tuple(questions))

    def blocks(self, endorsed: Collection[str]) -> list[list[str]]:
        """Labels in an order: of this step, late ones of earlier steps, some ordered twice."""
        rng = self._rng
        fresh = [*endorsed]
        rng.shuffle(fresh)
        late = [self._late.pop() for _ in range(min(len(self._late), rng.randint(0, 2)))]
        again = [rng.choice(self._done) for _ in range(rng.randint(0, 1)) if self._done]
        again = [label for label in again if label not in self._binding]
        if fresh and rng.random() < 0.4:
            again.append(rng.choice(fresh))
        # What the gateways chose the endorsers of comes first: they may choose differently, and
        # any choice is right for the policies as they were, not for those set in the meantime.
        first = [label for label in fresh if label in self._left_to_gateways]
        rest = [*late, *again, *(label for label in fresh if label not in first)]
        block = [*first, *rest][:BLOCK]
        left = [label for label in rest if label not in block]
        self._late += [label for label in dict.fromkeys(left) if label not in self._late]
        rest = block[len(first) :]
        block = [*first[:BLOCK], *rng.sample(rest, len(rest))]
        self._done = (self._done + block)[-30:]
        return [block]

    def state(self) -> list[Call]:
        """Questions that show all there is to see of the state, from each department's peer."""
        return [self._state_of(chaincode, by) for chaincode in CHAINCODES for by in MSPIDS]

    def _call(
        self,
        chaincode: ChaincodeShape,
        program: Program,
        endorsers: tuple[str, ...] | None,
        by: str = MSPIDS[0],
    ) -> Call:
        self._count += 1
        secret = (
            {"secret": f"a secret like no other, {self._count:06}".encode()}
            if "put_transient" in str(program)
            else {}
        )
        label = f"t{self._count}"
        if endorsers is None:
            self._left_to_gateways.add(label)
        if "_policy" in str(program) or "PUT_STATE_METADATA" in str(program):
            self._binding.add(label)
        return Call(label, chaincode.name, program, by, endorsers, secret)

    def _random_call(self) -> Call:
        rng = self._rng
        chaincode = rng.choice(CHAINCODES)
        endorsers = rng.choices(
            [None, tuple(rng.sample(MSPIDS, 1)), tuple(rng.sample(MSPIDS, 2)), MSPIDS],
            [20, 10, 50, 20],
        )[0]
        if rng.random() < 0.02:
            endorsers = ("NobodyMSP", MSPIDS[0])
        if rng.random() < 0.02:
            chaincode = ChaincodeShape("nowhere", "", chaincode.collections)
        program = self._programs.submit(chaincode)
        return self._call(chaincode, program, endorsers, rng.choice(MSPIDS))

    def _question(self) -> Call:
        chaincode, by = self._rng.choice(CHAINCODES), self._rng.choice(MSPIDS)
        if self._rng.random() < 0.03:
            chaincode = ChaincodeShape("nowhere", "", chaincode.collections)
        asked = self._rng.choice([by, by, *MSPIDS, "NobodyMSP"])
        return self._call(chaincode, self._programs.ask(chaincode), (asked,), by)

    def _state_of(self, chaincode: ChaincodeShape, by: str) -> Call:
        program: Program = [
            ["range_of", "", ""],
            ["range_by_composite_key", "item", []],
            ["get_states", [*KEYS]],
        ]
        program += [["history", key] for key in (*KEYS, *KEPT, "b000")]
        program += [["get_state_policy", key] for key in (*KEYS, *KEPT)]
        for collection in chaincode.collections:
            name = collection.name
            program += [
                ["range_private", name, "", ""],
                ["range_private_by_composite_key", name, "item", []],
                ["get_privates", name, [*PRIVATE_KEYS]],
            ]
            for key in (*PRIVATE_KEYS, KEPT[0]):
                program += [["get_private_hash", name, key], ["get_private_policy", name, key]]
        program += [["split_composite_key", "item", [*item]] for item in ITEMS[:1]]
        return self._call(chaincode, program, (by,), by)
