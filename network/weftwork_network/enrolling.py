"""Users enrolled by their departments' Fabric CAs, registered as network.yaml says of them."""

import contextlib
import secrets
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from weftwork.ca import Attribute, CertificateAuthority, Registrar
from weftwork.errors import CaError, CaUnreachableError
from weftwork.wallet import User
from weftwork_network.authorities import Credentials, load_credentials
from weftwork_network.errors import NotReadyError
from weftwork_network.fabric_ca import server_of
from weftwork_network.state import State
from weftwork_network.topology import Member

CA_TIMEOUT = 20.0
_POLL = 0.03
_REGISTERED_ALREADY = 74


class Enrolling:
    """Asks each department's CA in the name of that department's own registrar."""

    def __init__(self, state: State, check: Callable[[], None]) -> None:
        """A session.

        Args:
            state: where the registrars' secrets are.
            check: called while a CA does not answer; raises where it never will.
        """
        self._state = state
        self._check = check
        self._open = contextlib.ExitStack()
        self._desks: dict[str, tuple[CertificateAuthority, Registrar]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def issue(
        self, member: Member, common_name: str, unit: str, attributes: dict[str, str]
    ) -> Credentials:
        """Registers a user, or changes what is registered, and enrols them.

        Raises:
            CaError: the CA refuses.
            NotReadyError: it does not answer in its time.
        """
        authority, registrar = self._desk(member)
        secret = _register(registrar, common_name, unit, attributes)
        user = authority.enroll(common_name, secret)
        return load_credentials(user.identity.certificate, user.private_key)

    def _desk(self, member: Member) -> tuple[CertificateAuthority, Registrar]:
        if member.name not in self._desks:
            server = server_of(self._state, member)
            roots = self._state.department(member) / "tlsca" / "cert.pem"
            authority = self._open.enter_context(
                CertificateAuthority(server.url, member.mspid, tls_roots=roots)
            )
            chief = self._first(authority, server.registrar, server.secret_file.read_text())
            self._desks[member.name] = (authority, authority.registrar(chief))
        return self._desks[member.name]

    def _first(self, authority: CertificateAuthority, registrar: str, secret: str) -> User:
        """The registrar, enrolled as soon as the CA answers."""
        until = time.monotonic() + CA_TIMEOUT
        while True:
            try:
                return authority.enroll(registrar, secret)
            except CaUnreachableError as error:
                self._check()
                if time.monotonic() > until:
                    raise NotReadyError(str(error)) from None
            time.sleep(_POLL)


def _register(registrar: Registrar, id: str, unit: str, attributes: dict[str, str]) -> str:
    """A secret to enrol with; whoever is registered already gets a new one."""
    wanted = [Attribute(name, value) for name, value in attributes.items()]
    try:
        return registrar.register(id, type=unit, attributes=wanted)
    except CaError as error:
        if error.code != _REGISTERED_ALREADY:
            raise
    held = registrar.identity(id).attributes
    dropped = [
        Attribute(attribute.name, "")
        for attribute in held
        if attribute.name not in attributes and not attribute.name.startswith("hf.")
    ]
    secret = secrets.token_urlsafe(32)
    registrar.modify_identity(id, type=unit, attributes=[*wanted, *dropped], secret=secret)
    return secret
