"""A submit's outcome: conflicts tried anew, doubts resolved by the ledger, operations done once."""

import asyncio
import itertools
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Call, Failure, FakeGateway, Outcome
from tests.unit.client.people import user
from weftwork.operation import nonce_of
from weftwork.proposals import transaction_id_of
from weftwork_protos import peer_pb2

CHANNEL = "crosswork"
MVCC = peer_pb2.MVCC_READ_CONFLICT
PHANTOM = peer_pb2.PHANTOM_READ_CONFLICT
QUICK = weftwork.Retry(attempts=4, base=0.01)
DROPPED = Failure(grpc.StatusCode.UNAVAILABLE, "Socket closed")
NO_ORDERERS = Failure(
    grpc.StatusCode.UNAVAILABLE, "no orderers could successfully process transaction"
)


@pytest.fixture
def contract(fake: FakeGateway, gateway: weftwork.Gateway) -> weftwork.Contract:
    numbers = itertools.count(1)
    fake.functions["f"] = lambda call: str(next(numbers)).encode()
    return gateway.network(CHANNEL).contract("c")


# Conflicts


def test_a_conflict_is_not_tried_anew_by_itself(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.codes = [MVCC]
    with pytest.raises(weftwork.CommitError, match="MVCC_READ_CONFLICT") as caught:
        contract.submit("f")
    assert caught.value.attempts == 1
    assert "attempt" not in str(caught.value)


def test_a_conflict_is_endorsed_afresh_where_asked(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.codes = [MVCC, PHANTOM]
    assert contract.submit("f", returns=str, retry=QUICK) == "3"
    assert len(set(fake.submitted)) == len(fake.calls) == 3


def test_the_gateways_policy_holds_where_a_submit_has_none(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b""
    clerk = user()
    with weftwork.connect_endpoint(
        fake.endpoint, clerk.identity, clerk.signer(), options=weftwork.Options(retry=QUICK)
    ) as gateway:
        contract = gateway.network(CHANNEL).contract("c")
        fake.codes = [MVCC]
        contract.submit("f")
        fake.codes = [MVCC]
        with pytest.raises(weftwork.CommitError):
            contract.submit("f", retry=weftwork.Retry(attempts=1))


def test_attempts_are_bounded_and_the_error_counts_them(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.code = MVCC
    with pytest.raises(weftwork.CommitError, match="attempt 4, the last") as caught:
        contract.submit("f", retry=QUICK)
    assert caught.value.attempts == len(fake.submitted) == 4
    assert caught.value.transaction_id == fake.submitted[-1]
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.attempts, str(copy)) == (4, str(caught.value))


def test_other_codes_are_never_tried_anew(fake: FakeGateway, contract: weftwork.Contract) -> None:
    fake.code = peer_pb2.ENDORSEMENT_POLICY_FAILURE
    with pytest.raises(weftwork.CommitError):
        contract.submit("f", retry=QUICK)
    assert len(fake.submitted) == 1


@pytest.mark.parametrize("by", ["deadline", "timeout"])
def test_a_deadline_ends_the_attempts(
    fake: FakeGateway, contract: weftwork.Contract, by: str
) -> None:
    fake.code = MVCC
    patient = weftwork.Retry(
        attempts=10**6, base=0.02, cap=0.02, deadline=0.3 if by == "deadline" else None
    )
    began = time.monotonic()
    with pytest.raises(weftwork.WeftworkError):
        contract.submit("f", retry=patient, timeout=0.3 if by == "timeout" else None)
    assert time.monotonic() - began < 3
    assert len(fake.submitted) > 1


def test_pauses_grow_with_full_jitter() -> None:
    retry = weftwork.Retry(base=0.1, cap=1.0)
    for attempts, most in ((1, 0.1), (2, 0.2), (3, 0.4), (5, 1.0), (5000, 1.0)):
        drawn = [retry.pause(attempts) for _ in range(400)]
        assert 0 <= min(drawn) < 0.2 * most
        assert 0.8 * most < max(drawn) <= most


@pytest.mark.parametrize(
    "wrong",
    [{"attempts": 0}, {"base": -1}, {"cap": -1}, {"codes": [weftwork.ValidationCode.VALID]}],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Retry"):
        weftwork.Retry(**wrong)  # pyright: ignore[reportArgumentType]


# Doubts


@pytest.mark.parametrize("failure", [DROPPED, NO_ORDERERS])
def test_what_was_ordered_though_the_answer_was_lost_has_succeeded(
    fake: FakeGateway, contract: weftwork.Contract, failure: Failure
) -> None:
    fake.doubtful = failure
    assert contract.submit("f", returns=str) == "1"
    assert len(fake.submitted) == 1


@pytest.mark.parametrize("code", ["DEADLINE_EXCEEDED", "CANCELLED", "UNAVAILABLE"])
def test_what_was_not_ordered_is_handed_in_again_the_same(
    fake: FakeGateway, contract: weftwork.Contract, code: str
) -> None:
    fake.submit_failure = NO_ORDERERS
    fake.status_failure = Failure(grpc.StatusCode[code], "not yet")

    def mend() -> None:
        fake.submit_failure = fake.status_failure = None

    threading.Timer(0.3, mend).start()
    assert contract.submit("f", returns=str) == "1"
    assert fake.submitted == [fake.calls[0].transaction_id]


@pytest.mark.parametrize(
    "failure",
    [
        Failure(grpc.StatusCode.ABORTED, "received unsuccessful response from orderer"),
        Failure(grpc.StatusCode.UNAVAILABLE, "no orderer nodes available"),
        Failure(grpc.StatusCode.FAILED_PRECONDITION, "no such channel"),
    ],
)
def test_what_certainly_was_not_ordered_fails_at_once(
    fake: FakeGateway, contract: weftwork.Contract, failure: Failure
) -> None:
    fake.submit_failure = failure
    with pytest.raises(weftwork.SubmitError) as caught:
        contract.submit("f")
    assert not caught.value.in_doubt
    assert "may have committed" not in str(caught.value)


def test_when_the_time_is_out_the_error_says_that_it_may_have_committed(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.status_failure = DROPPED
    with pytest.raises(weftwork.CommitStatusError, match="may have committed") as caught:
        contract.submit("f", timeout=0.7)
    assert caught.value.transaction_id == fake.submitted[0]
    assert fake.submitted[0] in str(caught.value)


def test_a_commit_status_is_asked_until_a_peer_answers(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.status_failure = DROPPED
    threading.Timer(0.3, lambda: setattr(fake, "status_failure", None)).start()
    assert contract.submit("f", returns=str) == "1"


def test_what_an_orderer_took_and_lost_is_handed_in_again(
    fake: FakeGateway, contract: weftwork.Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raft's leader says yes before the others have it; killed then, it has lost it."""
    monkeypatch.setattr("weftwork._sync.submitting._ORDERED_WAIT", 0.3)
    fake.waits, fake.lost = True, 2
    assert contract.submit("f", returns=str) == "1"
    assert fake.submitted == [fake.calls[0].transaction_id]
    assert len(fake.calls) == 1, "it was endorsed again"


@pytest.mark.parametrize("stage", ["endorse", "submit", "status"])
def test_a_peer_that_is_too_busy_is_asked_again(
    fake: FakeGateway, contract: weftwork.Contract, stage: str
) -> None:
    words = "too many requests for /gateway.Gateway/Submit, exceeding concurrency limit (500)"
    busy = Failure(grpc.StatusCode.UNKNOWN, words)
    idle = fake.functions["f"]

    def rest() -> None:
        fake.functions["f"], fake.submit_failure, fake.status_failure = idle, None, None

    if stage == "endorse":
        fake.functions["f"] = lambda call: busy
    fake.submit_failure = busy if stage == "submit" else None
    fake.status_failure = busy if stage == "status" else None
    threading.Timer(0.2, rest).start()
    assert contract.submit("f", returns=str) == "1"
    assert len(fake.submitted) == 1


def test_submit_async_leaves_the_outcome_to_be_asked(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.codes = [MVCC]
    submitted = contract.submit_async("f", returns=int)
    assert (submitted.result, submitted.decode(int)) == (b"1", 1)
    assert fake.submitted == [submitted.transaction_id]
    assert submitted.status().code is weftwork.ValidationCode.MVCC_READ_CONFLICT
    with pytest.raises(weftwork.ResultError):
        contract.submit_async("f", returns=list[int])
    assert len(fake.submitted) == 1
    fake.doubtful = DROPPED
    assert contract.submit_async("f", returns=int).status().successful


# Operations


def test_an_operation_is_done_once(fake: FakeGateway, contract: weftwork.Contract) -> None:
    for _ in range(3):
        assert contract.submit("f", "a", returns=str, operation_id="op-1") == "1"
    assert contract.submit("f", "a", returns=str, operation_id="op-2") == "2"
    assert len(fake.submitted) == 2


def test_another_client_with_the_same_certificate_gets_the_same(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    """Both have it endorsed before either has submitted: the ledger refuses the second."""
    together = threading.Barrier(2, timeout=10)
    numbers = itertools.count(1)

    def meet(call: Call) -> bytes:
        together.wait()
        return str(next(numbers)).encode()

    fake.functions["f"] = meet
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(
            lambda _: contract.submit("f", "a", returns=str, operation_id="op"), range(2)
        )
    assert one == other
    assert len(fake.submitted) == 2
    codes = [block.metadata.metadata[2] for block in fake.blocks[1:]]
    assert codes == [bytes([peer_pb2.VALID]), bytes([peer_pb2.DUPLICATE_TXID])]


def test_a_certificate_written_otherwise_is_the_same(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    assert contract.submit("f", "a", returns=str, operation_id="op") == "1"
    clerk = user()
    pem = b"subject=CN = clerk\r\n" + clerk.identity.certificate.replace(b"\n", b"\r\n") + b"\n"
    identity = weftwork.Identity(clerk.identity.mspid, pem)
    with weftwork.connect_endpoint(fake.endpoint, identity, clerk.signer()) as other:
        again = other.network(CHANNEL).contract("c")
        assert again.submit("f", "a", returns=str, operation_id="op") == "1"
    assert len(fake.submitted) == 1


def test_the_same_id_stands_for_one_call_alone(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.functions["g"] = lambda call: b""
    contract.submit("f", "a", operation_id="op")
    for function, argument in (("f", "b"), ("g", "a")):
        with pytest.raises(
            weftwork.OperationError, match="call of f with other arguments"
        ) as caught:
            contract.submit(function, argument, operation_id="op")
        assert caught.value.transaction_id == fake.submitted[0]
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert len(fake.submitted) == 1


@pytest.mark.parametrize(
    "change", [{"operation_id": "b"}, {"channel": "b"}, {"chaincode": "b"}, {"attempt": 1}]
)
def test_an_id_depends_on_all_that_makes_the_intent(change: dict[str, object]) -> None:
    usual = {"operation_id": "a", "channel": "a", "chaincode": "a", "attempt": 0}
    changed = usual | change
    made: Callable[..., bytes] = nonce_of
    assert made(**usual) == made(**usual)
    assert made(**usual) != made(**changed)
    assert len(made(**usual)) == 24


def test_an_operations_transaction_id_never_changes() -> None:
    """Another release, or another language, must come to the same id: it is on the ledger."""
    nonce = nonce_of("order 4711", "crosswork", "logistics", 0)
    assert nonce.hex() == "3545432744f61742292f23d2c44f91b932087c42c28d0002"
    assert (
        transaction_id_of(nonce, b"creator")
        == "556db8125eb97f6e5a3fa226564cff8a72106f6abf2331b4493339f3a3ca8b26"
    )


def test_an_invalidated_attempt_is_the_callers_to_repeat(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.codes = [MVCC]
    with pytest.raises(weftwork.CommitError):
        contract.submit("f", "a", operation_id="op")
    assert contract.submit("f", "a", returns=str, operation_id="op") == "2"
    assert contract.submit("f", "a", returns=str, operation_id="op") == "2"
    assert len(set(fake.submitted)) == 2


def test_an_operation_tries_conflicts_anew_where_asked(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    fake.codes = [MVCC, PHANTOM]
    assert contract.submit("f", returns=str, operation_id="op", retry=QUICK) == "3"
    assert len(set(fake.submitted)) == 3


def test_an_upgrade_meanwhile_is_no_conflict_of_an_operation(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    blocks = iter([5, 7])
    fake.functions["f"] = lambda _: Outcome(b"done", defined_in=next(blocks))
    fake.codes = [MVCC]
    assert contract.submit("f", operation_id="op") == b"done"


def test_what_another_process_endorses_just_now_is_waited_for(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    left = iter(range(2))

    def busy(call: Call) -> bytes | Failure:
        if next(left, None) is None:
            return b"done"
        words = f"error in simulation: txid: {call.transaction_id}({call.channel}) exists"
        details = (("peer0:7051", call.mspid, words),)
        return Failure(grpc.StatusCode.ABORTED, "failed to endorse", details)

    fake.functions["f"] = busy
    assert contract.submit("f", operation_id="op") == b"done"
    assert len({call.transaction_id for call in fake.calls if call.chaincode == "c"}) == 1


def test_a_result_of_another_type_stops_an_operation_too(
    fake: FakeGateway, contract: weftwork.Contract
) -> None:
    with pytest.raises(weftwork.ResultError):
        contract.submit("f", returns=list[int], operation_id="op")
    assert not fake.submitted


def test_an_empty_id_is_none(contract: weftwork.Contract) -> None:
    with pytest.raises(weftwork.ArgumentError, match="operation_id is empty"):
        contract.submit("f", operation_id="")


# Cancelling


@pytest.fixture
def hold(fake: FakeGateway) -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("where", ["endorse", "retry", "doubt"])
async def test_a_cancelled_submit_leaves_nothing_running(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway, hold: threading.Event, where: str
) -> None:
    fake.functions["f"] = lambda call: str(where == "endorse" and hold.wait(5)).encode()
    if where == "retry":
        fake.code = MVCC
    if where == "doubt":
        fake.submit_failure = NO_ORDERERS
        fake.status_failure = Failure(grpc.StatusCode.DEADLINE_EXCEEDED, "not yet")
    before = asyncio.all_tasks()
    slow = weftwork.Retry(attempts=100, base=30, cap=30, deadline=None)
    contract = async_gateway.network(CHANNEL).contract("c")
    task = asyncio.create_task(contract.submit("f", retry=slow))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 2)
    assert asyncio.all_tasks() == before
    asked = len(fake.calls)
    hold.set()
    await asyncio.sleep(0.1)
    assert len(fake.calls) == asked
