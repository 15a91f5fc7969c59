"""A Gateway service in this process, over real gRPC with TLS on 127.0.0.1.

It verifies what a peer verifies of a request (transaction id, signature, low S) and answers with
what a test scripts. It keeps a chain of real blocks, so that qscc's answers can be decoded.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from queue import Queue
from typing import Any

import grpc
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from google.protobuf.any_pb2 import Any as AnyMessage

from tests.unit.client.people import server_tls, user
from weftwork.ledger import header_hash
from weftwork.profile import Endpoint
from weftwork_protos import (
    common_pb2,
    gateway_pb2,
    msp_pb2,
    orderer_pb2,
    peer_pb2,
    rpc_pb2,
    rwset_pb2,
)

N_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
N_P384 = int(
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
    16,
)


@dataclass
class Failure(Exception):
    """A gRPC failure to answer with, its details as a gateway sends them."""

    code: grpc.StatusCode
    message: str
    details: tuple[tuple[str, str, str], ...] = ()
    raw_details: bytes | None = None


@dataclass(frozen=True)
class Call:
    """A proposal as the fake peer understood it."""

    transaction_id: str
    channel: str
    chaincode: str
    function: str
    args: tuple[bytes, ...]
    transient: dict[str, bytes]
    organizations: tuple[str, ...]
    mspid: str
    seconds_left: float | None
    payload: bytes = b""
    header: bytes = b""


@dataclass
class Outcome:
    """What a function does: its result, and the read/write set and event of a submit."""

    result: bytes = b""
    event: tuple[str, bytes] | None = None
    writes: dict[str, bytes] = field(default_factory=dict)
    defined_in: int = 0
    """The block of the chaincode's definition that the transaction read; 0: it read none."""


Answer = bytes | Outcome | Failure
Function = Callable[[Call], Answer]


