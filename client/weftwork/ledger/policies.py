"""Policies of a channel's configuration and of chaincodes, decoded.

Messages: Fabric's ``common/policies.proto``, ``msp/msp_principal.proto``.
"""

from contextlib import suppress
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.members import Member, member_of
from weftwork_protos import msp_pb2, policies_pb2

# A principal may hold principals as bytes, where protobuf's own limit of depth does not count.
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class RolePrincipal:
    """Whoever has a role in a department."""

    mspid: str
    role: str
    """``member``, ``admin``, ``client``, ``peer`` or ``orderer``."""

    def __str__(self) -> str:
        return f"'{self.mspid}.{self.role}'"


@dataclass(frozen=True, slots=True)
class UnitPrincipal:
    """Whoever's certificate names an organizational unit, issued by one chain of a department."""

    mspid: str
    unit: str
    certifiers: bytes
    """SHA-256 of the chain of CAs."""

    def __str__(self) -> str:
        return f"unit {self.unit!r} of {self.mspid}"


@dataclass(frozen=True, slots=True)
class IdentityPrincipal:
    """One member alone, by certificate."""

    member: Member

    def __str__(self) -> str:
        return f"<{self.member}>"


@dataclass(frozen=True, slots=True)
class CombinedPrincipal:
    """Whoever satisfies all of several principals."""

    parts: "tuple[Principal, ...]"

    def __str__(self) -> str:
        return " and ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class OtherPrincipal:
    """A principal of a kind that is not understood here: nobody is taken to satisfy it."""

    classification: int
    content: bytes

    def __str__(self) -> str:
        return f"principal of classification {self.classification}"


Principal = RolePrincipal | UnitPrincipal | IdentityPrincipal | CombinedPrincipal | OtherPrincipal
"""Whom a rule names."""


@dataclass(frozen=True, slots=True)
class SignedBy:
    """A signature of somebody who satisfies the principal."""

    principal: Principal

    def __str__(self) -> str:
        return str(self.principal)


@dataclass(frozen=True, slots=True)
class OutOf:
    """At least ``count`` of the rules, each by other signatures."""

    count: int
    rules: "tuple[Rule, ...]"

    def __str__(self) -> str:
        return f"OutOf({', '.join([str(self.count), *(str(rule) for rule in self.rules)])})"


Rule = SignedBy | OutOf
"""What must be signed for a policy of signatures to hold."""


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """A policy that names who must sign."""

    rule: Rule

    def __str__(self) -> str:
        return str(self.rule)


@dataclass(frozen=True, slots=True)
class ImplicitMetaPolicy:
    """A policy that counts the groups beneath whose policy of a name is satisfied."""

    rule: str
    """``ANY``, ``ALL`` or ``MAJORITY``."""
    sub_policy: str

    def __str__(self) -> str:
        return f"{self.rule} {self.sub_policy}"


@dataclass(frozen=True, slots=True)
class PolicyReference:
    """A policy of the channel's configuration, by its path."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """A policy of a type that is not understood here: nothing is taken to satisfy it."""

    type: int
    content: bytes

    def __str__(self) -> str:
        return f"policy of type {self.type}"


Policy = SignaturePolicy | ImplicitMetaPolicy | PolicyReference | OtherPolicy
"""A policy of any kind."""


def decode_policy(serialized: bytes) -> Policy:
    """A policy out of a ``Policy``, as configuration holds it. Raises LedgerError.

    One whose content Fabric would not accept is an ``OtherPolicy``: the rest of a configuration
    stays readable.
    """
    try:
        policy = policies_pb2.Policy.FromString(serialized)
        if policy.type == policies_pb2.Policy.SIGNATURE:
            with suppress(LedgerError):
                return decode_signature_policy(policy.value)
        if policy.type == policies_pb2.Policy.IMPLICIT_META:
            meta = policies_pb2.ImplicitMetaPolicy.FromString(policy.value)
            found = policies_pb2.ImplicitMetaPolicy.Rule.DESCRIPTOR.values_by_number.get(meta.rule)
            if found is None:
                return OtherPolicy(policy.type, policy.value)
            return ImplicitMetaPolicy(found.name, meta.sub_policy)
    except DecodeError as error:
        raise LedgerError(f"a policy cannot be read: {error}") from None
    return OtherPolicy(policy.type, policy.value)


def decode_signature_policy(serialized: bytes) -> SignaturePolicy:
    """A policy out of a ``SignaturePolicyEnvelope``. Raises LedgerError."""
    try:
        envelope = policies_pb2.SignaturePolicyEnvelope.FromString(serialized)
        if envelope.version != 0:
            raise LedgerError(f"a signature policy has version {envelope.version} in place of 0")
        principals = [_principal(found, 0) for found in envelope.identities]
    except DecodeError as error:
        raise LedgerError(f"a signature policy cannot be read: {error}") from None
    return SignaturePolicy(_rule(envelope.rule, principals))


def decode_endorsement_policy(serialized: bytes) -> Policy:
    """A policy out of an ``ApplicationPolicy``, as a chaincode definition holds it.

    Raises LedgerError.
    """
    try:
        policy = policies_pb2.ApplicationPolicy.FromString(serialized)
    except DecodeError as error:
        raise LedgerError(f"an endorsement policy cannot be read: {error}") from None
    if policy.WhichOneof("Type") == "signature_policy":
        return decode_signature_policy(policy.signature_policy.SerializeToString())
    return PolicyReference(policy.channel_config_policy_reference)


def _rule(rule: policies_pb2.SignaturePolicy, principals: list[Principal]) -> Rule:
    kind = rule.WhichOneof("Type")
    if kind == "n_out_of":
        parts = tuple(_rule(part, principals) for part in rule.n_out_of.rules)
        return OutOf(rule.n_out_of.n, parts)
    if kind != "signed_by":
        raise LedgerError("a signature policy has an empty rule")
    if not 0 <= rule.signed_by < len(principals):
        raise LedgerError(f"a signature policy names principal {rule.signed_by}, which it lacks")
    return SignedBy(principals[rule.signed_by])


def _principal(found: msp_pb2.MSPPrincipal, depth: int) -> Principal:
    content = found.principal
    match found.principal_classification:
        case msp_pb2.MSPPrincipal.ROLE:
            role = msp_pb2.MSPRole.FromString(content)
            known = msp_pb2.MSPRole.MSPRoleType.DESCRIPTOR.values_by_number.get(role.role)
            if known is not None:
                return RolePrincipal(role.msp_identifier, known.name.lower())
        case msp_pb2.MSPPrincipal.ORGANIZATION_UNIT:
            unit = msp_pb2.OrganizationUnit.FromString(content)
            return UnitPrincipal(
                unit.msp_identifier,
                unit.organizational_unit_identifier,
                unit.certifiers_identifier,
            )
        case msp_pb2.MSPPrincipal.IDENTITY:
            return IdentityPrincipal(member_of(content))
        case msp_pb2.MSPPrincipal.COMBINED:
            if depth == _DEEPEST:
                raise LedgerError("a policy's principals are nested too deep")
            parts = msp_pb2.CombinedPrincipal.FromString(content).principals
            return CombinedPrincipal(tuple(_principal(part, depth + 1) for part in parts))
        case _:
            pass
    return OtherPrincipal(int(found.principal_classification), content)
