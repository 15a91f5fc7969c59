"""A client that a test drives frame by frame, and an engine that echoes."""

import asyncio

import h2.config
import h2.connection
import h2.settings
import hpack

from weftwork_chaincode.grpc_framing import prefix
from weftwork_chaincode.h2_transport import CONNECT

HEADERS = [
    (":method", "POST"),
    (":path", CONNECT),
    (":scheme", "http"),
    (":authority", "test"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
]
REQUEST = hpack.Encoder().encode(HEADERS)

# RFC 9113, 6: the kinds of frames, and the flags of one with headers.
DATA, HEADERS_FRAME, PRIORITY, RST, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = (
    0, 1, 2, 3, 4, 6, 7, 8, 9,
)  # fmt: skip
END_STREAM, END_HEADERS = 1, 4


class Echo:
    """An engine that sends back what it gets, and remembers how it ended."""

    def __init__(self, connection):
        self.connection = connection
        self.received = []
        self.lost = []

    def message_received(self, message):
        self.received.append(message)
        self.connection.send(message)

    def connection_lost(self, reason):
        self.lost.append(reason)


class Client:
    """HTTP/2 by hand."""

    def __init__(self, address, window=65_535):
        host, port = address.split(":")
        self._place = (host, int(port))
        self._window = window
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.events = []

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(*self._place)
        self.http.local_settings = h2.settings.Settings(
            client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: self._window}
        )
        self.http.initiate_connection()
        await self.flush()
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    async def flush(self):
        self.writer.write(self.http.data_to_send())
        await self.writer.drain()

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def open(self, headers=HEADERS, end_stream=False):
        stream = self.http.get_next_available_stream_id()
        self.http.send_headers(stream, headers, end_stream=end_stream)
        await self.flush()
        return stream

    async def send(self, stream, message, end_stream=False):
        self.http.send_data(stream, prefix(message) + message, end_stream=end_stream)
        await self.flush()

    async def read(self, seconds=0.2):
        """Everything that comes within a while; False where the server has closed."""
        try:
            data = await asyncio.wait_for(self.reader.read(1 << 20), seconds)
        except TimeoutError:
            return True
        except ConnectionError:
            return False
        if not data:
            return False
        self.events += self.http.receive_data(data)
        await self.flush()
        return True

    async def until(self, kind, seconds=5.0):
        """The first event of a kind."""
        for _ in range(int(seconds / 0.2) + 1000):
            for event in self.events:
                if isinstance(event, kind):
                    return event
            if not await self.read():
                break
        raise AssertionError(f"no {kind.__name__} came")

    async def closed(self, seconds=5.0):
        """Waits until the server closes."""
        async with asyncio.timeout(seconds):
            while await self.read():
                pass


def fields(event):
    return {
        (name if isinstance(name, str) else name.decode()): (
            value if isinstance(value, str) else value.decode()
        )
        for name, value in event.headers
    }


def frame(kind, flags=0, stream=0, payload=b""):
    """A frame's bytes, right or wrong."""
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream.to_bytes(4, "big") + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS)
"""What a client begins with, empty settings included."""


class RawClient:
    """Sends bytes of any kind, and reads frames without minding what they are."""

    def __init__(self, address, preface=PREFACE):
        self._place = address.split(":")
        self._preface = preface
        self._buffer = b""
        self.frames = []

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection(*self._place)
        await self.write(self._preface)
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def read(self, seconds=0.2):
        """What comes within a while; False where the server has closed."""
        try:
            data = await asyncio.wait_for(self.reader.read(1 << 20), seconds)
        except TimeoutError:
            return True
        except ConnectionError:
            return False
        self._buffer += data
        while len(self._buffer) >= 9:
            size = 9 + int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < size:
                break
            stream = int.from_bytes(self._buffer[5:9], "big")
            self.frames.append((self._buffer[3], stream, self._buffer[9:size]))
            self._buffer = self._buffer[size:]
        return bool(data)

    async def open(self, block=REQUEST):
        """Opens stream 1, and waits until the server answers it: from then on it is served."""
        await self.write(frame(HEADERS_FRAME, END_HEADERS, 1, block))
        async with asyncio.timeout(5):
            while not any(kind == HEADERS_FRAME for kind, _, _ in self.frames):
                assert await self.read()

    async def flood(self, data, most=2_000_000):
        """Writes until the server hangs up."""
        sent = 0
        try:
            while sent < most:
                await self.write(data)
                sent += len(data)
                if not await self.read(0.0001):
                    return
        except ConnectionError:
            return
        raise AssertionError("the server takes it all")

    async def goodbye(self, seconds=10.0):
        """The error code of the GOAWAY that the server ends the connection with; None for none."""
        async with asyncio.timeout(seconds):
            while await self.read():
                pass
        codes = [payload[4:8] for kind, _, payload in self.frames if kind == GOAWAY]
        return int.from_bytes(codes[0], "big") if codes else None
