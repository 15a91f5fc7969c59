"""A chaincode that calls its peer: against grpcio's server in the peer's place."""

import asyncio
import os
import signal
import socket
import sys

import grpc
import grpc.aio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.chaincode.certificates import Authority
from tests.unit.chaincode.grpc_peer import OPTIONS, RegisteringPeer
from tests.unit.chaincode.h2_peer import SETTINGS, Echo, frame
from weftwork_chaincode import ConfigError, Context, Contract, messages, submit
from weftwork_chaincode.config import ChaincodeConfig, ServerConfig, Settings
from weftwork_chaincode.dialing import PeerDialer
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.server import Server
from weftwork_chaincode.tls import TlsFiles

pytestmark = pytest.mark.timeout(60)


class Goods(Contract, name="goods"):
    @submit
    async def read(self, ctx: Context, key: str) -> bytes:
        return await ctx.stub.get_state(key) or b""

    @submit
    async def exit(self, ctx: Context) -> None:
        raise SystemExit(3)


def calling(address, tls=None):
    chaincode = ChaincodeConfig(
        "goods", f"{__name__}:Goods", package_id="goods:1", peer_address=address
    )
    return Settings(
        ServerConfig(chaincodes=(chaincode,), insecure=tls is None, drain_seconds=0.5), tls
    )


async def leave(server, stream):
    """Stops a server; the peer ends the stream when it sees the chaincode's end, as Go's does."""
    stopping = asyncio.create_task(server.stop())
    assert await stream.half_closed()
    assert await stopping is True


async def test_a_chaincode_registers_answers_and_takes_its_leave():
    async with RegisteringPeer() as support:
        server = Server(calling(support.address))
        await server.start()
        stream = await support.registered()
        assert stream.name == "goods:1"
        for number in range(50):
            await stream.start(f"t{number}", "read", "k")
        for _ in range(50):
            asked = await stream.read()
            assert asked.type == messages.GET_STATE
            await stream.send(messages.RESPONSE, asked.txid, asked.txid.encode())
        answers = [await stream.read() for _ in range(50)]
        assert all(
            messages.Response.decode(answer.payload).payload == answer.txid.encode()
            for answer in answers
        )
        await leave(server, stream)


async def test_messages_of_thirty_megabytes_both_ways():
    async with RegisteringPeer() as support:
        server = Server(calling(support.address))
        await server.start()
        stream = await support.registered()
        await stream.start("t", "read", "k" * 30_000_000)
        asked = await stream.read()
        assert len(asked.payload) > 30_000_000
        await stream.send(messages.RESPONSE, "t", b"v" * 30_000_001)
        response = messages.Response.decode((await stream.read()).payload)
        assert response.payload == b"v" * 30_000_001
        await leave(server, stream)


async def test_it_waits_for_a_peer_that_is_not_there_yet(port):
    server = Server(calling(f"127.0.0.1:{port}"))
    starting = asyncio.create_task(server.start())
    await asyncio.sleep(0.15)
    assert not starting.done()
    async with RegisteringPeer(address=f"127.0.0.1:{port}") as support:
        await starting
        stream = await support.registered()
        assert stream.name == "goods:1"
        await leave(server, stream)


async def test_a_peer_on_a_unix_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with RegisteringPeer(address="unix:peer.sock") as support:
        server = Server(calling("unix:peer.sock"))
        await server.start()
        stream = await support.registered()
        assert stream.name == "goods:1"
        await leave(server, stream)


async def test_mutual_tls_both_sides_are_checked():
    authority, stranger = Authority(), Authority("stranger")
    certificate, key = authority.issue("peer")
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)], authority.pem, require_client_auth=True
    )
    mine, my_key = authority.issue("chaincode")
    async with RegisteringPeer(credentials) as support:
        server = Server(calling(support.address, TlsFiles(mine, my_key, None, authority.pem)))
        await server.start()
        stream = await support.registered()
        assert stream.name == "goods:1"
        await leave(server, stream)

        server = Server(calling(support.address, TlsFiles(mine, my_key, None, stranger.pem)))
        with pytest.raises(ConfigError, match=r"goods: TLS with peer .* is not trusted"):
            await server.start()

        named = TlsFiles(mine, my_key, None, authority.pem, "elsewhere")
        with pytest.raises(ConfigError, match="not valid for 'elsewhere'"):
            await Server(calling(support.address, named)).start()

        unknown = TlsFiles(*stranger.issue("chaincode"), None, authority.pem)
        server = Server(calling(support.address, unknown))
        await server.start()  # TLS 1.3: the peer's refusal comes after the handshake
        assert await asyncio.wait_for(server.gone(), 5)


