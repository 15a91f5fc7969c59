"""The rules of a case: which steps it has, whose they are, when it may be finished. No Fabric."""

from collections.abc import Sequence

from weftwork_contracts.casework.model import (
    Agreement,
    Case,
    CaseModel,
    CaseState,
    Step,
    StepRule,
    StepState,
)
from weftwork_contracts.faults import RuleError
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY
from weftwork_contracts.property.model import Transfer
from weftwork_model import digest

TAX = "tax"
CONSENTS = "consents"
SETTLEMENT = "settlement"
HANDOVER = "handover"


def model_hash(name: str, steps: Sequence[StepRule]) -> str:
    """The hash that a case model is kept under."""
    return digest({"name": name, "steps": list(steps)})


def _title_transfer() -> CaseModel:
    steps = [
        StepRule(name=TAX, department=CIVIC),
        StepRule(name=CONSENTS, department=PROPERTY),
        StepRule(name=SETTLEMENT, department=ENERGY),
        StepRule(name=HANDOVER, department=PROPERTY),
    ]
    return CaseModel(hash=model_hash("W1", steps), name="W1", steps=steps)


TITLE_TRANSFER = _title_transfer()
"""W1: a flat changes hands, its power account is settled and follows it."""


def check_open(case: Case) -> None:
    """Refuse to touch a case that is over.

    Raises RuleError.
    """
    if case.state is not CaseState.OPEN:
        raise RuleError(f"case {case.id} is {case.state.value}: it never changes again")


def check_complete(case: Case, model: CaseModel, steps: Sequence[Step]) -> None:
    """Refuse to finish a case before every step of its model is done.

    Raises RuleError that names each step still pending and its department.
    """
    check_open(case)
    done = {step.name for step in steps if step.state is StepState.DONE}
    pending = [f"{rule.name} ({rule.department})" for rule in model.steps if rule.name not in done]
    if pending:
        raise RuleError(f"case {case.id}: still pending: {', '.join(pending)}")


def check_agreement(case: Case, transfer: Transfer) -> None:
    """Refuse a transfer that is not of this case, its unit and its power account.

    Raises RuleError.
    """
    if transfer.case != case.id:
        raise RuleError(f"transfer: it is of case {transfer.case}, this is {case.id}")
    if transfer.unit != case.unit:
        raise RuleError(f"transfer: it is of unit {transfer.unit}, the case of {case.unit}")
    if transfer.account != case.account:
        raise RuleError(
            f"transfer: it names the power account {transfer.account}, the case {case.account}"
        )


def settlement_terms(agreement: Agreement, steps: Sequence[Step]) -> tuple[str, str]:
    """Who takes over the power account, and the last month that the giving holder pays for.

    Raises RuleError where the agreement is not the one of its step, or a term is missing.
    """
    by_name = {step.name: step for step in steps}
    if by_name[CONSENTS].document != digest(agreement):
        raise RuleError(f"case {agreement.case}: its agreement is not the one that was recorded")
    holder, through = agreement.transfer.holder, by_name[SETTLEMENT].through
    if holder is None or through is None:
        raise RuleError(f"case {agreement.case}: who takes over the account, and when, is not said")
    return holder, through
