"""Requests for events as objects: signed here or elsewhere, sent from any process."""

from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar

from weftwork.aio.calls import Calls
from weftwork.aio.events import (
    BlockAndPrivateDataEvents,
    BlockEvents,
    ChaincodeEvents,
    FilteredBlockEvents,
)
from weftwork.aio.signable import Signable
from weftwork.aio.signatures import signed_stream
from weftwork.aio.waiting import Stream
from weftwork.cursor import Cursor
from weftwork.event_requests import Asked, read_chaincode_events_request, read_seek_payload
from weftwork.ledger.blocks import Block
from weftwork.ledger.filtered import FilteredBlock
from weftwork.ledger.private import BlockAndPrivateData
from weftwork.options import CallOptions
from weftwork.progress import BlockProgress, ChaincodeProgress
from weftwork.proposals import (
    chaincode_events_request,
    deliver_payload,
    envelope,
    newest_block_payload,
    signed_chaincode_events_request,
)
from weftwork.reconnect import Reconnect


class EventsRequest(Signable, ABC):
    """A request for events. What is unsigned is signed when it is sent."""

    def __init__(self, calls: Calls, message: bytes, signature: bytes = b"") -> None:
        super().__init__(calls.signing, message, signature)
        self._calls = calls
        self._signed_elsewhere = signature != b""
        self._asked: Asked = self._read()

    @property
    def signed_elsewhere(self) -> bool:
        """Whether its signature came with it: then it is sent as it is, and cannot be moved."""
        return self._signed_elsewhere

    @property
    def channel(self) -> str:
        """The channel whose events it asks for."""
        return self._asked.channel

    @property
    def start_block(self) -> int | None:
        """The block that it starts at; None: the next commit."""
        return self._asked.start_block

    @property
    def stop_block(self) -> int | None:
        """The last block that it asks for; None: without end."""
        return self._asked.stop_block

    @property
    def after_transaction_id(self) -> str:
        """Events of the start block up to that transaction are left out by the peer."""
        return self._asked.after_transaction_id

    @abstractmethod
    def to_bytes(self) -> bytes:
        """The official clients' serialized form, with the signature where there is one."""

    @abstractmethod
    def send(self, timeout: float | None, after: Stream | None = None) -> Stream:
        """Sign it, unless it is signed, and send it, not before ``after``; the answers as bytes."""

    @abstractmethod
    def send_moved(self, block: int, timeout: float | None) -> Stream:
        """Sign and send the same request, starting at another block."""

    def send_newest(self, timeout: float | None) -> Stream:
        """Ask for the newest block alone, filtered."""
        payload = newest_block_payload(
            self.channel, self._asked.creator, self._calls.options.tls_certificate_hash
        )

        def opening(signature: bytes, left: float | None) -> Stream:
            return self._calls.newest_block(envelope(payload, signature), left)

        default = self._calls.options.filtered_block_events.timeout
        limits = [limit for limit in (timeout, default) if limit is not None]
        return signed_stream(self._signing, payload, min(limits, default=None), opening)

    @abstractmethod
    def _read(self) -> Asked: ...

    def _start(self) -> Cursor | None:
        # Where the peer leaves events out, the place is known with the first one that comes.
        if self.start_block is None or self.after_transaction_id:
            return None
        return Cursor(self.start_block)


class ChaincodeEventsRequest(EventsRequest):
    """Asks the gateway for a chaincode's events."""

    @property
    def chaincode(self) -> str:
        """The chaincode whose events it asks for."""
        return self._asked.chaincode

    def events(
        self,
        *,
        checkpoint: Cursor | None = None,
        reconnect: bool | Reconnect = True,
        timeout: float | None = None,
    ) -> ChaincodeEvents:
        """Start the stream; see ``Network.chaincode_events``.

        With ``checkpoint`` the request starts there instead of where it says, signed anew.
        """
        limit = self._calls.options.chaincode_events.timeout if timeout is None else timeout
        progress = ChaincodeProgress(checkpoint or self._start())
        return ChaincodeEvents(
            self._calls, self, progress, _settings(reconnect), limit, moved=checkpoint is not None
        )

    def to_bytes(self) -> bytes:
        """A serialized ``gateway.SignedChaincodeEventsRequest``."""
        return signed_chaincode_events_request(self._message, self._signature)

    def send(self, timeout: float | None, after: Stream | None = None) -> Stream:
        """Sign it, unless it is signed, and send it, not before ``after``; the answers as bytes."""
        return self._signed_stream(timeout, partial(self._sent, self._message), after)

    def send_moved(self, block: int, timeout: float | None) -> Stream:
        """Sign and send the same request, starting at another block."""
        asked = self._asked
        message = chaincode_events_request(
            asked.channel, asked.chaincode, asked.creator, start_block=block
        )
        return signed_stream(self._signing, message, timeout, partial(self._sent, message))

    def _sent(self, message: bytes, signature: bytes, timeout: float | None) -> Stream:
        signed = signed_chaincode_events_request(message, signature)
        return self._calls.chaincode_events(signed, timeout)

    def _read(self) -> Asked:
        return read_chaincode_events_request(self._message)


