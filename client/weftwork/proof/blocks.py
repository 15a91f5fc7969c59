"""Whether orderers signed a block, by the channel's own policy BlockValidation.

Sources: Fabric ``protoutil/blockutils.go``, ``common/deliverclient/block_verification.go``.
"""

from dataclasses import dataclass
from datetime import datetime

from weftwork.errors import ProofError
from weftwork.ledger import ChannelConfig, header_bytes
from weftwork.proof.canonical import parsed
from weftwork.proof.certificates import sha256
from weftwork.proof.document import OrdererSignature, SignedBlock
from weftwork.proof.membership import CertifiedMember, Membership
from weftwork.proof.policies import satisfied
from weftwork.proof.trust import Trust
from weftwork_protos import common_pb2, msp_pb2

_POLICY = "BlockValidation"


@dataclass(frozen=True)
class InForce:
    """A configuration of the channel, and from which block on it counts."""

    number: int
    channel: str
    config: ChannelConfig
    membership: Membership


def header_of(block: SignedBlock) -> bytes:
    """The block's header, its data hash computed from all its envelopes. Raises ProofError.

    The hash is over the envelopes joined: each must be spelled strictly, or two could be passed
    off as one.
    """
    for place, data in enumerate(block.data):
        parsed(common_pb2.Envelope, data, f"envelope {place} of block {block.number}")
    return header_bytes(block.number, block.previous_hash, sha256(*block.data))


def check_signatures(
    block: SignedBlock, in_force: InForce, trust: Trust, at: datetime
) -> tuple[CertifiedMember, ...]:
    """The orderers that signed the block, if they are enough. Raises ProofError.

    Every signature in the proof must hold, not only as many as the policy asks for.
    """
    header = header_of(block)
    signers: list[CertifiedMember] = []
    for found in block.signatures:
        signer = in_force.membership.certify(_identity(found, in_force, block.number), at)
        if not signer.verifies(block.value + found.header + header, found.signature):
            raise ProofError(f"block {block.number}: the signature of {signer.member} is wrong")
        trust.vouches(signer, "orderer")
        signers.append(signer)
    if len({signer.certificate.der for signer in signers}) != len(signers):
        raise ProofError(f"block {block.number}: an orderer's signature is there twice")
    orderers = in_force.config.group.groups.get("Orderer")
    if not signers or orderers is None or not satisfied(orderers, _POLICY, signers):
        raise ProofError(
            f"block {block.number}: its {len(signers)} orderers' signatures do not satisfy the "
            f"policy /Channel/Orderer/{_POLICY} of config block {in_force.number}"
        )
    return tuple(signers)


def last_config(block: SignedBlock) -> int:
    """Number of the config block that the orderers say was in force. Raises ProofError."""
    what = f"the signed metadata of block {block.number}"
    value = parsed(common_pb2.OrdererBlockMetadata, block.value, what)
    if not value.HasField("last_config"):
        raise ProofError(f"{what} does not say which configuration was in force")
    return value.last_config.index


def _identity(signature: OrdererSignature, in_force: InForce, number: int) -> bytes:
    what = f"a signature of block {number}"
    if not signature.numbered:
        return parsed(common_pb2.SignatureHeader, signature.header, what).creator
    header = parsed(common_pb2.IdentifierHeader, signature.header, what)
    ordering = in_force.config.ordering
    for found in ordering.consenters if ordering else ():
        if found.id == header.identifier and found.identity:
            identity = msp_pb2.SerializedIdentity(mspid=found.mspid, id_bytes=found.identity)
            return identity.SerializeToString(deterministic=True)
    raise ProofError(f"{what} is of consenter {header.identifier}, whom the channel does not know")
