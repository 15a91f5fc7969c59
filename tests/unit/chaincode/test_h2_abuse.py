"""Peers that mean no good, or are gone: floods, bombs, half-open connections, limits, 100 MB."""

import asyncio
import contextlib
import socket
import ssl

import grpc
import grpc.aio
import h2.errors
import h2.events
import hpack
import pytest

from tests.unit.chaincode.certificates import Authority
from tests.unit.chaincode.grpc_peer import CONNECT, OPTIONS
from tests.unit.chaincode.h2_peer import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    HEADERS_FRAME,
    PING,
    PRIORITY,
    REQUEST,
    RST,
    SETTINGS,
    WINDOW,
    Client,
    Echo,
    RawClient,
    fields,
    frame,
)
from weftwork_chaincode.grpc_framing import prefix
from weftwork_chaincode.h2_limits import Limits
from weftwork_chaincode.h2_transport import H2Listener
from weftwork_chaincode.tls import TlsFiles
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE

pytestmark = pytest.mark.timeout(90)

Codes = h2.errors.ErrorCodes


async def others_are_served(listener):
    """That nobody else notices."""
    async with Client(listener.address) as client:
        stream = await client.open()
        await client.send(stream, b"alive")
        assert (await client.until(h2.events.DataReceived)).data.endswith(b"alive")


@pytest.mark.parametrize(
    ("kind", "flags", "of_stream", "payload"),
    [
        (PING, 0, False, b"12345678"),
        (SETTINGS, 0, False, b""),
        (PRIORITY, 0, True, b"\0\0\0\0\x10"),
        (WINDOW, 0, False, b"\0\0\0\1"),
        (DATA, 0, True, b""),
        (99, 0, False, b"unknown"),
    ],
)
async def test_frames_that_say_nothing_by_the_thousand(echoing, kind, flags, of_stream, payload):
    listener, engines = await echoing(max_idle_frames=300)
    async with RawClient(listener.address) as client:
        await client.open()
        await client.flood(frame(kind, flags, 1 if of_stream else 0, payload) * 50)
        assert await client.goodbye() in (Codes.ENHANCE_YOUR_CALM, None)
    assert len(engines[0].lost) == 1
    await others_are_served(listener)


async def test_a_peer_that_pings_now_and_then_for_ever_stays(echoing, monkeypatch):
    listener, engines = await echoing(max_idle_frames=20, reset_window=0.05)
    async with Client(listener.address) as client:
        await client.open()
        for _ in range(60):
            client.http.ping(b"12345678")
            await client.flush()
            await client.read(0.005)
            await asyncio.sleep(0.003)
        assert engines[0].lost == []


async def test_windows_opened_byte_by_byte_end_the_connection(echoing):
    """CVE-2019-9511, "data dribble": a frame for each byte of what waits."""
    listener, engines = await echoing(max_idle_frames=200)
    async with RawClient(listener.address) as client:
        no_window = frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0")
        await client.write(no_window + frame(HEADERS_FRAME, END_HEADERS, 1, REQUEST))
        await client.write(frame(DATA, 0, 1, prefix(b"x" * 10_000) + b"x" * 10_000))
        await client.read()
        await client.flood(frame(WINDOW, 0, 1, b"\0\0\0\1"))
    assert engines[0].received == [b"x" * 10_000]
    assert len(engines[0].lost) == 1


@pytest.mark.parametrize("size", [0, 1, 16_000])
async def test_a_header_that_never_ends(echoing, size):
    """CVE-2024-27316 and its kin: CONTINUATION without end."""
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        await client.write(frame(HEADERS_FRAME, 0, 1, REQUEST))
        await client.flood(frame(CONTINUATION, 0, 1, b"\x00" * size) * 10)
    assert engines == []
    await others_are_served(listener)


async def test_more_headers_than_are_allowed(echoing):
    listener, engines = await echoing(max_header_list=4096)
    async with RawClient(listener.address) as client:
        await client.read()
        block = hpack.Encoder().encode([*HEADERS, *((f"x-{n}", "v" * 100) for n in range(40))])
        await client.write(frame(HEADERS_FRAME, END_HEADERS, 1, block))
        assert await client.goodbye() == Codes.ENHANCE_YOUR_CALM
    assert engines == []


async def test_a_small_header_that_unpacks_to_a_large_one(echoing):
    """An HPACK bomb: one long value stored, then named a thousand times."""
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        encoder = hpack.Encoder()
        block = encoder.encode([*HEADERS, ("x-bomb", "b" * 3900)])
        bomb = encoder.encode([("x-bomb", "b" * 3900)])
        assert len(bomb) == 1
        await client.write(frame(HEADERS_FRAME, END_HEADERS, 1, block + bomb * 4000))
        assert await client.goodbye() == Codes.ENHANCE_YOUR_CALM
    assert engines == []


