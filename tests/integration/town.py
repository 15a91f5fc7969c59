"""A flat with its meter, account and owner on a real network: what the W1 tests begin with.

Every town has names of its own, so that tests share one network and never meet.
"""

import contextlib
import functools
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import weftwork
from weftwork.departments import Civic, Department, Energy, Property
from weftwork_contracts.electricity.model import MonthRows, Tier, YearReadings
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import Consent, Transfer
from weftwork_network import Network

CHANNEL = "crosswork"
DOCUMENT = "d0" * 32
LADDER = [
    Tier(up_to=240, price=4883),
    Tier(up_to=400, price=5383),
    Tier(up_to=None, price=7883),
]
"""Beijing's residential ladder of 2012, 10^-4 yuan a kWh."""

HOUR = 3600
MONTH = 30 * 24 * HOUR

WITNESSES = (
    ("Logistics", "clerk"),
    ("Energy", "billing"),
    ("Property", "registrar"),
    ("Civic", "officer"),
)
"""One user of each department, to ask its own peer."""

D = TypeVar("D", bound=Department)

Connect = Callable[[str, str], weftwork.Gateway]
"""A gateway for a department and a user: the fixture that knows the network."""


def connecting(network: Network) -> Iterator[Connect]:
    """A gateway for each department and user of a network, each opened once; closed at the end."""
    with contextlib.ExitStack() as opened:

        @functools.cache
        def connect(department: str, user: str) -> weftwork.Gateway:
            gateway = weftwork.connect(network.profile(department), user=user)
            return opened.enter_context(gateway)

        yield connect


class Town:
    """One flat, `self.flat`, with power account `self.account` and the owner `self.seller`."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        tag = secrets.token_hex(4)
        self.flat, self.meter, self.account = f"flat-{tag}", f"M-{tag}", f"A-{tag}"
        self.tariff, self.case = f"ladder-{tag}", f"case-{tag}"
        self.seller, self.buyer = f"seller-{tag}", f"buyer-{tag}"
        self.keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in self.parties}
        self.meters = self.client(Energy, "Energy", "meter-operator")
        self.billing = self.client(Energy, "Energy", "billing")
        self.approval = self.client(Energy, "Civic", "officer")
        self.registry = self.client(Property, "Property", "registrar")
        self.cases = self.client(Civic, "Civic", "officer")
        self.year: YearReadings | None = None

    @property
    def parties(self) -> tuple[str, str]:
        """Seller and buyer."""
        return self.seller, self.buyer

    def network(self, department: str, user: str) -> weftwork.Network:
        """The channel as a user of a department sees it."""
        return self.connect(department, user).network(CHANNEL)

    def client(self, kind: type[D], department: str, user: str) -> D:
        """A typed client whose submits return once all four peers have what they wrote.

        A submit by itself waits for the client's own peer; the next transaction may be endorsed
        by another department's, which is some milliseconds behind.
        """
        client = kind(self.network(department, user))
        submit = client.submit

        def submit_and_level(*args: Any, **options: Any) -> Any:
            result = submit(*args, **options)
            self.level()
            return result

        client.submit = submit_and_level  # type: ignore[method-assign]
        return client

    def level(self, patience: float = 15.0) -> int:
        """Wait until the four departments' peers are equally far; the height."""
        until = time.monotonic() + patience
        while True:
            heights = {self.network(*who).info().height for who in WITNESSES}
            if len(heights) == 1:
                return heights.pop()
            assert time.monotonic() < until, f"the peers stay apart: {heights}"
            time.sleep(0.02)

    def build(self, months: Mapping[str, int]) -> "Town":
        """Everything up to the first bill; ``months`` gives the Wh of each month of 2012."""
        proposed = self.billing.propose_tariff(
            self.tariff, edition=1, effective="2012-01", tiers=LADDER, source=DOCUMENT
        )
        self.approval.approve_tariff(proposed)
        self.meters.register_meter(self.meter)
        self.meters.install_meter(self.meter, unit=self.flat)
        self.billing.open_account(
            self.account,
            meter=self.meter,
            tariff=self.tariff,
            holder=self.seller,
            since="2012-01",
        )
        self.year = self.readings(months)
        self.meters.anchor_readings(self.year)
        for party in self.parties:
            self.registry.register_party(party, public_key=pem(self.keys[party]), source=DOCUMENT)
        self.registry.register_unit(
            self.flat, {self.seller: 1}, area=850_000, survey=DOCUMENT, source=DOCUMENT
        )
        self.registry.link_account(self.flat, account=self.account)
        return self

    def readings(self, months: Mapping[str, int]) -> YearReadings:
        """A year whose months have the given Wh, each in two hourly readings."""
        rows = [
            MonthRows(
                period=period,
                start=place * MONTH,
                end=(place + 1) * MONTH,
                rows=[
                    (place * MONTH, energy // 2, 17),
                    (place * MONTH + HOUR, energy - energy // 2, 17),
                ],
            )
            for place, (period, energy) in enumerate(months.items())
        ]
        return YearReadings(
            meter=self.meter,
            register="1.8.0",
            year="2012",
            seconds=HOUR,
            seed=secrets.token_hex(32),
            months=rows,
        )

    def pay(self, bill: str) -> None:
        """Pay a bill in full."""
        self.billing.pay(bill, amount=self.billing.read_bill_detail(bill).total)

    def draft(self) -> Transfer:
        """The flat goes from the seller to the buyer, by this town's case."""
        return self.registry.draft(
            self.flat, {self.buyer: 1}, source=DOCUMENT, holder=self.buyer, case=self.case
        )

    def signed(self, transfer: Transfer) -> list[Consent]:
        """Both parties' consents to a transfer."""
        return [
            Consent(party=party, signature=rules.sign(transfer, self.keys[party]))
            for party in self.parties
        ]

    def all_steps(self, through: str) -> None:
        """Every step of the case but the last."""
        self.cases.open_case(self.case, unit=self.flat)
        self.cases.record_tax(self.case, document=DOCUMENT)
        transfer = self.draft()
        registrar = self.client(Civic, "Property", "registrar")
        registrar.record_consents(self.case, transfer, self.signed(transfer))
        billing = self.client(Civic, "Energy", "billing")
        billing.confirm_settlement(self.case, through=through, document=DOCUMENT)
        registrar.record_handover(self.case, document=DOCUMENT)


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    """A public key as the registry takes it."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
