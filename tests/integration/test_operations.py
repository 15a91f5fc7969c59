"""Operation ids on a real network: one intent is one change, whoever dies or repeats it."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import weftwork
from weftwork.operation import nonce_of
from weftwork.proposals import build_proposal
from weftwork.travelling import write_proposal
from weftwork_network import Network

CHANNEL = "trade"
CHAINCODE = "counters"


@pytest.fixture
def rail(pair: Network) -> Iterator[weftwork.Gateway]:
    """A clerk of Rail, on the peers in their order."""
    pair.up()
    with weftwork.connect(pair.profile("Rail"), user="clerk") as gateway:
        yield gateway


def contract_of(gateway: weftwork.Gateway) -> weftwork.Contract:
    return gateway.network(CHANNEL).contract(CHAINCODE)


def endorsed(
    gateway: weftwork.Gateway, operation: str, key: str, *organizations: str, attempt: int = 0
) -> weftwork.Transaction:
    """An operation's transaction, as a client has it that stops there."""
    made = build_proposal(
        gateway.identity.canonical.creator,
        CHANNEL,
        CHAINCODE,
        [b"add", key.encode(), b"1"],
        nonce=nonce_of(operation, CHANNEL, CHAINCODE, attempt),
    )
    return gateway.proposal(write_proposal(made, organizations, b"")).endorse()


def codes(gateway: weftwork.Gateway, transaction_id: str) -> list[tuple[int, str]]:
    """Where, and as what, the ledger holds transactions of an id."""
    network = gateway.network(CHANNEL)
    return [
        (found.block_number, found.code.name)
        for number in range(network.info().height)
        for found in network.block(number).transactions
        if found.transaction_id == transaction_id
    ]


def fresh() -> tuple[str, str]:
    return str(uuid.uuid4()), f"key-{uuid.uuid4().hex[:8]}"


def test_a_repeat_gives_the_first_result(rail: weftwork.Gateway) -> None:
    operation, key = fresh()
    contract = contract_of(rail)
    first = contract.submit("add", key, "5", returns=str, operation_id=operation)
    contract.submit("add", key, "1")
    assert contract.submit("add", key, "5", returns=str, operation_id=operation) == first == "5"
    assert contract.evaluate("read", key) == b"6"
    with pytest.raises(weftwork.OperationError, match="other arguments") as caught:
        contract.submit("add", key, "7", operation_id=operation)
    assert caught.value.transaction_id in str(caught.value)
    assert contract.evaluate("read", key) == b"6"


CRASHING = """\
import os, sys
import weftwork
from weftwork._sync.calls import Calls

profile, stage, when, operation, key = sys.argv[1:]
call = getattr(Calls, stage)

def dying(self, *args):
    if when == "before":
        os._exit(9)
    call(self, *args)
    os._exit(9)

setattr(Calls, stage, dying)
with weftwork.connect(profile, user="clerk") as gateway:
    contract = gateway.network("trade").contract("counters")
    contract.submit("add", key, "1", operation_id=operation)
"""


def test_a_client_that_dies_between_any_two_steps(pair: Network, rail: weftwork.Gateway) -> None:
    stages = [
        (stage, when)
        for stage in ("endorse", "submit", "commit_status", "evaluate")
        for when in ("before", "after")
    ]
    operations = {each: fresh() for each in stages}
    profile = str(pair.profile("Rail"))
    dying = [
        subprocess.Popen([sys.executable, "-c", CRASHING, profile, *each, *operations[each]])
        for each in stages
    ]
    assert [process.wait(30) for process in dying] == [9] * len(stages)
    contract = contract_of(rail)
    for operation, key in operations.values():
        for _ in range(2):
            assert contract.submit("add", key, "1", returns=str, operation_id=operation) == "1"
        assert contract.evaluate("read", key) == b"1"


def test_two_processes_race_with_the_same_id(pair: Network, rail: weftwork.Gateway) -> None:
    """Sixteen callers on two peers, endorsing and submitting at once."""
    operation, key = fresh()
    names = [endpoint.name for endpoint in weftwork.load_profile(pair.profile("Rail")).peers]
    gateways = [
        weftwork.connect(pair.profile("Rail"), user="clerk", peer=name) for name in names * 2
    ]

    def call(number: int) -> str:
        contract = contract_of(gateways[number % len(gateways)])
        return contract.submit("add", key, "1", returns=str, operation_id=operation)

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(call, range(16))) == ["1"] * 16
    for gateway in gateways:
        gateway.close()
    assert contract_of(rail).evaluate("read", key) == b"1"


