"""What the registry keeps: parties, units and rights; what owners sign to transfer one."""

from enum import Enum

from weftwork_model import Count, Hex, Id, Part, Pem, Quantity, Record, Sha256, Shares


class UnitSort(Enum):
    """What a unit is."""

    PARCEL = "PARCEL"
    FLAT = "FLAT"


class Party(Record, kind="party", key=("id",)):
    """Somebody who can hold a right, known to the ledger by a public key alone.

    The key speaks for the party: no department can consent in its place. Name and papers stay
    with the registry, under the hash of their source.
    """

    id: Id
    number: Count
    """1 for the first key, one more with every change: a signature for one fits no other."""
    public_key: Pem
    """SubjectPublicKeyInfo of an ECDSA P-256 key."""
    source: Sha256
    """Hash of the document that shows whose key it is."""


class KeyChange(Part):
    """What a party signs, with its old key, to have a new one."""

    channel: Id
    party: Id
    number: Count
    """Number of the key that is given up."""
    old_key: Sha256
    """SHA-256 of that key's PEM: ties the signature to this party of this network."""
    new_key: Pem


class Unit(Record, kind="unit", key=("id",)):
    """A parcel or a flat: what rights are held in."""

    id: Id
    sort: UnitSort
    area: Quantity
    """Square centimetres."""
    source: Sha256
    """Hash of the survey."""


class Share(Part):
    """One owner's part of a right, over the right's denominator."""

    party: Id
    numerator: Shares


class Right(Record, kind="right", key=("unit",)):
    """Who owns a unit: shares over a common denominator that sum to exactly one."""

    unit: Id
    title: Count
    """1 for the first registration, one more with every transfer."""
    since: Sha256
    """The transaction that gave this title: no other network or time has the same."""
    denominator: Shares
    shares: list[Share]
    """Ordered by party, each party once."""
    account: Id | None = None
    """The power account that follows the title; while there is one, Energy endorses too."""
    case: Id | None = None
    """The case that gave this title; None where there was none."""
    source: Sha256
    """Hash of the document that this title rests on."""


class Transfer(Part):
    """The canonical transfer: what every giving and every receiving owner signs.

    It names the title it ends, by number and transaction, so a consent fits one transfer only.
    """

    channel: Id
    unit: Id
    title: Count
    """Number of the title that the transfer ends."""
    since: Sha256
    """The transaction that gave that title."""
    denominator: Shares
    shares: list[Share]
    """The owners to be, ordered by party."""
    account: Id | None
    """The power account that goes with it, as the right names it."""
    holder: Id | None
    """Which owner to be takes over the power account; None where there is none."""
    case: Id | None
    """The case that carries it; None for a transfer without one."""
    source: Sha256
    """Hash of the contract of sale."""


class Consent(Part):
    """One party's signature over a transfer."""

    party: Id
    signature: Hex
    """ECDSA with SHA-256 over the canonical bytes of the transfer, DER."""
