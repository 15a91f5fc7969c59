"""What casework keeps: the model of a case, the case, its steps and what its parties agreed."""

from enum import Enum

from weftwork_contracts.property.model import Consent, Transfer
from weftwork_model import Id, Month, MspId, Part, Record, Sha256


class StepRule(Part):
    """One step of a model: its name and the department that answers for it."""

    name: Id
    department: MspId


class CaseModel(Record, kind="case_model", key=("hash",)):
    """A kind of case: its steps, kept under the hash of their list. Immutable."""

    hash: Sha256
    """Digest of ``name`` and ``steps``."""
    name: Id
    steps: list[StepRule]
    """In the order that people see; departments may work on all of them at once."""


class CaseState(Enum):
    """Where a case stands. A case that is not open never changes again."""

    OPEN = "OPEN"
    FINISHED = "FINISHED"
    WITHDRAWN = "WITHDRAWN"


class Case(Record, kind="case", key=("id",)):
    """One case: an instance of a model, about a unit and the power account that follows it."""

    id: Id
    model: Sha256
    unit: Id
    account: Id
    state: CaseState = CaseState.OPEN


class StepState(Enum):
    """A step is pending until its department has done it; then it is immutable."""

    PENDING = "PENDING"
    DONE = "DONE"


class Step(Record, kind="step", key=("case", "name")):
    """One step of one case. A key of its own, so departments that work at once never conflict."""

    case: Id
    name: Id
    department: MspId
    state: StepState = StepState.PENDING
    document: Sha256 | None = None
    """Hash of the document that the step rests on."""
    through: Month | None = None
    """Of the settlement step: the last month that the giving holder pays for."""


class Agreement(Record, kind="agreement", key=("case",)):
    """What the owners signed for a case; public, as the title is. Immutable."""

    case: Id
    transfer: Transfer
    consents: list[Consent]


class CaseFile(Part):
    """A case with all its steps, as `read` returns it."""

    case: Case
    steps: list[Step]
