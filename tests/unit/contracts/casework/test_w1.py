"""The title transfer W1: its steps, whom each binds, and the one transaction at its end."""

import pytest

from tests.unit.contracts.world import SALT, SOURCE, World
from weftwork_chaincode import all_of
from weftwork_chaincode.testing import TxResult
from weftwork_contracts.casework import rules
from weftwork_contracts.casework.model import Agreement, Case, CaseFile, CaseModel, CaseState, Step
from weftwork_contracts.electricity.model import Account
from weftwork_contracts.parties import CIVIC, DEPARTMENTS, ENERGY, PROPERTY
from weftwork_contracts.property.model import Consent, Right, Share, Transfer
from weftwork_model import digest, encode

SEALED = all_of(*DEPARTMENTS)
DOCUMENT = "d0" * 32


@pytest.fixture
async def world() -> World:
    """Alice's flat with its power account, January and February billed and paid."""
    world = World()
    await world.tariff()
    await world.account()
    await world.anchored({"2012-01": 241_000, "2012-02": 500_000, "2012-03": 12_000})
    await world.flat({"alice": 1}, 1)
    await world.must("registrar", "property.link_account", "flat-1", "A-1")
    await world.party("bob")
    for period in ("2012-01", "2012-02"):
        await world.pay((await world.bill(period)).id)
    return world


def refused(result: TxResult, status: int, text: str) -> None:
    assert (result.status, result.message) == (status, text)


async def agreed(world: World, case: str = "case-1") -> tuple[Transfer, list[Consent]]:
    transfer = await world.draft({"bob": 1}, 1, case=case)
    return transfer, world.consents(transfer, "alice", "bob")


async def all_steps(world: World, case: str = "case-1", through: str = "2012-02") -> None:
    await world.must("officer", "casework.open_case", case, "flat-1")
    await world.must("officer", "casework.record_tax", case, DOCUMENT)
    transfer, consents = await agreed(world, case)
    await world.must("registrar", "casework.record_consents", case, transfer, consents)
    await world.must("billing", "casework.confirm_settlement", case, through, DOCUMENT)
    await world.must("registrar", "casework.record_handover", case, DOCUMENT)


def test_the_model_is_what_its_hash_says() -> None:
    model = rules.TITLE_TRANSFER
    assert model.hash == rules.model_hash(model.name, model.steps)
    assert model.hash == "28ec0d2c15a8b7f954dcd220f6a3dec93f1f7be516230f57dd62839238763032"


async def test_opening_binds_each_step_to_its_department(world: World) -> None:
    result = await world.must("officer", "casework.open_case", "case-1", "flat-1")
    case = result.returns(Case)
    assert (case.unit, case.account, case.state) == ("flat-1", "A-1", CaseState.OPEN)
    assert result.policies == {
        "casework": {
            CaseModel.key_of(case.model): SEALED,
            case.ledger_key: all_of(CIVIC, PROPERTY),
            Step.key_of("case-1", "tax"): all_of(CIVIC, PROPERTY),
            Step.key_of("case-1", "consents"): all_of(PROPERTY, CIVIC),
            Step.key_of("case-1", "settlement"): all_of(ENERGY, CIVIC),
            Step.key_of("case-1", "handover"): all_of(PROPERTY, CIVIC),
        }
    }
    assert set(result.writes["casework"]) == set(result.policies["casework"])
    second = await world.must("officer", "casework.open_case", "case-2", "flat-1")
    assert CaseModel.key_of(case.model) not in second.writes["casework"]
    refused(
        await world.submit("officer", "casework.open_case", "case-1", "flat-1"),
        409,
        "AlreadyExists: case case-1 exists",
    )


async def test_a_case_is_about_a_unit_with_a_power_account(world: World) -> None:
    refused(
        await world.submit("officer", "casework.open_case", "case-1", "flat-9"),
        404,
        "CalledChaincodeError: property.read_right answered 404: NotFound: no right flat-9",
    )


@pytest.mark.parametrize(
    ("who", "function", "args"),
    [
        ("registrar", "open_case", ("case-2", "flat-1")),
        ("registrar", "record_tax", ("case-1", DOCUMENT)),
        ("officer", "confirm_settlement", ("case-1", "2012-02", DOCUMENT)),
        ("officer", "record_handover", ("case-1", DOCUMENT)),
        ("registrar", "finalize", ("case-1",)),
        ("registrar", "withdraw", ("case-1",)),
    ],
)
async def test_each_step_is_its_departments(
    world: World, who: str, function: str, args: tuple[str, ...]
) -> None:
    await world.must("officer", "casework.open_case", "case-1", "flat-1")
    result = await world.submit(who, f"casework.{function}", *args)
    assert result.status == 403


