"""What a proof is made of, taken out of blocks and of peers' answers: bytes in, parts out."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError, PeerError, ProofError
from weftwork.ledger import Block, ChannelConfig, decode_block
from weftwork.profile import Endpoint
from weftwork.proof.answers import CHAINCODE, FUNCTION
from weftwork.proof.document import Answer, OrdererSignature, SignedBlock
from weftwork.proposals import build_proposal
from weftwork_protos import common_pb2, peer_pb2

_OK = range(200, 400)
# The index's own words (Fabric: common/ledger/blkstorage/blockindex.go).
_UNKNOWN = "no such transaction ID"


@dataclass(frozen=True, slots=True)
class Question:
    """A proposal to a peer's ``qscc``, still to be signed."""

    proposal: bytes
    """What is signed."""
    channel_header: bytes
    signature_header: bytes
    payload: bytes


def signed_block(serialized: bytes, *, trusted: bool = False) -> SignedBlock:
    """The part of a block that hashes and signatures cover; of a ``trusted`` one no signatures.

    Raises LedgerError.
    """
    try:
        block = common_pb2.Block.FromString(serialized)
        entries = block.metadata.metadata
        signed = common_pb2.Metadata.FromString(
            entries[common_pb2.SIGNATURES] if entries and not trusted else b""
        )
    except DecodeError:
        raise LedgerError("these bytes are not a block") from None
    return SignedBlock(
        number=block.header.number,
        previous_hash=block.header.previous_hash,
        data=tuple(block.data.data),
        value=signed.value,
        signatures=tuple(_signature(found) for found in signed.signatures),
    )


def config_number(block: Block) -> int:
    """Number of the config block in force at a block. Raises ProofError."""
    if block.metadata.last_config is None:
        raise ProofError(f"block {block.number} does not say which configuration was in force")
    return block.metadata.last_config


def config_of(serialized: bytes) -> ChannelConfig:
    """The configuration in a config block. Raises ProofError, LedgerError."""
    block = decode_block(serialized)
    if block.config is None:
        raise ProofError(f"block {block.number} is not a config block")
    return block.config


def peers_of(config: ChannelConfig) -> dict[str, Endpoint]:
    """Each department's first anchor peer, by MSP id."""
    found: dict[str, Endpoint] = {}
    for department in config.applications:
        if department.anchor_peers and department.msp is not None:
            host, _, port = department.anchor_peers[0].rpartition(":")
            found[department.mspid] = Endpoint(
                name=department.anchor_peers[0],
                host=host,
                port=int(port),
                roots=b"\n".join(department.msp.tls_roots) or None,
            )
    return found


def chosen(
    config: ChannelConfig, witnesses: Sequence[str | Endpoint] | None
) -> tuple[Endpoint, ...]:
    """The peers to ask: those named, or an anchor peer of every department. Raises ProofError."""
    peers = peers_of(config)
    if witnesses is None:
        return tuple(peers.values())
    unknown = [name for name in witnesses if isinstance(name, str) and name not in peers]
    if unknown:
        raise ProofError(
            f"the channel's configuration names no anchor peer of {', '.join(unknown)}: give its "
            f"endpoint; it has one of {', '.join(peers) or 'nobody'}"
        )
    return tuple(peers[found] if isinstance(found, str) else found for found in witnesses)


def question(creator: bytes, channel: str, transaction_id: str) -> Question:
    """A fresh question after a transaction."""
    arguments = [FUNCTION.encode(), channel.encode(), transaction_id.encode()]
    made = build_proposal(creator, channel, CHAINCODE, arguments).proposal
    proposal = peer_pb2.Proposal.FromString(made)
    header = common_pb2.Header.FromString(proposal.header)
    return Question(made, header.channel_header, header.signature_header, proposal.payload)


def answer(asked: Question, target: str, serialized: bytes) -> Answer | None:
    """A peer's answer as a proof holds it; None: it does not know the transaction (yet).

    Raises PeerError where it refused.
    """
    try:
        response = peer_pb2.ProposalResponse.FromString(serialized)
    except DecodeError:
        raise PeerError(target, "vouch", "UNKNOWN", "its answer cannot be read") from None
    if response.response.status not in _OK:
        if _UNKNOWN in response.response.message:
            return None
        raise PeerError(target, "vouch", response.response.status, response.response.message)
    return Answer(
        channel_header=asked.channel_header,
        signature_header=asked.signature_header,
        question=asked.payload,
        payload=response.payload,
        endorser=response.endorsement.endorser,
        signature=response.endorsement.signature,
    )


def _signature(found: common_pb2.MetadataSignature) -> OrdererSignature:
    numbered = not found.signature_header and bool(found.identifier_header)
    header = found.identifier_header if numbered else found.signature_header
    return OrdererSignature(header, numbered, found.signature)
