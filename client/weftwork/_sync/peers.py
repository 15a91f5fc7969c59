"""Several gateway peers behind one gateway: the healthy one is asked, the next where it fails.

Nothing but the failure of a peer, or of the way to it, moves a call on: what a peer refuses stays
refused. The same signed bytes go to the next peer, so a submit that two peers have passed on is
one transaction all the same: the ledger takes an id once.
"""

# Generated from weftwork/aio/peers.py by scripts/unasync.py: change that one.

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic

import grpc

from weftwork._sync.waiting import Channel, Ending, Stream, gather
from weftwork._sync.watching import Watch
from weftwork.deadline import Deadline
from weftwork.failures import describe
from weftwork.health import PeerHealth, Roster, is_broken, is_late, is_reset, is_silent
from weftwork.options import CallOptions

# Seconds by which two clocks may differ over the same deadline.
_MOMENT = 0.05


class Peers:
    """The connections to a gateway's peers; used like a ``Channel`` to one."""

    def __init__(
        self, channels: Sequence[Channel], names: Sequence[str] = (), *, silence: float = 0
    ) -> None:
        """``channels`` in the order in which they shall be asked, ``names`` for their health.

        ``silence`` is as in ``Options``; a single peer is not watched: there is no other to ask.
        """
        if not channels:
            raise ValueError("a gateway needs at least one peer")
        self._channels = tuple(channels)
        targets = [channel.target for channel in channels]
        self._roster = Roster(list(zip(names or targets, targets, strict=True)))
        self._closing = Ending()
        self._watches: list[Watch | None] = [None] * len(self._channels)
        if silence > 0 and len(self._channels) > 1:
            self._watches = [
                Watch(channel, self._roster, place, silence, self._closing)
                for place, channel in enumerate(self._channels)
            ]

    @property
    def target(self) -> str:
        """Address of the peer that the next call goes to, ``host:port``."""
        return self._channels[self._roster.preferred].target

    @property
    def health(self) -> tuple[PeerHealth, ...]:
        """How each peer has fared, in the order in which they were given."""
        return self._roster.view()

    def turns(self) -> Iterator["Turn"]:
        """The peers to ask, one after the other; who asks says how each fared."""
        left = len(self._channels)
        asked = -1
        if left == 1 or self._roster.is_settled:
            # So it is nearly always, and there is nothing to put in order.
            asked = self._roster.preferred
            left -= 1
            yield self._turn(asked, waits=not left)
        if left:
            for place in self._roster.order():
                if place != asked:
                    left -= 1
                    yield self._turn(place, waits=not left)

    def _turn(self, place: int, *, waits: bool) -> "Turn":
        return Turn(self._channels[place], self._roster, place, self._watches[place], waits=waits)

    def unary(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> bytes:
        """One request, one answer, of the first peer that works. Raises grpc.RpcError."""
        deadline = Deadline(timeout)
        last: grpc.RpcError | None = None
        for turn in self.turns():
            left = timeout if last is None else deadline.left()
            if last is not None and left == 0:
                break
            try:
                return turn.unary(path, request, options, left)
            except grpc.RpcError as error:
                if not turn.broken:
                    raise
                last = error
        assert last is not None  # noqa: S101  # there is always a peer to ask
        raise last

    def stream(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> Stream:
        """One request, many answers of one peer. If it breaks, the next stream is another's."""
        turn = next(self.turns())
        return turn.watched(turn.channel.stream(path, request, turn.fitting(options), timeout))

    def duplex(
        self, path: str, requests: Sequence[bytes], options: CallOptions, timeout: float | None
    ) -> Stream:
        """Requests at once, many answers of one peer. If it breaks, the next is another's."""
        turn = next(self.turns())
        return turn.watched(turn.channel.duplex(path, requests, turn.fitting(options), timeout))

    def pause(self, seconds: float) -> bool:
        """Wait before another call; whether there is one to come: closing ends the wait."""
        return not self._closing.pause(seconds)

    def close(self) -> None:
        """Close the connections that were opened, not an application's own."""
        self._closing.set()
        gather([channel.close for channel in self._channels])
        for watch in self._watches:
            if watch is not None:
                watch.ended()


class Turn:
    """One peer's turn to be asked."""

    __slots__ = ("_place", "_roster", "_waits", "_watch", "broken", "channel")

    def __init__(
        self, channel: Channel, roster: Roster, place: int, watch: Watch | None, *, waits: bool
    ) -> None:
        """``waits`` says whether it may wait for a connection: not where another may have one."""
        self.channel: Channel = channel
        self.broken: bool = False
        """Whether the call failed because of this peer, so that another may answer it."""
        self._roster = roster
        self._place = place
        self._watch = watch
        self._waits = waits

    @property
    def target(self) -> str:
        """Its address, ``host:port``."""
        return self.channel.target

    def fitting(self, options: CallOptions) -> CallOptions:
        """The options, without waiting for a connection where another peer may have one."""
        if options.wait_for_ready and not self._waits:
            return replace(options, wait_for_ready=False)
        return options

    def unary(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> bytes:
        """One request, one answer, and a note of how the peer fared. Raises grpc.RpcError."""
        watch = self._watch
        if watch is None or (self._waits and options.wait_for_ready):
            # Who waits for a connection has said for how long.
            return self._asked(path, request, options, timeout)
        watch.begins()
        try:
            return self._asked(path, request, options, timeout)
        finally:
            watch.ends()

    def _asked(
        self, path: str, request: bytes, options: CallOptions, timeout: float | None
    ) -> bytes:
        began = monotonic()
        try:
            answer = self.channel.unary(path, request, self.fitting(options), timeout)
        except grpc.RpcError as error:
            # Calls that our own closing ends say nothing of the peer, nor do those that a peer
            # resets because their time is out: gRPC may tell that as CANCELLED.
            passed = monotonic() - began
            over = is_reset(error) and timeout is not None and timeout - passed < _MOMENT
            self.broken = is_broken(error) and not self.channel.closed and not over
            if self.broken or is_silent(path, error, timeout):
                self._roster.failed(self._place, describe(error))
            else:
                self._roster.answered(self._place, began)
                if self._watch is not None and not is_late(error):
                    self._watch.heard()
            raise
        self._roster.answered(self._place, began)
        if self._watch is not None:
            self._watch.heard()
        return answer

    def watched(self, stream: Stream) -> Stream:
        """The stream, whose breaking is noted, and its peer's silence."""

        def note(error: grpc.RpcError) -> None:
            if is_broken(error):
                self._roster.failed(self._place, describe(error))

        stream.on_failure = note
        if self._watch is not None:
            self._watch.begins()
            stream.on_answer, stream.on_end = self._watch.heard, self._watch.ends
        return stream
