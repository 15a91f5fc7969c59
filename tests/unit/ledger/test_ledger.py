"""The ledger as a test uses it: blocks, errors, determinism, its async twin, pytest's fixture."""

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.ledger.probing import EACH, A, B, C, Probed, deploy
from weftwork import CommitError, CommitStatusError, EndorseError, SubmitError, ValidationCode
from weftwork_chaincode import Context, Contract, evaluate, submit
from weftwork_chaincode.testing import AsyncLedger, Ledger, identity
from weftwork_protos import peer_pb2

PUT = ["put_state", "k", "1"]


class Counter(Contract, name="counter"):
    @submit
    async def add(self, ctx: Context, key: str, number: int) -> int:
        found = await ctx.stub.get_state(key)
        total = int(found or b"0") + number
        await ctx.stub.put_state(key, str(total).encode())
        return total

    @evaluate
    async def read(self, ctx: Context, key: str) -> int:
        return int(await ctx.stub.get_state(key) or b"0")


class Remembering(Contract, name="remembering"):
    """Keeps on itself what belongs on the ledger."""

    def __init__(self) -> None:
        self.count = 0

    @submit
    async def next(self, ctx: Context) -> int:
        self.count += 1
        await ctx.stub.put_state("count", str(self.count).encode())
        return self.count


def test_a_contract_from_start_to_end(ledger: Ledger) -> None:
    counter = ledger.deploy(Counter)
    result = counter.submit("add", "k", 5, as_=identity(B, "clerk"))
    assert (result.decode(int), result.code, result.block_number) == (5, ValidationCode.VALID, 2)
    assert counter.evaluate("read", "k", returns=int) == 5
    assert ledger.state("counter", "k") == b"5"
    assert repr(result) == f"<counter.add {result.transaction_id[:8]} VALID in block 2>"
    assert result.endorsers == (B, A)


def test_two_who_read_and_write_the_same(ledger: Ledger) -> None:
    counter = ledger.deploy(Counter)
    counter.submit("add", "k", 1)
    codes = ledger.conflict(counter.propose("add", "k", 2), counter.endorse("add", "k", 3))
    assert codes == (ValidationCode.VALID, ValidationCode.MVCC_READ_CONFLICT)
    assert ledger.state("counter", "k") == b"3"


def test_each_department_has_an_instance_of_its_own(ledger: Ledger) -> None:
    remembering = ledger.deploy(Remembering, policy="OR('AMSP.peer')")
    assert remembering.submit("next", endorsers=[A, B]).endorsers == (A, B)  # the first of both
    remembering.submit("next", endorsers=[A])
    with pytest.raises(EndorseError, match="ProposalResponsePayloads do not match"):
        remembering.submit("next", endorsers=[A, B])


def test_blocks_are_the_bytes_that_the_clients_decoder_reads(ledger: Ledger, probe: Probed) -> None:
    ledger.order(probe.plan(PUT).endorse(), probe.plan(["get_state", "k"]).endorse())
    block = ledger.commit()
    decoded = block.decode()
    assert [one.code for one in decoded.transactions] == list(block.codes)
    assert decoded.previous_hash == ledger.blocks[-2].hash
    assert decoded.hash == block.hash
    first = decoded.transactions[0]
    assert (first.chaincode, first.function, first.status) == ("probe", "run", 200)
    assert [member.mspid for member in first.endorsers] == [A]
    assert first.creator is not None
    assert first.creator.subject == "CN=user1,OU=client"
    assert ledger.blocks[0].serialized != ledger.blocks[1].serialized


def test_what_is_signed_is_the_hash_of_the_proposal(probe: Probed) -> None:
    proposal = probe.plan(PUT, transient={"secret": b"1"})
    transaction = proposal.endorse()
    payload = peer_pb2.ProposalResponsePayload.FromString(transaction.payload)
    proposed = transaction.endorsed.proposed
    header = proposed.header
    plain = header.channel_header + header.signature_header + proposed.public_payload
    assert payload.proposal_hash == hashlib.sha256(plain).digest()
    assert b"secret" not in proposed.public_payload


def test_blocks_hold_no_more_than_a_batch() -> None:
    with Ledger(EACH, batch=2) as ledger:
        probe = deploy(ledger)
        ledger.order(*(probe.plan(["put_state", key, "1"]).endorse() for key in "abc"))
        last = ledger.commit()
        assert [len(block.transactions) for block in ledger.blocks[2:]] == [2, 1]
        assert last.number == 3
        assert ledger.commit() is last


