"""gRPC failures turned into typed errors, the same way for sync and async."""

from typing import Any, TypeVar

import grpc

from weftwork.errors import GatewayError, PeerError
from weftwork.responses import refusals_in

E = TypeVar("E", bound=GatewayError)

_DETAILS = "grpc-status-details-bin"


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
        call.details() or "no details",
        transaction_id=transaction_id,
        refusals=refusals,
        peer=peer,
    )


def peer_error(address: str, action: str, error: grpc.RpcError) -> PeerError:
    """A call to one peer that failed before the peer could answer."""
    call: Any = error
    return PeerError(address, action, status_name(error), call.details() or "no details")


def status_name(error: grpc.RpcError) -> str:
    """Name of the call's gRPC status."""
    code: Any = getattr(error, "code", lambda: None)()
    return code.name if code is not None else "UNKNOWN"
