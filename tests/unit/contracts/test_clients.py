"""The typed clients of electricity, property and casework: what they send, and to whom."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.unit.contracts.world import SOURCE, TIERS, readings
from weftwork.departments import Civic, Energy, Property
from weftwork_contracts.casework.contract import Casework
from weftwork_contracts.electricity.contract import Electricity
from weftwork_contracts.electricity.model import PaymentAdvice, Tariff, YearReadings
from weftwork_contracts.faults import RuleError
from weftwork_contracts.property import contract as property_contract
from weftwork_contracts.property.model import Right, Share
from weftwork_model import decode, digest


@dataclass
class Call:
    way: str
    function: str
    args: tuple[Any, ...]
    options: dict[str, Any]


@dataclass
class FakeContract:
    """Answers nothing, remembers what it was asked."""

    calls: list[Call] = field(default_factory=list)
    answer: Any = None

    def submit(self, function: str, *args: Any, **options: Any) -> Any:
        self.calls.append(Call("submit", function, args, options))
        return self.answer

    def evaluate(self, function: str, *args: Any, **options: Any) -> Any:
        self.calls.append(Call("evaluate", function, args, options))
        return self.answer


@dataclass
class FakeNetwork:
    fake: FakeContract
    name: str = "crosswork"

    def contract(self, chaincode: str) -> FakeContract:
        return self.fake


@pytest.fixture
def fake() -> FakeContract:
    return FakeContract()


@pytest.fixture
def network(fake: FakeContract) -> Any:
    return FakeNetwork(fake)


EVERY_CALL: list[tuple[type, type, str, tuple[Any, ...], dict[str, Any]]] = [
    (Energy, Electricity, "register_meter", ("M-1",), {}),
    (Energy, Electricity, "install_meter", ("M-1",), {"unit": "flat-1"}),
    (
        Energy,
        Electricity,
        "open_account",
        ("A-1",),
        {"meter": "M-1", "tariff": "t", "holder": "alice", "since": "2012-01"},
    ),
    (
        Energy,
        Electricity,
        "propose_tariff",
        ("t",),
        {"edition": 1, "effective": "2012-01", "tiers": TIERS, "source": SOURCE},
    ),
    (
        Energy,
        Electricity,
        "approve_tariff",
        (Tariff(id="t", edition=1, effective="2012-01", tiers=TIERS, source=SOURCE),),
        {},
    ),
    (Energy, Electricity, "anchor_readings", (readings({"2012-01": 1}),), {}),
    (Energy, Electricity, "bill", ("A-1", "2012-01"), {}),
    (Energy, Electricity, "pay", ("11" * 32,), {"amount": 5}),
    (Energy, Electricity, "credit", ("11" * 32,), {"reason": SOURCE}),
    (Energy, Electricity, "read_meter", ("M-1",), {}),
    (Energy, Electricity, "read_account", ("A-1",), {}),
    (Energy, Electricity, "read_tariff", ("t",), {}),
    (Energy, Electricity, "read_anchor", ("M-1", "2012"), {}),
    (Energy, Electricity, "read_bill", ("11" * 32,), {}),
    (Energy, Electricity, "read_payment", ("11" * 32,), {}),
    (Energy, Electricity, "open_entries", ("A-1",), {}),
    (Energy, Electricity, "read_bill_detail", ("11" * 32,), {}),
    (Energy, Electricity, "read_journal", ("A-1", "2012-01", "11" * 32), {}),
    (Energy, Electricity, "read_totals", ("M-1", "2012"), {}),
    (
        Property,
        property_contract.Property,
        "register_party",
        ("alice",),
        {"public_key": "k", "source": SOURCE},
    ),
    (
        Property,
        property_contract.Property,
        "change_key",
        ("alice",),
        {"new_key": "k", "signature": "00"},
    ),
    (
        Property,
        property_contract.Property,
        "replace_key",
        ("alice",),
        {"new_key": "k", "source": SOURCE},
    ),
    (
        Property,
        property_contract.Property,
        "register_unit",
        ("flat-1", {"bob": 1, "alice": 2}),
        {"area": 1, "survey": SOURCE, "source": SOURCE},
    ),
    (Property, property_contract.Property, "link_account", ("flat-1",), {"account": "A-1"}),
    (Property, property_contract.Property, "transfer", (None, []), {}),
    (Property, property_contract.Property, "read_party", ("alice",), {}),
    (Property, property_contract.Property, "read_unit", ("flat-1",), {}),
    (Property, property_contract.Property, "read_right", ("flat-1",), {}),
    (Civic, Casework, "open_case", ("case-1",), {"unit": "flat-1"}),
    (Civic, Casework, "record_tax", ("case-1",), {"document": SOURCE}),
    (Civic, Casework, "record_consents", ("case-1", None, []), {}),
    (
        Civic,
        Casework,
        "confirm_settlement",
        ("case-1",),
        {"through": "2012-01", "document": SOURCE},
    ),
    (Civic, Casework, "record_handover", ("case-1",), {"document": SOURCE}),
    (Civic, Casework, "finalize", ("case-1",), {}),
    (Civic, Casework, "withdraw", ("case-1",), {}),
    (Civic, Casework, "read_case", ("case-1",), {}),
    (Civic, Casework, "read_agreement", ("case-1",), {}),
    (Civic, Casework, "read_model", ("28" * 32,), {}),
]


@pytest.mark.parametrize(
    ("client", "contract", "method", "args", "options"),
    EVERY_CALL,
    ids=[f"{client.__name__}.{method}" for client, _, method, _, _ in EVERY_CALL],
)
def test_each_method_fits_its_function(
    network: Any,
    fake: FakeContract,
    client: type,
    contract: Any,
    method: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    getattr(client(network), method)(*args, **options)
    [call] = fake.calls
    function = contract.functions[call.function]
    assert call.function == method
    assert len(call.args) == len(function.parameters)
    assert call.options["returns"] == function.result
    assert call.way == ("submit" if function.writes else "evaluate")


def test_every_function_has_its_method() -> None:
    """All that clients may call; casework alone calls settle and check_transfer."""
    for contract, inner in (
        (Electricity, {"settle"}),
        (property_contract.Property, {"check_transfer"}),
        (Casework, set[str]()),
    ):
        tried = {method for _, owner, method, _, _ in EVERY_CALL if owner is contract}
        assert tried == set(contract.functions) - inner


def test_private_data_goes_to_energy_and_civic_beside_the_arguments(
    network: Any, fake: FakeContract
) -> None:
    energy = Energy(network)
    year = readings({"2012-01": 241_000})
    energy.anchor_readings(year)
    energy.bill("A-1", "2012-01")
    energy.pay("11" * 32, amount=11_773, reference="slip")
    energy.credit("11" * 32, reason=SOURCE)
    anchor, bill, pay, credit = fake.calls
    for call in fake.calls:
        assert call.options["endorsing_organizations"] == ("EnergyMSP", "CivicMSP")
        assert "11773" not in repr(call.args)
        assert "120500" not in repr(call.args)
    assert decode(anchor.options["transient"]["readings"], YearReadings) == year
    advice = decode(pay.options["transient"]["advice"], PaymentAdvice)
    assert (advice.amount, advice.reference) == (11_773, "slip")
    salts = [bill.options["transient"]["salt"], credit.options["transient"]["salt"]]
    assert [len(salt) for salt in salts] == [32, 32]
    assert len({*salts, bytes.fromhex(advice.salt)}) == 3


def test_an_approval_names_what_was_read(network: Any, fake: FakeContract) -> None:
    read = Tariff(id="t", edition=3, effective="2012-01", tiers=TIERS, source=SOURCE)
    Energy(network).approve_tariff(read)
    assert fake.calls[0].args == ("t", 3, digest(read))


def test_a_draft_is_of_the_title_as_it_stands(network: Any, fake: FakeContract) -> None:
    fake.answer = Right(
        unit="flat-1",
        title=4,
        since="04" * 32,
        denominator=1,
        shares=[Share(party="alice", numerator=1)],
        account="A-1",
        source=SOURCE,
    )
    registry = Property(network)
    draft = registry.draft(
        "flat-1", {"carol": 2, "bob": 1}, source=SOURCE, holder="bob", case="case-1"
    )
    assert (draft.channel, draft.title, draft.since) == ("crosswork", 4, "04" * 32)
    assert draft.shares == [Share(party="bob", numerator=1), Share(party="carol", numerator=2)]
    assert (draft.denominator, draft.account) == (3, "A-1")
    with pytest.raises(RuleError, match="not among the new owners"):
        registry.draft("flat-1", {"carol": 1}, source=SOURCE, holder="bob", case="case-1")
