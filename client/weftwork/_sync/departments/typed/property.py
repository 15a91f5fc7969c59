"""The typed client of chaincode property."""

# Generated from weftwork/aio/departments/typed/property.py by scripts/unasync.py: change that one.


# Written by scripts/departments.py from the chaincode's metadata: do not edit.

from collections.abc import Sequence
from typing import Unpack

from weftwork._sync.departments.base import Department
from weftwork.calling import EvaluateOptions, SubmitOptions
from weftwork_contracts.property.model import (
    Consent,
    Party,
    Right,
    Share,
    Transfer,
    Unit,
)


class PropertyFunctions(Department):
    """Parties with a public key, units, and rights in exact shares."""

    chaincode = "property"

    def change_key(
        self,
        party: str,
        new_key: str,
        signature: str,
        **options: Unpack[SubmitOptions],
    ) -> Party:
        """Give a party a new key, by the old key's signature over the `KeyChange`
        (Property).
        """
        return self.submit(
            "change_key",
            party,
            new_key,
            signature,
            returns=Party,
            **options,
        )

    def check_transfer(
        self,
        transfer: Transfer,
        consents: Sequence[Consent],
        **options: Unpack[EvaluateOptions],
    ) -> Right:
        """The right that a transfer would end, refused as `transfer` would refuse
        it.
        """
        return self.evaluate(
            "check_transfer",
            transfer,
            list(consents),
            returns=Right,
            **options,
        )

    def link_account(
        self,
        unit: str,
        account: str,
        **options: Unpack[SubmitOptions],
    ) -> Right:
        """Tie a unit's power account to its right (Property).

        From then on the right changes only by a case that settles the account,
        and Energy endorses it.
        """
        return self.submit(
            "link_account",
            unit,
            account,
            returns=Right,
            **options,
        )

    def read_party(self, party: str, **options: Unpack[EvaluateOptions]) -> Party:
        """A party."""
        return self.evaluate("read_party", party, returns=Party, **options)

    def read_right(self, unit: str, **options: Unpack[EvaluateOptions]) -> Right:
        """Who owns a unit."""
        return self.evaluate("read_right", unit, returns=Right, **options)

    def read_unit(self, unit: str, **options: Unpack[EvaluateOptions]) -> Unit:
        """A unit."""
        return self.evaluate("read_unit", unit, returns=Unit, **options)

    def register_party(
        self,
        party: str,
        public_key: str,
        source: str,
        **options: Unpack[SubmitOptions],
    ) -> Party:
        """Enter a party by its public key, a PEM of ECDSA P-256 (Property)."""
        return self.submit(
            "register_party",
            party,
            public_key,
            source,
            returns=Party,
            **options,
        )

    def register_owned(
        self,
        unit: Unit,
        shares: Sequence[Share],
        denominator: int,
        source: str,
        **options: Unpack[SubmitOptions],
    ) -> Right:
        """Enter a unit and its first owners, on the source document's hash
        (Property).
        """
        return self.submit(
            "register_unit",
            unit,
            list(shares),
            denominator,
            source,
            returns=Right,
            **options,
        )

    def replace_key(
        self,
        party: str,
        new_key: str,
        source: str,
        **options: Unpack[SubmitOptions],
    ) -> Party:
        """Give a party whose key is lost a new one, on a source document (Property).

        ``source`` is the document's hash. The record's policy makes Civic's peer
        endorse it, so a registry alone cannot put a key of its own in an owner's
        place.
        """
        return self.submit(
            "replace_key",
            party,
            new_key,
            source,
            returns=Party,
            **options,
        )

    def transfer(
        self,
        transfer: Transfer,
        consents: Sequence[Consent],
        **options: Unpack[SubmitOptions],
    ) -> Right:
        """Give a unit to new owners, with the signature of every old and every new
        one.

        A unit with a power account is transferred by the final transaction of a
        case alone; another by the registry itself.
        """
        return self.submit(
            "transfer",
            transfer,
            list(consents),
            returns=Right,
            **options,
        )
