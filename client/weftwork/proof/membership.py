"""Who is a member of a department, and in which role, by a channel's configuration.

Sources: Fabric ``msp/mspimpl.go``, ``msp/mspimplvalidate.go``, ``msp/mspimplsetup.go``. Unlike a
peer, which takes expired certificates of old blocks, this asks whether they were valid at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from weftwork.errors import ProofError
from weftwork.ledger import (
    ChannelConfig,
    CombinedPrincipal,
    IdentityPrincipal,
    Member,
    Msp,
    Principal,
    RolePrincipal,
    Unit,
    UnitPrincipal,
)
from weftwork.proof.canonical import parsed
from weftwork.proof.certificates import (
    Certificate,
    chain_of,
    is_revoked,
    read_certificate,
    read_revocation_list,
    sha256,
)
from weftwork_protos import msp_pb2

_ROLES = ("client", "peer", "admin", "orderer")


@dataclass(frozen=True)
class CertifiedMember:
    """Somebody whose certificate a department of the channel vouches for."""

    member: Member
    certificate: Certificate
    chain: tuple[Certificate, ...]
    """From its own certificate to the department's root."""
    roles: frozenset[str]
    """``member`` and what its units make it."""
    hash_family: str

    @property
    def mspid(self) -> str:
        """Its department."""
        return self.member.mspid

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether it signed the message."""
        return self.certificate.verifies(message, signature, self.hash_family)

    def satisfies(self, principal: Principal) -> bool:
        """Whether a policy's principal means it."""
        match principal:
            case RolePrincipal(mspid, role):
                return mspid == self.mspid and role in self.roles
            case UnitPrincipal(mspid, unit, certifiers):
                chain = sha256(*(each.der for each in self.chain[1:]))
                named = mspid == self.mspid and unit in self.certificate.units
                return named and certifiers == chain
            case IdentityPrincipal(member):
                same = member.mspid == self.mspid
                return same and read_certificate(member.certificate).der == self.certificate.der
            case CombinedPrincipal(parts):
                return bool(parts) and all(self.satisfies(part) for part in parts)
            case _:
                return False


class Membership:
    """The departments of a channel, by one of its configurations."""

    def __init__(self, config: ChannelConfig) -> None:
        self._departments = {msp.mspid: _Department(msp) for msp in config.msps()}

    def certify(self, identity: bytes, at: datetime) -> CertifiedMember:
        """The member behind a serialized identity, if its certificate was valid at that time.

        Raises ProofError saying why it is none.
        """
        found = parsed(msp_pb2.SerializedIdentity, identity, "an identity")
        department = self._departments.get(found.mspid)
        if department is None:
            raise ProofError(f"{found.mspid!r} is no department of the channel")
        return department.certify(Member(found.mspid, found.id_bytes), at)


class _Department:
    def __init__(self, msp: Msp) -> None:
        self._msp = msp
        self._roots = [read_certificate(pem) for pem in msp.roots]
        self._intermediates = [read_certificate(pem) for pem in msp.intermediates]
        self._admins = {read_certificate(pem).der for pem in msp.admins}
        self._revoked = [read_revocation_list(found) for found in msp.revocation_lists]

    def certify(self, member: Member, at: datetime) -> CertifiedMember:
        certificate = read_certificate(member.certificate)
        who = f"{member.mspid} {certificate.subject}"
        if certificate.authority:
            raise ProofError(f"{who} is a CA, which is no member")
        chain = chain_of(certificate, self._intermediates, self._roots)
        if chain is None or len(chain) == 1:
            raise ProofError(f"{who} was not certified by {member.mspid}")
        for each, issuer in pairwise(chain):
            if is_revoked(each, issuer, self._revoked):
                raise ProofError(f"{who} has been revoked")
        for each in chain:
            if not each.begins <= at <= each.ends:
                raise ProofError(f"{who} was not valid at {at.isoformat()}: {each.subject}")
        self._check_units(certificate, chain, who)
        roles = self._roles(certificate, chain, who)
        return CertifiedMember(member, certificate, chain, roles, self._msp.hash_family)

    def _check_units(
        self, certificate: Certificate, chain: Sequence[Certificate], who: str
    ) -> None:
        if self._msp.units and not any(
            unit.name in certificate.units and self._issued(unit, chain) for unit in self._msp.units
        ):
            raise ProofError(f"{who} names no unit that {self._msp.mspid} recognizes")

    def _roles(
        self, certificate: Certificate, chain: Sequence[Certificate], who: str
    ) -> frozenset[str]:
        roles = {"member"}
        if certificate.der in self._admins:
            roles.add("admin")
        units = self._msp.node_units
        if units is None or not units.enabled:
            return frozenset(roles)
        named: list[str] = []
        for role in _ROLES:
            unit: Unit | None = getattr(units, role)
            if unit is not None and unit.name in certificate.units:
                if not self._issued(unit, chain):
                    raise ProofError(f"{who} was not certified by the CA of the unit {unit.name}")
                named.append(role)
        if len(named) != 1:
            # Fabric asks for exactly one, so that a client's key is never a peer's.
            raise ProofError(f"{who} is not exactly one of client, peer, admin and orderer")
        return frozenset(roles | set(named))

    def _issued(self, unit: Unit, chain: Sequence[Certificate]) -> bool:
        if not unit.certificate:
            return True
        path = chain_of(read_certificate(unit.certificate), self._intermediates, self._roots)
        return path is not None and [one.der for one in path] == [one.der for one in chain[1:]]
