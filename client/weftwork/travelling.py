"""What is signed elsewhere, as it travels: the official clients' own serialized forms.

So what one client prepared, in whatever language, another restores, and who signs elsewhere, with
no connection at all, can read what it would sign. Source: fabric-protos ``gateway/gateway.proto``,
``common/common.proto``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.proposals import ProposalBytes, transaction_id_of
from weftwork_protos import common_pb2, gateway_pb2, msp_pb2, peer_pb2


@dataclass(frozen=True, slots=True)
class TravellingProposal:
    """A proposal and what goes with it. Its text leaves out what must not be seen."""

    content: ProposalBytes
    chaincode: str
    """The chaincode that it calls."""
    function: str
    """Name of the transaction function that it calls."""
    arguments: tuple[bytes, ...] = field(repr=False)
    """What the function is given."""
    transient: tuple[str, ...]
    """Names of the transient data, sorted."""
    mspid: str
    """The department of who shall sign it."""
    certificate: bytes = field(repr=False)
    """The PEM certificate of who shall sign it."""
    organizations: tuple[str, ...]
    """MSP ids of the departments that alone are asked; empty for whoever must endorse."""
    signature: bytes

    @property
    def message(self) -> bytes:
        """What is signed: a signer that hashes by itself is given this."""
        return self.content.proposal


@dataclass(frozen=True, slots=True)
class TravellingTransaction:
    """An endorsed transaction, to be ordered."""

    transaction_id: str
    channel: str
    payload: bytes
    """What is signed: the envelope's payload."""
    signature: bytes


@dataclass(frozen=True, slots=True)
class TravellingCommit:
    """A question for a transaction's outcome."""

    transaction_id: str
    channel: str
    request: bytes
    """What is signed: a serialized ``CommitStatusRequest``."""
    signature: bytes


def write_proposal(content: ProposalBytes, organizations: Sequence[str], signature: bytes) -> bytes:
    """A serialized ``ProposedTransaction``."""
    message = gateway_pb2.ProposedTransaction(
        transaction_id=content.transaction_id,
        proposal=peer_pb2.SignedProposal(proposal_bytes=content.proposal, signature=signature),
        endorsing_organizations=organizations,
    )
    return message.SerializeToString()


def read_proposal(data: bytes) -> TravellingProposal:
    """A ``ProposedTransaction`` read, from ``Proposal.to_bytes()`` or another client.

    Raises LedgerError where it is none, or where it says one thing to its reader and another to
    the peers: another transaction id than nonce and identity give, another chaincode.
    """
    try:
        message = gateway_pb2.ProposedTransaction.FromString(data)
        whole = peer_pb2.Proposal.FromString(message.proposal.proposal_bytes)
        header = common_pb2.Header.FromString(whole.header)
        channel = common_pb2.ChannelHeader.FromString(header.channel_header)
        by = common_pb2.SignatureHeader.FromString(header.signature_header)
        routed = peer_pb2.ChaincodeHeaderExtension.FromString(channel.extension).chaincode_id.name
        creator = msp_pb2.SerializedIdentity.FromString(by.creator)
        payload = peer_pb2.ChaincodeProposalPayload.FromString(whole.payload)
        called = peer_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    except DecodeError:
        raise _wrong("proposal", "a ProposedTransaction") from None
    if not message.transaction_id or not channel.channel_id:
        raise _wrong("proposal", "a ProposedTransaction")
    computed = transaction_id_of(by.nonce, by.creator)
    if {message.transaction_id, channel.tx_id} != {computed}:
        raise LedgerError(
            f"the proposal says that it is transaction {message.transaction_id}, its nonce and "
            f"identity make it {computed}"
        )
    if called.chaincode_id.name != routed:
        raise LedgerError(
            f"the proposal calls {routed} and says that it calls {called.chaincode_id.name}"
        )
    words = called.input.args
    return TravellingProposal(
        content=ProposalBytes(
            message.transaction_id, channel.channel_id, message.proposal.proposal_bytes
        ),
        chaincode=routed,
        function=words[0].decode(errors="replace") if words else "",
        arguments=tuple(words[1:]),
        transient=tuple(sorted(payload.TransientMap)),
        mspid=creator.mspid,
        certificate=creator.id_bytes,
        organizations=tuple(message.endorsing_organizations),
        signature=message.proposal.signature,
    )


def write_transaction(transaction_id: str, payload: bytes, signature: bytes) -> bytes:
    """A serialized ``PreparedTransaction``."""
    message = gateway_pb2.PreparedTransaction(
        transaction_id=transaction_id,
        envelope=common_pb2.Envelope(payload=payload, signature=signature),
    )
    return message.SerializeToString()


def read_transaction(data: bytes) -> TravellingTransaction:
    """A ``PreparedTransaction`` read. Raises LedgerError where it is none."""
    try:
        message = gateway_pb2.PreparedTransaction.FromString(data)
        payload = common_pb2.Payload.FromString(message.envelope.payload)
        channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    except DecodeError:
        raise _wrong("transaction", "a PreparedTransaction") from None
    if not message.transaction_id or not channel.channel_id:
        raise _wrong("transaction", "a PreparedTransaction")
    if message.transaction_id != channel.tx_id:
        raise LedgerError(
            f"the transaction says that it is {message.transaction_id}, what is signed is "
            f"{channel.tx_id}"
        )
    envelope = message.envelope
    return TravellingTransaction(
        message.transaction_id, channel.channel_id, envelope.payload, envelope.signature
    )


def read_commit(data: bytes) -> TravellingCommit:
    """A ``SignedCommitStatusRequest`` read. Raises LedgerError where it is none."""
    try:
        message = gateway_pb2.SignedCommitStatusRequest.FromString(data)
        asked = gateway_pb2.CommitStatusRequest.FromString(message.request)
    except DecodeError:
        raise _wrong("commit", "a SignedCommitStatusRequest") from None
    if not asked.transaction_id or not asked.channel_id:
        raise _wrong("commit", "a SignedCommitStatusRequest")
    return TravellingCommit(
        asked.transaction_id, asked.channel_id, message.request, message.signature
    )


def _wrong(what: str, form: str) -> LedgerError:
    return LedgerError(f"these bytes are not a {what} as to_bytes() gives it, {form}")
