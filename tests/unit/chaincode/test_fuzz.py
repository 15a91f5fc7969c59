"""Whatever a peer sends, each transaction is answered once, and the next one runs as ever."""

import asyncio
import contextlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.chaincode.h2_peer import HEADERS, Client, RawClient
from tests.unit.chaincode.samples import Parcels, Raw
from weftwork_chaincode import messages
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.grpc_framing import MessageReader, prefix
from weftwork_chaincode.h2_transport import H2Listener
from weftwork_chaincode.session import Session
from weftwork_chaincode.testing import ScriptedPeer
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage
from weftwork_protos.peer_pb2 import ChaincodeAdditionalParams, ChaincodeInput

pytestmark = pytest.mark.timeout(120)

fuzz = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ANSWERS = {messages.COMPLETED, messages.ERROR}
TXIDS = st.sampled_from(["t1", "t2", "t3", ""])


async def answered(peer, replies=None, seconds=10.0):
    """Lets every transaction end; what each was answered.

    Requests of the engine are answered by `replies`, payload and kind by turns, then by ERROR.
    """
    answers = Counter()
    given_replies = iter(replies or [])

    def take(message):
        if message.type in ANSWERS:
            answers[message.channel_id, message.txid] += 1
        elif message.type not in (messages.REGISTER, messages.KEEPALIVE):
            kind, payload = next(given_replies, (messages.ERROR, b"no"))
            peer.send(kind, message.txid, payload, channel=message.channel_id)

    while not peer.received.empty():
        take(peer.received.get_nowait())
    peer.on_message = take
    async with asyncio.timeout(seconds):
        while peer.session.running:  # noqa: ASYNC110 - turn by turn, as fast as the loop
            await asyncio.sleep(0)
        for _ in range(3):  # what was sent last is delivered on a later turn
            await asyncio.sleep(0)
    return answers


async def goes_on(peer):
    """That a transaction runs as ever; not asked of a stream that the engine has closed."""
    if peer.connection.closed is None:
        peer.on_message = None
        peer.start("healthy", "echo", "text", b"\xff")
        response = await peer.next()
        assert (response.type, response.txid) == (messages.COMPLETED, "healthy")
        assert messages.Response.decode(response.payload).payload == b"text|ff|None"


valid = st.builds(
    lambda kind, txid, payload, channel: messages.message(kind, channel, txid, payload),
    st.one_of(st.integers(0, 40), st.just(messages.TRANSACTION), st.just(messages.RESPONSE)),
    TXIDS,
    st.one_of(
        st.binary(max_size=40),
        st.lists(st.binary(max_size=10), max_size=3).map(
            lambda args: ChaincodeInput(args=args).SerializeToString()
        ),
    ),
    st.sampled_from(["ch", "other", ""]),
)


@fuzz
@given(st.lists(st.one_of(valid, valid, valid, st.binary(max_size=60)), max_size=15), st.booleans())
def test_messages_of_every_kind_in_every_order(sent, registered):
    async def run():
        peer = ScriptedPeer(Dispatcher(Parcels()))
        if registered:
            await peer.register(write_batch=10, multi_get=10)
        begun = Counter()
        for message in sent:
            state, running = peer.session.state, peer.session.running
            peer.session.message_received(message)
            with contextlib.suppress(Exception):
                parsed = ChaincodeMessage.FromString(message)
                if parsed.type in (messages.TRANSACTION, messages.INIT):
                    begun[parsed.channel_id, parsed.txid] += 1
            assert peer.session.running >= running or state == "lost"
        if peer.connection.closed is None:
            assert await answered(peer) == begun
        if registered:
            await goes_on(peer)

    asyncio.run(run())


async def everything(stub):
    """Asks the peer for one thing of every kind; what goes wrong in one does not stop the next."""
    asked = [
        lambda: stub.get_state("k"),
        lambda: stub.get_states(["a", "b", "c"]),
        lambda: every(stub.range("a", "b")),
        lambda: every(stub.query("{}")),
        lambda: every(stub.history("k")),
        lambda: stub.range_page("a", "b", 3),
        lambda: stub.get_private("c", "k"),
        lambda: stub.get_private_hash("c", "k"),
        lambda: stub.get_state_policy("k"),
        lambda: stub.invoke("other", [b"f"]),
        lambda: stub.put_state("w", b"v"),
        stub.flush,
    ]
    for one in asked:
        with contextlib.suppress(Exception):
            await one()
    return b"done"


