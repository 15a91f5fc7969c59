"""One peer's stream: registration, transactions side by side, one writer, everything answered."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Protocol

from google.protobuf.message import DecodeError

from weftwork_chaincode import messages, outcome
from weftwork_chaincode.called import CalledWrites
from weftwork_chaincode.errors import DeadlineExceeded, Invalid
from weftwork_chaincode.messages import Capabilities, Response
from weftwork_chaincode.meter import Meter
from weftwork_chaincode.proposal import Proposal
from weftwork_chaincode.stub import Stub
from weftwork_chaincode.transaction import Running, Transaction
from weftwork_chaincode.transport import MAX_MESSAGE_SIZE, Connection, GrpcStatus
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage

_log = logging.getLogger("weftwork_chaincode")

MAX_TRANSACTIONS = 10_000
"""Most transactions a stream runs at once; the peer's own limits lie far below."""


TIME_LIMIT = 25.0
"""Seconds that a transaction may take: less than the peer's ``executetimeout`` of 30."""

_LOOK = 0.5
"""Seconds between two looks for transactions that take too long."""

_OWED = 3.0
"""Seconds that the answer to a last request is waited for: a peer that is told of the end while it
reads a range may fall (fixed in 3.1.5 and 2.5.16)."""

_LAST_WORDS = 2.0
"""Seconds that the answers of the last transactions may take to leave at shutdown."""


class Handler(Protocol):
    """What runs transactions: a contract's dispatcher, or anything of this shape."""

    async def invoke(self, stub: Stub) -> Response:
        """Runs one transaction; whatever it raises is answered to the peer."""
        ...


