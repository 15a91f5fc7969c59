"""What a case's agreement must fit, apart from any contract."""

import pytest

from tests.unit.contracts.world import SOURCE
from weftwork_contracts.casework import rules
from weftwork_contracts.casework.model import Agreement, Case, Step, StepState
from weftwork_contracts.faults import RuleError
from weftwork_contracts.property.model import Share, Transfer
from weftwork_model import digest, replace

CASE = Case(id="case-1", model=rules.TITLE_TRANSFER.hash, unit="flat-1", account="A-1")
TRANSFER = Transfer(
    channel="crosswork",
    unit="flat-1",
    title=1,
    since="01" * 32,
    denominator=1,
    shares=[Share(party="bob", numerator=1)],
    account="A-1",
    holder="bob",
    case="case-1",
    source=SOURCE,
)
AGREEMENT = Agreement(case="case-1", transfer=TRANSFER, consents=[])


def steps(agreement: Agreement, through: str | None = "2012-02") -> list[Step]:
    done = [
        Step(case="case-1", name=rule.name, department=rule.department, state=StepState.DONE)
        for rule in rules.TITLE_TRANSFER.steps
    ]
    facts: dict[str, dict[str, object]] = {
        rules.CONSENTS: {"document": digest(agreement)},
        rules.SETTLEMENT: {"through": through},
    }
    return [replace(step, **facts.get(step.name, {})) for step in done]


def test_an_agreement_is_of_its_case() -> None:
    rules.check_agreement(CASE, TRANSFER)
    for changes, reason in (
        ({"case": None}, "it is of case None, this is case-1"),
        ({"unit": "flat-2"}, "it is of unit flat-2, the case of flat-1"),
        ({"account": "A-2"}, "names the power account A-2, the case A-1"),
    ):
        with pytest.raises(RuleError, match=reason):
            rules.check_agreement(CASE, replace(TRANSFER, **changes))


def test_the_terms_are_those_that_were_recorded() -> None:
    assert rules.settlement_terms(AGREEMENT, steps(AGREEMENT)) == ("bob", "2012-02")
    other = replace(AGREEMENT, transfer=replace(TRANSFER, holder="eve"))
    with pytest.raises(RuleError, match="not the one that was recorded"):
        rules.settlement_terms(other, steps(AGREEMENT))
    with pytest.raises(RuleError, match="is not said"):
        rules.settlement_terms(AGREEMENT, steps(AGREEMENT, through=None))
