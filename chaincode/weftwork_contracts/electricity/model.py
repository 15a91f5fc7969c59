"""What electricity keeps: meters, accounts, tariffs, anchors, bills, payments.

Public records never hold a person's consumption or money: those are in the private collections
`readings` and `bills`, salted, and their hash is public.
"""

from enum import Enum
from typing import Annotated

from msgspec import Meta

from weftwork_model import Count, Fen, Hex, Id, Month, Part, Quantity, Record, Sha256, Text

READINGS = "readings"
"""Private collection (Energy, Civic): the monthly totals under an anchor."""

BILLS = "bills"
"""Private collection (Energy, Civic): a bill's determinants and lines, and all postings."""

ACTIVE_IMPORT = "1.8.0"
"""The register that is billed: active energy drawn, by its OBIS code."""

Year = Annotated[str, Meta(min_length=4, max_length=4, pattern=r"\A[0-9]{4}\Z")]
"""A calendar year `2012`."""

Salt = Annotated[str, Meta(min_length=64, max_length=64, pattern=r"\A[0-9a-f]*\Z")]
"""32 secret bytes in lowercase hex, chosen at random by the client."""

Quality = Annotated[int, Meta(ge=0, le=99)]
"""A reading's quality as in ESPI: 8 estimated, 9 interpolated, 14 raw, 17 validated, 19 revenue."""


class Meter(Record, kind="meter", key=("id",)):
    """One meter: one serial, one place."""

    id: Id
    unit: Id | None = None
    """The unit it hangs in; None until it is installed."""
    account: Id | None = None
    """The account it is billed to; None until one is opened."""


class Account(Record, kind="account", key=("id",)):
    """Who pays for a meter's energy. Settlement writes it; every bill and payment reads it."""

    id: Id
    meter: Id
    unit: Id
    tariff: Id
    """The tariff it is billed by, whichever of its editions is in force."""
    holder: Id
    """The party that pays, as the property registry names it."""
    since: Month
    """The first month that this holder pays for."""
    case: Id | None = None
    """The case that made this party the holder; None for the first."""


class TariffState(Enum):
    """A tariff's edition is proposed by Energy and binds nobody until Civic approves it."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"


class Tier(Part):
    """One step of a ladder counted by month."""

    up_to: Count | None
    """The step's upper end in kWh a month, included; None: without end, the last step."""
    price: Quantity
    """10^-4 yuan a kWh."""


class Tariff(Record, kind="tariff", key=("id", "edition")):
    """One edition of a tariff: immutable once approved. Money is rounded half up to fen."""

    id: Id
    edition: Count
    """1 for the first; editions take effect in their order."""
    effective: Month
    """The first month it is in force; it ends where the next edition begins."""
    tiers: list[Tier]
    source: Sha256
    """Hash of the decree that sets the prices."""
    state: TariffState = TariffState.PROPOSED


class TariffApproval(Record, kind="tariff_approval", key=("tariff", "edition")):
    """Civic's receipt that it approved exactly this edition, in its own consent collection.

    It derives from public data alone, so every peer can compare its hash.
    """

    tariff: Id
    edition: Count
    document: Sha256
    """Digest of the approved edition."""


class MonthRows(Part):
    """A month's readings as they travel to the endorsers, never to the chain."""

    period: Month
    start: Quantity
    """The month's first second since 1970 in the meter's own civil time."""
    end: Quantity
    """The first second after the month."""
    rows: list[tuple[Quantity, Quantity, Quality]]
    """Each reading's first second, energy in Wh, quality; in order."""


class YearReadings(Part):
    """A year's interval readings of one meter: transient, for the endorsers to sum and hash."""

    meter: Id
    register: Id
    year: Year
    seconds: Count
    """Length of every interval."""
    seed: Salt
    """The secret from which the salts of leaves and totals derive."""
    months: list[MonthRows]