async def test_a_step_is_done_once_and_sealed(world: World) -> None:
    await world.must("officer", "casework.open_case", "case-1", "flat-1")
    result = await world.must("officer", "casework.record_tax", "case-1", DOCUMENT)
    key = Step.key_of("case-1", "tax")
    assert set(result.writes["casework"]) == {key}
    assert result.policies == {"casework": {key: SEALED}}
    refused(
        await world.submit("officer", "casework.record_tax", "case-1", DOCUMENT),
        409,
        "AlreadyExists: case case-1: step tax is done",
    )


async def test_consents_are_verified_when_they_are_recorded(world: World) -> None:
    await world.must("officer", "casework.open_case", "case-1", "flat-1")
    transfer, consents = await agreed(world)
    result = await world.submit(
        "registrar", "casework.record_consents", "case-1", transfer, consents[1:]
    )
    refused(
        result,
        400,
        "CalledChaincodeError: property.check_transfer answered 400: "
        "Invalid: consents: the signature of alice is missing",
    )
    result = await world.must("registrar", "casework.record_consents", "case-1", transfer, consents)
    agreement = Agreement(case="case-1", transfer=transfer, consents=consents)
    assert result.returns(Step).document == digest(agreement)
    assert result.writes["casework"][agreement.ledger_key] == encode(agreement)
    assert result.policies["casework"][agreement.ledger_key] == SEALED
    assert "property" not in result.writes


async def test_consents_for_another_case_are_refused(world: World) -> None:
    await world.must("officer", "casework.open_case", "case-1", "flat-1")
    transfer, consents = await agreed(world, "case-2")
    refused(
        await world.submit("registrar", "casework.record_consents", "case-1", transfer, consents),
        400,
        "Invalid: transfer: it is of case case-2, this is case-1",
    )


async def test_nothing_is_final_before_every_step(world: World) -> None:
    await world.must("officer", "casework.open_case", "case-1", "flat-1")
    await world.must("officer", "casework.record_tax", "case-1", DOCUMENT)
    refused(
        await world.submit("officer", "casework.finalize", "case-1"),
        400,
        "Invalid: case case-1: still pending: consents (PropertyMSP), settlement (EnergyMSP), "
        "handover (PropertyMSP)",
    )


async def test_title_and_account_change_hands_together(world: World) -> None:
    await all_steps(world)
    result = await world.must("officer", "casework.finalize", "case-1")
    assert result.returns(Case).state is CaseState.FINISHED
    assert set(result.writes["casework"]) == {Case.key_of("case-1")}
    assert set(result.writes["property"]) == {Right.key_of("flat-1")}
    assert set(result.writes["electricity"]) == {Account.key_of("A-1")}
    assert result.private_writes == {}
    assert result.policies == {"casework": {Case.key_of("case-1"): SEALED}}
    right = await world.right()
    assert (right.title, right.shares, right.case, right.account) == (
        2,
        [Share(party="bob", numerator=1)],
        "case-1",
        "A-1",
    )
    account = (await world.ask("billing", "electricity.read_account", "A-1")).returns(Account)
    assert (account.holder, account.since, account.case) == ("bob", "2012-03", "case-1")
    await world.bill("2012-03")


async def test_the_new_holder_pays_for_no_month_of_the_old(world: World) -> None:
    await all_steps(world, through="2012-02")
    await world.must("officer", "casework.finalize", "case-1")
    refused(
        await world.submit(
            "billing", "electricity.bill", "A-1", "2012-02", 1, transient={"salt": SALT}
        ),
        403,
        "Forbidden: account A-1: its holder pays from 2012-03 on",
    )


async def test_an_open_bill_stops_the_transfer(world: World) -> None:
    await all_steps(world)
    bill = await world.bill("2012-03")
    refused(
        await world.submit("officer", "casework.finalize", "case-1"),
        403,
        "CalledChaincodeError: electricity.settle answered 403: Forbidden: account A-1 has "
        f"open entries ({bill.id[:12]}): pay them before it changes hands",
    )
    await world.must(
        "billing", "electricity.credit", bill.id, SOURCE, transient={"salt": b"\x07" * 32}
    )
    await world.must("officer", "casework.finalize", "case-1")


