"""Operation ids: one transaction id for one intent, whoever submits it and however often.

A transaction's id is the hash of a nonce and the creator's certificate, and Fabric commits an id
once (``core/endorser/endorser.go``, ``core/committer/txvalidator``). So a nonce that follows from
the operation's own id makes the ledger itself refuse the second of two submits. An invalidated
transaction has used its id up: the operation then goes on to its next attempt, whose nonce is
another, and only when the ledger holds the one before as invalid.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.codes import ValidationCode
from weftwork.proposals import NONCE_BYTES
from weftwork_protos import common_pb2, peer_pb2

MAX_ATTEMPTS = 64
"""Invalidated attempts after which an operation id is given up."""

_PURPOSE = b"weftwork operation 1"


def nonce_of(operation_id: str, channel: str, chaincode: str, attempt: int) -> bytes:
    """The nonce of an operation's attempt, counted from 0."""
    parts = [_PURPOSE, channel.encode(), chaincode.encode(), attempt.to_bytes(4, "big")]
    # With lengths: no two different lists of parts make the same message.
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(operation_id.encode(), message, "sha256")[:NONCE_BYTES]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A transaction as the ledger holds it, as far as an operation asks."""

    code: ValidationCode
    payload: bytes
    """The signed payload: equal bytes are the same transaction."""
    transaction_id: str
    creator: bytes
    chaincode: str
    args: tuple[bytes, ...]
    """The function's name first."""
    result: bytes


def recorded_transaction(processed: bytes) -> Recorded:
    """The transaction in a ``ProcessedTransaction``, as qscc gives it. Raises LedgerError."""
    try:
        message = peer_pb2.ProcessedTransaction.FromString(processed)
    except DecodeError:
        raise LedgerError("the peer's answer is not a ProcessedTransaction") from None
    return _recorded(message.transactionEnvelope.payload, message.validationCode)


def recorded_in_block(block: bytes, transaction_id: str) -> list[Recorded]:
    """All transactions of that id in a block, in their order. Raises LedgerError.

    There may be several: where the first is refused for its endorsements or its signature, a
    second of the same block is not its duplicate (``markTXIdDuplicates`` in Fabric).
    """
    try:
        message = common_pb2.Block.FromString(block)
    except DecodeError:
        raise LedgerError("these bytes are not a block") from None
    codes = message.metadata.metadata[common_pb2.TRANSACTIONS_FILTER]
    found = (
        _recorded(common_pb2.Envelope.FromString(data).payload, codes[index])
        for index, data in enumerate(message.data.data)
    )
    return [each for each in found if each.transaction_id == transaction_id]


def counting(found: Sequence[Recorded]) -> Recorded:
    """The one that decides: the valid one, else the first."""
    return next((each for each in found if each.code is ValidationCode.VALID), found[0])


def _recorded(payload: bytes, code: int) -> Recorded:
    try:
        content = common_pb2.Payload.FromString(payload)
        header = common_pb2.ChannelHeader.FromString(content.header.channel_header)
        signed = common_pb2.SignatureHeader.FromString(content.header.signature_header)
        args: tuple[bytes, ...] = ()
        chaincode, result = "", b""
        if header.type == common_pb2.ENDORSER_TRANSACTION:
            actions = peer_pb2.Transaction.FromString(content.data).actions
            if len(actions) == 1:
                action = peer_pb2.ChaincodeActionPayload.FromString(actions[0].payload)
                args = _args(action.chaincode_proposal_payload)
                outcome = _outcome(action.action.proposal_response_payload)
                chaincode, result = outcome.chaincode_id.name, outcome.response.payload
    except DecodeError as error:
        # Anybody may have had garbage ordered: it is invalid, and none of ours.
        if code == ValidationCode.VALID:
            raise LedgerError(f"a recorded transaction cannot be read: {error}") from None
        return Recorded(ValidationCode(code), payload, "", b"", "", (), b"")
    return Recorded(
        code=ValidationCode(code),
        payload=payload,
        transaction_id=header.tx_id,
        creator=signed.creator,
        chaincode=chaincode,
        args=args,
        result=result,
    )


def _args(proposal_payload: bytes) -> tuple[bytes, ...]:
    proposal = peer_pb2.ChaincodeProposalPayload.FromString(proposal_payload)
    return tuple(
        peer_pb2.ChaincodeInvocationSpec.FromString(proposal.input).chaincode_spec.input.args
    )


def _outcome(response_payload: bytes) -> peer_pb2.ChaincodeAction:
    response = peer_pb2.ProposalResponsePayload.FromString(response_payload)
    return peer_pb2.ChaincodeAction.FromString(response.extension)