class Reading(Record, kind="reading", key=("meter", "register", "start")):
    """One interval reading: its canonical bytes are a leaf of the anchor's Merkle tree."""

    meter: Id
    register: Id
    start: Quantity
    """First second of the interval, since 1970."""
    seconds: Count
    energy: Quantity
    """Wh drawn in the interval."""
    quality: Quality
    salt: Salt


class Anchor(Record, kind="anchor", key=("meter", "register", "year")):
    """What is public of a year's readings: enough to hold everybody to them. Immutable."""

    meter: Id
    register: Id
    year: Year
    seconds: Count
    count: Count
    """How many readings the tree has."""
    qualities: dict[str, int]
    """How many readings of each quality."""
    starts: dict[str, int]
    """The first second of each month, for anybody to check against the civil calendar."""
    root: Sha256
    """Merkle root (RFC 9162) over the canonical bytes of the readings."""
    totals: Sha256
    """Digest of the private, salted totals; also Fabric's own hash of that private value."""


class Totals(Record, kind="totals", key=("meter", "register", "year")):
    """Energy by month under an anchor; in the private collection `readings`."""

    meter: Id
    register: Id
    year: Year
    months: dict[str, int]
    """Wh by month (`YYYY-MM`)."""
    salt: Salt


class BillLine(Part):
    """One step's part of a bill, exact."""

    energy: Quantity
    """Wh billed at this price."""
    price: Quantity
    """10^-4 yuan a kWh."""
    amount: Quantity
    """10^-7 yuan: energy times price."""


class BillDetail(Record, kind="bill_detail", key=("id",)):
    """A bill's determinants and lines; in the private collection `bills`."""

    id: Sha256
    account: Id
    holder: Id
    meter: Id
    register: Id
    period: Month
    tariff: Id
    edition: Count
    energy: Quantity
    """Wh of the month, from the anchored totals."""
    lines: list[BillLine]
    total: Fen
    salt: Salt


class Bill(Record, kind="bill", key=("id",)):
    """What is public of a bill: what it is for, and the hashes that fix the rest. Immutable."""

    id: Sha256
    """The transaction that made it."""
    account: Id
    meter: Id
    register: Id
    period: Month
    tariff: Id
    edition: Count
    detail: Sha256
    """Digest of the private detail."""
    journal: Sha256
    """Digest of the private postings."""


class Billed(Record, kind="billed", key=("meter", "register", "period")):
    """Marks a month of a register as billed: at most one uncredited bill may stand for it."""

    meter: Id
    register: Id
    period: Month
    bill: Sha256


class Open(Record, kind="open", key=("account", "entry")):
    """Marks an entry of an account as open. It says nothing of what is owed.

    Settlement range-reads these keys, so they are public; a bill adds one, its payment deletes it.
    """

    account: Id
    entry: Sha256


class Posting(Part):
    """One side of a double entry."""

    ledger: Id
    amount: Fen
    """Positive debits the ledger, negative credits it."""


class Journal(Record, kind="journal", key=("account", "period", "id")):
    """A double entry, its postings summing to zero; in the private collection `bills`."""

    account: Id
    period: Month
    id: Sha256
    """The transaction that posted it."""
    bill: Sha256
    reference: Text
    """The payer's reference; empty for a bill's own posting."""
    postings: list[Posting]
    salt: Salt


class Payment(Record, kind="payment", key=("bill",)):
    """What is public of a payment: that the bill is paid, and the hash of its postings."""

    bill: Sha256
    id: Sha256
    """The transaction that posted it."""
    account: Id
    period: Month
    journal: Sha256


class Credit(Record, kind="credit", key=("bill",)):
    """What is public of a credit note: that the bill is void, and the hash of its postings."""

    bill: Sha256
    id: Sha256
    """The transaction that posted it."""
    account: Id
    period: Month
    reason: Sha256
    """Hash of the document that says why."""
    journal: Sha256


class PaymentAdvice(Part):
    """What was received for a bill: transient, never an argument."""

    amount: Fen
    reference: Text
    salt: Salt


class Proof(Part):
    """One reading and its path to the root of its anchor."""

    reading: Reading
    index: Quantity
    path: list[Hex]
