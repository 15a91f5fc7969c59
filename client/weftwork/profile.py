"""Connection profiles: the field's own file, YAML or JSON, that says where everything is.

Read is what fabric-network, fabric-sdk-py and the Go SDK wrote and read: ``client``,
``organizations``, ``peers``, ``orderers``, ``channels`` and ``certificateAuthorities``, with
``tlsCACerts`` as ``pem`` or ``path``, ``grpcOptions``, ``client.tlsCerts`` for mutual TLS and
``client.connection.timeout``; and one key of our own, ``x-weftwork: {wallet: <folder>}``, for where
the department's users lie. Relative paths start at the profile's folder.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import yaml

from weftwork.client_tls import ClientCertificate
from weftwork.errors import IdentityError, ProfileError, UnknownUserError
from weftwork.identity import Identity
from weftwork.profile_document import Document
from weftwork.signer import check_pair
from weftwork.wallet import User

_NAME_OVERRIDES = ("ssl-target-name-override", "grpc.ssl_target_name_override", "hostnameOverride")


@dataclass(frozen=True)
class Endpoint:
    """A peer or orderer that can be dialled."""

    name: str
    """Its name in the profile."""
    host: str
    port: int
    roots: bytes | None
    """PEM of the TLS CAs to trust; None: plaintext (``grpc://``)."""
    server_name: str = ""
    """Name to expect in its TLS certificate, where that is not the host."""
    client: ClientCertificate | None = None
    """What to show it where it wants mutual TLS."""
    grpc_options: tuple[tuple[str, int | str], ...] = ()
    """gRPC channel arguments (``grpc.…``) that take the place of ours."""

    @property
    def target(self) -> str:
        """``host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class CaSettings:
    """A certificate authority as a profile describes it."""

    name: str
    """Its name in the profile."""
    url: str
    ca_name: str = ""
    """Which of the server's CAs, where it has several."""
    roots: bytes | None = None
    """PEM of the TLS CAs to trust; None: those that the system trusts."""
    client_certificate: Path | None = None
    """What to show a server that demands mutual TLS, and the key below."""
    client_key: Path | None = None
    registrar: str = ""
    """Id of the registrar that the profile names."""
    registrar_secret: str = field(default="", repr=False)


_T = TypeVar("_T", Endpoint, CaSettings)


@dataclass(frozen=True)
class Timeouts:
    """Seconds that a profile allows; None where it does not say."""

    endorse: float | None = None
    """``client.connection.timeout.peer.endorser``: for an evaluate and an endorse."""
    submit: float | None = None
    """``client.connection.timeout.orderer``."""


@dataclass(frozen=True)
class Profile:
    """A department's view of the network."""

    source: str
    """Where it was read, for errors."""
    organization: str
    mspid: str
    peers: tuple[Endpoint, ...]
    """The department's own peers, in the profile's order."""
    others: tuple[Endpoint, ...] = ()
    """Other departments' peers that the profile lists."""
    wallet: Path | None = None
    """Folder of the wallet, where the profile names one."""
    orderers: tuple[Endpoint, ...] = ()
    """All orderers that it lists."""
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Name of each channel to the names of the peers that are listed for it."""
    certificate_authorities: tuple[CaSettings, ...] = ()
    """The department's own; all that it lists where the department names none."""
    timeouts: Timeouts = Timeouts()
    users: tuple[str, ...] = ()
    """Names of the department's users that stand in it; ``admin`` for ``adminPrivateKey``."""
    document: Document | None = field(default=None, repr=False, compare=False)
    """What it was read from."""

    def peer(self, name: str | None = None) -> Endpoint:
        """A peer by name; without a name the department's first. Raises ProfileError."""
        return self._named("peer", (*self.peers, *self.others), name)

    def orderer(self, name: str | None = None) -> Endpoint:
        """An orderer by name; without a name the first. Raises ProfileError."""
        return self._named("orderer", self.orderers, name)

    def certificate_authority(self, name: str | None = None) -> CaSettings:
        """A certificate authority by name; without a name the department's first. ProfileError."""
        return self._named("certificate authority", self.certificate_authorities, name)

    def user(self, name: str) -> User:
        """A user that stands in the profile. Raises UnknownUserError, ProfileError."""
        if self.document is None or name not in self.users:
            known = ", ".join(self.users) or "nobody"
            raise UnknownUserError(f"{self.source}: no user {name!r}; it holds {known}")
        return _user(self.document, self.organization, self.mspid, name)

    def _named(self, kind: str, every: tuple[_T, ...], name: str | None) -> _T:
        for found in every:
            if name in (None, found.name):
                return found
        known = ", ".join(found.name for found in every) or "none"
        wanted = f"{kind} {name!r}" if name else kind
        raise ProfileError(f"{self.source}: no {wanted}; it lists {known}")


def load_profile(path: str | Path, *, organization: str | None = None) -> Profile:
    """The profile in a file, YAML or JSON. Raises ProfileError naming file and place.

    ``organization`` is the department that is meant, by its name in the profile or its MSP id, by
    default ``client.organization``.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProfileError(
            f"{path}: no such connection profile; `weftwork network up` writes one per department"
        ) from None
    except (OSError, ValueError) as error:
        raise ProfileError(f"{path}: cannot be read: {error}") from None
    try:
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ProfileError(f"{path}: {' '.join(str(error).split())}") from None
    return read_profile(content, source=str(path), folder=path.parent, organization=organization)


def read_profile(
    content: object, *, source: str, folder: Path, organization: str | None = None
) -> Profile:
    """The profile in a parsed document; relative paths start at ``folder``."""
    document = Document(content, source, folder)
    document.mapping()
    name = _organization(document, organization)
    mspid = document.text("organizations", name, "mspid")
    listed = document.find("organizations", name, "peers")
    if not isinstance(listed, list) or not listed:
        raise document.wrong(("organizations", name, "peers"), "must list at least one peer")
    names = [str(peer) for peer in cast("list[object]", listed)]
    client = _client_certificate(document, ("client", "tlsCerts", "client"))
    endpoints = {
        peer: _endpoint(document, "peers", str(peer), client) for peer in document.mapping("peers")
    }
    for peer in names:
        if peer not in endpoints:
            raise document.wrong(("peers", peer), f"is missing, {name} lists that peer")
    return Profile(
        source=source,
        organization=name,
        mspid=mspid,
        peers=tuple(endpoints[peer] for peer in names),
        others=tuple(found for peer, found in endpoints.items() if peer not in names),
        wallet=_wallet(document, folder),
        orderers=tuple(
            _endpoint(document, "orderers", str(orderer), client)
            for orderer in document.part("orderers")
            # fabric-network's template, whose settings are for all that it does not name.
            if orderer != "_default"
        ),
        channels={
            str(channel): tuple(document.names("channels", str(channel), "peers"))
            for channel in document.part("channels")
        },
        certificate_authorities=_authorities(document, name),
        timeouts=Timeouts(
            endorse=document.seconds("client", "connection", "timeout", "peer", "endorser"),
            submit=document.seconds("client", "connection", "timeout", "orderer"),
        ),
        users=_users(document, name),
        document=document,
    )


def _organization(document: Document, wanted: str | None) -> str:
    name = wanted or document.text("client", "organization")
    every = document.mapping("organizations")
    if name in every:
        return name
    for known in every:
        if document.find("organizations", str(known), "mspid") == name:
            return str(known)
    raise document.wrong(
        ("organizations", name),
        f"is missing; it lists {', '.join(map(str, every))}: name one, `organization=`",
    )


def _wallet(document: Document, folder: Path) -> Path | None:
    if document.find("x-weftwork") is not None:
        return folder / document.text("x-weftwork", "wallet")
    # Where fabric-sdk-py's wallet lies.
    if document.find("client", "credentialStore", "path") is not None:
        return folder / document.text("client", "credentialStore", "path")
    return None


def _endpoint(
    document: Document, kind: str, name: str, client: ClientCertificate | None
) -> Endpoint:
    document.mapping(kind, name)
    roots = (kind, name, "tlsCACerts")
    host, port, tls = document.address(kind, name, "url", tls=document.has_pem(*roots))
    options = document.part(kind, name, "grpcOptions")
    own = _client_certificate(document, (kind, name))
    return Endpoint(
        name=name,
        host=host,
        port=port,
        roots=document.pem(*roots, why=": its address is grpcs://") if tls else None,
        server_name=next((str(options[key]) for key in _NAME_OVERRIDES if key in options), ""),
        client=(own or client) if tls else None,
        grpc_options=tuple(
            (key, int(value) if isinstance(value, bool) else value)
            for key, value in options.items()
            if key.startswith("grpc.")
            and key not in _NAME_OVERRIDES
            and isinstance(value, int | str)
        ),
    )


def _client_certificate(document: Document, place: tuple[str, ...]) -> ClientCertificate | None:
    # The field has `client.tlsCerts.client`, fabric-sdk-py a pair of its own at each peer.
    for certificate, key in (("cert", "key"), ("clientCert", "clientKey")):
        if document.has_pem(*place, certificate) or document.has_pem(*place, key):
            try:
                return ClientCertificate(
                    document.pem(*place, certificate), document.pem(*place, key)
                )
            except IdentityError as error:
                raise document.wrong(place, str(error)) from None
    return None


def _authorities(document: Document, organization: str) -> tuple[CaSettings, ...]:
    every = [str(name) for name in document.part("certificateAuthorities")]
    own = document.names("organizations", organization, "certificateAuthorities")
    for name in own:
        if name not in every:
            raise document.wrong(
                ("certificateAuthorities", name), f"is missing, {organization} lists that CA"
            )
    return tuple(_authority(document, name) for name in own or every)


def _authority(document: Document, name: str) -> CaSettings:
    place = ("certificateAuthorities", name)
    found = document.find(*place, "registrar")
    # A list of them in fabric-network's profiles, one in the Go SDK's.
    listed = cast("list[object]", found) if isinstance(found, list) else [found]
    known: Mapping[str, object] = {}
    if listed and isinstance(listed[0], Mapping):
        known = cast("Mapping[str, object]", listed[0])
    roots = (*place, "tlsCACerts")
    certificate, key = (_client_file(document, roots, one) for one in ("cert", "key"))
    return CaSettings(
        name=name,
        url=document.text(*place, "url"),
        ca_name=str(document.find(*place, "caName") or ""),
        roots=document.pem(*roots) if document.has_pem(*roots) else None,
        client_certificate=certificate,
        client_key=key,
        registrar=str(known.get("enrollId") or ""),
        registrar_secret=str(known.get("enrollSecret") or ""),
    )


def _client_file(document: Document, place: tuple[str, ...], kind: str) -> Path | None:
    # `client: {cert: {path}, key: {path}}`, in older profiles `client: {certfile, keyfile}`.
    for rest in (("client", kind, "path"), ("client", f"{kind}file")):
        if document.find(*place, *rest) is not None:
            return document.file(*place, *rest, path=document.text(*place, *rest))
    return None


def _users(document: Document, organization: str) -> tuple[str, ...]:
    place = ("organizations", organization)
    names = [str(name) for name in document.part(*place, "users")]
    admin = document.has_pem(*place, "signedCert") and document.has_pem(*place, "adminPrivateKey")
    return tuple(dict.fromkeys([*names, *(["admin"] if admin else [])]))


def _user(document: Document, organization: str, mspid: str, name: str) -> User:
    # Read when it is asked for: a file that is not there concerns nobody else.
    place = ("organizations", organization)
    certificate, key = (*place, "signedCert"), (*place, "adminPrivateKey")
    user = (*place, "users", name)
    if document.find(*user) is not None:
        older = document.find(*user, "private_key") is not None
        certificate, key = (*user, "cert"), (*user, "private_key" if older else "key")
    try:
        identity, private_key = Identity(mspid, document.pem(*certificate)), document.pem(*key)
        check_pair(identity, private_key)
    except IdentityError as error:
        raise document.wrong(place, f"user {name}: {error}") from None
    return User(name, identity, private_key)
