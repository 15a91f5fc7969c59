"""Runs a recording's transactions in this process; where each first says something else."""

import asyncio
import contextlib
import importlib
from collections.abc import Sequence

import msgspec

from weftwork_chaincode import messages
from weftwork_chaincode.contract import Contract
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.replay.recording import Recorded, Recording, ReplayError, Spoken, Stream
from weftwork_chaincode.session import Handler, Session
from weftwork_chaincode.transport import GrpcStatus
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage

_TRANSACTION_SECONDS = 30.0


class Departure(msgspec.Struct, frozen=True):
    """Where one transaction first said something else than is recorded."""

    transaction: int
    """Its place in the recording, from 0."""

    place: int
    """Which of its messages, from 0."""

    said: bytes
    """What was said there; empty where nothing came in time."""


async def run(recording: Recording) -> list[Departure]:
    """Runs every transaction, in the recorded order, each stream on an engine of its own."""
    streams = {stream.id: _Replayed(stream) for stream in recording.streams}
    found: list[Departure] = []
    for number, transaction in enumerate(recording.transactions):
        departed = await streams[transaction.stream].run(transaction)
        if departed is not None:
            found.append(Departure(number, *departed))
    return found


class _Replayed:
    """One stream's engine, and a peer that says what it said then."""

    def __init__(self, stream: Stream) -> None:
        self.peer = "recording"
        self._script: Sequence[Spoken] = ()
        self._place = 0
        self._done: asyncio.Future[tuple[int, bytes] | None] | None = None
        self._ready: bytes | None = None
        self._session = Session(
            self, stream.package_id, _handler(stream), chaincode=stream.chaincode, time_limit=None
        )

    async def run(self, transaction: Recorded) -> tuple[int, bytes] | None:
        """Runs one transaction; None where it said what is recorded."""
        if self._ready is None:
            self._ready = transaction.ready
            self._hear(messages.message(messages.REGISTERED, "", ""))
            self._hear(messages.message(messages.READY, "", "", transaction.ready))
        self._script, self._place = transaction.spoken, 0
        done = self._done = asyncio.get_running_loop().create_future()
        self._answer()
        try:
            async with asyncio.timeout(_TRANSACTION_SECONDS):
                return await done
        except TimeoutError:
            return self._place, b""
        finally:
            self._done = None

    # --- a connection for the engine

    def send(self, message: bytes) -> None:
        """The chaincode says something: it is compared, and what the peer said then follows."""
        done = self._done
        if done is None or done.done():
            return
        if self._place >= len(self._script) or self._script[self._place].message != message:
            done.set_result((self._place, message))
            self._end_here(message)
            return
        self._place += 1
        if self._place == len(self._script):
            done.set_result(None)
        else:
            self._answer()

    def close(self, status: GrpcStatus = GrpcStatus.OK, detail: str = "") -> None:
        """Nobody is there to hear it."""

    def _answer(self) -> None:
        loop = asyncio.get_running_loop()
        while self._place < len(self._script) and not self._script[self._place].sent:
            loop.call_soon(self._hear, self._script[self._place].message)
            self._place += 1

    def _hear(self, message: bytes) -> None:
        self._session.message_received(message)

    def _end_here(self, message: bytes) -> None:
        """Fails what the departed transaction asks for, so that it ends."""
        said = ChaincodeMessage.FromString(message)
        if said.type not in (messages.COMPLETED, messages.ERROR):
            refused = messages.message(
                messages.ERROR, said.channel_id, said.txid, b"not as recorded"
            )
            asyncio.get_running_loop().call_soon(self._hear, refused)


def _handler(stream: Stream) -> Handler:
    made = [_made(name) for name in stream.handler]
    contracts = [each for each in made if isinstance(each, Contract)]
    handlers = [each for each in made if not isinstance(each, Contract)]
    if handlers:
        return handlers[0]
    # several contracts are one dispatcher's, one is itself enough for it
    return Dispatcher(contracts[0]) if len(contracts) == 1 else Dispatcher(contracts)  # pyright: ignore


def _made(name: str) -> Handler | Contract:
    module, _, attribute = name.partition(":")
    try:
        found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        return found()  # pyright: ignore  # whatever a name of the recording stands for
    except Exception as error:  # a module may raise anything at import
        with contextlib.suppress(Exception):
            raise ReplayError(f"{name} cannot be made: {type(error).__name__}: {error}") from error
        raise ReplayError(f"{name} cannot be made: {type(error).__name__}") from error
