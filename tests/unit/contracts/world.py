"""A small world on the bench: three contracts, their users, a flat with its meter and account."""

from collections.abc import Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from weftwork_chaincode.testing import Bench, TxResult, identity
from weftwork_contracts.casework.contract import Casework
from weftwork_contracts.electricity.contract import Electricity
from weftwork_contracts.electricity.model import (
    Account,
    Bill,
    BillDetail,
    MonthRows,
    PaymentAdvice,
    Tariff,
    Tier,
    YearReadings,
)
from weftwork_contracts.parties import (
    BILLING,
    CIVIC,
    CLERK,
    ENERGY,
    LOGISTICS,
    METER_OPERATOR,
    OFFICER,
    PROPERTY,
    REGISTRAR,
)
from weftwork_contracts.property import rules
from weftwork_contracts.property.contract import Property
from weftwork_contracts.property.model import Consent, Right, Share, Transfer, Unit, UnitSort
from weftwork_model import digest, encode

SALT = bytes(range(32))
SEED = "5e" * 32
SOURCE = "ab" * 32
TIERS = [
    Tier(up_to=240, price=4883),
    Tier(up_to=400, price=5383),
    Tier(up_to=None, price=7883),
]
"""Beijing's residential ladder of 2012, 10^-4 yuan a kWh."""

CLERKS = {
    "logistics": identity(LOGISTICS, CLERK),
    "meters": identity(ENERGY, METER_OPERATOR),
    "billing": identity(ENERGY, BILLING),
    "registrar": identity(PROPERTY, REGISTRAR),
    "officer": identity(CIVIC, OFFICER),
}


def readings(months: Mapping[str, int], meter: str = "M-1", seed: str = SEED) -> YearReadings:
    """A year whose months have the given Wh, each in two hourly readings."""
    rows: list[MonthRows] = []
    for place, (period, energy) in enumerate(months.items()):
        start = 1_000_000 + place * 2_592_000
        half = energy // 2
        rows.append(
            MonthRows(
                period=period,
                start=start,
                end=start + 2_592_000,
                rows=[(start, half, 17), (start + 3600, energy - half, 8)],
            )
        )
    return YearReadings(
        meter=meter, register="1.8.0", year="2012", seconds=3600, seed=seed, months=rows
    )


class World:
    """The bench with short names for what the tests do again and again."""

    def __init__(self) -> None:
        self.bench = Bench(
            {"electricity": Electricity(), "property": Property(), "casework": Casework()}
        )
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}

    async def submit(
        self,
        who: str,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = None,
        commit: bool = True,
    ) -> TxResult:
        """``function`` is ``chaincode.function``; ``who`` one of CLERKS."""
        chaincode, name = function.split(".")
        return await self.bench.submit(
            chaincode, name, *args, creator=CLERKS[who], transient=transient, commit=commit
        )

    async def ask(self, who: str, function: str, *args: object) -> TxResult:
        return await self.submit(who, function, *args, commit=False)

    async def must(
        self,
        who: str,
        function: str,
        *args: object,
        transient: Mapping[str, bytes] | None = None,
    ) -> TxResult:
        result = await self.submit(who, function, *args, transient=transient)
        assert result.ok, result.message
        return result

    async def tariff(self, edition: int = 1, effective: str = "2012-01") -> Tariff:
        proposed = Tariff(
            id="beijing", edition=edition, effective=effective, tiers=TIERS, source=SOURCE
        )
        await self.must("billing", "electricity.propose_tariff", proposed)
        approved = await self.must(
            "officer", "electricity.approve_tariff", "beijing", edition, digest(proposed)
        )
        return approved.returns(Tariff)

    async def account(self, holder: str = "alice") -> Account:
        await self.must("meters", "electricity.register_meter", "M-1")
        await self.must("meters", "electricity.install_meter", "M-1", "flat-1")
        opened = await self.must(
            "billing", "electricity.open_account", "A-1", "M-1", "beijing", holder, "2012-01"
        )
        return opened.returns(Account)

    async def anchored(self, months: Mapping[str, int]) -> None:
        year = {"readings": encode(readings(months))}
        await self.must("meters", "electricity.anchor_readings", "M-1", "2012", transient=year)

    async def bill(self, period: str = "2012-01", edition: int = 1) -> Bill:
        result = await self.must(
            "billing", "electricity.bill", "A-1", period, edition, transient={"salt": SALT}
        )
        return result.returns(Bill)

    async def detail(self, bill: str) -> BillDetail:
        result = await self.ask("billing", "electricity.read_bill_detail", bill)
        return result.returns(BillDetail)

    async def pay(self, bill: str) -> TxResult:
        detail = await self.detail(bill)
        advice = PaymentAdvice(amount=detail.total, reference="slip 7", salt="cd" * 32)
        return await self.must(
            "billing", "electricity.pay", bill, transient={"advice": encode(advice)}
        )

    async def party(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(ec.SECP256R1())
        await self.must("registrar", "property.register_party", name, pem(key), SOURCE)
        self.keys[name] = key
        return key

    async def flat(self, owners: Mapping[str, int], denominator: int) -> Right:
        for owner in owners:
            if owner not in self.keys:
                await self.party(owner)
        shares = [Share(party=party, numerator=n) for party, n in sorted(owners.items())]
        unit = Unit(id="flat-1", sort=UnitSort.FLAT, area=850_000, source=SOURCE)
        result = await self.must(
            "registrar", "property.register_unit", unit, shares, denominator, SOURCE
        )
        return result.returns(Right)

    async def right(self) -> Right:
        return (await self.ask("registrar", "property.read_right", "flat-1")).returns(Right)

    async def draft(
        self, to: Mapping[str, int], denominator: int, *, case: str | None = None
    ) -> Transfer:
        right = await self.right()
        return rules.draft(
            right,
            "crosswork",
            [Share(party=party, numerator=n) for party, n in to.items()],
            denominator,
            SOURCE,
            holder=min(to) if right.account else None,
            case=case,
        )

    def consents(self, transfer: Transfer, *parties: str) -> list[Consent]:
        return [
            Consent(party=party, signature=rules.sign(transfer, self.keys[party]))
            for party in parties
        ]


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
