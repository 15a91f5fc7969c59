"""The title transfer W1 on a real network: every step, and who endorsed the last one."""

import pytest

import weftwork
from tests.integration.town import Town
from weftwork.departments import Energy
from weftwork_contracts.casework.model import CaseState
from weftwork_contracts.electricity import rules
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY
from weftwork_contracts.property.model import Share

YEAR = {"2012-01": 241_000, "2012-02": 500_000, "2012-03": 7_654_321}


def test_a_flat_and_its_power_account_change_hands(town: Town) -> None:
    town.build(YEAR)
    january, february = (town.billing.bill(town.account, month) for month in list(YEAR)[:2])
    town.pay(january.id)
    town.all_steps(through="2012-02")

    with pytest.raises(weftwork.EndorseError) as refused:
        town.cases.finalize(town.case)
    assert refused.value.refusals[0].mspid == CIVIC
    assert refused.value.refusals[0].reason == (
        "CalledChaincodeError: electricity.settle answered 403: Forbidden: "
        f"account {town.account} has open entries ({february.id[:12]}): "
        "pay them before it changes hands"
    )

    town.pay(february.id)
    assert town.cases.finalize(town.case).state is CaseState.FINISHED

    right = town.registry.read_right(town.flat)
    assert right.shares == [Share(party=town.buyer, numerator=1)]
    account = town.billing.read_account(town.account)
    assert (account.holder, account.since, account.case) == (town.buyer, "2012-03", town.case)
    final = town.network("Civic", "officer").transaction(right.since)
    assert final.code is weftwork.ValidationCode.VALID
    assert {member.mspid for member in final.endorsers} == {CIVIC, PROPERTY, ENERGY}
    written = {part.namespace for part in final.rwset if part.writes}
    assert written == {"casework", "property", "electricity"}


def test_every_bill_and_every_reading_can_be_checked(town: Town) -> None:
    town.build(YEAR)
    bills = [town.billing.bill(town.account, month) for month in YEAR]
    auditor = Energy(town.network("Civic", "auditor"))
    details = [auditor.verify_bill(bill.id) for bill in bills]
    assert [detail.energy for detail in details] == list(YEAR.values())
    assert [detail.total for detail in details[:2]] == [11_773, 28_215]

    assert town.year is not None
    anchor = auditor.read_anchor(town.meter, "2012")
    reading, path = rules.prove_reading(town.year, 3)
    assert rules.verify_reading(anchor, reading, 3, path)
    tampered = type(reading)(
        meter=reading.meter,
        register=reading.register,
        start=reading.start,
        seconds=reading.seconds,
        energy=reading.energy + 1,
        quality=reading.quality,
        salt=reading.salt,
    )
    assert not rules.verify_reading(anchor, tampered, 3, path)


def test_consumption_and_money_are_not_on_the_chain(town: Town) -> None:
    town.build(YEAR)
    network = town.network("Energy", "billing")
    bill = town.billing.bill(town.account, "2012-03")
    detail = town.billing.read_bill_detail(bill.id)
    town.pay(bill.id)
    payment = town.billing.read_payment(bill.id)
    assert detail.energy == 7_654_321
    for transaction in (bill.id, payment.id):
        block = network.block_bytes(network.block_of(transaction).number)
        for secret in (b"7654321", str(detail.total).encode(), detail.salt.encode(), b'"lines"'):
            assert secret not in block


@pytest.mark.parametrize(
    ("department", "user"), [("Logistics", "clerk"), ("Property", "registrar")]
)
def test_others_do_not_read_bills(town: Town, department: str, user: str) -> None:
    town.build(YEAR)
    bill = town.billing.bill(town.account, "2012-01")
    with pytest.raises(weftwork.EvaluateError):
        Energy(town.network(department, user)).read_bill_detail(bill.id)
