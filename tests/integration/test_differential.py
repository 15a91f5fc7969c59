"""The in-memory ledger against real peers: the same seeded steps, and no difference.

`python -m tests.differential --seed S --blocks N` runs as long as one likes.
"""

import random
from collections.abc import Callable, Iterator

import pytest

from tests.differential import probe
from tests.differential.comparing import Comparison, Difference
from tests.differential.coverage import Coverage, table
from tests.differential.fabric import FabricSide
from tests.differential.memory import LedgerSide
from tests.differential.recording import Recording
from weftwork_chaincode.testing import simulator, validating
from weftwork_chaincode.testing.channel import Channel
from weftwork_chaincode.testing.chronicle import Chronicle
from weftwork_chaincode.testing.committing import Committer
from weftwork_chaincode.testing.definitions import CollectionRules

pytestmark = pytest.mark.only_on("process", reason="blocks are formed on plain processes")

SEED, BLOCKS = 3, 18
FURTHER = 8
"""Blocks of another seed at each run; it is printed where they differ."""

# On each side, in the run of the fixed seed.
CODES = {
    "VALID": 100,
    "MVCC_READ_CONFLICT": 15,
    "PHANTOM_READ_CONFLICT": 5,
    "ENDORSEMENT_POLICY_FAILURE": 15,
    "DUPLICATE_TXID": 5,
}
OPERATIONS = {
    "get_state": 50,
    "put_state": 50,
    "delete_state": 20,
    "range_of": 50,
    "set_state_policy": 20,
    "history": 50,
    "invoke": 20,
}
EACH_OPERATION = 3
ON_LEVELDB = ("query", "query_page", "query_private")
"""Refused on both sides: what answers them is the ledger's CouchDB alone."""


@pytest.fixture(scope="module")
def fabric() -> Iterator[Recording]:
    """Real peers; what they answer is kept."""
    with FabricSide() as side:
        yield Recording(side)


@pytest.fixture(scope="module")
def compared(fabric: Recording) -> dict[str, Coverage]:
    """The run of the fixed seed."""
    with LedgerSide() as ledger:
        comparison = Comparison(SEED, fabric, ledger)
        comparison.run(BLOCKS)
    print(table(comparison.coverage))
    return comparison.coverage


def test_the_ledger_answers_as_real_peers_do(compared: dict[str, Coverage]) -> None:
    """What differs would have been raised; here is what was tried, on each side."""
    for side, coverage in compared.items():
        codes = {code: coverage.codes[code] for code in CODES}
        assert all(codes[code] >= least for code, least in CODES.items()), (side, codes)
        operations = coverage.operations
        few = {name: operations[name] for name in OPERATIONS if operations[name] < OPERATIONS[name]}
        assert not few, (side, few)
        told = {
            name: operations[name if name not in ON_LEVELDB else f"{name} (refused)"]
            for name in probe.OPERATIONS
            if name not in ("raw", "put_many")
        }
        assert not {name for name, count in told.items() if count < EACH_OPERATION}, (side, told)
    assert len(set(map(str, compared.values()))) == 1, "the sides were counted differently"


def test_another_seed_every_time() -> None:
    """On a network of its own, for it begins with an empty one."""
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    with FabricSide() as side, LedgerSide() as ledger:
        Comparison(seed, side, ledger).run(FURTHER)


def test_fabric_2_5() -> None:
    """Its peers take no batches and read no several keys at once: each goes alone there."""
    with FabricSide("2.5") as side, LedgerSide(batching=False) as ledger:
        Comparison(SEED, side, ledger).run(FURTHER)


# --- a rule of the ledger broken is a difference


def _broken_key_policy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(validating, "VALIDATION_PARAMETER", "NONE")


def _no_refusal(patch: pytest.MonkeyPatch) -> None:
    for name in ("_before_write", "_before_private_query", "_before_paging"):
        patch.setattr(simulator.Simulator, name, lambda *_: None)


def _reads_what_it_wrote(patch: pytest.MonkeyPatch) -> None:
    get = simulator.Simulator.get

    def own(self: simulator.Simulator, chaincode: str, key: str) -> bytes:
        committed = get(self, chaincode, key)
        return self.results.of(chaincode).writes.get(key, committed) or b""

    patch.setattr(simulator.Simulator, "get", own)


def _blind_to_the_block(patch: pytest.MonkeyPatch) -> None:
    same = validating._same
    patch.setattr(
        validating,
        "_same",
        lambda public, batch, *rest: same(public, validating.Batch(), *rest),
    )


def _deleted_keys_keep_policies(patch: pytest.MonkeyPatch) -> None:
    merge = Committer._merge
    kept: dict[tuple[str, object], object] = {}

    def keeping(self, space, writes, metadata, version, batch):
        for key in writes:
            found = self._public.get(space, key)
            if found is not None and found.metadata:
                kept[space, key] = found.metadata
        left = {key: kept[space, key] for key in writes if (space, key) in kept}
        merge(self, space, writes, {**left, **metadata}, version, batch)

    patch.setattr(Committer, "_merge", keeping)


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "reads are not checked": lambda patch: patch.setattr(validating, "_same", lambda *_: True),
    "ranges are not repeated": lambda patch: patch.setattr(validating, "_repeats", lambda *_: True),
    "a block's own writes are no conflict": _blind_to_the_block,
    "endorsement policies are not checked": lambda patch: patch.setattr(
        validating._Checker, "_satisfy", lambda *_: None
    ),
    "key policies are not checked": _broken_key_policy,
    "a policy set in the block is not seen": lambda patch: patch.setattr(
        validating.Endorsements, "_updated", lambda *_: False
    ),
    "an id may come twice": lambda patch: patch.setattr(Channel, "knows", lambda *_: False),
    "anybody reads and writes collections": lambda patch: patch.setattr(
        CollectionRules, "permissions", lambda *_: (True, True)
    ),
    "everybody is sent private values": lambda patch: patch.setattr(
        Committer, "_receives", lambda *_: True
    ),
    "private values live on": lambda patch: patch.setattr(Committer, "_schedule", lambda *_: None),
    "nothing is refused beside writes": _no_refusal,
    "a transaction sees its writes": _reads_what_it_wrote,
    "history is told from the oldest on": lambda patch: patch.setattr(
        Chronicle, "of", lambda self, *key: list(self._written.get(key, []))
    ),
    "a deleted key keeps its policy": _deleted_keys_keep_policies,
}


@pytest.mark.usefixtures("compared")
@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_found(
    fabric: Recording, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    BROKEN[rule](monkeypatch)
    with LedgerSide() as ledger:
        comparison = Comparison(SEED, fabric.replay(), ledger)
        with pytest.raises(Difference):
            comparison.run(BLOCKS)
