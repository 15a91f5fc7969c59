"""The typed client of property: parties, units, rights, and transfer by the owners' consent."""

# Generated from weftwork/aio/departments/property.py by scripts/unasync.py: change that one.

from collections.abc import Mapping

from weftwork._sync.departments.typed.property import PropertyFunctions
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import (
    Right,
    Share,
    Transfer,
    Unit,
    UnitSort,
)


class Property(PropertyFunctions):
    """The registry, as the client's role may ask: to write one is Property's registrar.

        registry = Property(gateway.network("crosswork"))
        transfer = registry.draft("flat-1", {"bob": 1}, source=contract_hash)

    Its other functions are those of `PropertyFunctions`. An owner signs a draft with
    ``weftwork_contracts.property.rules.sign``, on a machine of their own. What a function refuses
    comes as an EndorseError (EvaluateError of the reading ones) whose text names the department
    that refused and why; a race lost at the commit as a CommitError.
    """

    def register_unit(
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
        return self.register_owned(
            Unit(id=unit, sort=sort, area=area, source=survey),
            _shares(shares),
            sum(shares.values()),
            source,
        )

    def draft(
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
        right = self.read_right(unit)
        return rules.draft(
            right,
            self.network.name,
            _shares(shares),
            sum(shares.values()),
            source,
            holder=holder,
            case=case,
        )


def _shares(numerators: Mapping[str, int]) -> list[Share]:
    return [Share(party=party, numerator=n) for party, n in sorted(numerators.items())]
