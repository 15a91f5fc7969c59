"""The h2 transport against a client that the test drives frame by frame: windows, pings, abuse."""

import asyncio
import socket
import struct

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.chaincode.h2_peer import HEADERS, Client, Echo, fields
from weftwork_chaincode.grpc_framing import MessageReader, prefix
from weftwork_chaincode.h2_transport import H2Listener
from weftwork_chaincode.transport import GrpcStatus

pytestmark = pytest.mark.timeout(60)


async def test_a_message_is_echoed_and_the_end_has_trailers(echoing):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        stream = await client.open()
        await client.send(stream, b"hello", end_stream=True)
        data = await client.until(h2.events.DataReceived)
        assert data.data == prefix(b"hello") + b"hello"
        assert fields(await client.until(h2.events.TrailersReceived))["grpc-status"] == "0"
        assert fields(await client.until(h2.events.ResponseReceived))[":status"] == "200"
    assert len(engines[0].lost) == 1


async def test_the_clients_windows_are_respected(echoing):
    listener, engines = await echoing()
    async with Client(listener.address, window=1000) as client:
        stream = await client.open()
        await client.send(stream, b"x")
        engines_ready = await client.until(h2.events.DataReceived)
        assert engines_ready.data == prefix(b"x") + b"x"
        engines[0].connection.send(b"y" * 5000)
        await client.read()
        await client.read()
        got = sum(len(e.data) for e in client.events if isinstance(e, h2.events.DataReceived))
        assert got == 1000, "the client has opened a window of 1000 bytes and no more"
        reader, found = MessageReader(10_000), []
        for event in [e for e in client.events if isinstance(e, h2.events.DataReceived)]:
            found += reader.feed(event.data)
        client.events.clear()
        while len(found) < 2:
            client.http.increment_flow_control_window(700, stream)
            await client.flush()
            await client.read()
            for event in client.events:
                if isinstance(event, h2.events.DataReceived):
                    found += reader.feed(event.data)
            client.events.clear()
        assert found[1] == b"y" * 5000


async def test_while_too_much_waits_the_clients_own_window_stays_shut(echoing):
    listener, engines = await echoing(
        backlog=10_000, stream_window=20_000, connection_window=70_000
    )
    async with Client(listener.address, window=0) as client:
        stream = await client.open()
        await client.read()
        sent = 0
        for _ in range(40):
            room = client.http.local_flow_control_window(stream)
            if room < 1005:
                break
            await client.send(stream, b"m" * 1000)
            sent += 1
            await client.read(0.01)
        assert sent < 40, "the server reads on although nothing it answers is taken"
        await client.read(0.1)
        assert client.http.local_flow_control_window(stream) < 10_000
        client.http.increment_flow_control_window(100_000, stream)
        await client.flush()
        for _ in range(100):
            if client.http.local_flow_control_window(stream) >= 10_000:
                break
            await client.read(0.05)
        assert client.http.local_flow_control_window(stream) >= 10_000
        assert len(engines[0].received) == sent


@pytest.mark.parametrize(
    ("changes", "status", "grpc_status"),
    [
        ({":method": "GET"}, "405", "13"),
        ({"content-type": "text/html"}, "415", "13"),
        ({":path": "/nowhere"}, "200", "12"),
    ],
)
async def test_other_requests_get_a_status_and_do_not_reach_the_engine(
    echoing, changes, status, grpc_status
):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        await client.open(list((dict(HEADERS) | changes).items()))
        answer = fields(await client.until(h2.events.ResponseReceived))
        if status != "200":  # no gRPC client: it is told in plain text
            assert b"gRPC" in (await client.until(h2.events.DataReceived)).data
            answer |= fields(await client.until(h2.events.TrailersReceived))
        assert (answer[":status"], answer["grpc-status"]) == (status, grpc_status)
        await client.until(h2.events.StreamReset)  # NO_ERROR: it need not send its body
    assert engines == []


async def test_a_ping_is_answered(echoing):
    listener, _ = await echoing()
    async with Client(listener.address) as client:
        client.http.ping(b"12345678")
        await client.flush()
        assert (await client.until(h2.events.PingAckReceived)).ping_data == b"12345678"


async def test_a_silent_peer_is_asked_and_then_dropped(echoing):
    listener, engines = await echoing(ping_after=0.1, ping_timeout=0.1)
    async with Client(listener.address) as client:
        stream = await client.open()
        await client.until(h2.events.ResponseReceived)
        await client.send(stream, b"x")
        # a half-open connection: this side reads nothing and answers nothing any more
        await asyncio.sleep(0.8)
        assert len(engines[0].lost) == 1


async def test_a_peer_that_answers_pings_stays(echoing):
    listener, engines = await echoing(ping_after=0.1, ping_timeout=3.0)
    async with Client(listener.address) as client:
        await client.open()
        for _ in range(16):
            assert await client.read(0.05)
        assert any(isinstance(e, h2.events.PingReceived) for e in client.events)
        assert engines[0].lost == []


async def test_a_connection_without_a_stream_is_closed(echoing):
    listener, _ = await echoing(first_stream=0.1)
    async with Client(listener.address) as client:
        await client.closed()
        assert any(isinstance(e, h2.events.ConnectionTerminated) for e in client.events)


