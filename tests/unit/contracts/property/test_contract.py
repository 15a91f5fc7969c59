"""Property's transactions: what they write, whom they bind, what they refuse and how."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.contracts.world import SOURCE, World, pem
from weftwork_chaincode import all_of
from weftwork_chaincode.testing import TxResult
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import Party, Right, Share, Unit, UnitSort
from weftwork_model import encode

REGISTERED = all_of(PROPERTY, CIVIC)


@pytest.fixture
def world() -> World:
    return World()


def refused(result: TxResult, status: int, text: str) -> None:
    assert (result.status, result.message) == (status, text)


async def test_a_party_is_propertys_and_civics(world: World) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    result = await world.must("registrar", "property.register_party", "alice", pem(key), SOURCE)
    party = Party(id="alice", number=1, public_key=pem(key), source=SOURCE)
    assert result.writes == {"property": {party.ledger_key: encode(party)}}
    assert result.policies == {"property": {party.ledger_key: REGISTERED}}
    refused(
        await world.submit("registrar", "property.register_party", "alice", pem(key), SOURCE),
        409,
        "AlreadyExists: party alice exists",
    )
    refused(
        await world.submit("billing", "property.register_party", "eve", pem(key), SOURCE),
        403,
        "Forbidden: this is for PropertyMSP (registrar), the client is of EnergyMSP",
    )
    refused(
        await world.submit("registrar", "property.register_party", "eve", "no key", SOURCE),
        400,
        "Invalid: public key: not a PEM of a public key",
    )


async def test_the_old_key_gives_the_new_one(world: World) -> None:
    old = await world.party("alice")
    new = ec.generate_private_key(ec.SECP256R1())
    party = (await world.ask("officer", "property.read_party", "alice")).returns(Party)
    change = rules.key_change(party, "crosswork", pem(new))
    refused(
        await world.submit(
            "registrar", "property.change_key", "alice", pem(new), rules.sign(change, new)
        ),
        403,
        "Forbidden: party alice: the change is not signed by the present key",
    )
    signature = rules.sign(change, old)
    result = await world.must("registrar", "property.change_key", "alice", pem(new), signature)
    changed = result.returns(Party)
    assert (changed.number, changed.public_key) == (2, pem(new))
    assert set(result.writes["property"]) == {party.ledger_key}
    assert result.policies == {}
    refused(
        await world.submit("registrar", "property.change_key", "alice", pem(new), signature),
        403,
        "Forbidden: party alice: the change is not signed by the present key",
    )


async def test_a_signature_that_is_no_hex_is_refused(world: World) -> None:
    await world.party("alice")
    new = ec.generate_private_key(ec.SECP256R1())
    refused(
        await world.submit("registrar", "property.change_key", "alice", pem(new), "zz"),
        400,
        "Invalid: signature: not bytes in lowercase hex",
    )


async def test_a_lost_key_is_replaced_on_a_document(world: World) -> None:
    await world.party("alice")
    new = ec.generate_private_key(ec.SECP256R1())
    result = await world.must("registrar", "property.replace_key", "alice", pem(new), "cd" * 32)
    assert result.returns(Party) == Party(
        id="alice", number=2, public_key=pem(new), source="cd" * 32
    )


async def test_a_unit_is_registered_with_its_owners(world: World) -> None:
    await world.party("alice")
    await world.party("bob")
    unit = Unit(id="flat-1", sort=UnitSort.FLAT, area=850_000, source=SOURCE)
    shares = [Share(party="alice", numerator=2), Share(party="bob", numerator=1)]
    result = await world.must("registrar", "property.register_unit", unit, shares, 3, SOURCE)
    right = result.returns(Right)
    assert right == Right(
        unit="flat-1", title=1, since=result.tx_id, denominator=3, shares=shares, source=SOURCE
    )
    assert result.writes == {
        "property": {unit.ledger_key: encode(unit), right.ledger_key: encode(right)}
    }
    assert result.policies == {
        "property": {unit.ledger_key: REGISTERED, right.ledger_key: REGISTERED}
    }
    for wrong, status, text in (
        ([Share(party="alice", numerator=2)], 400, "Invalid: shares: they sum to 2/3, not to one"),
        ([Share(party="eve", numerator=3)], 404, "NotFound: no party eve"),
    ):
        refused(
            await world.submit("registrar", "property.register_unit", unit, wrong, 3, SOURCE),
            status,
            text,
        )


async def test_the_registry_transfers_what_has_no_power_account(world: World) -> None:
    await world.flat({"alice": 1, "bob": 1}, 2)
    await world.party("carol")
    transfer = await world.draft({"carol": 1}, 1)
    consents = world.consents(transfer, "alice", "bob", "carol")
    refused(
        await world.submit("billing", "property.transfer", transfer, consents),
        403,
        "Forbidden: this is for PropertyMSP (registrar), the client is of EnergyMSP",
    )
    refused(
        await world.submit("registrar", "property.transfer", transfer, consents[1:]),
        400,
        "Invalid: consents: the signature of alice is missing",
    )
    result = await world.must("registrar", "property.transfer", transfer, consents)
    right = result.returns(Right)
    assert (right.title, right.since) == (2, result.tx_id)
    assert right.shares == [Share(party="carol", numerator=1)]
    assert result.writes == {"property": {right.ledger_key: encode(right)}}
    assert result.policies == {}
    again = await world.submit("registrar", "property.transfer", transfer, consents)
    assert again.status == 400
    assert again.message.startswith("Invalid: transfer: it ends title 1 of unit flat-1")


async def test_a_linked_right_is_energys_too(world: World) -> None:
    await world.account()
    await world.flat({"alice": 1}, 1)
    result = await world.must("registrar", "property.link_account", "flat-1", "A-1")
    right = result.returns(Right)
    assert right.account == "A-1"
    assert result.writes == {"property": {right.ledger_key: encode(right)}}
    assert result.policies == {"property": {right.ledger_key: all_of(PROPERTY, CIVIC, ENERGY)}}
    refused(
        await world.submit("registrar", "property.link_account", "flat-1", "A-1"),
        409,
        "AlreadyExists: unit flat-1 is linked to the power account A-1",
    )


async def test_only_the_units_own_account_is_linked(world: World) -> None:
    await world.flat({"alice": 1}, 1)
    refused(
        await world.submit("registrar", "property.link_account", "flat-1", "A-1"),
        404,
        "CalledChaincodeError: electricity.read_account answered 404: NotFound: no account A-1",
    )
    await world.must("meters", "electricity.register_meter", "M-2")
    await world.must("meters", "electricity.install_meter", "M-2", "flat-2")
    await world.must(
        "billing", "electricity.open_account", "A-2", "M-2", "beijing", "bob", "2012-01"
    )
    refused(
        await world.submit("registrar", "property.link_account", "flat-1", "A-2"),
        400,
        "Invalid: the power account A-2 is of unit flat-2, not of flat-1",
    )


async def test_a_linked_unit_is_transferred_by_a_case_only(world: World) -> None:
    await world.account()
    await world.flat({"alice": 1}, 1)
    await world.must("registrar", "property.link_account", "flat-1", "A-1")
    await world.party("bob")
    transfer = await world.draft({"bob": 1}, 1)
    consents = world.consents(transfer, "alice", "bob")
    refused(
        await world.submit("registrar", "property.transfer", transfer, consents),
        403,
        "Forbidden: unit flat-1 has the power account A-1: it is transferred at the end of a "
        "case, and the client called property",
    )
