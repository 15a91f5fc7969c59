"""Records what peer and chaincode say to each other while transactions run in this process."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self, cast

from google.protobuf.message import DecodeError

from weftwork_chaincode import messages
from weftwork_chaincode.contract import Contract
from weftwork_chaincode.replay.recording import Recorded, ReplayError, Spoken, Stream, write_line
from weftwork_chaincode.session import Handler
from weftwork_chaincode.transport import Connection, GrpcStatus
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage


class Recorder:
    """Records every transaction of the simulated peers that are made while it is open.

    ``with Recorder("case.jsonl"): …`` around the making of a bench or a ledger and what is
    submitted on it. One at a time in a process.

    Args:
        path: The file to write; one that is there is replaced.
        handlers: Chaincode name → ``module:name`` of a class, or of a function without arguments
            that returns a contract or a handler. Needed for contracts that take arguments and for
            classes made within a function; any other is found by its own name.
    """

    current: ClassVar["Recorder | None"] = None
    """The one that is open."""

    def __init__(self, path: str | Path, handlers: Mapping[str, str] | None = None) -> None:
        self.path: Path = Path(path)
        self._handlers = dict(handlers or {})
        self._lines: list[bytes] = []
        self._streams = 0

    def __enter__(self) -> Self:
        if Recorder.current is not None:
            raise ReplayError(f"a recorder is open already: {Recorder.current.path}")
        Recorder.current = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Recorder.current = None
        try:
            self.path.write_bytes(b"".join(self._lines))
        except OSError as problem:
            raise ReplayError(f"{self.path}: {problem.strerror}") from problem

    @property
    def transactions(self) -> int:
        """How many transactions have ended so far, called ones included."""
        return len(self._lines) - self._streams

    def tap(
        self, connection: Connection, handler: Handler, package_id: str, chaincode: str
    ) -> "Tap":
        """What records one stream: tell it what arrives, send through it."""
        stream = Stream(self._streams, chaincode, package_id, self._handler(chaincode, handler))
        self._streams += 1
        self._lines.append(write_line(stream))
        return Tap(connection, stream.id, self._lines)

    def _handler(self, chaincode: str, handler: Handler) -> tuple[str, ...]:
        if chaincode in self._handlers:
            return (self._handlers[chaincode],)
        made = _contracts(handler) or [handler]
        return tuple(_name(type(each), chaincode) for each in made)


class Tap:
    """A stream's connection that remembers what went through it."""

    def __init__(self, connection: Connection, stream: int, lines: list[bytes]) -> None:
        self._connection = connection
        self._stream = stream
        self._lines = lines
        self._ready = b""
        self._open: dict[tuple[str, str], list[Spoken]] = {}

    @property
    def peer(self) -> str:
        """See Connection."""
        return self._connection.peer

    def send(self, message: bytes) -> None:
        """See Connection."""
        parsed = ChaincodeMessage.FromString(message)
        key = (parsed.channel_id, parsed.txid)
        spoken = self._open.get(key)
        if spoken is not None:
            spoken.append(Spoken(True, message))
            if parsed.type in (messages.COMPLETED, messages.ERROR):
                del self._open[key]
                line = Recorded(self._stream, self._ready, tuple(spoken))
                self._lines.append(write_line(line))
        self._connection.send(message)

    def close(self, status: GrpcStatus = GrpcStatus.OK, detail: str = "") -> None:
        """See Connection."""
        self._connection.close(status, detail)

    def heard(self, message: bytes) -> None:
        """The peer has said something."""
        try:
            parsed = ChaincodeMessage.FromString(message)
        except DecodeError:
            return
        key = (parsed.channel_id, parsed.txid)
        if parsed.type == messages.READY:
            self._ready = parsed.payload
        elif parsed.type in (messages.TRANSACTION, messages.INIT):
            self._open.setdefault(key, [Spoken(False, message)])
        elif key in self._open:
            self._open[key].append(Spoken(False, message))


def _contracts(handler: Handler) -> list[Contract]:
    """The contracts that a dispatcher holds, whatever it keeps them in."""
    found: list[Contract] = []
    for held in vars(handler).values() if hasattr(handler, "__dict__") else ():
        for each in _each(held):
            if isinstance(each, Contract) and each not in found:
                found.append(each)
    return found


def _each(held: object) -> Iterable[object]:
    match held:
        case list() | tuple():
            return cast("Iterable[object]", held)
        case Mapping():
            return cast("Mapping[object, object]", held).values()
        case _:
            return (held,)


def _name(found: type, chaincode: str) -> str:
    if "<locals>" in found.__qualname__ or found.__module__ == "__main__":
        raise ReplayError(
            f"{found.__qualname__} cannot be imported by another process: give the recorder "
            f"handlers={{{chaincode or 'the chaincode'!r}: 'module:name'}}"
        )
    return f"{found.__module__}:{found.__qualname__}"
