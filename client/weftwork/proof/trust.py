"""What the reader of a proof trusts beforehand, learned in another way than from the proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError, ProofError
from weftwork.ledger import decode_block
from weftwork.proof.certificates import Certificate, read_certificate, sha256
from weftwork.proof.document import SignedBlock
from weftwork.proof.membership import CertifiedMember
from weftwork_protos import common_pb2


@dataclass(frozen=True)
class Trust:
    """The channel's first config block, or the departments' root certificates.

    Made by ``Trust.block`` or ``Trust.roots``.
    """

    anchor: bytes = b""
    """Hash of the trusted block's header, empty without one."""
    authorities: Mapping[str, tuple[bytes, ...]] = field(
        default_factory=dict[str, tuple[bytes, ...]]
    )
    """MSP id to its root certificates in DER, empty with a block."""

    @classmethod
    def block(cls, serialized: bytes) -> Self:
        """Trust in a config block, as ``configtxgen`` wrote it or a peer stores it.

        Raises ProofError where it is none.
        """
        try:
            found = decode_block(serialized)
            data = common_pb2.Block.FromString(serialized).data.data
        except (LedgerError, DecodeError) as error:
            raise ProofError(f"the trusted block is none: {error}") from None
        if found.config is None:
            raise ProofError(f"the trusted block {found.number} is not a config block")
        if sha256(*data) != found.data_hash:
            raise ProofError(f"the trusted block {found.number} does not fit its own header")
        return cls(anchor=found.hash)

    @classmethod
    def roots(cls, certificates: Mapping[str, bytes]) -> Self:
        """Trust in departments' root certificates, PEM by MSP id.

        Weaker than a block: the proof itself then says by which policy blocks are signed, so that
        any one orderer of these departments is believed about the block's place. Raises ProofError.
        """
        if not certificates:
            raise ProofError("there is nothing to trust: name at least one department's root")
        return cls(
            authorities={
                mspid: tuple(each.der for each in _several(mspid, pem))
                for mspid, pem in certificates.items()
            }
        )

    def accepts(self, block: SignedBlock, header_hash: bytes) -> None:
        """Refuse a first config block that is another. Raises ProofError."""
        if self.anchor and header_hash != self.anchor:
            raise ProofError(
                f"the proof begins with another config block (number {block.number}) than the one "
                "that is trusted"
            )
        if not self.anchor and block.number != 0:
            raise ProofError("the proof does not begin with the channel's first block")

    def vouches(self, member: CertifiedMember, role: str = "") -> None:
        """Refuse a member whom trust in roots alone does not reach. Raises ProofError."""
        if self.anchor:
            return
        if member.chain[-1].der not in self.authorities.get(member.mspid, ()):
            raise ProofError(f"{member.member} was not certified by a root that is trusted")
        if role and role not in member.certificate.units:
            # What the proof's own configuration calls a role is not trusted here.
            raise ProofError(f"{member.member} has not the unit {role!r}")


def _several(mspid: str, pem: bytes) -> list[Certificate]:
    end = b"-----END CERTIFICATE-----"
    found = [read_certificate(part + end) for part in pem.split(end)[:-1]]
    if not found:
        raise ProofError(f"the root of {mspid} is not PEM")
    return found
