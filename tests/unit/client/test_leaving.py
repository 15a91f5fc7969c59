"""Calls that are left: cancelled, out of time, or under way when the gateway is closed."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Iterator

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import server_tls, user

ERRORS = {
    "evaluate": weftwork.EvaluateError,
    "endorse": weftwork.EndorseError,
    "submit": weftwork.SubmitError,
    "commit_status": weftwork.CommitStatusError,
}
every_stage = pytest.mark.parametrize("stage", ERRORS)


class Stuck(FakeGateway):
    """A gateway that does not answer at one stage, and knows when it is no longer waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = ""
        self.reached = threading.Event()
        self.given_up = threading.Event()
        self.go_on = threading.Event()
        self.functions["f"] = lambda call: b"done"

    def evaluate(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._wait("evaluate", context)
        return super().evaluate(request, context)

    def endorse(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._wait("endorse", context)
        return super().endorse(request, context)

    def submit(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._wait("submit", context)
        return super().submit(request, context)

    def commit_status(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._wait("commit_status", context)
        return super().commit_status(request, context)

    def _wait(self, stage: str, context: grpc.ServicerContext) -> None:
        if self.stage == stage:
            context.add_callback(self.given_up.set)
            self.reached.set()
            self.go_on.wait(10)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    gateway = Stuck()
    gateway.bind()
    gateway.start()
    yield gateway
    gateway.go_on.set()
    gateway.stop()


def connected(stuck: Stuck) -> weftwork.Gateway:
    clerk = user()
    return weftwork.connect_endpoint(stuck.endpoint, clerk.identity, clerk.signer())


def connected_async(stuck: Stuck) -> weftwork.aio.Gateway:
    clerk = user()
    return weftwork.aio.connect_endpoint(stuck.endpoint, clerk.identity, clerk.signer())


def asked(gateway: weftwork.Gateway, stage: str, timeout: float | None = None) -> object:
    contract = gateway.network("c").contract("cc")
    call = contract.evaluate if stage == "evaluate" else contract.submit
    return call("f", timeout=timeout)


def asking(gateway: weftwork.aio.Gateway, stage: str) -> Awaitable[object]:
    contract = gateway.network("c").contract("cc")
    return contract.evaluate("f") if stage == "evaluate" else contract.submit("f")


async def happened(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, 5)


@every_stage
async def test_a_cancelled_task_gives_up_its_call_at_the_peer(stuck: Stuck, stage: str) -> None:
    stuck.stage = stage
    async with connected_async(stuck) as gateway:
        task = asyncio.ensure_future(asking(gateway, stage))
        assert await happened(stuck.reached)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
        assert await happened(stuck.given_up)
        assert gateway.peers[0].healthy
        stuck.stage = ""
        stuck.go_on.set()
        assert await gateway.network("c").contract("cc").submit("f") == b"done"


async def test_a_timeout_of_the_application_s_own_cancels_too(stuck: Stuck) -> None:
    stuck.stage = "endorse"
    async with connected_async(stuck) as gateway:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asking(gateway, "submit")
        assert await happened(stuck.given_up)


@every_stage
def test_one_deadline_holds_for_all_stages_together(stuck: Stuck, stage: str) -> None:
    stuck.stage = stage
    with connected(stuck) as gateway:
        began = time.monotonic()
        with pytest.raises(ERRORS[stage]) as caught:
            asked(gateway, stage, timeout=0.4)
        assert 0.3 < time.monotonic() - began < 3
    assert caught.value.status == "DEADLINE_EXCEEDED"
    assert caught.value.transaction_id in str(caught.value) != ""
    assert stuck.given_up.wait(5)


@every_stage
def test_closing_ends_a_call_under_way_with_the_error_of_its_stage(
    stuck: Stuck, stage: str
) -> None:
    stuck.stage = stage
    gateway = connected(stuck)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            asked(gateway, stage)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert stuck.reached.wait(5)
    gateway.close()
    # Less than the wait for the commit of what was ordered, which is not waited for any more.
    thread.join(3)
    (error,) = caught
    closed_at(error, stage)
    assert gateway.peers[0].healthy  # it was not the peer that failed


@every_stage
async def test_closing_ends_a_task_s_call_so_too(stuck: Stuck, stage: str) -> None:
    stuck.stage = stage
    gateway = connected_async(stuck)
    task = asyncio.ensure_future(asking(gateway, stage))
    assert await happened(stuck.reached)
    await gateway.aclose()
    with pytest.raises(weftwork.WeftworkError) as caught:
        await asyncio.wait_for(task, 3)
    closed_at(caught.value, stage)
    assert gateway.peers[0].healthy


def closed_at(error: BaseException, stage: str) -> None:
    assert isinstance(error, ERRORS[stage])
    assert error.status == "CANCELLED"
    assert error.transaction_id in str(error) != ""
    # From here on the transaction may be in a block: that is what must not be hidden.
    assert ("may have committed" in str(error)) is (stage in ("submit", "commit_status"))


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_channel_of_the_application_outlives_the_gateway(stuck: Stuck, kind: str) -> None:
    clerk, opened = user(), grpc.ssl_channel_credentials(server_tls().certificate)
    if kind == "async":
        async with grpc.aio.secure_channel(stuck.endpoint.target, opened) as channel:
            for _ in range(2):
                async with weftwork.aio.Gateway.on_channel(
                    channel, clerk.identity, clerk.signer()
                ) as gateway:
                    assert await asking(gateway, "submit") == b"done"
        return
    with grpc.secure_channel(stuck.endpoint.target, opened) as plain:
        for _ in range(2):
            with weftwork.Gateway.on_channel(plain, clerk.identity, clerk.signer()) as again:
                assert asked(again, "submit") == b"done"


async def test_a_channel_that_the_application_closes_cancels_no_task(stuck: Stuck) -> None:
    stuck.stage = "evaluate"
    clerk, opened = user(), grpc.ssl_channel_credentials(server_tls().certificate)
    channel = grpc.aio.secure_channel(stuck.endpoint.target, opened)
    gateway = weftwork.aio.Gateway.on_channel(channel, clerk.identity, clerk.signer())
    task = asyncio.ensure_future(asking(gateway, "evaluate"))
    assert await happened(stuck.reached)
    await channel.close()
    with pytest.raises(weftwork.EvaluateError, match="CANCELLED: the connection was closed"):
        await asyncio.wait_for(task, 5)


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_channel_that_the_application_has_closed_is_told_of(
    stuck: Stuck, kind: str
) -> None:
    """So is one that another thread closes between our look and gRPC's own."""
    clerk, opened = user(), grpc.ssl_channel_credentials(server_tls().certificate)
    said = "connection to the-peer has been closed"
    if kind == "async":
        channel = grpc.aio.secure_channel(stuck.endpoint.target, opened)
        gateway = weftwork.aio.Gateway.on_channel(
            channel, clerk.identity, clerk.signer(), target="the-peer"
        )
        await channel.close()
        with pytest.raises(weftwork.ClosedError, match=said):
            await asking(gateway, "submit")
        with pytest.raises(weftwork.ClosedError, match=said):
            async for _ in gateway.network("c").block_events():
                pass
        return
    plain = grpc.secure_channel(stuck.endpoint.target, opened)
    again = weftwork.Gateway.on_channel(plain, clerk.identity, clerk.signer(), target="the-peer")
    plain.close()
    with pytest.raises(weftwork.ClosedError, match=said):
        asked(again, "submit")
    with pytest.raises(weftwork.ClosedError, match=said):
        list(again.network("c").chaincode_events("cc"))


def test_closing_under_many_threads_gives_typed_errors_alone(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"done"
    clerk = user()
    gateway = weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer())
    ended: list[BaseException] = []

    def work() -> None:
        while True:
            try:
                asked(gateway, "submit")
            except weftwork.GatewayError:
                continue  # under way when it was closed: the next call says that it is
            except BaseException as error:
                ended.append(error)
                return

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    gateway.close()
    for thread in threads:
        thread.join(10)
    assert [type(error) for error in ended] == [weftwork.ClosedError] * 64


@pytest.mark.parametrize("timeout", [0, -1])
def test_what_has_no_time_left_is_not_sent(
    fake: FakeGateway, gateway: weftwork.Gateway, timeout: float
) -> None:
    fake.functions["f"] = lambda call: b""
    contract = gateway.network("crosswork").contract("c")
    for _ in range(5):
        with pytest.raises(weftwork.EndorseError, match="DEADLINE_EXCEEDED: no time was left"):
            contract.submit("f", timeout=timeout)
        with pytest.raises(weftwork.EvaluateError, match="no time was left"):
            contract.evaluate("f", timeout=timeout)
    assert not fake.calls
    transaction = contract.proposal("f").endorse()
    with pytest.raises(weftwork.SubmitError, match="no time was left") as caught:
        transaction.submit(timeout=timeout)
    assert not caught.value.in_doubt
    assert not fake.submitted


async def test_what_has_no_time_left_is_not_sent_async(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    fake.functions["f"] = lambda call: b""
    with pytest.raises(weftwork.EndorseError, match="no time was left"):
        await async_gateway.network("crosswork").contract("c").submit("f", timeout=0)
    assert not fake.calls