async def test_nobody_pays_for_a_month_of_another(world: World) -> None:
    """March is billed to Alice and paid, but the case says that hers end with February."""
    await all_steps(world)
    await world.pay((await world.bill("2012-03")).id)
    refused(
        await world.submit("officer", "casework.finalize", "case-1"),
        403,
        "CalledChaincodeError: electricity.settle answered 403: Forbidden: account A-1: "
        "its holder is billed through 2012-03, the case says 2012-02",
    )


async def test_the_last_month_must_be_billed(world: World) -> None:
    await all_steps(world, through="2012-03")
    refused(
        await world.submit("officer", "casework.finalize", "case-1"),
        403,
        "CalledChaincodeError: electricity.settle answered 403: "
        "Forbidden: account A-1: its holder is billed through 2012-02, the case says 2012-03",
    )


async def test_the_last_month_is_the_present_holders(world: World) -> None:
    """January is billed, but to Alice: Bob cannot end his time with it."""
    await all_steps(world)
    await world.must("officer", "casework.finalize", "case-1")
    await world.must("officer", "casework.open_case", "case-2", "flat-1")
    await world.must("officer", "casework.record_tax", "case-2", DOCUMENT)
    transfer = await world.draft({"alice": 1}, 1, case="case-2")
    consents = world.consents(transfer, "alice", "bob")
    await world.must("registrar", "casework.record_consents", "case-2", transfer, consents)
    await world.must("billing", "casework.confirm_settlement", "case-2", "2012-01", DOCUMENT)
    await world.must("registrar", "casework.record_handover", "case-2", DOCUMENT)
    result = await world.submit("officer", "casework.finalize", "case-2")
    assert "its holder is billed through 2012-02, the case says 2012-01" in result.message


async def test_a_holder_without_a_month_has_nothing_to_bill() -> None:
    world = World()
    await world.account()
    await world.flat({"alice": 1}, 1)
    await world.must("registrar", "property.link_account", "flat-1", "A-1")
    await world.party("bob")
    await all_steps(world, through="2011-12")
    await world.must("officer", "casework.finalize", "case-1")
    account = (await world.ask("billing", "electricity.read_account", "A-1")).returns(Account)
    assert (account.holder, account.since) == ("bob", "2012-01")


async def test_a_finished_case_never_changes(world: World) -> None:
    await all_steps(world)
    await world.must("officer", "casework.finalize", "case-1")
    for function in ("finalize", "withdraw"):
        refused(
            await world.submit("officer", f"casework.{function}", "case-1"),
            400,
            "Invalid: case case-1 is FINISHED: it never changes again",
        )
    refused(
        await world.submit("officer", "casework.record_tax", "case-1", DOCUMENT),
        400,
        "Invalid: case case-1 is FINISHED: it never changes again",
    )


async def test_a_withdrawn_case_transfers_nothing(world: World) -> None:
    await all_steps(world)
    await world.must("officer", "casework.withdraw", "case-1")
    refused(
        await world.submit("officer", "casework.finalize", "case-1"),
        400,
        "Invalid: case case-1 is WITHDRAWN: it never changes again",
    )
    assert (await world.right()).title == 1


async def test_of_two_cases_one_is_finished(world: World) -> None:
    """Both cases hold the owners' consents; the first ends the title that the second speaks of."""
    await all_steps(world, "case-1")
    await all_steps(world, "case-2")
    await world.must("officer", "casework.finalize", "case-1")
    result = await world.submit("officer", "casework.finalize", "case-2")
    assert result.status == 400
    assert "it ends title 1 of unit flat-1, the present one is 2" in result.message


async def test_a_case_shows_its_steps_in_order(world: World) -> None:
    await world.must("officer", "casework.open_case", "case-1", "flat-1")
    await world.must("officer", "casework.record_tax", "case-1", SOURCE)
    file = (await world.ask("registrar", "casework.read_case", "case-1")).returns(CaseFile)
    assert [(step.name, step.state.value) for step in file.steps] == [
        ("tax", "DONE"),
        ("consents", "PENDING"),
        ("settlement", "PENDING"),
        ("handover", "PENDING"),
    ]
