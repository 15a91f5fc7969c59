"""Many submits at once: never too many, each told of, what failed reported."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Call, Failure, FakeGateway
from weftwork import BulkCall, BulkProgress

CHANNEL = "crosswork"


class Busy:
    """A function that counts how many calls it is at."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> bytes | Failure:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self._lock:
            self.now -= 1
        if call.args[0].startswith(b"bad"):
            return Failure(grpc.StatusCode.ABORTED, "it is bad")
        return call.args[0]


def calls(count: int, taken: list[int], bad: tuple[int, ...] = ()) -> Iterator[BulkCall]:
    for number in range(count):
        taken.append(number)
        yield BulkCall("f", [f"bad{number}" if number in bad else f"{number}"])


def test_all_are_submitted_and_never_more_at_once_than_allowed(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = busy = Busy()
    taken: list[int] = []
    told: list[BulkProgress] = []

    def progress(each: BulkProgress) -> None:
        assert len(taken) <= each.succeeded + each.failed + each.in_flight + 8
        told.append(each)

    contract = gateway.network(CHANNEL).contract("c")
    report = contract.submit_all(calls(60, taken), in_flight=8, progress=progress)
    assert (report.succeeded, report.failures, report.stopped) == (60, (), False)
    assert report.check() is report
    assert 4 <= busy.most <= 8
    assert len(fake.submitted) == 60
    assert {each.index: each.result for each in told} == {n: f"{n}".encode() for n in range(60)}
    assert [each.succeeded for each in told] == list(range(1, 61))
    assert max(each.in_flight for each in told) <= 8


def test_what_failed_is_reported_with_place_error_and_transaction(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = Busy()
    told: list[BulkProgress] = []
    report = (
        gateway.network(CHANNEL)
        .contract("c")
        .submit_all(calls(20, [], bad=(17, 3)), in_flight=4, progress=told.append)
    )
    assert (report.succeeded, report.started) == (18, 20)
    assert [failure.index for failure in report.failures] == [3, 17]
    for failure in report.failures:
        assert isinstance(failure.error, weftwork.EndorseError)
        assert failure.transaction_id in {call.transaction_id for call in fake.calls}
        assert failure.call.args == [f"bad{failure.index}"]
        assert str(failure) in str(report)
    assert sorted(each.index for each in told if each.failure) == [3, 17]
    with pytest.raises(weftwork.EndorseError, match="it is bad") as caught:
        report.check()
    assert caught.value.__notes__ == ["call 3 of f; in all 2 of 20 calls failed"]


def test_the_first_failure_may_stop_it(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["f"] = Busy()
    taken: list[int] = []
    contract = gateway.network(CHANNEL).contract("c")
    report = contract.submit_all(calls(500, taken, bad=(10,)), in_flight=4, stop_on_error=True)
    assert report.stopped
    assert [failure.index for failure in report.failures] == [10]
    assert report.started == len(taken) < 40
    assert len(fake.submitted) == report.succeeded


@pytest.mark.parametrize("where", ["calls", "progress"])
def test_an_error_of_the_callers_own_ends_the_whole(
    fake: FakeGateway, gateway: weftwork.Gateway, where: str
) -> None:
    fake.functions["f"] = Busy()
    taken: list[int] = []

    def breaking() -> Iterator[BulkCall]:
        yield from calls(500, taken)

    def cut() -> Iterator[BulkCall]:
        yield from calls(10, taken)
        raise LookupError("the file is cut short")

    def progress(each: BulkProgress) -> None:
        if where == "progress" and each.succeeded == 10:
            raise LookupError("the screen is full")

    with pytest.raises(LookupError):
        gateway.network(CHANNEL).contract("c").submit_all(
            cut() if where == "calls" else breaking(), in_flight=4, progress=progress
        )
    assert len(taken) < 30
    # What was under way has ended: nothing comes after.
    assert len(fake.submitted) == len(taken) if where == "calls" else len(taken) < 30


def test_retry_and_operation_id_are_each_calls_own(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: call.args[0]
    fake.codes = [11, 12]
    contract = gateway.network(CHANNEL).contract("c")
    asked = [BulkCall("f", ["a"]), BulkCall("f", ["b"], operation_id="op"), BulkCall("f", ["a"])]
    report = contract.submit_all(asked, in_flight=2, retry=weftwork.Retry(base=0.01))
    assert report.succeeded == 3
    assert len(fake.submitted) == 5


def test_at_least_one_must_be_under_way(gateway: weftwork.Gateway) -> None:
    with pytest.raises(ValueError, match="in_flight=0"):
        gateway.network(CHANNEL).contract("c").submit_all([], in_flight=0)


def test_nothing_to_do_is_done(gateway: weftwork.Gateway) -> None:
    assert gateway.network(CHANNEL).contract("c").submit_all([]).started == 0


def test_a_closed_gateway_ends_it(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    contract = gateway.network(CHANNEL).contract("c")
    gateway.close()
    with pytest.raises(weftwork.ClosedError):
        contract.submit_all(calls(500, []), in_flight=4)


async def test_async_calls_come_from_an_async_iterable_too(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    fake.functions["f"] = busy = Busy()

    async def stream() -> AsyncIterator[BulkCall]:
        for call in calls(60, [], bad=(5,)):
            await asyncio.sleep(0)
            yield call

    contract = async_gateway.network(CHANNEL).contract("c")
    report = await contract.submit_all(stream(), in_flight=8)
    assert (report.succeeded, [failure.index for failure in report.failures]) == (59, [5])
    assert 4 <= busy.most <= 8


async def test_cancelled_it_leaves_nothing_running(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    fake.functions["f"] = Busy()
    taken: list[int] = []
    before = asyncio.all_tasks()
    contract = async_gateway.network(CHANNEL).contract("c")
    task = asyncio.create_task(contract.submit_all(calls(5000, taken), in_flight=16))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
    count = len(taken)
    assert 0 < count < 5000
    await asyncio.sleep(0.1)
    assert len(taken) == count