def test_both_submitted_in_one_block(rail: weftwork.Gateway) -> None:
    """Commit status says what became of the first, to both."""
    operation, key = fresh()
    pair = [endorsed(rail, operation, key) for _ in range(2)]
    commits = [transaction.submit() for transaction in pair]
    assert [commit.status().code.name for commit in commits] == ["VALID", "VALID"]
    (one, first), (other, second) = codes(rail, pair[0].transaction_id)
    assert one == other
    assert (first, second) == ("VALID", "DUPLICATE_TXID")
    assert contract_of(rail).evaluate("read", key) == b"1"


def test_both_submitted_in_different_blocks(rail: weftwork.Gateway) -> None:
    operation, key = fresh()
    pair = [endorsed(rail, operation, key) for _ in range(2)]
    for transaction in pair:
        status = transaction.submit().status()
        assert status.successful
    # The second's status came at once, of the first; its own block comes later.
    contract_of(rail).submit("add", f"{key}-later", "1")
    contract_of(rail).submit("add", f"{key}-later", "1")
    (one, first), (other, second) = codes(rail, pair[0].transaction_id)
    assert one < other
    assert (first, second) == ("VALID", "DUPLICATE_TXID")
    assert contract_of(rail).evaluate("read", key) == b"1"


def test_an_invalid_attempt_uses_its_id_up_and_the_next_goes_on(rail: weftwork.Gateway) -> None:
    """One whose endorsements do not suffice, then the operation whole: committed as attempt 1."""
    operation, key = fresh()
    lone = endorsed(rail, operation, key, "RailMSP")
    assert lone.submit().status().code.name == "ENDORSEMENT_POLICY_FAILURE"
    contract = contract_of(rail)
    for _ in range(2):
        assert contract.submit("add", key, "1", returns=str, operation_id=operation) == "1"
    assert contract.evaluate("read", key) == b"1"
    assert codes(rail, endorsed_id(rail, operation, 1))[0][1] == "VALID"


def test_an_invalid_twin_in_the_same_block_hides_no_valid_one(rail: weftwork.Gateway) -> None:
    """Fabric calls the second of a block no duplicate where the first failed its policy."""
    operation, key = fresh()
    lone = endorsed(rail, operation, key, "RailMSP")
    whole = endorsed(rail, operation, key)
    lone.submit()
    status = whole.submit().status()
    found = [code for _, code in codes(rail, whole.transaction_id)]
    assert found == ["ENDORSEMENT_POLICY_FAILURE", "VALID"]
    assert status.code.name == "ENDORSEMENT_POLICY_FAILURE", "commit status tells of the first"
    contract = contract_of(rail)
    assert contract.submit("add", key, "1", returns=str, operation_id=operation) == "1"
    assert contract.evaluate("read", key) == b"1", "the operation was done twice"


def endorsed_id(gateway: weftwork.Gateway, operation: str, attempt: int) -> str:
    nonce = nonce_of(operation, CHANNEL, CHAINCODE, attempt)
    made = build_proposal(
        gateway.identity.canonical.creator, CHANNEL, CHAINCODE, [b"add"], nonce=nonce
    )
    return made.transaction_id


def test_conflicts_are_tried_anew_where_asked(rail: weftwork.Gateway) -> None:
    """Six add to one counter at once, half of them with an operation id too."""
    key = fresh()[1]
    contract = contract_of(rail)
    patient = weftwork.Retry(attempts=30, base=0.2, cap=1.0)

    def add(number: int) -> str:
        operation = str(uuid.uuid4()) if number % 2 else None
        return contract.submit("add", key, "1", returns=str, retry=patient, operation_id=operation)

    with ThreadPoolExecutor(6) as threads:
        results = sorted(int(found) for found in threads.map(add, range(6)))
    assert results == list(range(1, 7))
    assert contract.evaluate("read", key) == b"6"
