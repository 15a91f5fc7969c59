"""Registry, prices, bills and cases against departments that cheat.

Their own peers run changed code, their envelopes are ordered, and every peer must record
ENDORSEMENT_POLICY_FAILURE. See docs/electricity.md, docs/property.md and docs/casework.md.
"""

import secrets
from collections.abc import Iterator, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import weftwork
from tests.integration.town import DOCUMENT, LADDER, WITNESSES, Connect, Town, pem
from weftwork import ValidationCode
from weftwork_contracts.electricity.model import Tariff, TariffState
from weftwork_contracts.parties import CIVIC, ENERGY, LOGISTICS, PROPERTY
from weftwork_network import Network

ROGUES = {
    "electricity": "tests.integration.rogues:RogueElectricity",
    "property": "tests.integration.rogues:RogueProperty",
}
PEOPLE = {
    LOGISTICS: ("Logistics", "clerk"),
    ENERGY: ("Energy", "billing"),
    PROPERTY: ("Property", "registrar"),
    CIVIC: ("Civic", "officer"),
}
REFUSED = ValidationCode.ENDORSEMENT_POLICY_FAILURE


def attempt(
    town: Town,
    cheats: Sequence[str],
    function: str,
    *args: object,
    client: str = "",
    **options: object,
) -> ValidationCode:
    """What all four peers record of a transaction that only ``cheats`` endorsed.

    ``client`` is who asks where that is not the first of them.
    """
    chaincode, name = function.split(".")
    contract = town.network(*PEOPLE[client or cheats[0]]).contract(chaincode)
    proposal = contract.proposal(name, *args, endorsing_organizations=list(cheats), **options)
    transaction = proposal.endorse()
    code = transaction.submit().status().code
    town.level()
    for witness in WITNESSES:
        recorded = town.network(*witness).transaction(transaction.transaction_id)
        assert recorded.code is code
        assert {member.mspid for member in recorded.endorsers} == set(cheats)
    return code


@pytest.fixture(scope="module")
def rogues(network: Network) -> Iterator[None]:
    """Every department runs the changed contracts; which of them cheat is each test's choice."""
    for department, _ in PEOPLE.values():
        network.restart_chaincode(department, ROGUES)
    yield
    for department, _ in PEOPLE.values():
        network.restart_chaincode(department)


@pytest.fixture(scope="module")
def owned(rogues: None, connect: Connect) -> Town:
    """An honest past: a flat with a bill open, its case complete but for the end."""
    town = Town(connect).build({"2012-01": 241_000, "2012-02": 500_000, "2012-03": 7})
    town.pay(town.billing.bill(town.account, "2012-01").id)
    town.billing.bill(town.account, "2012-02")
    town.all_steps(through="2012-02")
    return town


@pytest.mark.parametrize(
    "cheats",
    [[PROPERTY], [PROPERTY, LOGISTICS], [PROPERTY, CIVIC], [PROPERTY, ENERGY], [CIVIC, ENERGY]],
)
def test_no_flat_with_a_power_account_is_sold_without_three(owned: Town, cheats: list[str]) -> None:
    before = owned.registry.read_right(owned.flat)
    assert attempt(owned, cheats, "property.rogue_transfer", owned.draft()) is REFUSED
    assert owned.registry.read_right(owned.flat) == before


@pytest.mark.parametrize("cheats", [[PROPERTY], [PROPERTY, LOGISTICS], [CIVIC]])
def test_nobody_puts_a_key_in_an_owners_place(owned: Town, cheats: list[str]) -> None:
    mine = pem(ec.generate_private_key(ec.SECP256R1()))
    assert attempt(owned, cheats, "property.rogue_key", owned.seller, mine) is REFUSED
    assert owned.registry.read_party(owned.seller).number == 1


@pytest.mark.parametrize("cheats", [[ENERGY], [CIVIC], [LOGISTICS, CIVIC]])
def test_nobody_mints_a_meter_without_energy_and_another(owned: Town, cheats: list[str]) -> None:
    name = f"M-{secrets.token_hex(4)}"
    assert attempt(owned, cheats, "electricity.rogue_meter", name) is REFUSED


@pytest.fixture(scope="module")
def proposed(owned: Town) -> Tariff:
    """An edition that waits for Civic."""
    return owned.billing.propose_tariff(
        owned.tariff, edition=2, effective="2012-06", tiers=LADDER[2:], source=DOCUMENT
    )


@pytest.mark.parametrize("receipt", [True, False])
@pytest.mark.parametrize("cheats", [[ENERGY], [ENERGY, LOGISTICS], [CIVIC]])
def test_no_price_is_approved_without_civic(
    owned: Town, proposed: Tariff, cheats: list[str], receipt: bool
) -> None:
    assert attempt(owned, cheats, "electricity.rogue_tariff", proposed, receipt) is REFUSED
    assert owned.billing.read_tariff(owned.tariff, 2).state is TariffState.PROPOSED


