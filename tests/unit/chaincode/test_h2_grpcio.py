"""The h2 transport against a real gRPC client: grpcio, over TCP and TLS on 127.0.0.1."""

import asyncio
import logging
import socket

import grpc
import grpc.aio
import pytest
import pytest_asyncio

from tests.unit.chaincode.certificates import Authority
from tests.unit.chaincode.grpc_peer import CONNECT, OPTIONS, GrpcPeer, plain_channel, secure_channel
from tests.unit.chaincode.samples import Raw
from weftwork_chaincode import messages
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_transport import H2Listener
from weftwork_chaincode.session import Session
from weftwork_chaincode.tls import TlsFiles

pytestmark = pytest.mark.timeout(60)


class Served:
    """A listener whose sessions the tests can look at."""

    def __init__(self, function, tls=None, limits=None):
        self.sessions = []
        self._handler = Raw(function)
        self.listener = H2Listener(self._accept, "127.0.0.1", 0, tls, limits)

    def _accept(self, connection):
        session = Session(connection, "label:hash", self._handler)
        self.sessions.append(session)
        return session

    @property
    def address(self):
        return self.listener.address


@pytest_asyncio.fixture
async def serve():
    running = []

    async def start(function, tls=None, limits=None):
        served = Served(function, tls, limits)
        await served.listener.start()
        running.append(served)
        return served

    yield start
    for served in running:
        await served.listener.close()


async def get(stub):
    return await stub.get_state(stub.args[0].decode())


async def size(stub):
    value = await stub.get_state("k")
    await stub.put_state("k", stub.args[0])
    return value or b"none"


