"""The typed client of chaincode casework."""

# Written by scripts/departments.py from the chaincode's metadata: do not edit.

from collections.abc import Sequence
from typing import Unpack

from weftwork.aio.departments.base import Department
from weftwork.calling import EvaluateOptions, SubmitOptions
from weftwork_contracts.casework.model import Agreement, Case, CaseFile, CaseModel, Step
from weftwork_contracts.property.model import Consent, Transfer


class CivicFunctions(Department):
    """Cases that cross departments; each step is its department's own."""

    chaincode = "casework"

    async def confirm_settlement(
        self,
        case: str,
        through: str,
        document: str,
        **options: Unpack[SubmitOptions],
    ) -> Step:
        """Confirm the last month that the giving holder pays for (Energy).

        ``document`` is the hash of the meter reading that was taken. Whether
        entries are open is decided at the end, in the final transaction.
        """
        return await self.submit(
            "confirm_settlement",
            case,
            through,
            document,
            returns=Step,
            **options,
        )

    async def finalize(self, case: str, **options: Unpack[SubmitOptions]) -> Case:
        """Finish a case (Civic): title and power account change hands in this one
        transaction.

        It writes casework, property and electricity, so Civic, Property and
        Energy endorse, each running all three.
        """
        return await self.submit("finalize", case, returns=Case, **options)

    async def open_case(
        self,
        case: str,
        unit: str,
        **options: Unpack[SubmitOptions],
    ) -> Case:
        """Open a title transfer of a unit with a power account (Civic)."""
        return await self.submit("open_case", case, unit, returns=Case, **options)

    async def read_agreement(
        self,
        case: str,
        **options: Unpack[EvaluateOptions],
    ) -> Agreement:
        """What the owners signed for a case."""
        return await self.evaluate("read_agreement", case, returns=Agreement, **options)

    async def read_case(
        self,
        case: str,
        **options: Unpack[EvaluateOptions],
    ) -> CaseFile:
        """A case with its steps, in the model's order."""
        return await self.evaluate("read_case", case, returns=CaseFile, **options)

    async def read_model(
        self,
        model: str,
        **options: Unpack[EvaluateOptions],
    ) -> CaseModel:
        """A case model by its hash."""
        return await self.evaluate("read_model", model, returns=CaseModel, **options)

    async def record_consents(
        self,
        case: str,
        transfer: Transfer,
        consents: Sequence[Consent],
        **options: Unpack[SubmitOptions],
    ) -> Step:
        """Enter what the owners signed (Property); property itself verifies every
        signature.
        """
        return await self.submit(
            "record_consents",
            case,
            transfer,
            list(consents),
            returns=Step,
            **options,
        )

    async def record_handover(
        self,
        case: str,
        document: str,
        **options: Unpack[SubmitOptions],
    ) -> Step:
        """Enter the handover protocol of the flat, by its hash (Property)."""
        return await self.submit(
            "record_handover",
            case,
            document,
            returns=Step,
            **options,
        )

    async def record_tax(
        self,
        case: str,
        document: str,
        **options: Unpack[SubmitOptions],
    ) -> Step:
        """Enter the proof that tax is paid, by its hash (Civic)."""
        return await self.submit("record_tax", case, document, returns=Step, **options)

    async def withdraw(self, case: str, **options: Unpack[SubmitOptions]) -> Case:
        """End a case without a transfer (Civic)."""
        return await self.submit("withdraw", case, returns=Case, **options)
