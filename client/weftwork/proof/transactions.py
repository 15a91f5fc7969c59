"""Whether a transaction's parts fit together: its id, its creator's signature, its endorsements.

Whether the endorsements were enough is what the witnesses' answers say: the policies of chaincode
and keys are not in a proof. Source: Fabric ``core/common/validation/msgvalidation.go``.
"""

from dataclasses import dataclass

from weftwork.errors import ProofError
from weftwork.ledger import Member, Transaction, ValidationCode, decode_transaction
from weftwork.proof.blocks import InForce
from weftwork.proof.canonical import lenient
from weftwork.proof.certificates import sha256
from weftwork.proof.document import SignedBlock
from weftwork.proof.trust import Trust
from weftwork.proposals import transaction_id_of
from weftwork_protos import common_pb2, peer_pb2


@dataclass(frozen=True)
class Found:
    """The transaction in its block."""

    envelope: bytes
    index: int
    transaction: Transaction


def find(block: SignedBlock, transaction_id: str) -> Found:
    """The transaction of that id, the first of several. Raises ProofError, LedgerError."""
    for index, data in enumerate(block.data):
        if _id(data) == transaction_id:
            decoded = decode_transaction(
                data, ValidationCode.VALID, block_number=block.number, index=index
            )
            return Found(data, index, decoded)
    raise ProofError(f"block {block.number} holds no transaction {transaction_id}")


def check_transaction(found: Found, in_force: InForce, trust: Trust) -> tuple[Member, ...]:
    """The peers whose endorsements hold. Raises ProofError."""
    what = f"transaction {found.transaction.transaction_id}"
    envelope = lenient(common_pb2.Envelope, found.envelope, what)
    payload = lenient(common_pb2.Payload, envelope.payload, what)
    header = lenient(common_pb2.ChannelHeader, payload.header.channel_header, what)
    signed = lenient(common_pb2.SignatureHeader, payload.header.signature_header, what)
    if header.type != common_pb2.ENDORSER_TRANSACTION or header.channel_id != in_force.channel:
        raise ProofError(f"{what} is none of the channel {in_force.channel}")
    if header.tx_id != transaction_id_of(signed.nonce, signed.creator):
        raise ProofError(f"{what}: its id does not fit its creator")
    creator = in_force.membership.certify(signed.creator, found.transaction.timestamp)
    trust.vouches(creator)
    if not creator.verifies(envelope.payload, envelope.signature):
        raise ProofError(f"{what}: the signature of its creator {creator.member} is wrong")
    (action,) = lenient(peer_pb2.Transaction, payload.data, what).actions
    if action.header != payload.header.signature_header:
        raise ProofError(f"{what}: its action is another creator's")
    content = lenient(peer_pb2.ChaincodeActionPayload, action.payload, what)
    response = content.action.proposal_response_payload
    endorsed = lenient(peer_pb2.ProposalResponsePayload, response, what)
    hashed = sha256(
        payload.header.channel_header,
        payload.header.signature_header,
        content.chaincode_proposal_payload,
    )
    extension = lenient(peer_pb2.ChaincodeHeaderExtension, header.extension, what)
    if endorsed.proposal_hash != hashed:
        raise ProofError(f"{what}: what was endorsed is not what was proposed")
    if extension.chaincode_id.name != found.transaction.chaincode:
        raise ProofError(f"{what}: its header names another chaincode than was endorsed")
    endorsers = [
        member
        for each in content.action.endorsements
        if (member := _endorser(each, response, found, in_force, trust)) is not None
    ]
    if not endorsers:
        raise ProofError(f"{what}: no endorsement of it holds")
    return tuple(endorsers)


def _endorser(
    endorsement: peer_pb2.Endorsement,
    response: bytes,
    found: Found,
    in_force: InForce,
    trust: Trust,
) -> Member | None:
    # A valid transaction may carry endorsements that do not hold, if the others are enough.
    try:
        member = in_force.membership.certify(endorsement.endorser, found.transaction.timestamp)
        trust.vouches(member, "peer")
    except ProofError:
        return None
    signed = member.verifies(response + endorsement.endorser, endorsement.signature)
    return member.member if signed else None


def _id(data: bytes) -> str:
    # Neighbours may be anything: ordering takes any payload.
    try:
        payload = lenient(common_pb2.Payload, lenient(common_pb2.Envelope, data, "").payload, "")
        header = lenient(common_pb2.ChannelHeader, payload.header.channel_header, "")
    except ProofError:
        return ""
    return header.tx_id if header.type == common_pb2.ENDORSER_TRANSACTION else ""
