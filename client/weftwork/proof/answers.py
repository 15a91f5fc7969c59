"""Whether a department's peer answered, and signed, that the transaction is valid.

A block's validation flags are its peer's own and nobody signs them: these answers take their place.
Sources: Fabric ``core/scc/qscc/query.go``, ``core/endorser/endorser.go``, ``protoutil/txutils.go``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from weftwork.errors import ProofError
from weftwork.ledger import Member, RolePrincipal, ValidationCode
from weftwork.proof.blocks import InForce
from weftwork.proof.canonical import lenient, parsed
from weftwork.proof.certificates import sha256
from weftwork.proof.document import Answer
from weftwork.proof.trust import Trust
from weftwork.proposals import transaction_id_of
from weftwork_protos import common_pb2, peer_pb2

CHAINCODE = "qscc"
FUNCTION = "GetTransactionByID"
_OK = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Witness:
    """A department's peer that vouches for the transaction's validity."""

    peer: Member
    asked: datetime
    """When it was asked, by the clock of who asked."""
    asked_by: Member


def check_answer(
    answer: Answer, transaction_id: str, envelope: bytes, in_force: InForce, trust: Trust
) -> Witness:
    """The witness behind an answer. Raises ProofError.

    ``in_force`` is the newest configuration that the proof holds: the answer came after the block.
    """
    asked, creator = _check_question(answer, transaction_id, in_force.channel)
    action = _check_payload(answer)
    witness = in_force.membership.certify(answer.endorser, asked)
    who = str(witness.member)
    if not witness.verifies(answer.payload + answer.endorser, answer.signature):
        raise ProofError(f"the answer of {who}: its signature is wrong")
    if not witness.satisfies(RolePrincipal(witness.mspid, "peer")):
        raise ProofError(f"the answer of {who}: it is not a peer")
    if witness.mspid not in {found.mspid for found in in_force.config.applications}:
        raise ProofError(f"the answer of {who}: its department keeps no ledger of the channel")
    trust.vouches(witness, "peer")
    _check_content(action.response.payload, envelope, transaction_id, who)
    return Witness(witness.member, asked, in_force.membership.certify(creator, asked).member)


def _check_question(answer: Answer, transaction_id: str, channel: str) -> tuple[datetime, bytes]:
    header = parsed(common_pb2.ChannelHeader, answer.channel_header, "a question's header")
    signed = parsed(common_pb2.SignatureHeader, answer.signature_header, "a question's header")
    extension = parsed(peer_pb2.ChaincodeHeaderExtension, header.extension, "a question's header")
    payload = parsed(peer_pb2.ChaincodeProposalPayload, answer.question, "a question")
    call = lenient(peer_pb2.ChaincodeInvocationSpec, payload.input, "a question").chaincode_spec
    asked = [CHAINCODE, FUNCTION, channel, transaction_id]
    found = [call.chaincode_id.name, *(arg.decode(errors="replace") for arg in call.input.args)]
    if (
        found != asked
        or extension.chaincode_id.name != CHAINCODE
        or header.channel_id != channel
        or header.type != common_pb2.ENDORSER_TRANSACTION
    ):
        raise ProofError(f"an answer is to another question than {' '.join(asked)}")
    if header.tx_id != transaction_id_of(signed.nonce, signed.creator):
        raise ProofError("an answer is to a question that no peer takes: its id is wrong")
    try:
        at = _EPOCH + timedelta(
            seconds=header.timestamp.seconds, microseconds=header.timestamp.nanos // 1000
        )
    except OverflowError:
        raise ProofError("an answer is to a question of no possible time") from None
    return at, signed.creator


def _check_payload(answer: Answer) -> peer_pb2.ChaincodeAction:
    payload = parsed(peer_pb2.ProposalResponsePayload, answer.payload, "an answer")
    hashed = sha256(answer.channel_header, answer.signature_header, answer.question)
    if payload.proposal_hash != hashed:
        raise ProofError("an answer does not repeat the hash of its question")
    action = parsed(peer_pb2.ChaincodeAction, payload.extension, "an answer")
    if action.chaincode_id.name != CHAINCODE or action.response.status != _OK:
        raise ProofError(f"an answer is not {CHAINCODE}'s, or a refusal")
    return action


def _check_content(content: bytes, envelope: bytes, transaction_id: str, who: str) -> None:
    found = parsed(peer_pb2.ProcessedTransaction, content, f"the answer of {who}")
    if found.transactionEnvelope.SerializeToString(deterministic=True) != envelope:
        raise ProofError(f"the answer of {who} is about another transaction than the block holds")
    if found.validationCode != ValidationCode.VALID:
        code = found.validationCode
        name = ValidationCode(code).name if 0 <= code <= 255 else str(code)
        raise ProofError(f"transaction {transaction_id} was invalidated: {who} says {name}")
