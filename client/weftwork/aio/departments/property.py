"""The typed client of property: parties, units, rights, and transfer by the owners' consent."""

from collections.abc import Mapping, Sequence

from weftwork.aio.departments.base import Department
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import (
    Consent,
    Party,
    Right,
    Share,
    Transfer,
    Unit,
    UnitSort,
)


class Property(Department):
    """The registry, as the client's role may ask: to write one is Property's registrar.

        registry = Property(gateway.network("crosswork"))
        transfer = await registry.draft("flat-1", {"bob": 1}, source=contract_hash)

    An owner signs a draft with ``weftwork_contracts.property.rules.sign``, on a machine of their
    own. What a function refuses comes as an EndorseError (EvaluateError of the reading ones) whose
    text names the department that refused and why; a race lost at the commit as a CommitError.
    """

    chaincode = "property"

    async def register_party(self, party: str, *, public_key: str, source: str) -> Party:
        """Enter a party by its public key, a PEM of ECDSA P-256.

        ``source`` is the SHA-256 of the document that shows whose key it is.
        """
        return await self.submit("register_party", party, public_key, source, returns=Party)

    async def change_key(self, party: str, *, new_key: str, signature: str) -> Party:
        """Give a party a new key, by the old key's signature over `rules.key_change`."""
        return await self.submit("change_key", party, new_key, signature, returns=Party)

    async def replace_key(self, party: str, *, new_key: str, source: str) -> Party:
        """Give a party whose key is lost a new one, on a document with the SHA-256 ``source``."""
        return await self.submit("replace_key", party, new_key, source, returns=Party)

    async def register_unit(
        self,
        unit: str,
        shares: Mapping[str, int],
        *,
        sort: UnitSort = UnitSort.FLAT,
        area: int,
        survey: str,
        source: str,
    ) -> Right:
        """Enter a unit and its first owners.

        ``shares`` gives each party's numerator; the denominator is their sum. ``area`` is in
        square centimetres; ``survey`` and ``source`` are the SHA-256 of the survey and of the
        document that the title rests on.
        """
        return await self.submit(
            "register_unit",
            Unit(id=unit, sort=sort, area=area, source=survey),
            _shares(shares),
            sum(shares.values()),
            source,
            returns=Right,
        )

    async def link_account(self, unit: str, *, account: str) -> Right:
        """Tie a unit's power account to its right: from then on a case transfers both."""
        return await self.submit("link_account", unit, account, returns=Right)

    async def draft(
        self,
        unit: str,
        shares: Mapping[str, int],
        *,
        source: str,
        holder: str | None = None,
        case: str | None = None,
    ) -> Transfer:
        """The transfer of a unit as it stands now, for every old and new owner to sign.

        ``shares`` as in `register_unit`; ``holder`` is who takes over the power account, ``case``
        the case that carries the transfer, both None where there is none.

        Raises RuleError (of ``weftwork_contracts.faults``) for shares or a holder that do not fit.
        """
        right = await self.read_right(unit)
        return rules.draft(
            right,
            self.network.name,
            _shares(shares),
            sum(shares.values()),
            source,
            holder=holder,
            case=case,
        )

    async def transfer(self, transfer: Transfer, consents: Sequence[Consent]) -> Right:
        """Transfer a unit without a power account, on its owners' consents."""
        return await self.submit("transfer", transfer, list(consents), returns=Right)

    async def read_party(self, party: str) -> Party:
        """A party."""
        return await self.evaluate("read_party", party, returns=Party)

    async def read_unit(self, unit: str) -> Unit:
        """A unit."""
        return await self.evaluate("read_unit", unit, returns=Unit)

    async def read_right(self, unit: str) -> Right:
        """Who owns a unit."""
        return await self.evaluate("read_right", unit, returns=Right)


def _shares(numerators: Mapping[str, int]) -> list[Share]:
    return [Share(party=party, numerator=n) for party, n in sorted(numerators.items())]