class SeekRequest(EventsRequest):
    """Asks a peer's Deliver service for blocks."""

    _method: ClassVar[str]

    def to_bytes(self) -> bytes:
        """A serialized ``common.Envelope``."""
        return envelope(self._message, self._signature)

    def send(self, timeout: float | None, after: Stream | None = None) -> Stream:
        """Sign it, unless it is signed, and send it, not before ``after``; the answers as bytes."""
        return self._signed_stream(timeout, partial(self._sent, self._message), after)

    def send_moved(self, block: int, timeout: float | None) -> Stream:
        """Sign and send the same request, starting at another block."""
        payload = deliver_payload(
            self.channel,
            self._asked.creator,
            start_block=block,
            stop_block=self.stop_block,
            tls_certificate_hash=self._calls.options.tls_certificate_hash,
        )
        return signed_stream(self._signing, payload, timeout, partial(self._sent, payload))

    def _sent(self, payload: bytes, signature: bytes, timeout: float | None) -> Stream:
        signed = envelope(payload, signature)
        return self._calls.deliver(self._method, signed, self._options, timeout)

    @property
    @abstractmethod
    def _options(self) -> CallOptions: ...

    def _read(self) -> Asked:
        return read_seek_payload(self._message)

    def _limit(self, timeout: float | None) -> float | None:
        return self._options.timeout if timeout is None else timeout


class BlockEventsRequest(SeekRequest):
    """Asks for whole blocks."""

    _method = "Deliver"

    def events(
        self, *, reconnect: bool | Reconnect = True, timeout: float | None = None
    ) -> BlockEvents:
        """Start the stream; see ``Network.block_events``."""
        progress = BlockProgress[Block](self._start(), self.stop_block)
        return BlockEvents(self._calls, self, progress, _settings(reconnect), self._limit(timeout))

    @property
    def _options(self) -> CallOptions:
        return self._calls.options.block_events


class FilteredBlockEventsRequest(SeekRequest):
    """Asks for filtered blocks."""

    _method = "DeliverFiltered"

    def events(
        self, *, reconnect: bool | Reconnect = True, timeout: float | None = None
    ) -> FilteredBlockEvents:
        """Start the stream; see ``Network.filtered_block_events``."""
        progress = BlockProgress[FilteredBlock](self._start(), self.stop_block)
        return FilteredBlockEvents(
            self._calls, self, progress, _settings(reconnect), self._limit(timeout)
        )

    @property
    def _options(self) -> CallOptions:
        return self._calls.options.filtered_block_events


class BlockAndPrivateDataEventsRequest(SeekRequest):
    """Asks for whole blocks and the private data that the peer has of them."""

    _method = "DeliverWithPrivateData"

    def events(
        self, *, reconnect: bool | Reconnect = True, timeout: float | None = None
    ) -> BlockAndPrivateDataEvents:
        """Start the stream; see ``Network.block_and_private_data_events``."""
        progress = BlockProgress[BlockAndPrivateData](self._start(), self.stop_block)
        return BlockAndPrivateDataEvents(
            self._calls, self, progress, _settings(reconnect), self._limit(timeout)
        )

    @property
    def _options(self) -> CallOptions:
        return self._calls.options.block_and_private_data_events


def _settings(reconnect: bool | Reconnect) -> Reconnect | None:
    if isinstance(reconnect, Reconnect):
        return reconnect
    return Reconnect() if reconnect else None
