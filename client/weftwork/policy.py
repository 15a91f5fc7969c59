"""Endorsement policies from their text: ``AND('AMSP.peer', OutOf(1, 'BMSP.peer', ...))``.

The language and the order of the identities are those of Fabric's ``common/policydsl``, so that
a department which approves with Fabric's own command agrees byte by byte.
"""

import re
from dataclasses import dataclass

from weftwork.errors import PolicyError
from weftwork_protos import msp_pb2, policies_pb2

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<word>[A-Za-z]+)|(?P<number>[0-9]+)|(.))"
)
_PRINCIPAL = re.compile(r"([A-Za-z0-9.-]+)\.(admin|member|client|peer|orderer)\Z")
_ROLES = {
    "member": msp_pb2.MSPRole.MEMBER,
    "admin": msp_pb2.MSPRole.ADMIN,
    "client": msp_pb2.MSPRole.CLIENT,
    "peer": msp_pb2.MSPRole.PEER,
    "orderer": msp_pb2.MSPRole.ORDERER,
}
_GATES = {"and", "And", "AND", "or", "Or", "OR", "outof", "OutOf", "OUTOF"}


@dataclass(frozen=True, slots=True)
class _Gate:
    n: int
    parts: "tuple[_Gate | tuple[str, str], ...]"


def signature_policy(text: str) -> bytes:
    """A serialized ``SignaturePolicyEnvelope``. Raises PolicyError naming the place."""
    return _envelope(text).SerializeToString()


def endorsement_policy(text: str) -> bytes:
    """A serialized ``ApplicationPolicy``, as a chaincode or collection definition holds it.

    A text that begins with ``/`` names a policy of the channel's configuration.
    """
    if text.startswith("/"):
        policy = policies_pb2.ApplicationPolicy(channel_config_policy_reference=text)
    else:
        policy = policies_pb2.ApplicationPolicy(signature_policy=_envelope(text))
    return policy.SerializeToString()


def _envelope(text: str) -> policies_pb2.SignaturePolicyEnvelope:
    parser = _Parser(text)
    gate = parser.policy()
    principals: list[tuple[str, str]] = []
    rule = _rule(gate, principals)
    identities = [
        msp_pb2.MSPPrincipal(
            principal_classification=msp_pb2.MSPPrincipal.ROLE,
            principal=msp_pb2.MSPRole(msp_identifier=mspid, role=_ROLES[role]).SerializeToString(),
        )
        for mspid, role in principals
    ]
    return policies_pb2.SignaturePolicyEnvelope(version=0, rule=rule, identities=identities)


def _rule(gate: _Gate, principals: list[tuple[str, str]]) -> policies_pb2.SignaturePolicy:
    # Fabric evaluates inner gates before it numbers a gate's own principals.
    inner = {
        index: _rule(part, principals)
        for index, part in enumerate(gate.parts)
        if isinstance(part, _Gate)
    }
    rules: list[policies_pb2.SignaturePolicy] = []
    for index, part in enumerate(gate.parts):
        if isinstance(part, _Gate):
            rules.append(inner[index])
        else:
            rules.append(policies_pb2.SignaturePolicy(signed_by=len(principals)))
            principals.append(part)
    return policies_pb2.SignaturePolicy(
        n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=gate.n, rules=rules)
    )


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def policy(self) -> _Gate:
        gate = self._gate()
        if self._text[self._at :].strip():
            raise self._wrong("something follows the policy's end")
        return gate

    def _gate(self) -> _Gate:
        word = self._next("word", "AND, OR or OutOf")
        if word not in _GATES:
            raise self._wrong(f"{word} is not AND, OR or OutOf")
        self._sign("(")
        count = None
        if word.lower() == "outof":
            count = int(self._next("number", "a number"))
            self._sign(",")
        parts = [self._part()]
        while self._peek(","):
            self._sign(",")
            parts.append(self._part())
        self._sign(")")
        needed = {"and": len(parts), "or": 1}.get(word.lower(), count) or 0
        if not 1 <= needed <= len(parts):
            raise self._wrong(f"OutOf({needed}) of {len(parts)} can never be met, or always is")
        return _Gate(needed, tuple(parts))

    def _part(self) -> _Gate | tuple[str, str]:
        found = self._match()
        if not found or not found.group("text"):
            return self._gate()
        principal = _PRINCIPAL.match(found.group("text")[1:-1])
        if not principal:
            raise self._wrong(f"{found.group('text')} is not 'MSPID.role'")
        self._at = found.end()
        return principal.group(1), principal.group(2)

    def _next(self, kind: str, expected: str) -> str:
        found = self._match()
        if not found or not found.group(kind):
            raise self._wrong(f"{expected} is expected")
        self._at = found.end()
        return found.group(kind)

    def _sign(self, sign: str) -> None:
        if not self._peek(sign):
            raise self._wrong(f"{sign!r} is expected")
        found = self._match()
        self._at = found.end() if found else self._at

    def _peek(self, sign: str) -> bool:
        found = self._match()
        return bool(found) and found.group(4) == sign

    def _match(self) -> re.Match[str] | None:
        return _TOKEN.match(self._text, self._at)

    def _wrong(self, what: str) -> PolicyError:
        return PolicyError(f"policy {self._text!r}, at character {self._at + 1}: {what}")
