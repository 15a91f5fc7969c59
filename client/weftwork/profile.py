"""Connection profiles: the field's own file, YAML or JSON, that says where the peers are.

Read are ``client.organization``, ``organizations.<name>.{mspid,peers}`` and
``peers.<name>.{url,tlsCACerts,grpcOptions}``, and one key of our own,
``x-weftwork: {wallet: <folder>}``, for where the department's users lie. Paths are relative to
the profile.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml

from weftwork.client_tls import ClientCertificate
from weftwork.errors import ProfileError

_NAME_OVERRIDES = ("ssl-target-name-override", "grpc.ssl_target_name_override", "hostnameOverride")


@dataclass(frozen=True)
class Endpoint:
    """A peer that can be dialled."""

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

    @property
    def target(self) -> str:
        """``host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


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

    def peer(self, name: str | None = None) -> Endpoint:
        """A peer by name; without a name the department's first. Raises ProfileError."""
        if name is None:
            return self.peers[0]
        for endpoint in (*self.peers, *self.others):
            if endpoint.name == name:
                return endpoint
        known = ", ".join(endpoint.name for endpoint in (*self.peers, *self.others))
        raise ProfileError(f"{self.source}: no peer {name!r}; it lists {known}")


def load_profile(path: str | Path) -> Profile:
    """The profile in a file, YAML or JSON. Raises ProfileError naming file and place."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProfileError(
            f"{path}: no such connection profile; `weftwork network up` writes one per department"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: cannot be read: {error}") from None
    try:
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise ProfileError(f"{path}: {' '.join(str(error).split())}") from None
    return read_profile(content, source=str(path), folder=path.parent)


def read_profile(content: object, *, source: str, folder: Path) -> Profile:
    """The profile in a parsed document; relative paths start at ``folder``."""
    reader = _Reader(source, folder)
    document = reader.mapping(content, "")
    organization = reader.text(document, "client.organization")
    member = reader.mapping(document, f"organizations.{organization}")
    mspid = reader.text(document, f"organizations.{organization}.mspid")
    listed = member.get("peers")
    if not isinstance(listed, list) or not listed:
        raise reader.wrong(f"organizations.{organization}.peers", "must list at least one peer")
    names = [str(name) for name in cast("list[object]", listed)]
    every = reader.mapping(document, "peers")
    endpoints = {name: reader.endpoint(document, str(name)) for name in every}
    for name in names:
        if name not in endpoints:
            raise reader.wrong(f"peers.{name}", f"is missing, {organization} lists that peer")
    wallet = None
    if "x-weftwork" in document:
        wallet = folder / reader.text(document, "x-weftwork.wallet")
    return Profile(
        source=source,
        organization=organization,
        mspid=mspid,
        peers=tuple(endpoints[name] for name in names),
        others=tuple(found for name, found in endpoints.items() if name not in names),
        wallet=wallet,
    )


class _Reader:
    """Reads a document by dotted paths and names them in its errors."""

    def __init__(self, source: str, folder: Path) -> None:
        self.source = source
        self.folder = folder

    def wrong(self, path: str, what: str) -> ProfileError:
        return ProfileError(f"{self.source}: {path}: {what}" if path else f"{self.source}: {what}")

    def find(self, document: object, path: str) -> object:
        found = document
        for part in _parts(path):
            if not isinstance(found, Mapping):
                return None
            found = cast("Mapping[str, object]", found).get(part)
        return found

    def mapping(self, document: object, path: str) -> Mapping[str, Any]:
        found = self.find(document, path)
        if found is None and path:
            raise self.wrong(path, "is missing")
        if not isinstance(found, Mapping):
            raise self.wrong(path, "must be a mapping")
        return cast("Mapping[str, Any]", found)

    def text(self, document: object, path: str) -> str:
        found = self.find(document, path)
        if found is None:
            raise self.wrong(path, "is missing")
        if not isinstance(found, str) or not found:
            raise self.wrong(path, "must be a text that is not empty")
        return found

    def endpoint(self, document: object, name: str) -> Endpoint:
        peer = self.mapping(self.mapping(document, "peers").get(name), "")
        where = f"peers.{name}"
        url = peer.get("url")
        if not isinstance(url, str):
            raise self.wrong(f"{where}.url", "is missing" if url is None else "must be a text")
        host, port, tls = self._address(url, f"{where}.url")
        grpc_options = peer.get("grpcOptions")
        server_name = ""
        if isinstance(grpc_options, Mapping):
            options = cast("Mapping[str, object]", grpc_options)
            server_name = next((str(options[key]) for key in _NAME_OVERRIDES if key in options), "")
        return Endpoint(
            name=name,
            host=host,
            port=port,
            roots=self._roots(peer.get("tlsCACerts"), f"{where}.tlsCACerts") if tls else None,
            server_name=server_name,
        )

    def _address(self, url: str, where: str) -> tuple[str, int, bool]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise self.wrong(where, f"{url!r} is not an address: {error}") from None
        if parts.scheme not in ("grpc", "grpcs") or not host or not port:
            raise self.wrong(where, f"{url!r} must be grpcs://host:port")
        return host, port, parts.scheme == "grpcs"

    def _roots(self, found: object, where: str) -> bytes:
        certificates: Mapping[str, object] = {}
        if isinstance(found, Mapping):
            certificates = cast("Mapping[str, object]", found)
        pem, path = certificates.get("pem"), certificates.get("path")
        if isinstance(pem, list):
            pem = "\n".join(str(part) for part in cast("list[object]", pem))
        if isinstance(pem, str) and pem:
            return pem.encode()
        if isinstance(path, str) and path:
            try:
                return (self.folder / path).read_bytes()
            except OSError as error:
                raise self.wrong(f"{where}.path", f"cannot be read: {error}") from None
        raise self.wrong(where, "needs pem or path: the peer's address is grpcs://")


def _parts(path: str) -> list[str]:
    # Names of organizations and peers may hold dots themselves: only the outer parts are ours.
    if not path:
        return []
    first, _, rest = path.partition(".")
    if first == "organizations" and rest.endswith((".mspid", ".peers")):
        name, _, last = rest.rpartition(".")
        return [first, name, last]
    return [first, rest] if rest else [first]
