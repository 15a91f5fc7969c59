"""Whether a peer is alive while it owes an answer: one that hangs is left, with all it was asked.

A peer whose process is frozen, or whose machine lost its power or its network, breaks nothing: it
just says nothing more. gRPC's own pings would tell, but peers take one a minute at most
(``peer.keepalive.minInterval``). So a peer that has been silent for a while is asked for a sign of
life over the same connection, once for all calls and streams that wait for it.
"""

import threading
from time import monotonic

import grpc

from weftwork.aio.waiting import Background, Channel, Ending
from weftwork.errors import ClosedError
from weftwork.health import Roster, is_late
from weftwork.options import CallOptions

# Any answer will do: a peer says that it has no such service (it serves its health to chaincode
# alone, internal/peer/node/start.go), before it counts or logs the call.
_PROBE = "/grpc.health.v1.Health/Check"
_PLAIN = CallOptions()


class Watch:
    """Watches one peer while calls or streams are under way to it, and costs nothing otherwise."""

    def __init__(
        self, channel: Channel, roster: Roster, place: int, silence: float, closing: Ending
    ) -> None:
        """``silence`` in seconds is how long it may be silent, and take to answer the probe."""
        self._channel = channel
        self._roster = roster
        self._place = place
        self._silence = silence
        self._closing = closing
        self._under_way = 0
        self._heard = 0.0
        self._answered = True
        self._watcher: Background | None = None
        self._lock = threading.Lock()

    def begins(self) -> None:
        """Something is asked of it."""
        with self._lock:
            if not self._under_way and self._answered:
                # It owed nothing. Where a call's time ran out before, the silence goes on.
                self._heard, self._answered = monotonic(), False
            self._under_way += 1
            if self._watcher is None:
                self._watcher = Background(self._watch)

    def heard(self) -> None:
        """It said something."""
        self._heard, self._answered = monotonic(), True

    def ends(self) -> None:
        """What was asked has ended, however it did."""
        with self._lock:
            self._under_way -= 1

    async def ended(self) -> None:
        """Waits until nothing of it runs any more; to be called when closing has begun."""
        watcher = self._watcher
        if watcher is not None:
            await watcher.ended()

    async def _watch(self) -> None:
        try:
            await self._look()
        except BaseException:
            # Whatever it was, the next call has it watched again.
            self._watcher = None
            raise

    async def _look(self) -> None:
        pause = self._silence
        while not await self._closing.pause(pause):
            with self._lock:
                if not self._under_way:
                    self._watcher = None
                    return
            pause = self._silence - (monotonic() - self._heard)
            if pause <= 0:
                await self._probe()
                pause = self._silence

    async def _probe(self) -> None:
        began = monotonic()
        alive = await self._is_alive()
        if not alive and self._heard < began and self._roster.has_other(self._place):
            self._roster.failed(
                self._place,
                f"silent, and no answer to a probe within {self._silence:g} s",
            )
            await self._channel.renew()
        self.heard()

    async def _is_alive(self) -> bool:
        try:
            await self._channel.unary(_PROBE, b"", _PLAIN, self._silence)
        except grpc.RpcError as error:
            # Anything else is an answer, or a connection that breaks by itself.
            return not is_late(error)
        except ClosedError:
            pass
        return True
