"""Endorsement policies as values: built from MSP ids, written as the bytes Fabric keeps at a key.

The bytes are those of ``SignaturePolicyEnvelope``: identities without repetition and sorted, rules
in one canonical order, so that every endorser writes the same bytes whatever order a contract
named its parties in (one differing byte is an endorsement mismatch). A flat :func:`all_of` gives
the bytes that fabric-chaincode-go's ``statebased`` package gives for the same peers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from google.protobuf.message import DecodeError

from weftwork_protos import msp_pb2, policies_pb2

_MAX_DEPTH = 32


class Role(Enum):
    """An MSP's roles, with Fabric's numbers (``MSPRole.MSPRoleType``)."""

    MEMBER = 0
    ADMIN = 1
    CLIENT = 2
    PEER = 3
    ORDERER = 4


@dataclass(frozen=True, order=True, slots=True)
class Principal:
    """Somebody of an organisation: ``Principal("EnergyMSP")`` is any peer of Energy."""

    mspid: str
    role: str = "peer"
    """Lower-case name of a :class:`Role`."""

    def __post_init__(self) -> None:
        if not self.mspid:
            raise ValueError("a principal needs an MSP id, got an empty text")
        if self.role.upper() not in Role.__members__:
            known = ", ".join(role.name.lower() for role in Role)
            raise ValueError(f"role {self.role!r} of {self.mspid} is none of {known}")

    def __str__(self) -> str:
        return f"'{self.mspid}.{self.role}'"


@dataclass(frozen=True, slots=True)
class Policy:
    """At least ``n`` of ``rules`` must be satisfied; make one with all_of, any_of or out_of."""

    n: int
    rules: tuple[Policy | Principal, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("a policy needs at least one party")
        if not 1 <= self.n <= len(self.rules):
            raise ValueError(f"cannot ask for {self.n} of {len(self.rules)} parties")
        # in Fabric a principal named twice needs two different endorsers of that organisation,
        # which with one peer can never sign: the key would be locked for good
        named = [rule for rule in self.rules if isinstance(rule, Principal)]
        if len(set(named)) != len(named):
            twice = sorted({str(rule) for rule in named if named.count(rule) > 1})
            raise ValueError(f"{', '.join(twice)} is named twice in one policy")
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=_rank)))

    def __str__(self) -> str:
        parties = ", ".join(str(rule) for rule in self.rules)
        if self.n == len(self.rules):
            return f"AND({parties})"
        return f"OR({parties})" if self.n == 1 else f"OutOf({self.n}, {parties})"

    def principals(self) -> tuple[Principal, ...]:
        """Everybody named anywhere in the policy, sorted, each once."""
        return tuple(sorted(set(_walk(self))))

    def encode(self) -> bytes:
        """The ``SignaturePolicyEnvelope`` of this policy, the same bytes on every endorser."""
        identities = self.principals()
        index = {principal: place for place, principal in enumerate(identities)}
        envelope = policies_pb2.SignaturePolicyEnvelope(
            version=0,
            rule=_rule_message(self, index),
            identities=[_principal_message(principal) for principal in identities],
        )
        return envelope.SerializeToString(deterministic=True)

    @classmethod
    def decode(cls, data: bytes) -> Policy:
        """Reads the bytes of a key's policy.

        Raises ValueError where they are not an envelope, or name principals other than roles.
        """
        try:
            envelope = policies_pb2.SignaturePolicyEnvelope.FromString(data)
            identities = [_principal(identity) for identity in envelope.identities]
        except DecodeError as error:
            raise ValueError("not a SignaturePolicyEnvelope") from error
        rule = _parse(envelope.rule, identities, 0)
        return rule if isinstance(rule, Policy) else Policy(1, (rule,))


def out_of(n: int, *parties: str | Principal | Policy) -> Policy:
    """A policy that any ``n`` of the parties satisfy; a text is an MSP id and means its peers."""
    return Policy(n, tuple(Principal(p) if isinstance(p, str) else p for p in parties))


def all_of(*parties: str | Principal | Policy) -> Policy:
    """A policy that needs every party: ``all_of("EnergyMSP", "CivicMSP")``."""
    return out_of(len(parties), *parties)


def any_of(*parties: str | Principal | Policy) -> Policy:
    """A policy that one of the parties satisfies."""
    return out_of(1, *parties)


def _rank(rule: Policy | Principal) -> tuple[int, str, str]:
    # principals before nested policies; those by their text, which is canonical itself
    return (1, str(rule), "") if isinstance(rule, Policy) else (0, rule.mspid, rule.role)


def _walk(policy: Policy) -> Iterator[Principal]:
    for rule in policy.rules:
        if isinstance(rule, Principal):
            yield rule
        else:
            yield from _walk(rule)


def _rule_message(
    rule: Policy | Principal, index: dict[Principal, int]
) -> policies_pb2.SignaturePolicy:
    if isinstance(rule, Principal):
        return policies_pb2.SignaturePolicy(signed_by=index[rule])
    rules = [_rule_message(child, index) for child in rule.rules]
    return policies_pb2.SignaturePolicy(
        n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=rule.n, rules=rules)
    )


def _principal_message(principal: Principal) -> msp_pb2.MSPPrincipal:
    role = msp_pb2.MSPRole(msp_identifier=principal.mspid)
    role.role = Role[principal.role.upper()].value  # pyright: ignore[reportAttributeAccessIssue]  # enum numbers are Fabric's
    return msp_pb2.MSPPrincipal(
        principal_classification=msp_pb2.MSPPrincipal.ROLE,
        principal=role.SerializeToString(deterministic=True),
    )


def _principal(message: msp_pb2.MSPPrincipal) -> Principal:
    if message.principal_classification != msp_pb2.MSPPrincipal.ROLE:
        raise ValueError("the policy names principals other than roles of an organisation")
    role = msp_pb2.MSPRole.FromString(message.principal)
    return Principal(role.msp_identifier, Role(role.role).name.lower())


def _parse(
    rule: policies_pb2.SignaturePolicy, identities: list[Principal], depth: int
) -> Policy | Principal:
    if depth > _MAX_DEPTH:
        raise ValueError(f"the policy is nested deeper than {_MAX_DEPTH}")
    match rule.WhichOneof("Type"):
        case "signed_by":
            if not 0 <= rule.signed_by < len(identities):
                raise ValueError(f"the policy names identity {rule.signed_by} of {len(identities)}")
            return identities[rule.signed_by]
        case "n_out_of":
            children = tuple(_parse(child, identities, depth + 1) for child in rule.n_out_of.rules)
            return Policy(rule.n_out_of.n, children)
        case _:
            raise ValueError("the policy has a rule that is neither signed_by nor n_out_of")
