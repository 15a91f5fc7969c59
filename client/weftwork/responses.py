"""The bytes that come back: a gateway's answers and its refusals' details, as plain values."""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError, Refusal
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.rwsets import Read, decode_rwset
from weftwork_protos import common_pb2, gateway_pb2, peer_pb2, rpc_pb2

# The system chaincode whose keys are the definitions of all others.
_DEFINITIONS = "_lifecycle"
_ERROR_DETAIL = "gateway.ErrorDetail"


@dataclass(frozen=True, slots=True)
class Response:
    """What a chaincode answered."""

    status: int
    message: str
    payload: bytes


def evaluate_result(answer: bytes) -> bytes:
    """The result out of an ``EvaluateResponse``."""
    try:
        return gateway_pb2.EvaluateResponse.FromString(answer).result.payload
    except DecodeError:
        raise LedgerError("the gateway's answer to evaluate is not an EvaluateResponse") from None


def endorsed_payload(answer: bytes) -> bytes:
    """The envelope's payload out of an ``EndorseResponse``: what is signed and submitted."""
    try:
        payload = gateway_pb2.EndorseResponse.FromString(answer).prepared_transaction.payload
    except DecodeError:
        raise LedgerError("the gateway's answer to endorse is not an EndorseResponse") from None
    if not payload:
        raise LedgerError("the gateway's answer to endorse holds no transaction")
    return payload


def result_of_payload(payload: bytes) -> bytes:
    """The chaincode's result out of an endorsed transaction's payload."""
    return _action_of_payload(payload).response.payload


def definitions_of_payload(payload: bytes) -> tuple[Read, ...]:
    """What an endorsed transaction's payload has read of the chaincodes' definitions."""
    try:
        parts = decode_rwset(_action_of_payload(payload).results)
    except DecodeError as error:
        raise LedgerError(f"the endorsed transaction cannot be read: {error}") from None
    return tuple(read for part in parts if part.namespace == _DEFINITIONS for read in part.reads)


def _action_of_payload(payload: bytes) -> peer_pb2.ChaincodeAction:
    try:
        data = common_pb2.Payload.FromString(payload).data
        actions = peer_pb2.Transaction.FromString(data).actions
        if not actions:
            raise LedgerError("the endorsed transaction holds no action")
        action = peer_pb2.ChaincodeActionPayload.FromString(actions[0].payload).action
        response = peer_pb2.ProposalResponsePayload.FromString(action.proposal_response_payload)
        return peer_pb2.ChaincodeAction.FromString(response.extension)
    except DecodeError as error:
        raise LedgerError(f"the endorsed transaction cannot be read: {error}") from None


def commit_status(answer: bytes) -> tuple[int, int]:
    """Validation code and block number out of a ``CommitStatusResponse``."""
    try:
        message = gateway_pb2.CommitStatusResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the gateway's answer is not a CommitStatusResponse") from None
    return int(message.result), message.block_number


def proposal_response(answer: bytes) -> Response:
    """What a peer's Endorser service answered."""
    try:
        response = peer_pb2.ProposalResponse.FromString(answer).response
    except DecodeError:
        raise LedgerError("the peer's answer is not a ProposalResponse") from None
    return Response(response.status, response.message, response.payload)


def processed_transaction(answer: bytes) -> tuple[bytes, ValidationCode]:
    """Envelope and validation code out of qscc's ``ProcessedTransaction``. Raises LedgerError."""
    try:
        found = peer_pb2.ProcessedTransaction.FromString(answer)
        code = ValidationCode(found.validationCode)
    except (DecodeError, ValueError):
        raise LedgerError("the peer's answer is not a ProcessedTransaction") from None
    return found.transactionEnvelope.SerializeToString(), code


def refusals_in(status_details: bytes) -> tuple[Refusal, ...]:
    """The refusals out of gRPC's ``grpc-status-details-bin``, a ``google.rpc.Status``.

    Details of other kinds, and bytes that are no Status at all, are passed over: the call's own
    status must still reach the reader.
    """
    try:
        details = rpc_pb2.Status.FromString(status_details).details
        return tuple(
            Refusal(found.address, found.msp_id, found.message)
            for found in (
                gateway_pb2.ErrorDetail.FromString(detail.value)
                for detail in details
                if detail.type_url.rsplit("/", 1)[-1] == _ERROR_DETAIL
            )
        )
    except DecodeError:
        return ()