@pytest.mark.parametrize(
    "wrong",
    [
        frame(WINDOW, 0, 1, b"\x7f\xff\xff\xff"),  # the window overflows
        frame(WINDOW, 0, 1, b"\0\0\0\0"),
        frame(PRIORITY, 0, 1, b"\0\0\0\1\0"),  # a stream that depends on itself
        frame(HEADERS_FRAME, END_HEADERS, 1, b"\x82"),  # a second request on the stream
    ],
)
async def test_streams_that_the_server_is_made_to_reset(echoing, wrong):
    """CVE-2025-8671, "made you reset": the reset is the server's, the work was done."""
    listener, engines = await echoing(max_resets=20)
    async with RawClient(listener.address) as client:
        encoder, number = hpack.Encoder(), 1
        try:
            for _ in range(200):
                block = encoder.encode(HEADERS)
                data = frame(HEADERS_FRAME, END_HEADERS, number, block)
                bad = wrong[:5] + number.to_bytes(4, "big") + wrong[9:]
                if wrong[3] == PRIORITY:
                    bad = bad[:9] + number.to_bytes(4, "big") + bad[13:]
                await client.write(data + bad)
                number += 2
                reader = client.reader
                if await asyncio.wait_for(reader.read(1 << 16), 1) == b"":
                    break
            else:
                raise AssertionError("it goes on for ever")
        except ConnectionError:
            pass
    assert len(engines) <= 25
    await others_are_served(listener)


async def test_a_content_length_that_is_not_what_comes(echoing):
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        block = hpack.Encoder().encode([*HEADERS, ("content-length", "3")])
        await client.open(block)
        await client.write(frame(DATA, 0, 1, prefix(b"hello") + b"hello"))
        assert await client.goodbye() == Codes.PROTOCOL_ERROR
    assert engines[0].received == []
    assert len(engines[0].lost) == 1


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ([(":method", "POST")], END_HEADERS | END_STREAM),
        ([("late", "1")], END_HEADERS),
    ],
    ids=["trailers with a pseudo-header", "trailers that do not end the stream"],
)
async def test_trailers_that_are_none(echoing, fields, flags):
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        encoder = hpack.Encoder()
        await client.open(encoder.encode(HEADERS))
        await client.write(frame(HEADERS_FRAME, flags, 1, encoder.encode(fields)))
        assert await client.goodbye() == Codes.PROTOCOL_ERROR
    assert engines[0].received == []
    assert len(engines[0].lost) == 1


async def test_a_frame_longer_than_was_agreed(echoing):
    listener, engines = await echoing()
    async with RawClient(listener.address) as client:
        await client.open()
        await client.write(frame(DATA, 0, 1, b"x" * 20_000))
        assert await client.goodbye() == Codes.FRAME_SIZE_ERROR
    assert len(engines[0].lost) == 1


async def test_a_window_that_is_not_kept(echoing):
    listener, engines = await echoing(stream_window=30_000)
    async with RawClient(listener.address) as client:
        await client.open()
        # one message that is never whole, so that no window is opened for it by being read
        await client.write(frame(DATA, 0, 1, (b"\0\0\1\0\0" + b"x" * 16_000)) * 3)
        assert await client.goodbye() == Codes.FLOW_CONTROL_ERROR
    assert len(engines[0].lost) == 1


async def test_a_window_of_a_served_stream_that_overflows_resets_that_stream(echoing):
    listener, engines = await echoing()
    async with RawClient(listener.address) as client, asyncio.timeout(5):
        await client.open()
        await client.write(frame(WINDOW, 0, 1, b"\x7f\xff\xff\xff"))
        while not (resets := [each for each in client.frames if each[0] == RST]):
            assert await client.read()  # the connection stays
    assert resets == [(RST, 1, Codes.FLOW_CONTROL_ERROR.to_bytes(4, "big"))]  # RFC 9113, 6.9.1
    assert len(engines[0].lost) == 1


async def test_messages_begun_on_many_streams_and_never_finished(echoing):
    listener, engines = await echoing(max_unfinished=100_000)
    async with RawClient(listener.address) as client:
        begun = b"\0\0\1\0\0" + b"x" * 10_000
        encoder = hpack.Encoder()
        for number in range(1, 41, 2):
            headers = frame(HEADERS_FRAME, END_HEADERS, number, encoder.encode(HEADERS))
            await client.write(headers + frame(DATA, 0, number, begun))
            if not await client.read(0.02):
                break
        assert await client.goodbye() == Codes.ENHANCE_YOUR_CALM
    assert 9 <= len(engines) <= 11
    assert all(len(engine.lost) == 1 for engine in engines)


async def test_a_message_in_frames_of_one_byte_is_a_message(echoing):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        stream = await client.open()
        for byte in prefix(b"slowly") + b"slowly":
            client.http.send_data(stream, bytes([byte]))
        await client.flush()
        assert (await client.until(h2.events.DataReceived)).data.endswith(b"slowly")
    assert engines[0].received == [b"slowly"]


