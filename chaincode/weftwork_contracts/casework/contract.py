"""Casework's transactions: the title-transfer case W1, step by step and at once.

Policies: a new key needs Civic and another department (the chaincode's own policy); a step then
needs the department that answers for it and its witness; what is done is bound to all four.
"""

from weftwork_chaincode import (
    AlreadyExists,
    Context,
    Contract,
    Invalid,
    all_of,
    evaluate,
    submit,
)
from weftwork_contracts.callers import refused_as_invalid, require
from weftwork_contracts.casework import rules
from weftwork_contracts.casework.model import (
    Agreement,
    Case,
    CaseFile,
    CaseModel,
    CaseState,
    Step,
    StepState,
)
from weftwork_contracts.chaincodes import CASEWORK, ELECTRICITY, PROPERTY_CHAINCODE
from weftwork_contracts.electricity.model import Account
from weftwork_contracts.parties import (
    BILLING,
    CIVIC,
    DEPARTMENTS,
    ENERGY,
    OFFICER,
    PROPERTY,
    REGISTRAR,
    witness,
)
from weftwork_contracts.property.model import Consent, Right, Transfer
from weftwork_model import digest, replace

SEALED = all_of(*DEPARTMENTS)
"""What must not change: no function writes it again, and no three departments can."""


class Casework(Contract, name=CASEWORK):
    """Cases that cross departments; each step is its department's own."""

    @submit
    async def open_case(self, ctx: Context, case: str, unit: str) -> Case:
        """Open a title transfer of a unit with a power account (Civic)."""
        require(ctx, CIVIC, OFFICER)
        right = await ctx.call(PROPERTY_CHAINCODE, "read_right", unit, returns=Right)
        if right.account is None:
            raise Invalid(f"unit {unit} has no power account: the registry transfers it by itself")
        model = rules.TITLE_TRANSFER
        if await ctx.find(CaseModel, model.hash) is None:
            await ctx.put(model)
            await ctx.bind(model, SEALED)
        opened = Case(id=case, model=model.hash, unit=unit, account=right.account)
        await ctx.add(opened)
        await ctx.bind(opened, all_of(CIVIC, witness(CIVIC)))
        for rule in model.steps:
            step = Step(case=case, name=rule.name, department=rule.department)
            await ctx.put(step)
            await ctx.bind(step, all_of(rule.department, witness(rule.department)))
        ctx.emit("opened", opened)
        return opened

    @submit
    async def record_tax(self, ctx: Context, case: str, document: str) -> Step:
        """Enter the proof that tax is paid, by its hash (Civic)."""
        require(ctx, CIVIC, OFFICER)
        return await self._complete(ctx, case, rules.TAX, document)

    @submit
    async def record_consents(
        self, ctx: Context, case: str, transfer: Transfer, consents: list[Consent]
    ) -> Step:
        """Enter what the owners signed (Property); property itself verifies every signature."""
        require(ctx, PROPERTY, REGISTRAR)
        with refused_as_invalid():
            rules.check_agreement(await ctx.get(Case, case), transfer)
        await ctx.call(PROPERTY_CHAINCODE, "check_transfer", transfer, consents, returns=Right)
        agreement = Agreement(case=case, transfer=transfer, consents=consents)
        await ctx.add(agreement)
        await ctx.bind(agreement, SEALED)
        return await self._complete(ctx, case, rules.CONSENTS, digest(agreement))

    @submit
    async def confirm_settlement(
        self, ctx: Context, case: str, through: str, document: str
    ) -> Step:
        """Confirm the last month that the giving holder pays for (Energy).

        ``document`` is the hash of the meter reading that was taken. Whether entries are open is
        decided at the end, in the final transaction.
        """
        require(ctx, ENERGY, BILLING)
        return await self._complete(ctx, case, rules.SETTLEMENT, document, through=through)

    @submit
    async def record_handover(self, ctx: Context, case: str, document: str) -> Step:
        """Enter the handover protocol of the flat, by its hash (Property)."""
        require(ctx, PROPERTY, REGISTRAR)
        return await self._complete(ctx, case, rules.HANDOVER, document)

    @submit
    async def finalize(self, ctx: Context, case: str) -> Case:
        """Finish a case (Civic): title and power account change hands in this one transaction.

        It writes casework, property and electricity, so Civic, Property and Energy endorse, each
        running all three.
        """
        require(ctx, CIVIC, OFFICER)
        record = await ctx.get(Case, case)
        model = await ctx.get(CaseModel, record.model)
        with refused_as_invalid():
            rules.check_open(record)
            steps = [await ctx.get(Step, case, rule.name) for rule in model.steps]
            rules.check_complete(record, model, steps)
        agreement = await ctx.get(Agreement, case)
        with refused_as_invalid():
            holder, through = rules.settlement_terms(agreement, steps)
        await ctx.call(
            PROPERTY_CHAINCODE,
            "transfer",
            agreement.transfer,
            agreement.consents,
            returns=Right,
        )
        await ctx.call(
            ELECTRICITY, "settle", record.account, holder, case, through, returns=Account
        )
        finished = replace(record, state=CaseState.FINISHED)
        await ctx.put(finished)
        await ctx.bind(finished, SEALED)
        ctx.emit("finished", finished)
        return finished

    @submit
    async def withdraw(self, ctx: Context, case: str) -> Case:
        """End a case without a transfer (Civic)."""
        require(ctx, CIVIC, OFFICER)
        record = await ctx.get(Case, case)
        with refused_as_invalid():
            rules.check_open(record)
        withdrawn = replace(record, state=CaseState.WITHDRAWN)
        await ctx.put(withdrawn)
        await ctx.bind(withdrawn, SEALED)
        ctx.emit("withdrawn", withdrawn)
        return withdrawn

    @evaluate
    async def read_case(self, ctx: Context, case: str) -> CaseFile:
        """A case with its steps, in the model's order."""
        record = await ctx.get(Case, case)
        model = await ctx.get(CaseModel, record.model)
        steps = [await ctx.get(Step, case, rule.name) for rule in model.steps]
        return CaseFile(case=record, steps=steps)

    @evaluate
    async def read_agreement(self, ctx: Context, case: str) -> Agreement:
        """What the owners signed for a case."""
        return await ctx.get(Agreement, case)

    @evaluate
    async def read_model(self, ctx: Context, model: str) -> CaseModel:
        """A case model by its hash."""
        return await ctx.get(CaseModel, model)

    async def _complete(
        self, ctx: Context, case: str, name: str, document: str, *, through: str | None = None
    ) -> Step:
        record = await ctx.get(Case, case)
        with refused_as_invalid():
            rules.check_open(record)
        step = await ctx.get(Step, case, name)
        if step.state is StepState.DONE:
            raise AlreadyExists(f"case {case}: step {name} is done")
        done = replace(step, state=StepState.DONE, document=document, through=through)
        await ctx.put(done)
        await ctx.bind(done, SEALED)
        return done
