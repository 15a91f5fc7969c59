"""gRPC failures turned into typed errors, the same way for sync and async."""

from collections.abc import Sequence
from typing import Any, TypeVar

import grpc

from weftwork.errors import GatewayError, PeerError
from weftwork.responses import refusals_in

E = TypeVar("E", bound=GatewayError)

_DETAILS = "grpc-status-details-bin"
# gRPC's words for an alert that comes after the handshake: by then TLS 1.3 has shown all there is.
_TLS_ENDED = "TSI_DATA_CORRUPTED"
_SHOW_ONE = (
    ": the node ended TLS when it had seen what it was shown. If it demands TLS client "
    "certificates (clientAuthRequired), show it one that it trusts: client.tlsCerts in the "
    "profile, or Endpoint.client"
)


def gateway_error(
    kind: type[E], error: grpc.RpcError, *, transaction_id: str = "", peer: str = ""
) -> E:
    """The failed call as an error of ``kind``, with every refusal that came along."""
    call: Any = error
    refusals = ()
    for key, value in call.trailing_metadata() or ():
        if key == _DETAILS:
            refusals = refusals_in(value)
    return kind(
        status_name(error),
        _words(error),
        transaction_id=transaction_id,
        refusals=refusals,
        peer=peer,
    )


def no_peer_answered(attempts: Sequence[E]) -> E:
    """The failures at one peer after the other as one error that names each of them."""
    if len(attempts) == 1:
        return attempts[0]
    last = attempts[-1]
    return type(last)(
        last.status,
        f"none of {len(attempts)} peers answered",
        transaction_id=last.transaction_id,
        attempts=tuple(attempts),
    )


def describe(error: grpc.RpcError) -> str:
    """The call's gRPC status and words, in one line."""
    return f"{status_name(error)}: {_words(error)}"


def status_of(error: BaseException | None) -> str:
    """How a call ended, as metrics and spans name it: a gRPC status's name."""
    if error is None:
        return "OK"
    if isinstance(error, GatewayError):
        return error.status
    # A task that was cancelled, an interrupt, a closed gateway.
    return "UNKNOWN" if isinstance(error, Exception) else "CANCELLED"


def peer_error(address: str, action: str, error: grpc.RpcError) -> PeerError:
    """A call to one peer that failed before the peer could answer."""
    return PeerError(address, action, status_name(error), _words(error))


def status_name(error: grpc.RpcError) -> str:
    """Name of the call's gRPC status."""
    code: Any = getattr(error, "code", lambda: None)()
    return code.name if code is not None else "UNKNOWN"


def _words(error: grpc.RpcError) -> str:
    call: Any = error
    said = call.details() or "no details"
    return f"{said}{_SHOW_ONE}" if _TLS_ENDED in said else said