def test_ordering_that_does_not_answer(ledger: Ledger, probe: Probed) -> None:
    ledger.channel.ordering = False
    with pytest.raises(SubmitError, match="no orderers could successfully process") as caught:
        probe.do(PUT)
    assert caught.value.status == "UNAVAILABLE"
    ledger.channel.ordering = True
    assert probe.do(PUT).code is ValidationCode.VALID


def test_a_status_before_the_commit(ledger: Ledger, probe: Probed) -> None:
    transaction = probe.plan(PUT).endorse()
    ledger.order(transaction)
    with pytest.raises(CommitStatusError):
        ledger.status(transaction.transaction_id)
    assert ledger.commit().transaction(transaction.transaction_id).index == 0
    assert ledger.status(transaction.transaction_id).successful
    with pytest.raises(LookupError):
        ledger.blocks[0].transaction(transaction.transaction_id)


def _story(ledger: Ledger) -> tuple[str, bytes]:
    probe = deploy(ledger)
    probe.do(PUT, ["set_state_policy", "k", ["and", A, B]])
    ledger.conflict(probe.plan(["get_state", "k"], PUT), probe.plan(["get_state", "k"], PUT))
    return ledger.state_hash(A), ledger.blocks[-1].serialized


def test_the_same_calls_give_the_same_ledger() -> None:
    with Ledger(EACH) as one, Ledger(EACH) as other:
        assert _story(one) == _story(other)
        deploy(other, "more")
        assert one.state_hash() != other.state_hash()


def test_the_same_in_another_process() -> None:
    script = (
        "from tests.unit.ledger.test_ledger import *\n"
        "from tests.unit.ledger.test_ledger import _story\n"
        "with Ledger(EACH) as ledger: print(_story(ledger)[0])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_rows_tell_the_whole_state(ledger: Ledger, probe: Probed) -> None:
    probe.do(PUT)
    [row] = [row for row in ledger.rows() if row.namespace == "probe"]
    assert (row.key, row.value, row.metadata, row.version) == ("k", b"1", (), (2, 0))


async def test_a_ledger_that_blocks_is_refused_in_async_code() -> None:
    with Ledger(EACH) as ledger, pytest.raises(RuntimeError, match="use AsyncLedger"):
        deploy(ledger)


def test_a_closed_one() -> None:
    ledger = Ledger(EACH)
    ledger.close()
    ledger.close()
    with pytest.raises(RuntimeError, match="closed"):
        deploy(ledger)
    with pytest.raises(ValueError, match="department"):
        Ledger([])


async def test_the_async_twin_runs_many_at_once() -> None:
    ledger = AsyncLedger(EACH)
    counter = await ledger.deploy(Counter)
    several = await asyncio.gather(*(counter.endorse("add", "k", 1) for _ in range(20)))
    ledger.order(*several)
    codes = (await ledger.commit()).codes
    assert codes == (ValidationCode.VALID, *([ValidationCode.MVCC_READ_CONFLICT] * 19))
    assert await counter.evaluate("read", "k", returns=int) == 1
    one, other = await ledger.conflict(
        counter.propose("add", "k", 1), await counter.endorse("add", "l", 1)
    )
    assert one == other == ValidationCode.VALID
    with pytest.raises(CommitError):
        await counter.submit("add", "k", 1, endorsers=[C])


async def test_a_commit_waits_for_simulations_under_way() -> None:
    started, go = asyncio.Event(), asyncio.Event()

    class Slow(Contract, name="slow"):
        @submit
        async def put(self, ctx: Context) -> None:
            started.set()
            await go.wait()
            await ctx.stub.put_state("k", b"1")

    ledger = AsyncLedger([A])
    slow = await ledger.deploy(Slow)
    endorsing = asyncio.create_task(slow.endorse("put"))
    await started.wait()
    committing = asyncio.create_task(ledger.commit())
    await asyncio.sleep(0.01)
    assert not committing.done()
    go.set()
    await asyncio.gather(endorsing, committing)


PLUGIN = """
import sys
import pytest

BEFORE = sorted(name for name in sys.modules if name.startswith(("weftwork", "grpc", "h2")))

def test_nothing_is_imported_before_a_test_asks():
    assert BEFORE == ["weftwork_pytest"]

def test_the_fixture(ledger):
    assert len(ledger.channel.departments) == 4

@pytest.mark.ledger(["AMSP"], batch=1)
def test_its_options(ledger):
    assert ledger.channel.departments == ("AMSP",)
"""


def test_the_pytest_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PLUGIN)
    options = ["-q", "-p", "weftwork_pytest", "-p", "no:cacheprovider", "--strict-markers"]
    place = ["-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *place],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