async def every(rows):
    return [row async for row in rows]


reply = st.tuples(
    st.sampled_from([messages.RESPONSE, messages.RESPONSE, messages.ERROR]), st.binary(max_size=50)
)


@fuzz
@given(st.lists(reply, max_size=30), st.sampled_from([(0, 0), (2, 2)]))
def test_replies_that_mean_nothing(replies, capabilities):
    async def run():
        peer = ScriptedPeer(Raw(everything))
        await peer.register(write_batch=capabilities[0], multi_get=capabilities[1])
        peer.start("t")
        assert await answered(peer, replies) == {("ch", "t"): 1}
        assert peer.session.running == 0
        assert peer.connection.closed is None

    asyncio.run(run())


FUNCTIONS = sorted(Parcels().functions)
argument = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"null", b"[]", b"{}", b'"x"', b"1e999", b"-1", b"[" * 2000, b'{"a":1,"a":2}']
    ),
    st.integers().map(lambda number: str(number).encode()),
)


@fuzz
@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from(FUNCTIONS).map(str.encode), st.binary(max_size=20)),
            st.lists(argument, max_size=4),
            st.binary(max_size=60),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_arguments_and_proposals_of_every_kind(calls):
    async def run():
        peer = ScriptedPeer(Dispatcher(Parcels()))
        await peer.register(write_batch=10, multi_get=10)
        for number, (function, args, proposal) in enumerate(calls):
            peer.start(f"t{number}", function, *args, proposal=proposal, signature=b"s")
        expected = {("ch", f"t{number}"): 1 for number in range(len(calls))}
        assert await answered(peer) == expected
        await goes_on(peer)

    asyncio.run(run())


def conversation():
    """What a peer writes to a socket from its first byte to a transaction, in frames."""
    params = ChaincodeAdditionalParams(use_write_batch=True, max_size_write_batch=10)
    said = [
        messages.message(messages.REGISTERED, "", "", b""),
        messages.message(messages.READY, "", "", params.SerializeToString()),
        messages.message(
            messages.TRANSACTION, "ch", "t", ChaincodeInput(args=[b"raw", b"x"]).SerializeToString()
        ),
    ]
    client = Client("127.0.0.1:0")
    client.http.initiate_connection()
    client.http.send_headers(1, HEADERS)
    for message in said:
        client.http.send_data(1, prefix(message) + message)
    return client.http.data_to_send()


CONVERSATION = conversation()


@settings(parent=fuzz, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(24, len(CONVERSATION) - 1), st.integers(0, 255)), max_size=4),
    st.integers(24, len(CONVERSATION)),
    st.binary(max_size=40),
)
def test_a_conversation_with_wrong_bytes_in_it(changes, cut, more):
    async def run():
        broken = bytearray(CONVERSATION)
        for place, byte in changes:
            broken[place] = byte
        listener = H2Listener(
            lambda connection: Session(connection, "p:1", Dispatcher(Parcels())),
            "127.0.0.1",
            0,
            None,
        )
        await listener.start()
        client = RawClient(listener.address, preface=b"")
        async with client:
            await client.write(bytes(broken[:cut]) + more)
            await client.read(0.002)
        async with RawClient(listener.address, preface=b"") as healthy:
            await healthy.write(CONVERSATION)
            reader, found = MessageReader(1000), []
            async with asyncio.timeout(5):
                while len(found) < 2:
                    await healthy.read()
                    data = [payload for kind, _, payload in healthy.frames if kind == 0]
                    healthy.frames.clear()
                    found += reader.feed(b"".join(data))
        answer = ChaincodeMessage.FromString(found[1])
        assert (answer.type, answer.txid) == (messages.COMPLETED, "t")
        assert messages.Response.decode(answer.payload).payload == b"x"
        await listener.close()

    asyncio.run(run())
