"""From an exception to the response a client sees, and to a log that holds no values."""

import asyncio
import logging
import traceback

from weftwork_chaincode.errors import INTERNAL, INVALID, ChaincodeError
from weftwork_chaincode.messages import Response
from weftwork_model import ModelError

_log = logging.getLogger("weftwork_chaincode")
_MAX_TEXT = 4096


def response_of(error: BaseException) -> Response:
    """The response for an exception that left a contract function.

    A :class:`ChaincodeError` and a ModelError speak to the client; of anything else only that it
    happened, because its text may hold values that must not leave the peer.
    """
    if isinstance(error, ChaincodeError):
        name = type(error).__name__ if error.named else ""
        return Response(error.status, refusal(name, str(error)))
    if isinstance(error, ModelError):
        return Response(INVALID, refusal("Invalid", str(error)))
    return Response(
        INTERNAL,
        refusal(
            "InternalError", f"{type(error).__name__} in the chaincode, see the chaincode's log"
        ),
    )


def refusal(name: str, text: str) -> str:
    """``NAME: text`` on one line, as every refusal is worded; the text alone without a name."""
    line = " ".join(text.split())
    return (f"{name}: {line}" if name else line)[:_MAX_TEXT]


def is_refusal(error: BaseException) -> bool:
    """Whether the contract meant it (a refusal in words) rather than broke."""
    if isinstance(error, ChaincodeError):
        return error.status < INTERNAL
    return isinstance(error, ModelError)


def log_failure(txid: str, function: str, error: BaseException) -> None:
    """Logs where an exception was raised: types, files, lines and functions, never its text."""
    _log.error(
        "transaction %s, function %s: %s\n%s",
        txid[:12],
        function or "(unknown)",
        _kind(error),
        "\n".join(_frames(error)),
    )


def _kind(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "CancelledError raised by the contract's own code"
    return type(error).__qualname__


def _frames(error: BaseException) -> list[str]:
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"  {type(current).__module__}.{type(current).__qualname__} raised at")
        # file, line and name only: the source line is left out too, it may hold a literal value
        for frame in traceback.extract_tb(current.__traceback__, limit=-20):
            lines.append(f"    {frame.filename}:{frame.lineno} in {frame.name}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return lines
