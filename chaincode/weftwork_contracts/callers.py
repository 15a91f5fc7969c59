"""Who may call a function, and what it must bring: the checks that contracts share.

They stop a client; against a department's own peer only endorsement policies help.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

from weftwork_chaincode import Context, Forbidden, Invalid
from weftwork_contracts.faults import RuleError
from weftwork_contracts.parties import ROLE
from weftwork_model import ModelError, decode

T = TypeVar("T")


def require(ctx: Context, mspid: str, *roles: str) -> None:
    """Refuse a client that is not of the department ``mspid`` with one of ``roles``.

    Raises Forbidden.
    """
    wanted = " or ".join(roles)
    if ctx.client.mspid != mspid:
        raise Forbidden(f"this is for {mspid} ({wanted}), the client is of {ctx.client.mspid}")
    role = ctx.client.attributes.get(ROLE)
    if role not in roles:
        raise Forbidden(f"this is for {mspid}'s {wanted}, the client's role is {role or 'not set'}")


@contextmanager
def refused_as_invalid() -> Generator[None, None, None]:
    """Answer a broken rule as a refusal with the rule's own text."""
    try:
        yield
    except RuleError as error:
        raise Invalid(str(error)) from None


def transient(ctx: Context, field: str, wanted: type[T]) -> T:
    """The transient field ``field``, canonical JSON of a ``wanted``.

    Raises Invalid where it is missing or is something else; the text holds nothing of the value.
    """
    data = ctx.transient.get(field)
    if data is None:
        raise Invalid(f"transient field {field!r} is missing")
    try:
        return decode(data, wanted)
    except ModelError as error:
        raise Invalid(f"transient field {field!r}: {error}") from None


def transient_salt(ctx: Context) -> str:
    """The transient field ``salt``, 32 random bytes of the client, in lowercase hex.

    Raises Invalid where it is missing or of another length.
    """
    salt = ctx.transient.get("salt")
    if salt is None or len(salt) != 32:
        raise Invalid("transient field 'salt' must be 32 random bytes")
    return salt.hex()