async def until(condition, seconds=5.0):
    for _ in range(int(seconds * 200)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


async def test_two_hundred_transactions_interleave_on_one_stream(serve):
    served = await serve(get)
    async with plain_channel(served.address) as channel:
        peer = GrpcPeer(channel)
        assert await peer.register() == "label:hash"
        for number in range(200):
            await peer.start(f"t{number}", f"k{number}")
        asked = [await peer.read() for _ in range(200)]
        assert {m.txid for m in asked} == {f"t{n}" for n in range(200)}
        for message in reversed(asked):
            await peer.send(messages.RESPONSE, message.txid, message.txid.encode())
        for _ in range(200):
            message = await peer.read()
            assert messages.Response.decode(message.payload).payload == message.txid.encode()


@pytest.mark.parametrize("secure", [False, True])
async def test_messages_of_eight_megabytes_both_ways(serve, secure):
    authority = Authority()
    tls = TlsFiles(*authority.issue("server"), None).context() if secure else None
    served = await serve(size, tls)
    channel = (
        secure_channel(served.address, authority.pem) if secure else plain_channel(served.address)
    )
    async with channel:
        peer = GrpcPeer(channel)
        await peer.register()
        big, answer = b"a" * 8_000_000, b"b" * 8_000_001
        await peer.start("t", big)
        assert (await peer.read()).type == messages.GET_STATE
        await peer.send(messages.RESPONSE, "t", answer)
        batch = await peer.read()
        assert batch.type == messages.WRITE_BATCH_STATE
        assert len(batch.payload) > 8_000_000
        await peer.send(messages.RESPONSE, "t")
        assert (await peer.response()).payload == answer


async def test_mutual_tls_lets_in_whom_the_ca_knows_and_says_why_not_others(serve, caplog):
    authority, stranger = Authority(), Authority("stranger")
    tls = TlsFiles(*authority.issue("server"), authority.pem).context()
    served = await serve(get, tls)
    certificate, key = authority.issue("peer")
    async with secure_channel(served.address, authority.pem, certificate, key) as channel:
        assert await GrpcPeer(channel).register() == "label:hash"
    caplog.clear()
    for pair in (stranger.issue("peer"), (None, None)):
        async with secure_channel(served.address, authority.pem, *pair) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await GrpcPeer(channel).read()
            assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "TLS with" in caplog.text
    assert "the client showed no certificate" in caplog.text


async def test_plaintext_to_a_tls_server_is_refused_and_named(serve, caplog):
    authority = Authority()
    served = await serve(get, TlsFiles(*authority.issue("server"), None).context())
    async with plain_channel(served.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await GrpcPeer(channel).read()
    assert "does not speak TLS" in caplog.text or "plaintext" in caplog.text
    assert served.sessions == []


async def test_another_method_is_unimplemented(serve):
    served = await serve(get)
    async with plain_channel(served.address) as channel:
        call = channel.stream_stream("/protos.ChaincodeSupport/Register")()
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call.read()
        assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert CONNECT in error.value.details()


async def test_a_message_over_the_limit_ends_the_stream_with_resource_exhausted(serve):
    served = await serve(get, limits=Limits(max_message_size=1000))
    async with plain_channel(served.address) as channel:
        peer = GrpcPeer(channel)
        await peer.read()
        await peer.call.write(b"x" * 1001)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await peer.read()
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "1001 bytes" in error.value.details()
        # the connection lives on for other streams
        assert (await GrpcPeer(channel).read()).type == messages.REGISTER


async def test_compressed_messages_are_refused_not_misread(serve):
    served = await serve(get)
    async with grpc.aio.insecure_channel(
        served.address, options=OPTIONS, compression=grpc.Compression.Gzip
    ) as channel:
        peer = GrpcPeer(channel)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await peer.read()
        assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_client_that_vanishes_cancels_its_transactions_only(serve):
    served = await serve(get)
    async with plain_channel(served.address) as staying:
        kept = GrpcPeer(staying)
        await kept.register()
        await kept.start("t", "k")
        await kept.read()
        vanishing = plain_channel(served.address)
        gone = GrpcPeer(vanishing)
        await gone.register()
        await gone.start("t", "k")
        await gone.read()
        await vanishing.close()
        await until(lambda: served.sessions[1].state == "lost")
        await until(lambda: served.sessions[1].running == 0)
        assert served.sessions[0].running == 1
        await kept.send(messages.RESPONSE, "t", b"v")
        assert (await kept.response()).payload == b"v"


async def test_a_client_that_cancels_the_call_ends_the_session(serve):
    served = await serve(get)
    async with plain_channel(served.address) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        peer.call.cancel()
        await until(lambda: served.sessions[0].state == "lost")


async def test_a_client_that_ends_its_side_is_answered_with_ok(serve):
    served = await serve(get)
    async with plain_channel(served.address) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.call.done_writing()
        assert await peer.call.read() is grpc.aio.EOF
        assert await peer.call.code() is grpc.StatusCode.OK
        await until(lambda: served.sessions[0].state == "lost")


async def test_the_clients_deadline_ends_the_stream(serve):
    served = await serve(get)
    async with plain_channel(served.address) as channel:
        call = channel.stream_stream(CONNECT)(timeout=0.2)
        await call.read()
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call.read()
        assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: served.sessions[0].state == "lost")


async def test_a_slow_reader_costs_no_more_than_what_it_asked_for_and_gets_it_all(serve):
    served = await serve(get)
    async with grpc.aio.insecure_channel(
        served.address, options=[*OPTIONS, ("grpc.http2.bdp_probe", 0)]
    ) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.start("t", "k")
        await peer.read()
        await peer.send(messages.RESPONSE, "t", b"z" * 20_000_000)
        await asyncio.sleep(0.3)  # the answer waits in the server, not in the socket
        message = await peer.read()
        assert messages.Response.decode(message.payload).payload == b"z" * 20_000_000


async def test_new_streams_are_refused_while_draining_and_the_end_is_clean(serve):
    served = await serve(get)
    async with plain_channel(served.address) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.start("t", "k")
        await peer.read()
        served.listener.stop_accepting()
        draining = asyncio.create_task(served.sessions[0].drain(5))
        refused = GrpcPeer(channel)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await refused.read()
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        await peer.send(messages.RESPONSE, "t", b"v")
        assert (await peer.response()).payload == b"v"
        assert await draining is True
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await peer.read()
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        await served.listener.close()


async def test_the_log_of_a_whole_stream_holds_no_payload(serve, caplog):
    caplog.set_level(logging.DEBUG)
    served = await serve(size)
    async with plain_channel(served.address) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.start("t", "SECRET-argument")
        await peer.read()
        await peer.send(messages.RESPONSE, "t", b"SECRET-value")
        await peer.read()
        await peer.send(messages.RESPONSE, "t")
        await peer.response()
    assert "SECRET" not in "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("grpc")
    )


async def test_a_unix_socket_under_tls_is_its_owners_alone_and_replaces_a_dead_one(
    tmp_path, monkeypatch
):
    """As a peer dials it: by a relative path, with its own certificate."""
    monkeypatch.chdir(tmp_path)
    authority = Authority()
    tls = TlsFiles(*authority.issue("server"), authority.pem).context()
    left = socket.socket(socket.AF_UNIX)
    left.bind("cc.sock")
    left.close()
    listener = H2Listener(
        lambda connection: Session(connection, "label:hash", Raw(get)), "cc.sock", None, tls
    )
    await listener.start()
    try:
        assert listener.address == "unix:cc.sock"
        assert (tmp_path / "cc.sock").stat().st_mode & 0o077 == 0
        certificate, key = authority.issue("peer")
        credentials = grpc.ssl_channel_credentials(authority.pem, key, certificate)
        # Go's gRPC, and so a peer, expects this name of a Unix socket by itself.
        options = [*OPTIONS, ("grpc.ssl_target_name_override", "localhost")]
        async with grpc.aio.secure_channel(listener.address, credentials, options) as channel:
            assert await GrpcPeer(channel).register() == "label:hash"
    finally:
        await listener.close()
