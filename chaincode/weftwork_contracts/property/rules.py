"""Property's rules: exact shares, and consents that only an owner's key can give. No Fabric."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from weftwork_contracts.faults import RuleError
from weftwork_contracts.property.model import Consent, KeyChange, Party, Right, Share, Transfer
from weftwork_model import encode

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def canonical_key(pem: str) -> str:
    """The one PEM form of a public key.

    Raises RuleError unless it is an ECDSA P-256 key.
    """
    return (
        _public_key(pem)
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def _public_key(pem: str) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_pem_public_key(pem.encode("ascii"))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise RuleError("public key: not a PEM of a public key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RuleError("public key: not an ECDSA key on P-256")
    return key


def sign(document: Transfer | KeyChange, key: ec.EllipticCurvePrivateKey) -> str:
    """The hex DER signature of ``key`` over the canonical bytes of ``document``."""
    return key.sign(encode(document), ec.ECDSA(hashes.SHA256())).hex()


def is_signed(document: Transfer | KeyChange, signature: str, public_key: str) -> bool:
    """Whether ``signature`` (hex DER) over ``document`` is by ``public_key`` (PEM).

    Raises RuleError where the signature is not hex, or the key no ECDSA key on P-256.
    """
    if _HEX.fullmatch(signature) is None:
        raise RuleError("signature: not bytes in lowercase hex")
    try:
        _public_key(public_key).verify(
            bytes.fromhex(signature), encode(document), ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return False
    return True


def check_shares(denominator: int, shares: Sequence[Share]) -> None:
    """Refuse shares that do not sum to exactly one, or that name a party twice.

    Raises RuleError.
    """
    if not shares:
        raise RuleError("shares: a right has at least one owner")
    parties = [share.party for share in shares]
    if any(first >= second for first, second in pairwise(parties)):
        raise RuleError("shares: not in the order of their parties, each party once")
    total = sum(share.numerator for share in shares)
    if total != denominator:
        raise RuleError(f"shares: they sum to {total}/{denominator}, not to one")


def check_transfer(right: Right, transfer: Transfer, channel: str) -> None:
    """Refuse a transfer that is not of this very title, or whose new shares are not exact.

    Raises RuleError.
    """
    if transfer.channel != channel:
        raise RuleError(f"transfer: it is for the channel {transfer.channel}, this is {channel}")
    if transfer.unit != right.unit:
        raise RuleError(f"transfer: it is of unit {transfer.unit}, the right is of {right.unit}")
    if (transfer.title, transfer.since) != (right.title, right.since):
        raise RuleError(
            f"transfer: it ends title {transfer.title} of unit {right.unit}, "
            f"the present one is {right.title} (since {right.since[:12]})"
        )
    if transfer.account != right.account:
        raise RuleError(
            f"transfer: it names the power account {transfer.account}, "
            f"the right is linked to {right.account}"
        )
    check_shares(transfer.denominator, transfer.shares)
    owners = {share.party for share in transfer.shares}
    if right.account is None and transfer.holder is not None:
        raise RuleError("transfer: it names a holder, but no power account is linked")
    if right.account is not None and transfer.holder not in owners:
        raise RuleError("transfer: who takes over the power account is not among the new owners")


def signers(right: Right, transfer: Transfer) -> list[str]:
    """The parties who must sign: every owner there is and every owner to be, in order."""
    return sorted({share.party for share in [*right.shares, *transfer.shares]})


def check_consents(
    right: Right, transfer: Transfer, consents: Iterable[Consent], parties: Mapping[str, Party]
) -> None:
    """Refuse unless every giving and receiving owner signed, and nobody else.

    ``parties`` holds the records of all of `signers`.

    Raises RuleError naming the party whose consent is missing or is not theirs.
    """
    given: dict[str, str] = {}
    for consent in consents:
        if consent.party in given:
            raise RuleError(f"consents: {consent.party} is named twice")
        given[consent.party] = consent.signature
    for party in signers(right, transfer):
        signature = given.pop(party, None)
        if signature is None:
            raise RuleError(f"consents: the signature of {party} is missing")
        if not is_signed(transfer, signature, parties[party].public_key):
            raise RuleError(f"consents: the signature of {party} is not by that party's key")
    if given:
        raise RuleError(f"consents: {min(given)} is no party to this transfer")


def transferred(right: Right, transfer: Transfer, transaction: str) -> Right:
    """The title that ``transfer`` gives, in the transaction ``transaction``."""
    return Right(
        unit=right.unit,
        title=right.title + 1,
        since=transaction,
        denominator=transfer.denominator,
        shares=transfer.shares,
        account=right.account,
        case=transfer.case,
        source=transfer.source,
    )


def draft(
    right: Right,
    channel: str,
    shares: Sequence[Share],
    denominator: int,
    source: str,
    *,
    holder: str | None = None,
    case: str | None = None,
) -> Transfer:
    """The transfer of ``right`` to ``shares``, for everybody concerned to sign.

    Raises RuleError for shares that are not exact or a holder who is not an owner to be.
    """
    transfer = Transfer(
        channel=channel,
        unit=right.unit,
        title=right.title,
        since=right.since,
        denominator=denominator,
        shares=sorted(shares, key=lambda share: share.party),
        account=right.account,
        holder=holder,
        case=case,
        source=source,
    )
    check_transfer(right, transfer, channel)
    return transfer


def key_change(party: Party, channel: str, new_key: str) -> KeyChange:
    """What ``party`` signs with its present key to have ``new_key`` (PEM) instead.

    Raises RuleError unless the new key is an ECDSA P-256 key.
    """
    return KeyChange(
        channel=channel,
        party=party.id,
        number=party.number,
        old_key=sha256(party.public_key.encode("ascii")).hexdigest(),
        new_key=canonical_key(new_key),
    )
