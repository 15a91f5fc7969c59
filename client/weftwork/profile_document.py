"""A connection profile's document, read place by place; every fault is told with its place."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from weftwork.errors import ProfileError

_BEGIN = b"-----BEGIN"


class Document:
    """A parsed profile. A place is the names that lead to it."""

    def __init__(self, content: object, source: str, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self._content = content

    def wrong(self, place: tuple[str, ...], what: str) -> ProfileError:
        """The error for a place."""
        return ProfileError(": ".join(filter(None, [self.source, ".".join(place), what])))

    def find(self, *place: str) -> object:
        """What stands there; None if nothing does."""
        found = self._content
        for part in place:
            if not isinstance(found, Mapping):
                return None
            found = cast("Mapping[str, object]", found).get(part)
        return found

    def mapping(self, *place: str) -> Mapping[str, Any]:
        """The mapping that must stand there. Raises ProfileError."""
        found = self.find(*place)
        if found is None and place:
            raise self.wrong(place, "is missing")
        if not isinstance(found, Mapping):
            raise self.wrong(place, "must be a mapping")
        return cast("Mapping[str, Any]", found)

    def part(self, *place: str) -> Mapping[str, Any]:
        """The mapping that may stand there; empty where none does. Raises ProfileError."""
        return {} if self.find(*place) is None else self.mapping(*place)

    def text(self, *place: str) -> str:
        """The text that must stand there. Raises ProfileError."""
        found = self.find(*place)
        if found is None:
            raise self.wrong(place, "is missing")
        if not isinstance(found, str) or not found:
            raise self.wrong(place, "must be a text that is not empty")
        return found

    def names(self, *place: str) -> list[str]:
        """A list of names, or a mapping's keys; empty where nothing stands. Raises ProfileError."""
        found = self.find(*place)
        if found is None:
            return []
        if not isinstance(found, list | Mapping):
            raise self.wrong(place, "must be a list")
        return [str(name) for name in cast("list[object]", found)]

    def seconds(self, *place: str) -> float | None:
        """A time in seconds, as a number or a text such as ``300`` or ``5s``. ProfileError."""
        found = self.find(*place)
        if found is None:
            return None
        text = str(found).removesuffix("s")
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            raise self.wrong(place, f"{found!r} must be seconds, more than 0")
        return seconds

    def address(self, *place: str, tls: bool) -> tuple[str, int, bool]:
        """Host, port and whether TLS is spoken there.

        An address without a scheme, as fabric-sdk-py has it, means TLS where ``tls``: there are
        CAs to trust. Raises ProfileError.
        """
        url = self.text(*place)
        if "://" not in url and tls:
            url = f"grpcs://{url}"
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise self.wrong(place, f"{url!r} is not an address: {error}") from None
        if parts.scheme not in ("grpc", "grpcs") or not host or not port:
            raise self.wrong(place, f"{url!r} must be grpcs://host:port")
        return host, port, parts.scheme == "grpcs"

    def has_pem(self, *place: str) -> bool:
        """Whether a certificate or key is given there."""
        found = self.find(*place)
        if isinstance(found, Mapping):
            given = cast("Mapping[str, object]", found)
            return bool(given.get("pem") or given.get("path"))
        return isinstance(found, str) and bool(found)

    def pem(self, *place: str, why: str = "") -> bytes:
        """What ``pem`` holds or the file at ``path``; a bare text is a path. Raises ProfileError.

        ``pem`` may be a list of texts, or base64 of the text as fabric-sdk-py has it.
        """
        found = self.find(*place)
        given: Mapping[str, object] = {"path": found} if isinstance(found, str) else {}
        if isinstance(found, Mapping):
            given = cast("Mapping[str, object]", found)
        pem, path = given.get("pem"), given.get("path")
        if isinstance(pem, list):
            pem = "\n".join(str(part) for part in cast("list[object]", pem))
        if isinstance(pem, str) and pem:
            try:
                return _decoded(pem)
            except UnicodeEncodeError:
                raise self.wrong((*place, "pem"), "is not text that UTF-8 can write") from None
        if isinstance(path, str) and path:
            return self.file(*place, "path", path=path).read_bytes()
        raise self.wrong(place, f"needs pem or path{why}")

    def file(self, *place: str, path: str) -> Path:
        """A file that the profile names. Raises ProfileError where it cannot be read.

        A relative path starts at the profile's folder or, where nothing lies there, at the
        process's own as in fabric-network and fabric-sdk-py.
        """
        here = self.folder / path
        try:
            chosen = here if here.exists() or not Path(path).exists() else Path(path)
            with chosen.open("rb"):
                return chosen
        except (OSError, ValueError) as error:
            raise self.wrong(place, f"cannot be read: {error}") from None


def _decoded(pem: str) -> bytes:
    content = pem.encode()
    if _BEGIN in content:
        return content
    try:
        found = base64.b64decode(content, validate=True)
    except binascii.Error:
        return content
    return found if _BEGIN in found else content
