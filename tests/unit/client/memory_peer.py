"""A department's peers without a wire: they serve one ledger, and break as a test says.

Which events of which block come for a request is decided as Fabric decides it
(``internal/pkg/gateway/chaincodeevents.go``, ``common/deliver/deliver.go``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from tests.unit.client.people import user
from weftwork import Gateway
from weftwork.ledger import header_hash
from weftwork.options import CallOptions, Options
from weftwork_protos import common_pb2, gateway_pb2, orderer_pb2, peer_pb2

CHAINCODE = "logistics"


class Broken(grpc.RpcError):
    """A call that failed."""

    def __init__(self, status: str = "UNAVAILABLE", message: str = "the peer is gone") -> None:
        super().__init__(message)
        self._status = status
        self._message = message

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode[self._status]

    def details(self) -> str:
        return self._message

    def trailing_metadata(self) -> tuple[Any, ...]:
        return ()


@dataclass
class Session:
    """How the next stream fares."""

    answers: int | None = None
    """How many it brings before it breaks; None: it never breaks."""
    height: int | None = None
    """How many blocks its peer has; None: all. It breaks when it has told them."""
    status: str = "UNAVAILABLE"
    forked: bool = False
    """Its peer has another ledger."""


@dataclass
class MemoryPeers:
    """Events by block: ``ledger[n]`` are the transaction ids of block n that emitted one."""

    ledger: list[list[str]]
    sessions: list[Session] = field(default_factory=list[Session])
    opened: list[Any] = field(default_factory=list[Any])
    """What was asked, request by request."""
    target: str = "memory:1"
    cancelled: int = 0
    health: tuple[str, ...] = ("memory:1",)
    """The gateway's peers: this one."""

    def stream(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> "MemoryStream":
        assert path == "/gateway.Gateway/ChaincodeEvents"
        signed = gateway_pb2.SignedChaincodeEventsRequest.FromString(request)
        asked = gateway_pb2.ChaincodeEventsRequest.FromString(signed.request)
        self.opened.append(asked)
        session = self._session()
        return MemoryStream(self, self._chaincode_events(asked, session), session)

    def duplex(
        self, path: str, requests: Sequence[bytes], options: CallOptions, timeout: float | None
    ) -> "MemoryStream":
        (request,) = requests
        payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(request).payload)
        seek = orderer_pb2.SeekInfo.FromString(payload.data)
        if seek.start.WhichOneof("Type") == "newest":
            height = self._height(self.sessions[0] if self.sessions else Session())
            return MemoryStream(self, iter([self._delivery("Filtered", height - 1)]), Session())
        self.opened.append(seek)
        session = self._session()
        return MemoryStream(self, self._blocks(path, seek, session), session)

    def close(self) -> None:
        pass

    def _session(self) -> Session:
        return self.sessions.pop(0) if self.sessions else Session()

    def _height(self, session: Session) -> int:
        return len(self.ledger) if session.height is None else session.height

    def _chaincode_events(self, asked: Any, session: Session) -> Iterator[bytes]:
        height = self._height(session)
        start = height
        if asked.start_position.WhichOneof("Type") == "specified":
            start = asked.start_position.specified.number
        passed = not asked.after_transaction_id
        for number in range(start, height):
            if not self.ledger[number]:
                continue
            ids = self.ledger[number]
            if session.forked:
                ids = [f"other-{id}" for id in ids]
            if not passed:
                passed = asked.after_transaction_id in ids
                ids = ids[ids.index(asked.after_transaction_id) + 1 :] if passed else []
            if ids:
                yield events_of(number, ids)

    def _blocks(self, path: str, seek: Any, session: Session) -> Iterator[bytes]:
        height = self._height(session)
        start = height
        if seek.start.WhichOneof("Type") == "specified":
            start = seek.start.specified.number
        for number in range(start, height):
            yield self._delivery(path, number, session.forked)
            if number == seek.stop.specified.number:
                yield peer_pb2.DeliverResponse(status=common_pb2.SUCCESS).SerializeToString()
                return

    def _delivery(self, path: str, number: int, forked: bool = False) -> bytes:
        answer = peer_pb2.DeliverResponse()
        if path.endswith("Filtered"):
            answer.filtered_block.number = number
        elif path.endswith("WithPrivateData"):
            answer.block_and_private_data.block.CopyFrom(block_of(number, forked))
        else:
            answer.block.CopyFrom(block_of(number, forked))
        return answer.SerializeToString()


def block_of(number: int, forked: bool = False) -> common_pb2.Block:
    previous = b""
    if number:
        last = block_of(number - 1, forked).header
        previous = header_hash(last.number, last.previous_hash, last.data_hash)
    data_hash = b"another ledger" if forked else b"nothing"
    header = common_pb2.BlockHeader(number=number, previous_hash=previous, data_hash=data_hash)
    metadata = common_pb2.BlockMetadata(metadata=[b"", b"", b"", b"", b""])
    return common_pb2.Block(header=header, data=common_pb2.BlockData(), metadata=metadata)


def events_of(number: int, ids: Sequence[str]) -> bytes:
    events = [
        peer_pb2.ChaincodeEvent(chaincode_id=CHAINCODE, tx_id=id, event_name="e") for id in ids
    ]
    return gateway_pb2.ChaincodeEventsResponse(
        block_number=number, events=events
    ).SerializeToString()


class MemoryStream:
    """One stream of a session."""

    def __init__(self, peers: MemoryPeers, answers: Iterator[bytes], session: Session) -> None:
        self._peers = peers
        self._answers = answers
        self._session = session
        self._told = 0

    def read(self) -> bytes | None:
        if self._told == self._session.answers:
            raise Broken(self._session.status)
        answer = next(self._answers, None)
        if answer is None and self._session.height is not None:
            raise Broken(self._session.status)
        self._told += 1
        return answer

    def cancel(self) -> None:
        self._peers.cancelled += 1


def gateway_of(peers: MemoryPeers) -> Gateway:
    clerk = user()
    return Gateway(peers, clerk.identity, clerk.signer(), Options())  # type: ignore[arg-type]