async def test_a_stream_reset_while_much_waits_for_it(echoing):
    listener, engines = await echoing()
    async with Client(listener.address, window=10) as client:
        first, second = await client.open(), await client.open()
        await client.send(first, b"x" * 15_000)
        await client.until(h2.events.DataReceived)
        client.http.reset_stream(first)
        client.events.clear()
        await client.flush()
        await client.send(second, b"y")
        assert (await client.until(h2.events.DataReceived)).stream_id == second
    assert len(engines[0].lost) == 1
    assert engines[1].received == [b"y"]


async def test_no_more_connections_than_allowed(echoing, caplog):
    listener, _ = await echoing(max_connections=3)
    clients = [Client(listener.address) for _ in range(3)]
    for client in clients:
        await client.__aenter__()
        await client.open()
        await client.until(h2.events.ResponseReceived)
    reader, writer = await asyncio.open_connection(*listener.address.split(":"))
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(100), 5) == b""
    writer.close()
    assert "there are 3 already" in caplog.text
    await clients[0].__aexit__()
    for _ in range(100):
        await asyncio.sleep(0.01)
        try:
            await others_are_served(listener)
            break
        except (AssertionError, ConnectionError):
            continue
    else:
        raise AssertionError("a place that is free again is not given")
    for client in clients[1:]:
        await client.__aexit__()


async def test_connections_that_say_nothing_hinder_nobody():
    """Half-open ones, before and within TLS: they cost a socket until their time is over."""
    authority = Authority()
    tls = TlsFiles(*authority.issue("server"), None).context()
    engines = []

    def accept(connection):
        engines.append(Echo(connection))
        return engines[-1]

    listener = H2Listener(accept, "127.0.0.1", 0, tls, Limits(handshake=1.0, first_stream=1.0))
    await listener.start()
    host, port = listener.address.split(":")
    silent = [await asyncio.open_connection(host, port) for _ in range(5)]
    for _, writer in silent[:3]:
        writer.write(b"\x16\x03\x01\x02\x00\x01")  # a handshake that breaks off
    context = ssl.create_default_context(cadata=authority.pem.decode())
    context.set_alpn_protocols(["h2"])
    idle = await asyncio.open_connection(host, port, ssl=context)  # no request ever
    credentials = grpc.ssl_channel_credentials(authority.pem)
    async with grpc.aio.secure_channel(listener.address, credentials, OPTIONS) as channel:
        call = channel.stream_stream(CONNECT)()
        await call.write(b"alive")
        assert await call.read() == b"alive"
        for reader, writer in silent:
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        assert b"no stream" not in await asyncio.wait_for(idle[0].read(), 5)
        idle[1].close()
        await call.write(b"still")
        assert await call.read() == b"still"
    await listener.close()


async def test_a_peer_that_vanishes_within_a_message(echoing):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        stream = await client.open()
        await client.until(h2.events.ResponseReceived)
        client.http.send_data(stream, (b"\0\0\1\0\0" + b"x" * 500))
        await client.flush()
        sock = client.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.writer.transport.abort()  # a reset, as of a machine that has lost its memory
    for _ in range(200):
        await asyncio.sleep(0.01)
        if engines[0].lost:
            break
    assert len(engines[0].lost) == 1
    assert engines[0].received == []
    await others_are_served(listener)


@pytest.mark.parametrize("secure", [False, True])
async def test_the_largest_message_both_ways_and_one_byte_more(secure):
    """100 MiB to the engine and back, to a reader that takes its time."""
    authority = Authority()
    tls = TlsFiles(*authority.issue("server"), None).context() if secure else None
    engines = []

    def accept(connection):
        engines.append(Echo(connection))
        return engines[-1]

    listener = H2Listener(accept, "127.0.0.1", 0, tls)
    await listener.start()
    roots = grpc.ssl_channel_credentials(authority.pem)
    make = (
        grpc.aio.secure_channel(listener.address, roots, OPTIONS)
        if secure
        else grpc.aio.insecure_channel(listener.address, OPTIONS)
    )
    async with make as channel:
        call = channel.stream_stream(CONNECT)()
        message = bytes(MAX_MESSAGE_SIZE)
        await call.write(message)
        await asyncio.sleep(0.2)
        assert await call.read() == message
        if not secure:
            await call.write(message + b"\0")
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call.read()
            assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert "104857601 bytes" in error.value.details()
    await listener.close()
    assert len(engines[0].received) == 1


async def test_plain_http_is_told_what_this_is(echoing):
    listener, engines = await echoing()
    async with Client(listener.address) as client:
        await client.open(list((dict(HEADERS) | {":method": "GET"}).items()), end_stream=True)
        assert fields(await client.until(h2.events.ResponseReceived))[":status"] == "405"
        assert (await client.until(h2.events.DataReceived)).data == b"gRPC requests are POST\n"
    assert engines == []
