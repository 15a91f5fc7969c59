"""A peer under a test's control, joined to the real engine without a network."""

import asyncio
from collections.abc import Callable

from weftwork_chaincode import messages
from weftwork_chaincode.meter import Meter
from weftwork_chaincode.replay import Recorder
from weftwork_chaincode.session import TIME_LIMIT, Handler, Session
from weftwork_chaincode.transport import GrpcStatus
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage
from weftwork_protos.peer_pb2 import ChaincodeAdditionalParams, ChaincodeInput, SignedProposal


class MemoryConnection:
    """A transport's connection that hands what the engine sends to a function, on a later turn."""

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        self._deliver = deliver
        self.peer: str = "memory"
        self.closed: tuple[GrpcStatus, str] | None = None

    def send(self, message: bytes) -> None:
        """Delivers on the next turn of the loop, in order."""
        if self.closed is None:
            asyncio.get_running_loop().call_soon(self._deliver, message)

    def close(self, status: GrpcStatus = GrpcStatus.OK, detail: str = "") -> None:
        """Remembers how the engine ended the stream."""
        self.closed = (status, detail)


class ScriptedPeer:
    """The peer's side of one stream: what the engine sends lies in a queue, answers are the test's.

    Attributes:
        session: The engine's side.
        connection: The transport in between; ``connection.closed`` says how the engine ended it.
        on_message: Where set, gets each message of the engine instead of the queue.
    """

    def __init__(
        self,
        handler: Handler,
        package_id: str = "test:0",
        meter: Meter | None = None,
        *,
        chaincode: str = "",
        time_limit: float | None = TIME_LIMIT,
    ) -> None:
        self.received: asyncio.Queue[ChaincodeMessage] = asyncio.Queue()
        self.on_message: Callable[[ChaincodeMessage], None] | None = None
        self.connection: MemoryConnection = MemoryConnection(self._receive)
        recorder = Recorder.current
        self._tap = recorder and recorder.tap(self.connection, handler, package_id, chaincode)
        self.session: Session = Session(
            self._tap or self.connection,
            package_id,
            handler,
            meter,
            chaincode=chaincode,
            time_limit=time_limit,
        )

    def _receive(self, message: bytes) -> None:
        parsed = ChaincodeMessage.FromString(message)
        if self.on_message is not None:
            self.on_message(parsed)
        else:
            self.received.put_nowait(parsed)

    async def next(self, timeout: float = 5.0) -> ChaincodeMessage:
        """The next message of the engine; TimeoutError after ``timeout`` seconds."""
        return await asyncio.wait_for(self.received.get(), timeout)

    def send(self, kind: int, txid: str = "", payload: bytes = b"", channel: str = "ch") -> None:
        """Sends any message to the engine."""
        self.tell(messages.message(kind, channel, txid, payload))

    def tell(self, message: bytes) -> None:
        """Sends a whole message to the engine."""
        if self._tap is not None:
            self._tap.heard(message)
        self.session.message_received(message)

    async def register(self, *, write_batch: int = 0, multi_get: int = 0) -> str:
        """Goes through REGISTER, REGISTERED and READY; the package id the engine named."""
        register = await self.next()
        if register.type != messages.REGISTER:
            raise AssertionError(f"the engine began with a message of type {register.type}")
        self.send_registered(write_batch=write_batch, multi_get=multi_get)
        return register.payload[2:].decode()

    def send_registered(self, *, write_batch: int = 0, multi_get: int = 0) -> None:
        """Sends REGISTERED and READY; zeros leave READY empty, as Fabric 2.5 does."""
        params = ChaincodeAdditionalParams(
            use_write_batch=write_batch > 0,
            max_size_write_batch=write_batch,
            use_get_multiple_keys=multi_get > 0,
            max_size_get_multiple_keys=multi_get,
        )
        self.send(messages.REGISTERED, channel="")
        self.send(messages.READY, payload=params.SerializeToString(), channel="")

    def start(
        self,
        txid: str,
        *args: bytes | str,
        proposal: bytes = b"",
        signature: bytes = b"",
        channel: str = "ch",
    ) -> None:
        """Sends a TRANSACTION."""
        wire = [arg.encode() if isinstance(arg, str) else arg for arg in args]
        request = ChaincodeMessage(
            type=ChaincodeMessage.TRANSACTION,
            txid=txid,
            channel_id=channel,
            payload=ChaincodeInput(args=wire).SerializeToString(),
        )
        if proposal:
            request.proposal.CopyFrom(SignedProposal(proposal_bytes=proposal, signature=signature))
        self.tell(request.SerializeToString())

    def lose(self, reason: str = "the test ended it") -> None:
        """Ends the stream as a vanished peer would."""
        self.session.connection_lost(reason)
