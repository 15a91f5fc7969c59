"""Signers that wait: awaited, or in a thread, and what becomes of a call meanwhile."""

import asyncio
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

import weftwork
import weftwork.aio.admin
import weftwork.aio.ca
from tests.integration.documents import shown
from tests.unit.client.fake_ca import FakeCa
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import server_tls, user
from tests.unit.client.test_events import block_of_events
from weftwork.admin import ConfigUpdate, PeerAdmin, sign_update
from weftwork.hsm_token import HsmToken
from weftwork.signer import AnySigner
from weftwork_protos import configtx_pb2, gateway_pb2, peer_pb2

CHANNEL = "crosswork"
PAGE = "docs/signing.md"


class Remote:
    """A signer that answers when it is let, as a key service does."""

    def __init__(self, *, at_once: int = 0) -> None:
        self.asked = 0
        self.cancelled = 0
        self.answers = asyncio.Event()
        self._sign = user().signer()
        self._at_once = at_once

    async def __call__(self, message: bytes) -> bytes:
        self.asked += 1
        try:
            if self.asked > self._at_once:
                await self.answers.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self._sign(message)


def connected(
    fake: FakeGateway, signer: AnySigner, options: weftwork.Options | None = None
) -> weftwork.aio.Gateway:
    return weftwork.aio.connect_endpoint(fake.endpoint, user().identity, signer, options=options)


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110  # what happens may do so in a thread
            await asyncio.sleep(0.001)


async def until_asked(signer: Remote, times: int = 1) -> None:
    await until(lambda: signer.asked >= times)


