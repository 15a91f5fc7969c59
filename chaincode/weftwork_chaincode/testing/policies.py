"""Endorsement policies decided as a peer decides them, and who could satisfy them.

Source: Fabric ``common/cauthdsl`` (evaluation), ``common/policies/inquire`` (satisfying sets).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Protocol

from weftwork.policy import signature_policy
from weftwork_chaincode.policy import Policy
from weftwork_protos import msp_pb2, policies_pb2

EndorsementPolicy = Policy | str | bytes
"""A policy value, its text (``AND('AMSP.peer', 'BMSP.peer')``, or the name of one of the channel's,
``/Channel/Application/Endorsement``), or the bytes of a ``SignaturePolicyEnvelope``."""

DEFAULT = "/Channel/Application/Endorsement"
"""The policy of a chaincode that declares none: most departments."""

Signer = tuple[str, str]
"""MSP id and role (``peer``, ``client``, ``admin``, ``orderer``) of who signed."""


class Rule(Protocol):
    """A policy that signers satisfy or do not."""

    def satisfied_by(self, signers: Sequence[Signer]) -> bool:
        """Whether these signers, each once, satisfy it."""
        ...


@dataclass(frozen=True)
class Majority:
    """More than half of the departments, each by a peer (ImplicitMeta ``MAJORITY Endorsement``)."""

    departments: tuple[str, ...]

    def satisfied_by(self, signers: Sequence[Signer]) -> bool:
        """Counts the departments among the signers."""
        named = {mspid for mspid, role in signers if role == "peer"}
        return len(named.intersection(self.departments)) > len(self.departments) // 2


class Signatures:
    """A ``SignaturePolicyEnvelope``."""

    def __init__(self, envelope: bytes) -> None:
        self.envelope: bytes = envelope
        self._message = policies_pb2.SignaturePolicyEnvelope.FromString(envelope)
        self._known: dict[tuple[Signer, ...], bool] = {}

    @cached_property
    def _principals(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for identity in self._message.identities:
            if identity.principal_classification != msp_pb2.MSPPrincipal.ROLE:
                found.append(("", ""))  # units and single identities: no peer here is one
                continue
            role = msp_pb2.MSPRole.FromString(identity.principal)
            found.append((role.msp_identifier, msp_pb2.MSPRole.MSPRoleType.Name(role.role).lower()))
        return found

    def satisfied_by(self, signers: Sequence[Signer]) -> bool:
        """Evaluates the tree from left to right; a signer counts for one principal only."""
        # one signature of an identity counts, however often it is there
        unique = tuple(dict.fromkeys(signers))
        known = self._known.get(unique)
        if known is None:
            used = [False] * len(unique)
            known = self._known[unique] = self._evaluate(self._message.rule, unique, used)
        return known

    def _evaluate(
        self, rule: policies_pb2.SignaturePolicy, signers: Sequence[Signer], used: list[bool]
    ) -> bool:
        if rule.WhichOneof("Type") == "signed_by":
            if not 0 <= rule.signed_by < len(self._principals):
                return False
            principal = self._principals[rule.signed_by]
            for place, signer in enumerate(signers):
                if not used[place] and _is(signer, principal):
                    used[place] = True
                    return True
            return False
        if rule.WhichOneof("Type") != "n_out_of":
            return False
        verified = 0
        for part in rule.n_out_of.rules:
            trial = list(used)
            if self._evaluate(part, signers, trial):
                verified += 1
                used[:] = trial
        return verified >= rule.n_out_of.n


def _is(signer: Signer, principal: tuple[str, str]) -> bool:
    return signer[0] == principal[0] and principal[1] in ("member", signer[1])


def rule_of(policy: EndorsementPolicy, departments: Sequence[str]) -> Rule:
    """Reads a policy; PolicyError where its text is wrong."""
    if isinstance(policy, str) and policy.startswith("/"):
        return _channel_policy(policy, departments)
    if isinstance(policy, str):
        return read_envelope(signature_policy(policy))
    return read_envelope(policy.encode() if isinstance(policy, Policy) else policy)


def _channel_policy(name: str, departments: Sequence[str]) -> Rule:
    if name in (DEFAULT, "/Channel/Application/LifecycleEndorsement"):
        return Majority(tuple(departments))
    parts = name.split("/")
    if len(parts) == 5 and parts[3] in departments and parts[4] == "Endorsement":
        return read_envelope(signature_policy(f"OR('{parts[3]}.peer')"))
    raise ValueError(f"the channel has no policy {name}: it has {DEFAULT}")


@lru_cache(maxsize=4096)
def read_envelope(envelope: bytes) -> Signatures:
    """A policy of its bytes; the same bytes are read once."""
    return Signatures(envelope)


@lru_cache(maxsize=4096)
def satisfying(rules: tuple[Rule, ...], departments: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The smallest groups of departments whose peers satisfy every rule, fewest first.

    One peer a department. A group is left out where a part of it is enough.
    """
    groups: list[tuple[str, ...]] = []
    for size in range(1, len(departments) + 1):
        for group in combinations(departments, size):
            if any(set(found) <= set(group) for found in groups):
                continue
            signers = [(mspid, "peer") for mspid in group]
            if all(rule.satisfied_by(signers) for rule in rules):
                groups.append(group)
    return groups
