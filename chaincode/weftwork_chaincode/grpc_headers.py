"""The headers of gRPC: what a request must say, what a server answers, what a client sends.

Source: grpc/doc/PROTOCOL-HTTP2.md, "Requests" and "Responses".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from weftwork_chaincode.transport import GrpcStatus

Headers = list[tuple[str, str]]

_CONTENT_TYPE = re.compile(r"application/grpc(\+proto)?(;.*)?\Z", re.IGNORECASE | re.DOTALL)
_TIMEOUT = re.compile(r"([0-9]{1,8})([HMSmun])\Z")
_UNITS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_MAX_DETAIL = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be served.

    Attributes:
        timeout: Seconds until the client's deadline, or None.
    """

    timeout: float | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A request that may not, and what to answer."""

    http_status: int
    status: GrpcStatus
    detail: str


def check(headers: Iterable[tuple[bytes, bytes]], path: str) -> Request | Rejection:
    """Whether the headers ask for the one method that is served here."""
    fields = {
        name.decode("ascii", "replace"): value.decode("ascii", "replace") for name, value in headers
    }
    if fields.get(":method") != "POST":
        return Rejection(405, GrpcStatus.INTERNAL, "gRPC requests are POST")
    if not _CONTENT_TYPE.match(fields.get("content-type", "")):
        return Rejection(
            415, GrpcStatus.INTERNAL, "gRPC requests have content type application/grpc"
        )
    if fields.get(":path") != path:
        return Rejection(200, GrpcStatus.UNIMPLEMENTED, f"only {path} is served here")
    if fields.get("grpc-encoding", "identity") != "identity":
        return Rejection(200, GrpcStatus.UNIMPLEMENTED, "messages must not be compressed")
    if "grpc-timeout" not in fields:
        return Request(None)
    timeout = _TIMEOUT.match(fields["grpc-timeout"])
    if timeout is None:
        return Rejection(200, GrpcStatus.INTERNAL, "grpc-timeout cannot be read")
    return Request(int(timeout[1]) * _UNITS[timeout[2]])


def request(path: str, authority: str, *, secure: bool) -> Headers:
    """The headers that open a stream at a server."""
    return [
        (":method", "POST"),
        (":scheme", "https" if secure else "http"),
        (":path", path),
        (":authority", authority),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("grpc-accept-encoding", "identity"),
        ("user-agent", "weftwork-chaincode"),
    ]


def unfit(fields: Mapping[str, str]) -> str:
    """Why a response's headers are not those of a gRPC server; empty where they are."""
    if fields.get(":status") != "200":
        return f"HTTP status {fields.get(':status', '')[:8]}: no gRPC is spoken there"
    if not _CONTENT_TYPE.match(fields.get("content-type", "")):
        return "an answer that is not gRPC"
    return ""


def status_name(code: str) -> str:
    """A gRPC status in words, as far as this runtime knows it."""
    try:
        return GrpcStatus(int(code)).name
    except ValueError:
        return code[:8]


def response() -> Headers:
    """The headers that open a served stream."""
    return [
        (":status", "200"),
        ("content-type", "application/grpc"),
        ("grpc-accept-encoding", "identity"),
    ]


def trailers(status: GrpcStatus, detail: str) -> Headers:
    """The trailers that end a served stream."""
    ending = [("grpc-status", str(int(status)))]
    if detail:
        # percent-encoding as gRPC has it: everything outside printable ASCII, and the percent sign
        ending.append(("grpc-message", quote(detail[:_MAX_DETAIL], safe=_PRINTABLE)))
    return ending


def rejected(rejection: Rejection) -> Headers:
    """Headers and trailers in one, for a request that is not served.

    One that is not gRPC's is answered in plain text: only the headers before it are given here.
    """
    status = (":status", str(rejection.http_status))
    if rejection.http_status != 200:
        return [status, ("content-type", "text/plain; charset=utf-8")]
    return [
        status,
        ("content-type", "application/grpc"),
        ("grpc-accept-encoding", "identity"),
        *trailers(rejection.status, rejection.detail),
    ]


_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
