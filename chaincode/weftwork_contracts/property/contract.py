"""Property's transactions: parties, units, rights, and transfer by the owners' own signatures.

Policies: a new key needs Property and another department (the chaincode's own policy), then
Property and Civic; a right that a power account follows needs Energy as well.
"""

from collections.abc import Sequence

from weftwork_chaincode import (
    AlreadyExists,
    Context,
    Contract,
    Forbidden,
    Invalid,
    all_of,
    evaluate,
    submit,
)
from weftwork_contracts.callers import refused_as_invalid, require
from weftwork_contracts.chaincodes import CASEWORK, ELECTRICITY, PROPERTY_CHAINCODE
from weftwork_contracts.electricity.model import Account
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY, REGISTRAR
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import Consent, Party, Right, Share, Transfer, Unit
from weftwork_model import replace

REGISTERED = all_of(PROPERTY, CIVIC)
"""What Property cannot change alone: parties, units, rights."""

LINKED = all_of(PROPERTY, CIVIC, ENERGY)
"""A right that a power account follows: Energy answers for the account's settlement."""


class Property(Contract, name=PROPERTY_CHAINCODE):
    """Parties with a public key, units, and rights in exact shares."""

    @submit
    async def register_party(self, ctx: Context, party: str, public_key: str, source: str) -> Party:
        """Enter a party by its public key, a PEM of ECDSA P-256 (Property)."""
        require(ctx, PROPERTY, REGISTRAR)
        with refused_as_invalid():
            key = rules.canonical_key(public_key)
        record = Party(id=party, number=1, public_key=key, source=source)
        await ctx.add(record)
        await ctx.bind(record, REGISTERED)
        return record

    @submit
    async def change_key(self, ctx: Context, party: str, new_key: str, signature: str) -> Party:
        """Give a party a new key, by the old key's signature over the `KeyChange` (Property)."""
        require(ctx, PROPERTY, REGISTRAR)
        record = await ctx.get(Party, party)
        with refused_as_invalid():
            change = rules.key_change(record, ctx.channel, new_key)
            signed = rules.is_signed(change, signature, record.public_key)
        if not signed:
            raise Forbidden(f"party {party}: the change is not signed by the present key")
        changed = replace(record, number=record.number + 1, public_key=change.new_key)
        await ctx.put(changed)
        return changed

    @submit
    async def replace_key(self, ctx: Context, party: str, new_key: str, source: str) -> Party:
        """Give a party whose key is lost a new one, on a source document (Property).

        ``source`` is the document's hash. The record's policy makes Civic's peer endorse it, so
        a registry alone cannot put a key of its own in an owner's place.
        """
        require(ctx, PROPERTY, REGISTRAR)
        record = await ctx.get(Party, party)
        with refused_as_invalid():
            key = rules.canonical_key(new_key)
        replaced = replace(record, number=record.number + 1, public_key=key, source=source)
        await ctx.put(replaced)
        return replaced

    @submit
    async def register_unit(
        self, ctx: Context, unit: Unit, shares: list[Share], denominator: int, source: str
    ) -> Right:
        """Enter a unit and its first owners, on the source document's hash (Property)."""
        require(ctx, PROPERTY, REGISTRAR)
        with refused_as_invalid():
            rules.check_shares(denominator, shares)
        for share in shares:
            await ctx.get(Party, share.party)
        right = Right(
            unit=unit.id,
            title=1,
            since=ctx.tx_id,
            denominator=denominator,
            shares=shares,
            source=source,
        )
        await ctx.add(unit)
        await ctx.bind(unit, REGISTERED)
        await ctx.add(right)
        await ctx.bind(right, REGISTERED)
        return right

    @submit
    async def link_account(self, ctx: Context, unit: str, account: str) -> Right:
        """Tie a unit's power account to its right (Property).

        From then on the right changes only by a case that settles the account, and Energy
        endorses it.
        """
        require(ctx, PROPERTY, REGISTRAR)
        right = await ctx.get(Right, unit)
        if right.account is not None:
            raise AlreadyExists(f"unit {unit} is linked to the power account {right.account}")
        power = await ctx.call(ELECTRICITY, "read_account", account, returns=Account)
        if power.unit != unit:
            raise Invalid(f"the power account {account} is of unit {power.unit}, not of {unit}")
        linked = replace(right, account=account)
        await ctx.put(linked)
        await ctx.bind(linked, LINKED)
        return linked

    @submit
    async def transfer(self, ctx: Context, transfer: Transfer, consents: list[Consent]) -> Right:
        """Give a unit to new owners, with the signature of every old and every new one.

        A unit with a power account is transferred by the final transaction of a case alone;
        another by the registry itself.
        """
        right = await self._consented(ctx, transfer, consents)
        if right.account is None:
            require(ctx, PROPERTY, REGISTRAR)
        elif ctx.top_level_chaincode != CASEWORK:
            raise Forbidden(
                f"unit {right.unit} has the power account {right.account}: it is transferred at "
                f"the end of a case, and the client called {ctx.top_level_chaincode}"
            )
        changed = rules.transferred(right, transfer, ctx.tx_id)
        await ctx.put(changed)
        ctx.emit("transferred", changed)
        return changed

    @evaluate
    async def check_transfer(
        self, ctx: Context, transfer: Transfer, consents: list[Consent]
    ) -> Right:
        """The right that a transfer would end, refused as `transfer` would refuse it."""
        return await self._consented(ctx, transfer, consents)

    @evaluate
    async def read_party(self, ctx: Context, party: str) -> Party:
        """A party."""
        return await ctx.get(Party, party)

    @evaluate
    async def read_unit(self, ctx: Context, unit: str) -> Unit:
        """A unit."""
        return await ctx.get(Unit, unit)

    @evaluate
    async def read_right(self, ctx: Context, unit: str) -> Right:
        """Who owns a unit."""
        return await ctx.get(Right, unit)

    async def _consented(
        self, ctx: Context, transfer: Transfer, consents: Sequence[Consent]
    ) -> Right:
        right = await ctx.get(Right, transfer.unit)
        with refused_as_invalid():
            rules.check_transfer(right, transfer, ctx.channel)
        parties = {party: await ctx.get(Party, party) for party in rules.signers(right, transfer)}
        with refused_as_invalid():
            rules.check_consents(right, transfer, consents, parties)
        return right