async def test_a_signer_is_awaited_and_the_loop_goes_on(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    signer = Remote()
    async with connected(fake, signer) as gateway:
        contract = gateway.network(CHANNEL).contract("cc")
        submits = [asyncio.create_task(contract.submit("f")) for _ in range(3)]
        await until_asked(signer, 3)
        assert not fake.calls
        signer.answers.set()
        assert await asyncio.gather(*submits) == [b"result"] * 3
    assert signer.asked == 9  # proposal, transaction and commit of each


async def test_an_identity_whose_key_is_elsewhere_takes_a_profile(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    profile = weftwork.Profile("here", "Logistics", "LogisticsMSP", (fake.endpoint,))
    signer = Remote()
    signer.answers.set()
    for who in (user().identity, user()):
        async with weftwork.aio.connect(profile, who, signer=signer) as gateway:
            assert await gateway.network(CHANNEL).contract("cc").evaluate("f") == b"result"
    assert signer.asked == 2
    async with weftwork.aio.connect(profile, user().identity) as gateway:
        with pytest.raises(weftwork.SignatureError, match="has no signer"):
            await gateway.network(CHANNEL).contract("cc").evaluate("f")


async def test_a_digest_is_signed_by_one_that_hashes_not(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    clerk = weftwork.signer_from_key(user().private_key)

    async def signer(digest: bytes) -> bytes:
        assert len(digest) == 32
        return clerk.sign_digest(digest)

    async with connected(fake, signer, weftwork.Options(hash=weftwork.Hash.SHA256)) as gateway:
        assert await gateway.network(CHANNEL).contract("cc").evaluate("f") == b"result"


async def test_a_call_that_is_cancelled_cancels_its_signer(fake: FakeGateway) -> None:
    signer = Remote()
    async with connected(fake, signer) as gateway:
        call = asyncio.create_task(gateway.network(CHANNEL).contract("cc").evaluate("f"))
        await until_asked(signer)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert signer.cancelled == 1
    assert not fake.calls


async def test_signing_takes_its_time_from_the_call(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    sign = user().signer()

    async def slow(message: bytes) -> bytes:
        await asyncio.sleep(0.3)
        return sign(message)

    async with connected(fake, slow) as gateway:
        await gateway.network(CHANNEL).contract("cc").evaluate("f", timeout=60)
    assert fake.calls[0].seconds_left is not None
    assert fake.calls[0].seconds_left < 59.8


async def test_a_signer_that_is_late_is_an_error_before_anything_is_sent(
    fake: FakeGateway,
) -> None:
    signer = Remote()
    quick = weftwork.Options(evaluate=weftwork.CallOptions(timeout=0.05))
    async with connected(fake, signer, quick) as gateway:
        contract = gateway.network(CHANNEL).contract("cc")
        with pytest.raises(weftwork.SignatureTimeoutError, match=r"no signature within 0\.05 s"):
            await contract.evaluate("f")
        with pytest.raises(TimeoutError, match="no signature within"):
            await contract.submit("f", timeout=0.05)
    assert (signer.asked, signer.cancelled, fake.calls) == (2, 2, [])


async def test_late_for_the_status_leaves_in_doubt_what_was_ordered(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    signer = Remote(at_once=2)
    async with connected(fake, signer) as gateway:
        transaction = await gateway.network(CHANNEL).contract("cc").proposal("f").endorse()
        commit = await transaction.submit()
        with pytest.raises(weftwork.CommitStatusError, match="no signature within") as caught:
            await commit.status(timeout=0.05)
        assert caught.value.status == "DEADLINE_EXCEEDED"
        assert caught.value.transaction_id == transaction.transaction_id
        signer.answers.set()
        assert (await commit.status()).successful


async def test_a_submit_waits_for_a_signature_of_its_status_longer_than_one_question(
    fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weftwork.aio.submitting._ORDERED_WAIT", 0.05)
    fake.functions["f"] = lambda call: b"result"
    signer = Remote(at_once=2)
    async with connected(fake, signer) as gateway:
        submit = asyncio.create_task(gateway.network(CHANNEL).contract("cc").submit("f"))
        await until_asked(signer, 4)
        signer.answers.set()
        assert await submit == b"result"


async def test_a_status_that_is_asked_again_is_signed_once(
    fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weftwork.aio.submitting._ORDERED_WAIT", 0.1)
    fake.functions["f"] = lambda call: b"result"
    fake.lost, fake.waits = 1, True
    signer = Remote()
    signer.answers.set()
    async with connected(fake, signer) as gateway:
        assert await gateway.network(CHANNEL).contract("cc").submit("f") == b"result"
    assert signer.asked == 3


async def test_what_a_signer_raises_is_raised(fake: FakeGateway) -> None:
    async def broken(message: bytes) -> bytes:
        raise TimeoutError("the key service did")

    async with connected(fake, broken) as gateway:
        with pytest.raises(TimeoutError, match="the key service did"):
            await gateway.network(CHANNEL).contract("cc").evaluate("f", timeout=60)


async def test_a_signer_that_fails_after_ordering_says_what_may_have_become_of_it(
    fake: FakeGateway,
) -> None:
    fake.functions["f"] = lambda call: b"result"
    sign, asked = user().signer(), iter(range(3))

    def failing(message: bytes) -> bytes:
        if next(asked) == 2:
            raise OSError("throttled")
        return sign(message)

    async with connected(fake, failing) as gateway:
        with pytest.raises(OSError, match="throttled") as caught:
            await gateway.network(CHANNEL).contract("cc").submit("f")
    (transaction_id,) = fake.submitted
    assert f"transaction {transaction_id}" in caught.value.__notes__[0]
    assert "may be committed" in caught.value.__notes__[0]


async def test_what_an_async_signer_gives_is_checked(fake: FakeGateway) -> None:
    async def text(message: bytes) -> Any:
        return "3045"

    async with connected(fake, text) as gateway:
        with pytest.raises(weftwork.SignatureError, match="gave a str, not a signature's bytes"):
            await gateway.network(CHANNEL).contract("cc").evaluate("f")


# In a thread

CALLER: ContextVar[str] = ContextVar("caller", default="nobody")


async def test_a_signer_that_blocks_has_a_thread(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    sign, let, begun = user().signer(), threading.Event(), threading.Event()
    seen: list[tuple[int, str]] = []

    def blocking(message: bytes) -> bytes:
        seen.append((threading.get_ident(), CALLER.get()))
        begun.set()
        assert let.wait(10)
        return sign(message)

    async with connected(fake, weftwork.in_thread(blocking)) as gateway:
        CALLER.set("clerk")
        call = asyncio.create_task(gateway.network(CHANNEL).contract("cc").evaluate("f"))
        await until(begun.is_set)
        let.set()  # the loop is here while it blocks
        assert await call == b"result"
    ((thread, caller),) = seen
    assert thread != threading.get_ident()
    assert caller == "clerk"


async def test_a_thread_that_is_late_is_left_behind(fake: FakeGateway) -> None:
    let = threading.Event()

    def blocking(message: bytes) -> bytes:
        let.wait(10)
        return b"too late"

    try:
        async with connected(fake, weftwork.in_thread(blocking)) as gateway:
            with pytest.raises(weftwork.SignatureTimeoutError):
                await gateway.network(CHANNEL).contract("cc").evaluate("f", timeout=0.05)
    finally:
        let.set()


def test_a_sync_gateway_calls_it_as_any_other(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    threads: list[int] = []
    key = weftwork.signer_from_key(user().private_key)

    class Key:
        def __call__(self, message: bytes) -> bytes:
            raise AssertionError("a digest was asked for")

        def sign_digest(self, digest: bytes) -> bytes:
            threads.append(threading.get_ident())
            return key.sign_digest(digest)

    options = weftwork.Options(hash=weftwork.Hash.SHA256)
    with weftwork.connect_endpoint(
        fake.endpoint, user().identity, weftwork.in_thread(Key()), options=options
    ) as gateway:
        assert gateway.network(CHANNEL).contract("cc").evaluate("f") == b"result"
    assert threads == [threading.get_ident()]


def test_an_async_signer_needs_no_thread() -> None:
    async def signer(message: bytes) -> bytes:
        return b""

    given: Any = signer
    with pytest.raises(weftwork.ArgumentError, match="an async signer needs no thread"):
        weftwork.in_thread(given)


class AtOnce:
    """A channel whose calls answer before the loop turns."""

    def unary_unary(self, path: str) -> Any:
        response = peer_pb2.Response(status=200, payload=b"result")
        answer = gateway_pb2.EvaluateResponse(result=response).SerializeToString()

        async def call(request: bytes, **options: Any) -> bytes:
            return answer

        return call


async def test_a_plain_signer_costs_no_turn_of_the_loop_and_no_thread() -> None:
    clerk, threads = user(), set(threading.enumerate())
    gateway = weftwork.aio.Gateway.on_channel(AtOnce(), clerk.identity, clerk.signer())
    call = gateway.network(CHANNEL).contract("cc").evaluate("f").__await__()
    with pytest.raises(StopIteration) as caught:
        next(call)
    assert caught.value.value == b"result"
    begun = set(threading.enumerate()) - threads
    assert [thread for thread in begun if thread.name.startswith("weftwork")] == []


# Streams


async def test_entering_a_stream_waits_until_it_is_asked_for(fake: FakeGateway) -> None:
    fake.events.put(block_of_events(3, "a"))
    signer = Remote()
    async with connected(fake, signer) as gateway:
        events = gateway.network(CHANNEL).chaincode_events("logistics")
        entering = asyncio.create_task(events.__aenter__())
        await until_asked(signer, 2)  # the newest block is asked for too
        await asyncio.sleep(0)
        assert not entering.done()
        assert not fake.event_requests
        signer.answers.set()
        async with await entering:
            assert (await anext(events)).name == "a"
    assert len(fake.event_requests) == 1


async def test_blocks_are_asked_for_by_a_signer_in_a_thread(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"result"
    async with connected(fake, weftwork.in_thread(user().signer())) as gateway:
        network = gateway.network(CHANNEL)
        await network.contract("cc").submit("f")
        async with network.block_events(start_block=0, stop_block=1) as blocks:
            assert [block.number async for block in blocks] == [0, 1]


async def test_a_stream_that_is_left_before_it_was_signed_leaves_nothing(
    fake: FakeGateway,
) -> None:
    signer = Remote()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with connected(fake, signer) as gateway:
            network = gateway.network(CHANNEL)
            begun = network.chaincode_events("logistics", start_block=1)
            await until_asked(signer)
            await begun.aclose()
            assert [event async for event in begun] == []
            await network.chaincode_events("logistics").aclose()
            asked = signer.asked
            entering = asyncio.create_task(network.block_events(start_block=0).__aenter__())
            await until_asked(signer, asked + 1)
            entering.cancel()
            with pytest.raises(asyncio.CancelledError):
                await entering
        gc.collect()
    assert [str(each.message) for each in warned] == []
    assert signer.cancelled == signer.asked
    assert len(asyncio.all_tasks()) == 1


async def test_a_stream_s_time_ends_while_it_is_signed(fake: FakeGateway) -> None:
    async with connected(fake, Remote()) as gateway:
        events = gateway.network(CHANNEL).chaincode_events("logistics", timeout=0.05)
        with pytest.raises(weftwork.EventsError, match="no signature within") as caught:
            await anext(events)
        assert caught.value.status == "DEADLINE_EXCEEDED"


async def test_a_stream_s_reader_is_told_what_the_signer_raised(fake: FakeGateway) -> None:
    async def broken(message: bytes) -> bytes:
        raise OSError("no such key")

    async with connected(fake, broken) as gateway:
        network = gateway.network(CHANNEL)
        events = network.chaincode_events("logistics", start_block=1)
        with pytest.raises(OSError, match="no such key"):
            await anext(events)


# Administration


async def test_a_peer_s_administrator_waits_for_a_signer(fake: FakeGateway) -> None:
    fake.functions["GetChannels"] = lambda call: peer_pb2.ChannelQueryResponse(
        channels=[peer_pb2.ChannelInfo(channel_id="c")]
    ).SerializeToString()
    signer = Remote()
    signer.answers.set()
    clerk = user()
    async with weftwork.aio.admin.PeerAdmin(fake.endpoint, clerk.identity, signer) as admin:
        assert await admin.channels() == ["c"]


async def test_a_change_of_the_configuration_is_signed_by_a_signer_that_waits() -> None:
    change = ConfigUpdate("c", configtx_pb2.ConfigUpdate(channel_id="c").SerializeToString())
    boss, messages = user("EnergyMSP", "boss"), list[bytes]()

    async def signer(message: bytes) -> bytes:
        messages.append(message)
        return b"signed"

    signed = await weftwork.aio.admin.sign_update(change, boss.identity, signer)
    (signature,) = signed.signatures
    assert signature.signature == b"signed"
    assert messages == [signature.header + change.update]
    assert signed.signers[0].mspid == "EnergyMSP"
    with pytest.raises(weftwork.SignatureTimeoutError):
        await weftwork.aio.admin.sign_update(change, boss.identity, Remote(), timeout=0.01)
    assert sign_update(signed, boss.identity, boss.signer()).signers == signed.signers


class Token(HsmToken):
    """A token whose signers say that they wait, as an HSM's do."""

    def __init__(self, threads: list[int]) -> None:
        self._threads = threads

    def signer(self, identity: weftwork.Identity) -> Any:
        sign = user(label="registrar").signer()

        def noting(message: bytes) -> bytes:
            self._threads.append(threading.get_ident())
            return sign(message)

        return weftwork.in_thread(noting)


@pytest.fixture
def ca() -> Iterator[FakeCa]:
    made = FakeCa()
    made.start()
    yield made
    made.stop()


async def test_a_registrar_s_hsm_signs_in_a_thread(ca: FakeCa) -> None:
    ca.answers({"identities": []})
    threads: list[int] = []
    registrar = weftwork.User("registrar", user(label="registrar").identity, b"", Token(threads))
    async with weftwork.aio.ca.CertificateAuthority(
        ca.url, "LogisticsMSP", tls_roots=server_tls().certificate
    ) as authority:
        assert await authority.registrar(registrar).identities() == []
    assert ca.asked[0].authorization.count(".") == 1
    (thread,) = threads
    assert thread != threading.get_ident()


# Where nothing awaits


def test_a_sync_client_refuses_an_async_signer_in_words(fake: FakeGateway) -> None:
    async def signer(message: bytes) -> bytes:
        return b"signature"

    given: Any = signer
    clerk = user()
    change = ConfigUpdate("c", configtx_pb2.ConfigUpdate(channel_id="c").SerializeToString())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with weftwork.connect_endpoint(fake.endpoint, clerk.identity, given) as gateway:
            network = gateway.network(CHANNEL)
            for refused in (
                lambda: network.contract("cc").submit("f"),
                lambda: network.chaincode_events("cc"),
                lambda: PeerAdmin(fake.endpoint, clerk.identity, given).channels(),
                lambda: sign_update(change, clerk.identity, given),
                lambda: change.envelope(clerk.identity, given),
            ):
                with pytest.raises(weftwork.SignatureError) as caught:
                    refused()
                assert "use it in weftwork.aio" in str(caught.value)
        gc.collect()
    assert [str(each.message) for each in warned] == []
    assert not fake.calls


# As the page shows it


class KeyService:
    """What the page calls: a key service's client, async and blocking."""

    async def sign(self, *, digest: bytes) -> bytes:
        await asyncio.sleep(0)
        return self.sign_now(digest=digest)

    def sign_now(self, *, digest: bytes) -> bytes:
        time.sleep(0)
        return weftwork.signer_from_key(user().private_key).sign_digest(digest)


@pytest.mark.parametrize("block", ["awaited", "in a thread"])
def test_the_page_s_signers(fake: FakeGateway, block: str) -> None:
    fake.functions["read"] = lambda call: b"result"
    names: dict[str, Any] = {
        "endpoint": fake.endpoint,
        "identity": user().identity,
        "service": KeyService(),
    }
    exec(shown(PAGE, block), names)
    assert asyncio.run(names["read"]()) == b"result"
