"""A department's Fabric CA, for whoever enrols: certificates for keys that are made here."""

# Generated from weftwork/aio/ca/authority.py by scripts/unasync.py: change that one.

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from weftwork._sync.ca.connection import CaConnection
from weftwork._sync.ca.registrar import Registrar
from weftwork._sync.closing import Closing
from weftwork.ca_answers import CertificateResult, InfoResult
from weftwork.enrolment import (
    Authorization,
    Curve,
    by_certificate,
    by_secret,
    enrollment_id,
    new_key,
    signing_request,
)
from weftwork.errors import CaError, CaProblem, IdentityError
from weftwork.identity import Identity
from weftwork.profile import Profile, load_profile
from weftwork.registry import AttributeRequest, CaInfo
from weftwork.rest import ClientTls, ServerTls
from weftwork.signer import check_pair
from weftwork.wallet import User


class CertificateAuthority(Closing):
    """One Fabric CA of one department. Any number of threads may share it.

    Every method raises CaError, or of that CaUnreachableError and CaTlsError where there is no
    answer; no error and no log holds a secret or a key.
    """

    def __init__(
        self,
        url: str,
        mspid: str,
        *,
        tls_roots: str | Path | bytes | None = None,
        client_tls: ClientTls | None = None,
        name: str = "",
        timeout: float = 30,
    ) -> None:
        """A connection, opened at first use.

        ``url`` starts with ``https://``; ``mspid`` is the department's, users get it.
        ``tls_roots`` are the TLS CAs to trust, a PEM file or PEM itself, the system's where it is
        None; ``client_tls`` in its place is for a server that demands a certificate. ``name`` is
        for a server with several CAs. ``timeout`` in seconds, each call.
        Raises CaError for a URL that will not do, IdentityError for TLS files that will not do,
        MissingExtraError.
        """
        roots = Path(tls_roots) if isinstance(tls_roots, str) else tls_roots
        self.mspid: str = mspid
        self._connection = CaConnection(url, client_tls or ServerTls(roots), name, timeout)

    @classmethod
    def from_profile(
        cls, profile: str | Path | Profile, name: str | None = None, *, timeout: float = 30
    ) -> Self:
        """The certificate authority of a connection profile: by name, or the department's first.

        The profile's ``httpOptions.verify`` is not heeded: its certificate is always checked. The
        registrar that the profile may name is at ``Profile.certificate_authority``.
        Raises ProfileError and what the constructor raises.
        """
        if not isinstance(profile, Profile):
            profile = load_profile(profile)
        found = profile.certificate_authority(name)
        client_tls = None
        if found.client_certificate is not None and found.client_key is not None:
            client_tls = ClientTls(found.roots, found.client_certificate, found.client_key)
        return cls(
            found.url,
            profile.mspid,
            tls_roots=found.roots,
            client_tls=client_tls,
            name=found.ca_name,
            timeout=timeout,
        )

    @property
    def address(self) -> str:
        """Where it is, ``host:port``."""
        return self._connection.address

    def info(self) -> CaInfo:
        """Its name, version and certificates; anybody may ask."""
        return (self._connection.call("tell of itself", "GET", "cainfo", InfoResult)).value()

    def enroll(
        self,
        id: str,
        secret: str,
        *,
        label: str | None = None,
        hosts: Sequence[str] = (),
        attributes: Sequence[AttributeRequest] | None = None,
        profile: str = "",
        curve: Curve = "P-256",
        subject: Mapping[str, str] | None = None,
        private_key: bytes | None = None,
    ) -> User:
        """A certificate for an id, by the secret that registering it gave.

        The key is made here and stays here; ``private_key`` (PEM, P-256 or P-384) is one that there
        is already. ``label`` names the user in a wallet, else the id
        does. ``attributes`` are those that the certificate is to hold; None for all that were
        registered for it (``ecert``), an empty list for none. ``profile`` is one of the CA's
        signing profiles: ``tls`` gives a TLS certificate for ``hosts``, empty gives one to sign
        with. ``subject`` is what shall stand in its subject beside the id, by ``C``, ``ST``, ``L``,
        ``O`` and ``serialNumber``. The certificate is X.509 always: Idemix credentials are of no
        use to a gateway, and are not asked for.

        Raises CaError; IdentityError for an id, name or host that no certificate can hold.
        """
        key = private_key or new_key(curve)
        body = _body(signing_request(id, key, hosts, subject), attributes, profile)
        proof = by_secret(id, secret)
        return self._certify(f"enroll {id}", "enroll", label or id, key, body, proof, (secret,))

    def reenroll(
        self,
        user: User,
        *,
        hosts: Sequence[str] = (),
        attributes: Sequence[AttributeRequest] | None = None,
        profile: str = "",
        keep_key: bool = False,
        curve: Curve = "P-256",
        subject: Mapping[str, str] | None = None,
    ) -> User:
        """A new certificate for a user whose certificate is still good, with a new key.

        The old certificate stays good until it ends or is revoked. ``keep_key`` has the new one
        issued for the old key; the rest is as for ``enroll``.
        """
        id = enrollment_id(user.identity)
        key = user.private_key if keep_key else new_key(curve)
        body = _body(signing_request(id, key, hosts, subject), attributes, profile)
        proof = by_certificate(user.identity, user.signer())
        return self._certify(f"enroll {id} again", "reenroll", user.label, key, body, proof)

    def registrar(self, user: User) -> Registrar:
        """What a registrar of this CA can do, asked in the name of an enrolled user."""
        return Registrar(self._connection, by_certificate(user.identity, user.signer()))

    def close(self) -> None:
        """Close the connection; its registrars end with it."""
        self._connection.close()

    def _certify(
        self,
        action: str,
        path: str,
        label: str,
        key: bytes,
        body: dict[str, Any],
        proof: Authorization,
        secrets: Sequence[str] = (),
    ) -> User:
        result = self._connection.call(
            action, "POST", path, CertificateResult, proof, body=body, secrets=secrets
        )
        try:
            identity = Identity(self.mspid, result.value())
            check_pair(identity, key)
        except (IdentityError, ValueError) as error:
            problem = CaProblem(0, f"what it issued cannot be used: {error}")
            raise CaError(self.address, action, 201, (problem,)) from None
        return User(label, identity, key)


def _body(
    request: str, attributes: Sequence[AttributeRequest] | None, profile: str
) -> dict[str, Any]:
    body: dict[str, Any] = {"certificate_request": request}
    if profile:
        body["profile"] = profile
    if attributes is not None:
        body["attr_reqs"] = [
            {"name": wanted.name, "optional": wanted.optional} for wanted in attributes
        ]
    return body