async def test_rapid_resets_end_the_connection(echoing, caplog):
    listener, engines = await echoing(max_resets=20)
    async with Client(listener.address) as client:
        open_still = True
        for _ in range(200):
            try:
                stream = await client.open()
                client.http.reset_stream(stream)
                await client.flush()
                open_still = await client.read(0.001)
            except (ConnectionError, h2.exceptions.ProtocolError):
                open_still = False
            if not open_still:
                break
        assert not open_still
        assert len(engines) <= 25
    assert "too many streams reset" in caplog.text
    assert all(len(engine.lost) == 1 for engine in engines)


async def test_a_few_resets_do_not(echoing):
    listener, engines = await echoing(max_resets=20)
    async with Client(listener.address) as client:
        for _ in range(10):
            stream = await client.open()
            client.http.reset_stream(stream)
            await client.flush()
        stream = await client.open()
        await client.send(stream, b"x")
        await client.until(h2.events.DataReceived)
    assert engines[-1].received == [b"x"]
    assert all(len(engine.lost) == 1 for engine in engines[:-1])


async def test_frames_without_content_by_the_thousand_end_the_connection(echoing, caplog):
    listener, _ = await echoing(max_idle_frames=100)
    async with Client(listener.address) as client:
        stream = await client.open()
        for _ in range(200):
            client.http.send_data(stream, b"")
        await client.flush()
        await client.closed()
    assert "frames without content" in caplog.text


async def test_a_peer_that_asks_and_never_reads_is_dropped(echoing, caplog):
    listener, _engines = await echoing(
        write_buffer=10_000, max_unread_control=50_000, max_idle_frames=10**9
    )
    host, port = listener.address.split(":")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (host, int(port)))
    http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    http.initiate_connection()
    ping = struct.pack(">I", 8)[1:] + b"\x06\x00\x00\x00\x00\x00" + b"x" * 8
    await loop.sock_sendall(sock, http.data_to_send())

    async def flood():
        while True:
            await loop.sock_sendall(sock, ping * 1000)
            await asyncio.sleep(0)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(flood(), 20)
    sock.close()
    assert "asks and does not read" in caplog.text


async def test_no_more_than_the_allowed_streams_at_once(echoing):
    listener, engines = await echoing(max_streams=3)
    async with Client(listener.address) as client:
        await client.read()
        assert client.http.remote_settings.max_concurrent_streams == 3
        for _ in range(3):
            await client.open()
        await client.read()
        assert len(engines) == 3


@pytest.mark.parametrize(
    "junk", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\x00" * 64]
)
async def test_what_is_no_http2_is_closed(echoing, junk):
    listener, engines = await echoing()
    reader, writer = await asyncio.open_connection(*listener.address.split(":"))
    writer.write(junk)
    async with asyncio.timeout(5):
        while await reader.read(1000):
            pass
    writer.close()
    assert engines == []


async def test_a_goodbye_ends_the_streams(echoing):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        stream = await client.open()
        await client.send(stream, b"x")
        await client.until(h2.events.DataReceived)
        client.http.close_connection()
        await client.flush()
        await client.closed()
    assert len(engines[0].lost) == 1


async def test_closing_the_listener_says_goaway(echoing):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        await client.open()
        await client.until(h2.events.ResponseReceived)
        await listener.close()
        await client.closed()
        assert any(isinstance(e, h2.events.ConnectionTerminated) for e in client.events)
    assert len(engines[0].lost) == 1


async def test_an_engine_that_fails_ends_its_stream_and_no_other(echoing, caplog):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        first, second = await client.open(), await client.open()
        await client.until(h2.events.ResponseReceived)

        def fail(message):
            raise RuntimeError("SECRET")

        engines[0].message_received = fail
        await client.send(first, b"x")
        trailers = fields(await client.until(h2.events.TrailersReceived))
        assert trailers["grpc-status"] == str(int(GrpcStatus.INTERNAL))
        await client.send(second, b"y")
        await client.until(h2.events.DataReceived)
    assert "SECRET" not in caplog.text


async def test_a_stream_that_ends_within_a_message_is_an_error(echoing):
    listener, _ = await echoing()
    async with Client(listener.address) as client:
        stream = await client.open()
        client.http.send_data(stream, b"\x00\x00\x00\x00\x05ab", end_stream=True)
        await client.flush()
        assert fields(await client.until(h2.events.TrailersReceived))["grpc-status"] == "13"


async def test_answers_of_one_read_leave_in_one_write(echoing):
    listener, _engines = await echoing()
    async with Client(listener.address) as client:
        stream = await client.open()
        await client.until(h2.events.ResponseReceived)
        data = b"".join(prefix(b"m%d" % n) + b"m%d" % n for n in range(50))
        client.http.send_data(stream, data)
        await client.flush()
        event = await client.until(h2.events.DataReceived)
        assert event.data == data, "fifty answers, one frame"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 12), st.integers(0, 255), st.integers(0, 5), st.binary(max_size=60)
        ),
        max_size=12,
    )
)
def test_no_frames_bring_the_server_down(frames):
    async def run():
        engines = []

        def accept(connection):
            engines.append(Echo(connection))
            return engines[-1]

        listener = H2Listener(accept, "127.0.0.1", 0, None)
        await listener.start()
        async with Client(listener.address) as client:
            await client.open()
            for kind, flags, stream, payload in frames:
                head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
                try:
                    await client.write(head + stream.to_bytes(4, "big") + payload)
                except ConnectionError:
                    break
            await asyncio.sleep(0.005)
        async with Client(listener.address) as healthy:
            stream = await healthy.open()
            await healthy.send(stream, b"alive")
            assert (await healthy.until(h2.events.DataReceived)).data.endswith(b"alive")
        await listener.close()

    asyncio.run(run())
