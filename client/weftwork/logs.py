"""What the client tells the standard library's ``logging``, under the logger ``weftwork``.

===================  =======  ==================================================================
``weftwork.calls``   DEBUG    each call that ended: stage, transaction, peer, status, milliseconds
``weftwork.peers``   WARNING  a peer that failed and is left out for a while
``weftwork.submit``  INFO     a submit in doubt, an invalidated one that is tried anew
``weftwork.events``  WARNING  an event stream that broke and is opened again
===================  =======  ==================================================================

Never an argument, a result, transient data, a key or a PIN, nor what a chaincode said, which may
quote any of them: a call's own error has that.
"""

import logging
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from weftwork.errors import GatewayError

ROOT = logging.getLogger("weftwork")
# A library is silent until its application asks for more (Python's logging HOWTO).
ROOT.addHandler(logging.NullHandler())

PEERS = logging.getLogger("weftwork.peers")
SUBMIT = logging.getLogger("weftwork.submit")
EVENTS = logging.getLogger("weftwork.events")
_CALLS = logging.getLogger("weftwork.calls")


def calls_are_told() -> bool:
    """Whether anybody wants to hear of each call."""
    return _CALLS.isEnabledFor(logging.DEBUG)


def told(stage: str, transaction_id: str, peer: str) -> AbstractContextManager[None]:
    """Tells how the body, a call, ended."""
    return _Call(stage, transaction_id, peer) if calls_are_told() else nullcontext()


class _Call(AbstractContextManager[None]):
    def __init__(self, stage: str, transaction_id: str, peer: str) -> None:
        self._about = (stage, transaction_id, peer)
        self._began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            status = "OK"
        elif isinstance(error, GatewayError):
            status = error.status
        else:
            status = type(error).__name__
        milliseconds = (time.perf_counter() - self._began) * 1000
        _CALLS.debug("%s %s at %s: %s, %.1f ms", *self._about, status, milliseconds)