@pytest.fixture
def port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Process:
    """``python -m weftwork_chaincode`` as a peer launches it."""

    def __init__(self, address, **environment):
        self._words = [f"{__name__}:Goods", "--peer.address", address]
        self._environment = environment

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "weftwork_chaincode",
            *self._words,
            env=dict(os.environ) | self._environment,
            stderr=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def ended(self):
        _, error = await asyncio.wait_for(self.process.communicate(), 15)
        return self.process.returncode, error.decode()


PLAIN = {"CORE_CHAINCODE_ID_NAME": "goods:1", "CORE_PEER_TLS_ENABLED": "false"}


async def test_a_launched_process_serves_and_ends_by_sigterm():
    async with RegisteringPeer() as support, Process(support.address, **PLAIN) as program:
        stream = await support.registered()
        await stream.start("t", "read", "k")
        await stream.read()
        program.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        await stream.start("late", "read", "k")
        assert (await stream.read()).type == messages.ERROR
        await stream.send(messages.RESPONSE, "t", b"v")
        assert (await stream.read()).type == messages.COMPLETED
        assert await stream.half_closed()
        status, log = await program.ended()
        assert (status, "Traceback" in log) == (0, False)


async def test_a_launched_process_ends_when_its_peer_does():
    async with RegisteringPeer() as support, Process(support.address, **PLAIN) as program:
        stream = await support.registered()
        await stream.start("t", "read", "k")
        await stream.read()
        stream.fail("chaincode goods:1 already registered")
        status, log = await program.ended()
        assert status == 1
        assert "goods: the peer ended the stream: status UNKNOWN: chaincode goods:1 already" in log
        assert "Traceback" not in log


async def test_what_answers_but_is_no_peer_is_named():
    async def http(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await asyncio.sleep(0.1)
        writer.close()

    listener = await asyncio.start_server(http, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    server = Server(calling(f"{host}:{port}"))
    await server.start()
    assert "speaks HTTP/1.1" in await asyncio.wait_for(server.gone(), 5)
    listener.close()


async def test_another_grpc_server_says_unimplemented():
    plain = grpc.aio.server(options=OPTIONS)
    port = plain.add_insecure_port("127.0.0.1:0")
    await plain.start()
    server = Server(calling(f"127.0.0.1:{port}"))
    await server.start()
    assert "UNIMPLEMENTED" in await asyncio.wait_for(server.gone(), 5)
    await plain.stop(None)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 12), st.integers(0, 255), st.integers(0, 5), st.binary(max_size=60)
        ),
        max_size=10,
    )
)
def test_whatever_a_peer_answers_the_call_has_an_end_and_a_reason(frames):
    async def run():
        async def answer(reader, writer):
            writer.write(frame(SETTINGS) + b"".join(frame(*each) for each in frames))
            await asyncio.sleep(0.005)
            writer.close()

        listener = await asyncio.start_server(answer, "127.0.0.1", 0)
        host, port = listener.sockets[0].getsockname()
        server = Server(calling(f"{host}:{port}"))
        await server.start()
        assert (await asyncio.wait_for(server.gone(), 5)).startswith("goods: ")
        await server.stop()
        listener.close()

    asyncio.run(run())


async def test_a_peer_that_falls_silent_is_asked_and_then_given_up():
    heard = []

    async def silent(reader, writer):
        while data := await reader.read(1000):
            heard.append(data)

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    engines = []

    def accept(connection):
        engines.append(Echo(connection))
        return engines[-1]

    limits = Limits(ping_after=0.1, ping_timeout=0.1)
    dialer = PeerDialer(accept, *listener.sockets[0].getsockname(), None, limits=limits)
    await dialer.start()
    assert "lost" in await asyncio.wait_for(dialer.gone(), 5)
    assert b"weftwork" in b"".join(heard)  # the ping's own bytes
    assert len(engines[0].lost) == 1
    await dialer.close()
    listener.close()


async def test_a_peer_that_is_not_there_is_given_up_and_said(port, monkeypatch):
    monkeypatch.setattr("weftwork_chaincode.dialing.DIAL_SECONDS", 0.3)
    with pytest.raises(ConfigError, match=rf"goods: cannot call peer .*:{port}: Conn") as error:
        await Server(calling(f"127.0.0.1:{port}")).start()
    assert "\n" not in str(error.value)


async def test_sigterm_ends_a_program_that_still_waits_for_its_peer(port):
    async with Process(f"127.0.0.1:{port}", **PLAIN) as program:
        await asyncio.sleep(0.8)
        program.process.send_signal(signal.SIGTERM)
        status, log = await program.ended()
        assert (status, "Traceback" in log) in ((0, False), (-signal.SIGTERM, False))
