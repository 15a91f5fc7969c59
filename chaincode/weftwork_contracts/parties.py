"""The departments the contracts know by name, what they may do, and who witnesses them.

Any department of the channel may hold custody. The four named here have an authority of their
own: Logistics opens consignments, Energy bills, Property keeps the registry, Civic approves,
audits and witnesses.
"""

from typing import Final

LOGISTICS: Final = "LogisticsMSP"
ENERGY: Final = "EnergyMSP"
PROPERTY: Final = "PropertyMSP"
CIVIC: Final = "CivicMSP"

DEPARTMENTS: Final = (LOGISTICS, ENERGY, PROPERTY, CIVIC)
"""The departments with an authority of their own, in the order the documents list them."""

ROLE: Final = "role"
"""The certificate attribute that says what a user may do in their department."""

ADMIN: Final = "admin"
CLERK: Final = "clerk"
METER_OPERATOR: Final = "meter-operator"
BILLING: Final = "billing"
REGISTRAR: Final = "registrar"
OFFICER: Final = "officer"
AUDITOR: Final = "auditor"

ROLES: Final = {
    LOGISTICS: (CLERK,),
    ENERGY: (CLERK, METER_OPERATOR, BILLING),
    PROPERTY: (REGISTRAR,),
    CIVIC: (OFFICER, AUDITOR),
}
"""The values of `role` that a department's users carry, beside `admin`."""

_CUSTODIANS: Final = {PROPERTY: REGISTRAR, CIVIC: OFFICER}

_WITNESSES: Final = (CIVIC, PROPERTY, ENERGY)


def custodian_role(mspid: str) -> str:
    """The role whose holder hands goods over and takes them in for the department `mspid`."""
    return _CUSTODIANS.get(mspid, CLERK)


def witness(*parties: str) -> str:
    """The department that vouches for what `parties` do: Civic, or Property where Civic is itself
    a party. Where both are parties it is Energy, since nobody witnesses their own handoff.
    """
    return next(mspid for mspid in _WITNESSES if mspid not in parties)


def consent_collection(mspid: str) -> str:
    """The private collection into which only `mspid`'s peers let anything be written."""
    return f"consent_{mspid}"