class FakeGateway:
    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.functions: dict[str, Function] = {}
        self.calls: list[Call] = []
        self.submitted: list[str] = []
        self.submit_failure: Failure | None = None
        self.lost = 0
        """So many submits are taken and then forgotten, as by an orderer that dies."""
        self.doubtful: Failure | None = None
        """Answered to a submit that is ordered all the same."""
        self.status_failure: Failure | None = None
        self.waits = False
        """Whether the commit status of what is not ordered is waited for, as a peer does."""
        self.before_status: Callable[[], object] = lambda: None
        """Done before a commit status is answered."""
        self.code = peer_pb2.VALID
        self.codes: list[int] = []
        """The validation codes of the next transactions; then `code`."""
        self.blocks: list[common_pb2.Block] = []
        self.event_requests: list[gateway_pb2.ChaincodeEventsRequest] = []
        self.events: Queue[gateway_pb2.ChaincodeEventsResponse | Failure | None] = Queue()
        self.deliveries: Queue[peer_pb2.DeliverResponse | None] = Queue()
        self.streams_ended = threading.Event()
        self._lock = threading.Lock()
        self._outcomes: dict[str, tuple[int, int]] = {}
        self.append_block([])

    def share_ledger(self, other: "FakeGateway") -> None:
        """Be another peer of the same channel."""
        self.blocks, self.submitted = other.blocks, other.submitted
        self._lock, self._outcomes = other._lock, other._outcomes

    def bind(self) -> None:
        """Take the port, or a free one."""
        self._server = grpc.server(ThreadPoolExecutor(96))
        tls = server_tls()
        credentials = grpc.ssl_server_credentials([(tls.key, tls.certificate)])
        self.port = self._server.add_secure_port(f"127.0.0.1:{self.port}", credentials)
        self._server.add_generic_rpc_handlers((_Handlers(self),))

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("peer0", "127.0.0.1", self.port, server_tls().certificate)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self.events.put(None)
        self.deliveries.put(None)
        self._server.stop(0).wait()

    # The Gateway service

    def evaluate(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        message = gateway_pb2.EvaluateRequest.FromString(request)
        call = self._understood(message, message.target_organizations, context)
        answer = self._answer(call)
        response = peer_pb2.Response(status=200, payload=answer.result)
        return gateway_pb2.EvaluateResponse(result=response).SerializeToString()

    def endorse(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        message = gateway_pb2.EndorseRequest.FromString(request)
        call = self._understood(message, message.endorsing_organizations, context)
        if call.transaction_id in self._outcomes:
            words = f"duplicate transaction found [{call.transaction_id}]. Creator [00]"
            details = ((f"127.0.0.1:{self.port}", call.mspid, words),)
            raise Failure(grpc.StatusCode.ABORTED, "failed to endorse transaction", details)
        payload = transaction_payload(call, self._answer(call))
        envelope = common_pb2.Envelope(payload=payload)
        return gateway_pb2.EndorseResponse(prepared_transaction=envelope).SerializeToString()

    def submit(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        message = gateway_pb2.SubmitRequest.FromString(request)
        envelope = message.prepared_transaction
        payload = common_pb2.Payload.FromString(envelope.payload)
        creator = common_pb2.SignatureHeader.FromString(payload.header.signature_header).creator
        verify(creator, envelope.payload, envelope.signature)
        if self.submit_failure:
            raise self.submit_failure
        if self.lost:
            self.lost -= 1
            return b""
        with self._lock:
            self.submitted.append(message.transaction_id)
            code = self.codes.pop(0) if self.codes else self.code
            if message.transaction_id in self._outcomes:
                code = peer_pb2.DUPLICATE_TXID
            number = self.append_block([(envelope.SerializeToString(), code)])
            self._outcomes.setdefault(message.transaction_id, (code, number))
        if self.doubtful:
            raise self.doubtful
        return b""

    def commit_status(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        signed = gateway_pb2.SignedCommitStatusRequest.FromString(request)
        inner = gateway_pb2.CommitStatusRequest.FromString(signed.request)
        verify(inner.identity, signed.request, signed.signature)
        self.before_status()
        if self.status_failure:
            raise self.status_failure
        while inner.transaction_id not in self._outcomes and context.is_active() and self.waits:
            time.sleep(0.02)
        code, number = self._outcomes[inner.transaction_id]
        return gateway_pb2.CommitStatusResponse(
            result=peer_pb2.TxValidationCode.ValueType(code), block_number=number
        ).SerializeToString()

    def chaincode_events(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        signed = gateway_pb2.SignedChaincodeEventsRequest.FromString(request)
        inner = gateway_pb2.ChaincodeEventsRequest.FromString(signed.request)
        verify(inner.identity, signed.request, signed.signature)
        context.add_callback(self.streams_ended.set)
        self.event_requests.append(inner)
        while (answer := self.events.get()) is not None:
            if isinstance(answer, Failure):
                raise answer
            yield answer.SerializeToString()

    def deliver(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        envelope = common_pb2.Envelope.FromString(next(requests))
        payload = common_pb2.Payload.FromString(envelope.payload)
        creator = common_pb2.SignatureHeader.FromString(payload.header.signature_header).creator
        verify(creator, envelope.payload, envelope.signature)
        seek = orderer_pb2.SeekInfo.FromString(payload.data)
        context.add_callback(self.streams_ended.set)
        if seek.start.WhichOneof("Type") == "specified":
            for block in self.blocks[seek.start.specified.number :]:
                if block.header.number > seek.stop.specified.number:
                    break
                yield peer_pb2.DeliverResponse(block=block).SerializeToString()
            if seek.stop.specified.number < len(self.blocks):
                yield peer_pb2.DeliverResponse(status=common_pb2.SUCCESS).SerializeToString()
                return
        while (answer := self.deliveries.get()) is not None:
            yield answer.SerializeToString()

    # The Endorser service, for administration

    def process_proposal(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        signed = peer_pb2.SignedProposal.FromString(request)
        call = understood(signed, (), context)
        self.calls.append(call)
        found = self.functions[call.function](call)
        if isinstance(found, Failure):
            if found.code is not grpc.StatusCode.OK:
                raise found
            response = peer_pb2.Response(status=500, message=found.message)
        else:
            payload = found.result if isinstance(found, Outcome) else found
            response = peer_pb2.Response(status=200, payload=payload)
        return peer_pb2.ProposalResponse(response=response).SerializeToString()

    def append_block(self, transactions: list[tuple[bytes, int]]) -> int:
        number = len(self.blocks)
        data = common_pb2.BlockData(data=[envelope for envelope, _ in transactions])
        previous = b""
        if self.blocks:
            last = self.blocks[-1].header
            previous = header_hash(last.number, last.previous_hash, last.data_hash)
        block = common_pb2.Block(
            header=common_pb2.BlockHeader(
                number=number,
                previous_hash=previous,
                data_hash=sha256(b"".join(data.data)).digest(),
            ),
            data=data,
            metadata=common_pb2.BlockMetadata(
                metadata=[b"", b"", bytes(code for _, code in transactions), b"", b""]
            ),
        )
        self.blocks.append(block)
        return number

    def _understood(self, message: Any, organizations: Any, context: grpc.ServicerContext) -> Call:
        call = understood(message.proposed_transaction, tuple(organizations), context)
        assert message.transaction_id == call.transaction_id
        assert message.channel_id == call.channel
        self.calls.append(call)
        return call

    def _answer(self, call: Call) -> Outcome:
        if call.chaincode == "qscc":
            return Outcome(self._qscc(call))
        found = self.functions[call.function](call)
        if isinstance(found, Failure):
            raise found
        return found if isinstance(found, Outcome) else Outcome(found)

    def _qscc(self, call: Call) -> bytes:
        assert call.args[0] == call.channel.encode()
        match call.function, call.args[1:]:
            case "GetChainInfo", ():
                return common_pb2.BlockchainInfo(
                    height=len(self.blocks), currentBlockHash=b"now", previousBlockHash=b"before"
                ).SerializeToString()
            case "GetBlockByNumber", (number,) if int(number) < len(self.blocks):
                return self.blocks[int(number)].SerializeToString()
            case "GetTransactionByID", (transaction_id,) if (
                transaction_id.decode() in self._outcomes
            ):
                code, number = self._outcomes[transaction_id.decode()]
                (data,) = self.blocks[number].data.data
                return peer_pb2.ProcessedTransaction(
                    transactionEnvelope=common_pb2.Envelope.FromString(data), validationCode=code
                ).SerializeToString()
            case "GetBlockByTxID", (transaction_id,) if transaction_id.decode() in self._outcomes:
                _, number = self._outcomes[transaction_id.decode()]
                return self.blocks[number].SerializeToString()
            case _:
                raise Failure(grpc.StatusCode.UNKNOWN, "chaincode response 500, no such entry")


def understood(
    signed: peer_pb2.SignedProposal,
    organizations: tuple[str, ...],
    context: grpc.ServicerContext,
) -> Call:
    proposal = peer_pb2.Proposal.FromString(signed.proposal_bytes)
    header = common_pb2.Header.FromString(proposal.header)
    channel_header = common_pb2.ChannelHeader.FromString(header.channel_header)
    signature_header = common_pb2.SignatureHeader.FromString(header.signature_header)
    verify(signature_header.creator, signed.proposal_bytes, signed.signature)
    assert len(signature_header.nonce) == 24
    transaction_id = sha256(signature_header.nonce + signature_header.creator).hexdigest()
    assert channel_header.tx_id == transaction_id
    assert channel_header.type == common_pb2.ENDORSER_TRANSACTION
    payload = peer_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    spec = peer_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    extension = peer_pb2.ChaincodeHeaderExtension.FromString(channel_header.extension)
    assert extension.chaincode_id.name == spec.chaincode_id.name
    left = context.time_remaining()
    return Call(
        transaction_id=transaction_id,
        channel=channel_header.channel_id,
        chaincode=spec.chaincode_id.name,
        function=spec.input.args[0].decode(),
        args=tuple(spec.input.args[1:]),
        transient=dict(payload.TransientMap),
        organizations=organizations,
        mspid=msp_pb2.SerializedIdentity.FromString(signature_header.creator).mspid,
        seconds_left=left if left and left < 10**6 else None,
        payload=payload.input,
        header=proposal.header,
    )


def transaction_payload(call: Call, outcome: Outcome) -> bytes:
    """The payload that a gateway assembles of an endorsed proposal."""
    rwset = rwset_pb2.KVRWSet(
        reads=[rwset_pb2.KVRead(key="missing")],
        writes=[rwset_pb2.KVWrite(key=key, value=value) for key, value in outcome.writes.items()],
    )
    part = rwset_pb2.NsReadWriteSet(namespace=call.chaincode, rwset=rwset.SerializeToString())
    parts = [part]
    if outcome.defined_in:
        version = rwset_pb2.Version(block_num=outcome.defined_in)
        read = rwset_pb2.KVRead(key="namespaces/fields/logistics/Sequence", version=version)
        definitions = rwset_pb2.KVRWSet(reads=[read]).SerializeToString()
        parts.append(rwset_pb2.NsReadWriteSet(namespace="_lifecycle", rwset=definitions))
    event = b""
    if outcome.event:
        name, payload = outcome.event
        event = peer_pb2.ChaincodeEvent(
            chaincode_id=call.chaincode,
            tx_id=call.transaction_id,
            event_name=name,
            payload=payload,
        ).SerializeToString()
    action = peer_pb2.ChaincodeAction(
        results=rwset_pb2.TxReadWriteSet(ns_rwset=parts).SerializeToString(),
        events=event,
        response=peer_pb2.Response(status=200, payload=outcome.result),
        chaincode_id=peer_pb2.ChaincodeID(name=call.chaincode, version="1.0"),
    )
    endorsed = peer_pb2.ChaincodeEndorsedAction(
        proposal_response_payload=peer_pb2.ProposalResponsePayload(
            proposal_hash=b"hash", extension=action.SerializeToString()
        ).SerializeToString(),
        endorsements=[
            peer_pb2.Endorsement(endorser=user(mspid, "peer0").identity.creator, signature=b"s")
            for mspid in ("LogisticsMSP", "CivicMSP")
        ],
    )
    stripped = peer_pb2.ChaincodeProposalPayload(input=call.payload)
    transaction = peer_pb2.Transaction(
        actions=[
            peer_pb2.TransactionAction(
                payload=peer_pb2.ChaincodeActionPayload(
                    chaincode_proposal_payload=stripped.SerializeToString(), action=endorsed
                ).SerializeToString()
            )
        ]
    )
    return common_pb2.Payload(
        header=common_pb2.Header.FromString(call.header), data=transaction.SerializeToString()
    ).SerializeToString()


def verify(creator: bytes, message: bytes, signature: bytes) -> None:
    """Refuse what a peer refuses: a wrong signature, a high S."""
    identity = msp_pb2.SerializedIdentity.FromString(creator)
    key: Any = x509.load_pem_x509_certificate(identity.id_bytes).public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
            order = {"secp256r1": N_P256, "secp384r1": N_P384}[key.curve.name]
            if decode_dss_signature(signature)[1] > order // 2:
                raise Failure(grpc.StatusCode.FAILED_PRECONDITION, "signature is not low-S")
        else:
            key.verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Failure(grpc.StatusCode.FAILED_PRECONDITION, "signature is wrong") from None


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, fake: FakeGateway) -> None:
        self._methods: dict[str, Any] = {
            "/gateway.Gateway/Evaluate": _unary(fake.evaluate),
            "/gateway.Gateway/Endorse": _unary(fake.endorse),
            "/gateway.Gateway/Submit": _unary(fake.submit),
            "/gateway.Gateway/CommitStatus": _unary(fake.commit_status),
            "/protos.Endorser/ProcessProposal": _unary(fake.process_proposal),
            "/gateway.Gateway/ChaincodeEvents": grpc.unary_stream_rpc_method_handler(
                _streaming(fake.chaincode_events)
            ),
            "/protos.Deliver/Deliver": grpc.stream_stream_rpc_method_handler(
                _streaming(fake.deliver)
            ),
        }

    def service(self, handler_call_details: Any) -> Any:
        return self._methods.get(handler_call_details.method)


def _unary(method: Callable[[bytes, grpc.ServicerContext], bytes]) -> Any:
    def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return method(request, context)
        except Failure as failure:
            _abort(context, failure)
            raise

    return grpc.unary_unary_rpc_method_handler(handle)


def _streaming(method: Callable[[Any, grpc.ServicerContext], Iterator[bytes]]) -> Any:
    def handle(request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        try:
            yield from method(request, context)
        except Failure as failure:
            _abort(context, failure)

    return handle


def _abort(context: grpc.ServicerContext, failure: Failure) -> None:
    details = failure.raw_details
    if failure.details:
        status = rpc_pb2.Status(code=failure.code.value[0], message=failure.message)
        for address, mspid, message in failure.details:
            detail = gateway_pb2.ErrorDetail(address=address, msp_id=mspid, message=message)
            status.details.append(
                AnyMessage(
                    type_url="type.googleapis.com/gateway.ErrorDetail",
                    value=detail.SerializeToString(),
                )
            )
        details = status.SerializeToString()
    if details is not None:
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
    context.abort(failure.code, failure.message)
