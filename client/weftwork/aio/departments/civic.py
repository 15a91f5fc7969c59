"""The typed client of casework: the title-transfer case, for every department's part in it."""

from collections.abc import Sequence

from weftwork.aio.departments.base import Department
from weftwork_contracts.casework.model import Agreement, Case, CaseFile, CaseModel, Step
from weftwork_contracts.property.model import Consent, Transfer


class Civic(Department):
    """Cases that cross departments; each step is its own department's to do.

        cases = Civic(gateway.network("crosswork"))
        await cases.open_case("case-1", unit="flat-1")

    What a function refuses comes as an EndorseError (EvaluateError of the reading ones) whose text
    names the department that refused and why; a race lost at the commit as a CommitError.
    """

    chaincode = "casework"

    async def open_case(self, case: str, *, unit: str) -> Case:
        """Open a title transfer of a unit with a power account. For Civic's officer."""
        return await self.submit("open_case", case, unit, returns=Case)

    async def record_tax(self, case: str, *, document: str) -> Step:
        """Enter the tax proof by its SHA-256. For Civic's officer."""
        return await self.submit("record_tax", case, document, returns=Step)

    async def record_consents(
        self, case: str, transfer: Transfer, consents: Sequence[Consent]
    ) -> Step:
        """Enter what the owners signed; every signature is verified. For Property's registrar."""
        return await self.submit("record_consents", case, transfer, list(consents), returns=Step)

    async def confirm_settlement(self, case: str, *, through: str, document: str) -> Step:
        """Confirm the last month (``YYYY-MM``) of the giving holder. For Energy's billing.

        ``document`` is the SHA-256 of the final meter reading's record.
        """
        return await self.submit("confirm_settlement", case, through, document, returns=Step)

    async def record_handover(self, case: str, *, document: str) -> Step:
        """Enter the handover protocol by its SHA-256. For Property's registrar."""
        return await self.submit("record_handover", case, document, returns=Step)

    async def finalize(self, case: str) -> Case:
        """Finish a case: title and power account change hands at once. For Civic's officer.

        Raises EndorseError while a step is pending or a bill is open; CommitError
        (PHANTOM_READ_CONFLICT) where a bill was ordered first: have it credited, or paid if it is
        for a month of the giving holder, then finalize again.
        """
        return await self.submit("finalize", case, returns=Case)

    async def withdraw(self, case: str) -> Case:
        """End a case without a transfer. For Civic's officer."""
        return await self.submit("withdraw", case, returns=Case)

    async def read_case(self, case: str) -> CaseFile:
        """A case with its steps, in the model's order."""
        return await self.evaluate("read_case", case, returns=CaseFile)

    async def read_agreement(self, case: str) -> Agreement:
        """What the owners signed for a case."""
        return await self.evaluate("read_agreement", case, returns=Agreement)

    async def read_model(self, model: str) -> CaseModel:
        """A case model by its hash."""
        return await self.evaluate("read_model", model, returns=CaseModel)
