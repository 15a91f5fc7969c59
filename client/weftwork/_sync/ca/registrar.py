"""A Fabric CA's register, for whoever may change it: identities, affiliations, revocation."""

# Generated from weftwork/aio/ca/registrar.py by scripts/unasync.py: change that one.

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from weftwork._sync.ca.connection import CaConnection
from weftwork.ca_answers import (
    AffiliationEntry,
    CertificatesResult,
    CrlResult,
    IdentitiesResult,
    IdentityEntry,
    RevocationResult,
    SecretResult,
)
from weftwork.enrolment import Authorization
from weftwork.errors import CaError, CaProblem
from weftwork.registry import (
    Attribute,
    RegisteredIdentity,
    Revocation,
    RevocationReason,
)

_NO_AFFILIATIONS = (404, 16)


class Registrar:
    """Requests in the name of one enrolled user; made by ``CertificateAuthority.registrar``.

    What the user may do, the CA decides by its attributes ``hf.…`` and its affiliation. Every
    method raises CaError.
    """

    def __init__(self, connection: CaConnection, authorization: Authorization) -> None:
        self._connection = connection
        self._authorization = authorization

    def register(
        self,
        id: str,
        *,
        secret: str | None = None,
        type: str = "client",
        affiliation: str = "",
        attributes: Sequence[Attribute] = (),
        max_enrollments: int | None = None,
    ) -> str:
        """Register an identity; the secret that it enrols with.

        The CA makes up a secret where none is given. ``type`` becomes the certificate's
        organisational unit: ``client``, ``admin``, ``peer``, ``orderer``. ``affiliation`` must
        exist; empty means the registrar's own, ``.`` the root. ``max_enrollments`` is how often
        the secret may be used: -1 any number, None what the CA allows.
        """
        body: dict[str, Any] = {
            "id": id,
            "type": type,
            "affiliation": affiliation,
            "attrs": _attributes(attributes),
        }
        if secret:
            body["secret"] = secret
        if max_enrollments is not None:
            body["max_enrollments"] = max_enrollments
        result = self._connection.call(
            f"register {id}",
            "POST",
            "register",
            SecretResult,
            self._authorization,
            body=body,
            secrets=(secret or "",),
        )
        return result.secret

    def revoke(
        self,
        id: str,
        *,
        reason: RevocationReason = RevocationReason.UNSPECIFIED,
        with_crl: bool = False,
    ) -> Revocation:
        """Revoke all certificates of an identity, which can then never enroll again.

        This alone stops nobody on a channel: the CRL must go into the department's MSP there.
        """
        return self._revoke(f"revoke {id}", {"id": id}, reason, with_crl)

    def revoke_certificate(
        self,
        serial: str,
        aki: str,
        *,
        reason: RevocationReason = RevocationReason.UNSPECIFIED,
        with_crl: bool = False,
    ) -> Revocation:
        """Revoke one certificate; the identity stays and can enroll.

        ``serial`` and ``aki`` in hex, as ``serial_and_aki`` gives them.
        """
        asked = {"serial": serial, "aki": aki}
        return self._revoke(f"revoke certificate {serial}", asked, reason, with_crl)

    def crl(
        self,
        *,
        revoked_after: datetime | None = None,
        revoked_before: datetime | None = None,
        expire_after: datetime | None = None,
        expire_before: datetime | None = None,
    ) -> bytes:
        """A certificate revocation list, PEM, freshly signed.

        It lists the revoked certificates that have not expired, or those of a span of time;
        times carry their zone.
        """
        spans = {
            "revokedafter": revoked_after,
            "revokedbefore": revoked_before,
            "expireafter": expire_after,
            "expirebefore": expire_before,
        }
        body = {name: time.isoformat() for name, time in spans.items() if time is not None}
        result = self._connection.call(
            "make a revocation list", "POST", "gencrl", CrlResult, self._authorization, body=body
        )
        return result.value()

    def identities(self) -> list[RegisteredIdentity]:
        """The identities that the user may manage, by id."""
        result = self._connection.call(
            "list identities", "GET", "identities", IdentitiesResult, self._authorization
        )
        found = [entry.value() for entry in result.identities or ()]
        return sorted(found, key=lambda identity: identity.id)

    def identity(self, id: str) -> RegisteredIdentity:
        """One identity."""
        return self._identity(f"show identity {id}", "GET", id)

    def modify_identity(
        self,
        id: str,
        *,
        type: str = "",
        affiliation: str = "",
        attributes: Sequence[Attribute] = (),
        max_enrollments: int = 0,
        secret: str = "",
    ) -> RegisteredIdentity:
        """Change an identity in the register; what is left empty stays.

        Attributes are added or replaced by name, one with an empty value is removed.
        ``affiliation`` ``.`` is the root. Certificates that it has stay as they are.
        """
        body = {
            "type": type,
            "affiliation": affiliation,
            "attrs": _attributes(attributes),
            "max_enrollments": max_enrollments,
            "secret": secret,
        }
        asked = {name: value for name, value in body.items() if value}
        return self._identity(f"change identity {id}", "PUT", id, asked, secrets=(secret,))

    def remove_identity(self, id: str, *, force: bool = False) -> RegisteredIdentity:
        """Remove an identity from the register and revoke its certificates.

        The CA's configuration must allow it; ``force`` is needed for one's own.
        """
        query = {"force": "true"} if force else None
        return self._identity(f"remove identity {id}", "DELETE", id, query=query)

    def affiliations(self) -> list[str]:
        """Affiliations that the user may see, by their full dotted names."""
        try:
            return (self._affiliation("list affiliations", "GET", "affiliations")).names()
        except CaError as error:
            if (error.status, error.code) == _NO_AFFILIATIONS:
                return []
            raise

    def affiliation(self, name: str) -> list[str]:
        """An affiliation and those below it, by their full dotted names."""
        path = f"affiliations/{quote(name, safe='')}"
        return (self._affiliation(f"show affiliation {name}", "GET", path)).names()

    def add_affiliation(self, name: str, *, parents: bool = False) -> None:
        """Add an affiliation; ``parents`` adds those above it that are missing."""
        query = {"force": "true"} if parents else None
        self._affiliation(f"add affiliation {name}", "POST", "affiliations", {"name": name}, query)

    def rename_affiliation(self, name: str, new: str, *, force: bool = False) -> list[str]:
        """Give an affiliation and those below it another name; their names after it.

        ``force`` is needed where identities have it: it is theirs under the new name then.
        """
        query = {"force": "true"} if force else None
        path = f"affiliations/{quote(name, safe='')}"
        action = f"rename affiliation {name}"
        return (self._affiliation(action, "PUT", path, {"name": new}, query)).names()

    def remove_affiliation(self, name: str, *, force: bool = False) -> list[str]:
        """Remove an affiliation; the names that were removed.

        The CA's configuration must allow it; ``force`` also removes those below it and the
        identities in them.
        """
        query = {"force": "true"} if force else None
        path = f"affiliations/{quote(name, safe='')}"
        result = self._affiliation(f"remove affiliation {name}", "DELETE", path, query=query)
        return result.names()

    def certificates(
        self,
        id: str = "",
        *,
        not_revoked: bool = False,
        not_expired: bool = False,
        serial: str = "",
        aki: str = "",
        revoked_after: datetime | None = None,
        revoked_before: datetime | None = None,
        expire_after: datetime | None = None,
        expire_before: datetime | None = None,
    ) -> list[bytes]:
        """Certificates that the CA issued, PEM: to one id, or to all that the user may manage.

        ``serial`` and ``aki`` in hex name a single one, as ``serial_and_aki`` gives them. A span of
        time picks those that were revoked, or expire, within it; times carry their zone.
        """
        asked = {
            "id": id,
            "serial": serial,
            "aki": aki,
            "notrevoked": "true" if not_revoked else "",
            "notexpired": "true" if not_expired else "",
            "revoked_start": revoked_after.isoformat() if revoked_after else "",
            "revoked_end": revoked_before.isoformat() if revoked_before else "",
            "expired_start": expire_after.isoformat() if expire_after else "",
            "expired_end": expire_before.isoformat() if expire_before else "",
        }
        result = self._connection.call(
            f"list certificates of {id}" if id else "list certificates",
            "GET",
            "certificates",
            CertificatesResult,
            self._authorization,
            query={name: value for name, value in asked.items() if value},
        )
        return [entry.PEM.encode() for entry in result.certs or ()]

    def _revoke(
        self, action: str, asked: dict[str, str], reason: RevocationReason, with_crl: bool
    ) -> Revocation:
        # The CA takes a reason that it does not know for none: the enumeration refuses it.
        body = {**asked, "reason": RevocationReason(reason).value, "gencrl": with_crl}
        result = self._connection.call(
            action, "POST", "revoke", RevocationResult, self._authorization, body=body
        )
        return result.value()

    def _identity(
        self,
        action: str,
        method: str,
        id: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> RegisteredIdentity:
        if "/" in id:
            problem = CaProblem(0, "a Fabric CA cannot be asked for an id with a slash")
            raise CaError(self._connection.address, action, 0, (problem,))
        result = self._connection.call(
            action,
            method,
            f"identities/{quote(id, safe='')}",
            IdentityEntry,
            self._authorization,
            body=body,
            query=query,
            secrets=secrets,
        )
        return result.value()

    def _affiliation(
        self,
        action: str,
        method: str,
        path: str,
        body: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> AffiliationEntry:
        return self._connection.call(
            action, method, path, AffiliationEntry, self._authorization, body=body, query=query
        )


def _attributes(attributes: Sequence[Attribute]) -> list[dict[str, Any]]:
    return [
        {"name": attribute.name, "value": attribute.value, "ecert": attribute.ecert}
        for attribute in attributes
    ]
