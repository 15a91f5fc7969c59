"""One transaction's conversation with the peer: one request at a time, each answered or failed."""

import asyncio
import time
from collections.abc import Callable

from weftwork_chaincode import messages
from weftwork_chaincode.errors import ChaincodeError, PeerError, TransactionOver
from weftwork_chaincode.messages import Capabilities
from weftwork_chaincode.meter import Meter
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage


class Transaction:
    """Sends requests of one transaction and waits for their answers.

    The peer drops a request that comes while another of the same transaction is under way, and
    then nobody would ever answer: so requests queue here, also those of a contract that gathers
    several at once, and a request that the contract gave up waiting for still holds its place
    until its answer has come (it must not be taken for the answer to the next).
    """

    __slots__ = (
        "_lock",
        "_loop",
        "_meter",
        "_over",
        "_owed",
        "_send",
        "_waiting",
        "capabilities",
        "channel",
        "txid",
    )

    def __init__(
        self,
        channel: str,
        txid: str,
        send: Callable[[bytes], None],
        capabilities: Capabilities,
        meter: Meter,
    ) -> None:
        self.channel: str = channel
        self.txid: str = txid
        self.capabilities: Capabilities = capabilities
        self._send = send
        self._meter = meter
        self._loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()
        self._waiting: asyncio.Future[ChaincodeMessage] | None = None
        self._owed: asyncio.Future[ChaincodeMessage] | None = None
        self._over: str | None = None

    async def request(self, kind: int, payload: bytes) -> bytes:
        """Sends one request and returns the payload of the peer's RESPONSE.

        Raises PeerError with the peer's own text where it answers ERROR, TransactionOver where
        the transaction has ended.
        """
        async with self._lock:
            await self._settle()
            if self._over is not None:
                raise TransactionOver(self._over)
            request = messages.message(kind, self.channel, self.txid, payload)
            if len(request) > MAX_MESSAGE_SIZE:
                raise ChaincodeError(
                    f"a request of {len(request)} bytes is over the peer's limit of "
                    f"{MAX_MESSAGE_SIZE} bytes: split the value"
                )
            answer = self._waiting = self._loop.create_future()
            self._meter.requests[kind] += 1
            self._send(request)
            try:
                reply = await answer
            except asyncio.CancelledError:
                if self._waiting is answer:
                    self._owed = self._waiting = self._loop.create_future()
                raise
        if reply.type == messages.RESPONSE:
            return reply.payload
        raise PeerError(reply.payload.decode("utf-8", "replace") or "the peer gave no reason")

    def answered(self, reply: ChaincodeMessage) -> bool:
        """Hands a RESPONSE or ERROR to the request it answers; False where none is open."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return False
        if not waiting.done():
            waiting.set_result(reply)
        return True

    async def finish(self, reason: str) -> None:
        """Allows no further request and waits until the peer owes no answer."""
        self._over = reason
        async with self._lock:
            await self._settle()

    def lose(self, reason: str) -> None:
        """The stream is gone: open requests fail, later ones are refused."""
        self._over = reason
        for future in (self._waiting, self._owed):
            if future is not None and not future.done():
                future.set_exception(TransactionOver(reason))
                future.exception()  # read once, so that asyncio does not report it as lost
        self._waiting = self._owed = None

    async def _settle(self) -> None:
        if self._owed is not None:
            await asyncio.shield(self._owed)
            self._owed = None


class Running:
    """One transaction under way, as its session keeps it.

    Attributes:
        transaction: the conversation with the peer.
        task: what runs the contract's function.
        started: when, by the clock of ``time.perf_counter``.
        given_up: whether it has taken too long.
        ending: whether it is being answered for that.
    """

    __slots__ = ("ending", "given_up", "started", "task", "transaction")

    def __init__(self, transaction: Transaction) -> None:
        self.transaction: Transaction = transaction
        self.task: asyncio.Task[None] | None = None
        self.started: float = time.perf_counter()
        self.given_up: bool = False
        self.ending: bool = False