class Session:
    """The engine's side of one stream, from REGISTER until the stream is lost.

    It never waits: messages start or wake tasks, and those send through the connection, which
    alone writes.
    """

    def __init__(
        self,
        connection: Connection,
        package_id: str,
        handler: Handler,
        meter: Meter | None = None,
        *,
        chaincode: str = "",
        time_limit: float | None = TIME_LIMIT,
    ) -> None:
        """One stream.

        Args:
            connection: what carries it.
            package_id: what the peer knows the installed package by.
            handler: runs transactions.
            meter: counts; one of its own where none is given.
            chaincode: the chaincode's name on the channel, by which a call of another chaincode
                is told from a client's; empty where nobody knows it.
            time_limit: seconds after which a transaction is given up; None: never.
        """
        self._connection = connection
        self._chaincode = chaincode
        self._time_limit = time_limit
        self._called = CalledWrites()
        self._looking: asyncio.TimerHandle | None = None
        self._meter = meter or Meter()
        self._handler = handler
        self._package_id = package_id
        self._state = "created"
        self._capabilities = Capabilities()
        self._running: dict[tuple[str, str], Running] = {}
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._lost = asyncio.Event()
        self._on_lost: list[Callable[[Session], None]] = []
        self._send(messages.register(package_id))

    @property
    def capabilities(self) -> Capabilities:
        """What the peer said in READY."""
        return self._capabilities

    @property
    def state(self) -> str:
        """``created``, ``established`` (registered), ``ready`` or ``lost``."""
        return self._state

    @property
    def running(self) -> int:
        """Transactions under way."""
        return len(self._running)

    def on_lost(self, callback: Callable[["Session"], None]) -> None:
        """Has the callback called once when the stream is over."""
        self._on_lost.append(callback)

    async def drain(self, timeout: float) -> bool:
        """Takes no new transaction, lets those under way end, then ends the stream.

        Returns False where some had not ended within ``timeout`` seconds; they are cancelled.
        """
        self._draining = True
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
            finished = True
        except TimeoutError:
            finished = False
            _log.warning("%d transactions cancelled at shutdown", len(self._running))
        self._connection.close(GrpcStatus.UNAVAILABLE, "the chaincode is shutting down")
        with contextlib.suppress(TimeoutError):  # the last answers must have left
            await asyncio.wait_for(self._lost.wait(), _LAST_WORDS)
        return finished

    # --- what the transport tells

    def message_received(self, message: bytes) -> None:
        """Handles one message of the peer; never raises, never waits."""
        self._meter.received(message)
        try:
            parsed = ChaincodeMessage.FromString(message)
        except DecodeError:
            _log.warning("stream of %s closed: a message is not a ChaincodeMessage", self._peer)
            self._connection.close(GrpcStatus.INTERNAL, "a message is not a ChaincodeMessage")
            return
        kind = parsed.type
        if kind in (messages.RESPONSE, messages.ERROR):
            self._answered(parsed)
        elif kind in (messages.TRANSACTION, messages.INIT):
            self._start(parsed)
        elif kind == messages.KEEPALIVE:
            self._send(message)
        elif kind == messages.REGISTERED and self._state == "created":
            self._state = "established"
        elif kind == messages.READY and self._state == "established":
            self._ready(parsed.payload)
        else:
            _log.warning("message of type %d ignored while the stream is %s", kind, self._state)

    def connection_lost(self, reason: str) -> None:
        """Cancels every transaction of the stream: nobody waits for them any more."""
        if self._state == "lost":
            return
        if self._state == "ready":
            self._meter.peers -= 1
        self._state = "lost"
        if self._running:
            _log.warning("%s: %d transactions cancelled", reason, len(self._running))
        for running in self._running.values():
            running.transaction.lose(f"the peer's stream is gone: {reason}")
            if running.task is not None:
                running.task.cancel()
        if self._looking is not None:
            self._looking.cancel()
        self._lost.set()
        for callback in self._on_lost:
            callback(self)

    # --- inside

    @property
    def _peer(self) -> str:
        return self._connection.peer

    def _ready(self, payload: bytes) -> None:
        try:
            self._capabilities = Capabilities.decode(payload)
        except DecodeError:
            _log.warning("the peer's READY cannot be read: writes go one by one")
        self._state = "ready"
        self._meter.peers += 1
        _log.info(
            "%s registered with peer %s: batches of %d writes, reads of %d keys",
            self._package_id,
            self._peer,
            self._capabilities.write_batch,
            self._capabilities.multi_get,
        )

    def _answered(self, reply: ChaincodeMessage) -> None:
        entry = self._running.get((reply.channel_id, reply.txid))
        if entry is None or not entry.transaction.answered(reply):
            # what comes after a transaction has ended, such as the answer to a request after
            # the peer's own timeout, concerns nobody
            _log.debug("late answer for transaction %s ignored", reply.txid[:12])

    def _start(self, request: ChaincodeMessage) -> None:
        key = (request.channel_id, request.txid)
        refusal = self._refusal(key)
        if refusal:
            # ERROR and not a response: the peer then fails the proposal, and the gateway asks
            # another peer where it can
            _log.warning("transaction %s refused: %s", request.txid[:12], refusal)
            self._meter.refused += 1
            self._send(messages.message(messages.ERROR, *key, refusal.encode()))
            return
        transaction = Transaction(*key, self._send, self._capabilities, self._meter)
        running = self._running[key] = Running(transaction)
        loop = asyncio.get_running_loop()
        running.task = loop.create_task(self._run(running, request))
        if self._looking is None and self._time_limit is not None:
            self._looking = loop.call_later(min(_LOOK, self._time_limit), self._look)
        self._meter.in_flight += 1
        self._idle.clear()

    def _refusal(self, key: tuple[str, str]) -> str:
        if self._state != "ready":
            return "the chaincode has not been told READY yet"
        if self._draining:
            return "the chaincode is shutting down"
        if key in self._running:
            return "a transaction of this id is still running"
        if len(self._running) >= MAX_TRANSACTIONS:
            return f"more than {MAX_TRANSACTIONS} transactions at once"
        return ""

    def _look(self) -> None:
        """Gives up what takes too long, the oldest first; looks again while anything runs."""
        self._looking = None
        limit = self._time_limit
        if limit is None or not self._running:
            return
        now = time.perf_counter()
        for running in self._running.values():
            if now - running.started < limit:
                break
            # A contract that catches the cancellation is told again.
            running.given_up = True
            if running.task is not None and not running.ending:
                running.task.cancel()
        self._looking = asyncio.get_running_loop().call_later(min(_LOOK, limit), self._look)

    async def _run(self, running: Running, request: ChaincodeMessage) -> None:
        """Runs one transaction to its answer; the only task that speaks for it."""
        transaction = running.transaction
        key = (transaction.channel, transaction.txid)
        stub: Stub | None = None
        try:
            stub = self._stub(transaction, request)
            response = await self._invoke(running, stub)
        except GeneratorExit:
            raise
        except BaseException as error:
            # SystemExit, KeyboardInterrupt and a CancelledError of the contract's own making
            # included: one transaction must not end the server for all, nor stay unanswered
            if self._state == "lost":
                self._ended(key, stub, None, running.started)
                return
            response = self._failed(transaction, stub, error)
        event = stub.event if stub is not None and response.status < 400 else None
        self._complete(transaction, response, event)
        self._ended(key, stub, response.status, running.started)

    def _ended(
        self, key: tuple[str, str], stub: Stub | None, status: int | None, started: float
    ) -> None:
        seconds = time.perf_counter() - started
        function = stub.function if stub is not None else ""
        del self._running[key]
        self._meter.ended(function, status, seconds)
        if not self._running:
            self._idle.set()
        # What failed or was refused is worth a line, which an operator finds by the id; what it
        # says may hold values, so that is left to the client.
        level = logging.INFO if status is not None and status >= 400 else logging.DEBUG
        _log.log(
            level,
            "transaction %s, function %s: %s in %.1f ms",
            key[1][:12],
            function or "(unknown)",
            "cancelled" if status is None else status,
            seconds * 1000,
        )

    async def _invoke(self, running: Running, stub: Stub) -> Response:
        transaction = running.transaction
        try:
            response = await self._execute(transaction, stub)
            if running.given_up:
                raise self._too_long(stub)
        except BaseException as error:
            if running.given_up and self._state != "lost":
                running.ending = True
                await self._give_up(transaction)
                raise self._too_long(stub) from error
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # from outside, as when the loop ends: nothing may be waited for any more
                transaction.lose("the function was cancelled")
            else:
                await transaction.finish("the function has failed")
            raise
        await transaction.finish("the function has returned")
        return response

    async def _execute(self, transaction: Transaction, stub: Stub) -> Response:
        """The function, and its writes where it went well."""
        response = await self._handler.invoke(stub)
        if stub.failed_call is not None and response.status < 400:
            # caught or not: what the called chaincode wrote cannot be undone
            response = outcome.response_of(stub.failed_call)
        if response.status < 400:
            if stub.has_private_values:
                self._check_private(stub, response)
            await stub.flush()
            if stub.has_written and self._is_called(stub):
                self._called.remember((transaction.channel, transaction.txid), stub.written)
        return response

    async def _give_up(self, transaction: Transaction) -> None:
        task = asyncio.current_task()
        if task is not None:
            while task.uncancel():
                pass
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(transaction.finish("the transaction took too long"), _OWED)

    def _too_long(self, stub: Stub) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"{stub.function or 'the function'} was given up after {self._time_limit:g} s, before "
            "the peer's own limit (executetimeout): do less in one transaction, or raise both"
        )

    def _check_private(self, stub: Stub, response: Response) -> None:
        # What a called chaincode returns goes to its caller, not on the chain.
        if self._is_called(stub):
            return
        stub.refuse_private(response.payload, "result")
        stub.refuse_private(response.message.encode("utf-8", "replace"), "message")
        if stub.event is not None:
            stub.refuse_private(stub.event.payload, "event")

    def _is_called(self, stub: Stub) -> bool:
        """Whether another chaincode runs this one in its transaction."""
        if not self._chaincode or not stub.proposal.raw:
            return False
        try:
            return stub.proposal.top_level_chaincode not in ("", self._chaincode)
        except Invalid:
            return False

    def _failed(
        self, transaction: Transaction, stub: Stub | None, error: BaseException
    ) -> Response:
        if not outcome.is_refusal(error):
            function = stub.function if stub is not None else ""
            outcome.log_failure(transaction.txid, function, error)
        return outcome.response_of(error)

    def _complete(
        self, transaction: Transaction, response: Response, event: messages.Event | None
    ) -> None:
        key = (transaction.channel, transaction.txid)
        answer = messages.message(messages.COMPLETED, *key, response.encode(), event)
        if len(answer) > MAX_MESSAGE_SIZE:
            short = Response(500, f"ChaincodeError: a response of {len(answer)} bytes is too large")
            answer = messages.message(messages.COMPLETED, *key, short.encode())
        self._send(answer)

    def _send(self, message: bytes) -> None:
        self._meter.sent(message)
        self._connection.send(message)

    def _stub(self, transaction: Transaction, request: ChaincodeMessage) -> Stub:
        try:
            args, decorations = messages.parse_input(request.payload)
        except DecodeError as error:
            raise Invalid("the transaction's arguments cannot be read") from error
        proposal = Proposal(request.proposal.proposal_bytes, request.proposal.signature)
        key = (transaction.channel, transaction.txid)
        earlier = self._called.of(key)
        stub = Stub(transaction, args, proposal, earlier, decorations)
        if earlier is not None and not self._is_called(stub):
            # A client's own proposal, simulated once more: nothing of before is in it.
            self._called.forget(key)
            stub = Stub(transaction, args, proposal, None, decorations)
        return stub
