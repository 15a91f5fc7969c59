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
from tests.differential.shape import MSPIDS
from tests.differential.steps import Call, Program
from weftwork_chaincode.testing import simulator, validating
from weftwork_chaincode.testing.channel import Channel
from weftwork_chaincode.testing.chronicle import Chronicle
from weftwork_chaincode.testing.committing import Committer
from weftwork_chaincode.testing.definitions import CollectionRules

pytestmark = pytest.mark.only_on("process", reason="blocks are formed on plain processes")

SEED, BLOCKS = 11, 18
FURTHER = 6
"""Blocks of another seed at each run; it is printed where they differ."""

# On each side, in the run of the fixed seed.
CODES = {
    "VALID": 100,
    "MVCC_READ_CONFLICT": 10,
    "PHANTOM_READ_CONFLICT": 10,
    "ENDORSEMENT_POLICY_FAILURE": 20,
    "DUPLICATE_TXID": 10,
}
"""What can come of an envelope that a gateway has made. The rest needs one that a client forges by
hand, and the ledger orders only what was endorsed on it."""
REFUSALS = {
    "CalledChaincodeError": 10,
    "PagedReadInSubmit": 3,
    "PeerError": 100,
    "PrivateDataInResult": 1,
    "PrivateRangeWithWrites": 3,
    "ReadAfterWrite": 3,
    "WriteInEvaluate": 1,
    "the endorsers differ": 1,
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
        operations = coverage.operations
        for counted, wanted in (
            (coverage.codes, CODES),
            (coverage.refusals, REFUSALS),
            (operations, OPERATIONS),
        ):
            few = {name: counted[name] for name, least in wanted.items() if counted[name] < least}
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


@pytest.mark.usefixtures("compared")
def test_a_policy_set_beside_a_deletion_ends_no_peer(fabric: Recording) -> None:
    """What the runtime reads by itself: without, every peer panics on such a block."""
    both = MSPIDS[:2]
    made: Program = [["put_state", "own", "v"], ["put_private", "brief", "own", "v"]]
    gone: Program = [["delete_state", "own"], ["delete_private", "brief", "own"]]
    bound: Program = [["set_state_policy", "own", both[0]]]
    hidden: Program = [["set_private_policy", "brief", "own", both[0]]]
    with LedgerSide() as ledger:
        for side in (fabric, ledger):
            calls = [
                Call(label, "alpha", program, both[0], both)
                for label, program in {"gone": gone, "bound": bound, "hidden": hidden}.items()
            ]
            side.endorse([Call("made", "alpha", made, both[0], both)])
            side.order([["made"]])
            side.endorse(calls)
            (block,) = side.order([["gone", "bound", "hidden"]])
            codes = [entry.code for entry in block]
            assert codes == ["VALID", "MVCC_READ_CONFLICT", "MVCC_READ_CONFLICT"], side.name


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