def test_a_price_that_two_forged_bills_nobody(owned: Town) -> None:
    """A new key is under the chaincode's policy, which the two satisfy; Civic's receipt is not."""
    forged = Tariff(
        id=owned.tariff, edition=7, effective="2012-03", tiers=LADDER[2:], source=DOCUMENT
    )
    two = [ENERGY, LOGISTICS]
    assert attempt(owned, two, "electricity.rogue_tariff", forged, True) is REFUSED
    code = attempt(owned, two, "electricity.rogue_tariff", forged, False)
    assert code is ValidationCode.VALID
    with pytest.raises(weftwork.EndorseError, match="no receipt of CivicMSP for it"):
        owned.billing.bill(owned.account, "2012-03", edition=7)


def test_three_departments_do_not_change_an_approved_price(owned: Town) -> None:
    approved = owned.billing.read_tariff(owned.tariff, 1)
    dearer = Tariff(
        id=approved.id, edition=1, effective=approved.effective, tiers=LADDER[2:], source=DOCUMENT
    )
    three = [ENERGY, CIVIC, PROPERTY]
    assert attempt(owned, three, "electricity.rogue_tariff", dearer, True) is REFUSED
    assert owned.billing.read_tariff(owned.tariff, 1) == approved


@pytest.mark.parametrize("cheats", [[ENERGY], [ENERGY, LOGISTICS], [CIVIC]])
def test_nobody_is_billed_without_energy_and_civic(owned: Town, cheats: list[str]) -> None:
    before = owned.billing.open_entries(owned.account)
    assert attempt(owned, cheats, "electricity.rogue_bill", owned.account, "2012-03") is REFUSED
    assert owned.billing.open_entries(owned.account) == before


@pytest.mark.parametrize("cheats", [[ENERGY], [ENERGY, LOGISTICS], [CIVIC], [PROPERTY, CIVIC]])
def test_no_debt_is_struck_out_without_energy_and_civic(owned: Town, cheats: list[str]) -> None:
    [entry] = owned.billing.open_entries(owned.account)
    code = attempt(owned, cheats, "electricity.rogue_close", owned.account, entry.entry)
    assert code is REFUSED


@pytest.mark.parametrize("cheats", [[ENERGY], [ENERGY, PROPERTY], [CIVIC], [PROPERTY, CIVIC]])
def test_no_account_is_settled_without_energy_and_civic(owned: Town, cheats: list[str]) -> None:
    code = attempt(owned, cheats, "electricity.rogue_settle", owned.account, owned.buyer)
    assert code is REFUSED
    assert owned.billing.read_account(owned.account).holder == owned.seller


@pytest.mark.parametrize(
    ("client", "cheats", "function", "args"),
    [
        (CIVIC, [CIVIC], "open_case", ("flat",)),
        (CIVIC, [CIVIC], "record_tax", (DOCUMENT,)),
        (CIVIC, [CIVIC, LOGISTICS], "record_tax", (DOCUMENT,)),
        (ENERGY, [ENERGY], "confirm_settlement", ("2012-01", DOCUMENT)),
        (ENERGY, [CIVIC, LOGISTICS], "confirm_settlement", ("2012-01", DOCUMENT)),
        (PROPERTY, [PROPERTY], "record_handover", (DOCUMENT,)),
        (PROPERTY, [CIVIC, ENERGY], "record_handover", (DOCUMENT,)),
    ],
)
def test_each_step_needs_its_department_and_its_witness(
    owned: Town, client: str, cheats: list[str], function: str, args: tuple[str, ...]
) -> None:
    case = f"case-{secrets.token_hex(4)}"
    if function == "open_case":
        args = (owned.flat,)
    else:
        owned.cases.open_case(case, unit=owned.flat)
    assert attempt(owned, cheats, f"casework.{function}", case, *args, client=client) is REFUSED


@pytest.fixture(scope="module")
def payable(rogues: None, connect: Connect) -> Town:
    """A case that needs nothing but its end."""
    town = Town(connect).build({"2012-01": 241_000})
    town.pay(town.billing.bill(town.account, "2012-01").id)
    town.all_steps(through="2012-01")
    return town


@pytest.mark.parametrize(
    "cheats",
    [[PROPERTY], [ENERGY], [CIVIC], [CIVIC, PROPERTY], [CIVIC, ENERGY], [PROPERTY, ENERGY]],
)
def test_no_two_finish_a_case(payable: Town, cheats: list[str]) -> None:
    code = attempt(payable, cheats, "casework.finalize", payable.case, client=CIVIC)
    assert code is REFUSED
    assert payable.billing.read_account(payable.account).holder == payable.seller
