"""Registry, prices and bills against a department that cheats: its own peer runs changed code and
endorses alone, its envelope is ordered, and every peer must record ENDORSEMENT_POLICY_FAILURE.
"""

import secrets
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import weftwork
from tests.integration.town import DOCUMENT, LADDER, WITNESSES, Connect, Town, pem
from weftwork import ValidationCode
from weftwork_contracts.electricity.model import Tariff, TariffState
from weftwork_contracts.parties import ENERGY, LOGISTICS, PROPERTY
from weftwork_model import digest
from weftwork_network import Network

REFUSED = ValidationCode.ENDORSEMENT_POLICY_FAILURE
TWO = f"{ENERGY} {LOGISTICS}"
ROGUES = "tests.integration.rogues"


def attempt(
    town: Town, who: tuple[str, str], mspids: str, function: str, *args: object, **options: object
) -> ValidationCode:
    """What all four peers record of a transaction that only ``mspids`` endorsed, one or several."""
    cheats = mspids.split()
    chaincode, name = function.split(".")
    contract = town.network(*who).contract(chaincode)
    proposal = contract.proposal(name, *args, endorsing_organizations=cheats, **options)
    transaction = proposal.endorse()
    code = transaction.submit().status().code
    town.level()
    for witness in WITNESSES:
        recorded = town.network(*witness).transaction(transaction.transaction_id)
        assert recorded.code is code
        assert {member.mspid for member in recorded.endorsers} == set(cheats)
    return code


@pytest.fixture(scope="module")
def owned(connect: Connect) -> Town:
    """An honest past: a flat with a bill open, its case complete but for the end."""
    town = Town(connect).build({"2012-01": 241_000, "2012-02": 500_000, "2012-03": 7})
    town.pay(town.billing.bill(town.account, "2012-01").id)
    town.billing.bill(town.account, "2012-02")
    town.all_steps(through="2012-02")
    return town


@pytest.fixture
def rogue_property(network: Network, owned: Town) -> Iterator[Town]:
    """Property's peer runs changed code."""
    network.restart_chaincode("Property", {"property": f"{ROGUES}:RogueProperty"})
    yield owned
    network.restart_chaincode("Property")


@pytest.fixture
def rogue_energy(network: Network, owned: Town) -> Iterator[Town]:
    """Energy's peer runs changed code."""
    network.restart_chaincode("Energy", {"electricity": f"{ROGUES}:RogueElectricity"})
    yield owned
    network.restart_chaincode("Energy")


@pytest.fixture
def two_rogues(network: Network, owned: Town) -> Iterator[Town]:
    """Energy's and Logistics' peers run the same changed code: together they satisfy the
    chaincode's own policy, so only the keys' and the collections' policies are left.
    """
    changed = {"electricity": f"{ROGUES}:RogueElectricity"}
    for department in ("Energy", "Logistics"):
        network.restart_chaincode(department, changed)
    yield owned
    for department in ("Energy", "Logistics"):
        network.restart_chaincode(department)


def test_the_registry_alone_sells_no_flat(rogue_property: Town) -> None:
    town, registrar = rogue_property, ("Property", "registrar")
    before = town.registry.read_right(town.flat)
    transfer = town.draft()
    code = attempt(town, registrar, PROPERTY, "property.transfer", transfer, [])
    assert code is REFUSED
    assert town.registry.read_right(town.flat) == before


def test_the_registry_alone_puts_no_key_in_an_owners_place(rogue_property: Town) -> None:
    town, registrar = rogue_property, ("Property", "registrar")
    mine = pem(ec.generate_private_key(ec.SECP256R1()))
    code = attempt(town, registrar, PROPERTY, "property.change_key", town.seller, mine, "")
    assert code is REFUSED
    assert town.registry.read_party(town.seller).number == 1


def test_energy_alone_mints_no_meter(rogue_energy: Town) -> None:
    town, billing = rogue_energy, ("Energy", "billing")
    name = f"M-{secrets.token_hex(4)}"
    assert attempt(town, billing, ENERGY, "electricity.register_meter", name) is REFUSED


def test_energy_alone_approves_no_price(rogue_energy: Town) -> None:
    town, billing = rogue_energy, ("Energy", "billing")
    proposed = town.billing.propose_tariff(
        town.tariff, edition=2, effective="2012-06", tiers=LADDER[2:], source=DOCUMENT
    )
    code = attempt(
        town, billing, ENERGY, "electricity.approve_tariff", town.tariff, 2, digest(proposed)
    )
    assert code is REFUSED
    assert town.billing.read_tariff(town.tariff, 2).state is TariffState.PROPOSED


def test_energy_alone_bills_nobody(rogue_energy: Town) -> None:
    town, billing = rogue_energy, ("Energy", "billing")
    before = town.billing.open_entries(town.account)
    code = attempt(
        town,
        billing,
        ENERGY,
        "electricity.bill",
        town.account,
        "2012-01",
        1,
        transient={"salt": bytes(32)},
    )
    assert code is REFUSED
    assert town.billing.open_entries(town.account) == before


def test_energy_alone_settles_no_account(rogue_energy: Town) -> None:
    town, billing = rogue_energy, ("Energy", "billing")
    code = attempt(
        town,
        billing,
        ENERGY,
        "electricity.settle",
        town.account,
        town.buyer,
        town.case,
        "2012-02",
    )
    assert code is REFUSED
    assert town.billing.read_account(town.account).holder == town.seller


def test_two_departments_bill_nobody_without_civic(two_rogues: Town) -> None:
    town, billing = two_rogues, ("Energy", "billing")
    salt = {"salt": bytes(32)}
    code = attempt(
        town, billing, TWO, "electricity.bill", town.account, "2012-01", 1, transient=salt
    )
    assert code is REFUSED


def test_two_departments_forge_a_price_that_bills_nobody(two_rogues: Town) -> None:
    """A new key is under the chaincode's policy, which the two satisfy; Civic's receipt is not."""
    town, billing = two_rogues, ("Energy", "billing")
    forged = Tariff(
        id=town.tariff, edition=3, effective="2012-03", tiers=LADDER[2:], source=DOCUMENT
    )
    assert attempt(town, billing, TWO, "electricity.forge_tariff", forged, True) is REFUSED
    code = attempt(town, billing, TWO, "electricity.forge_tariff", forged, False)
    assert code is ValidationCode.VALID
    contract = town.network("Energy", "billing").contract("electricity")
    proposal = contract.proposal(
        "bill",
        town.account,
        "2012-03",
        3,
        transient={"salt": bytes(32)},
        endorsing_organizations=["CivicMSP"],
    )
    with pytest.raises(weftwork.EndorseError, match="no receipt of CivicMSP for it"):
        proposal.endorse()


@pytest.mark.parametrize("alone", ["PropertyMSP", "EnergyMSP", "CivicMSP"])
def test_nobody_finishes_a_case_alone(owned: Town, alone: str) -> None:
    """With honest code: the bill is paid, the case complete, but one endorsement is not three."""
    town = Town(owned.connect).build({"2012-01": 241_000})
    town.pay(town.billing.bill(town.account, "2012-01").id)
    town.all_steps(through="2012-01")
    officer = ("Civic", "officer")
    assert attempt(town, officer, alone, "casework.finalize", town.case) is REFUSED
    assert town.billing.read_account(town.account).holder == town.seller
    town.cases.finalize(town.case)
