"""One orderer's own services: envelopes handed in to be ordered, blocks taken out."""

# Generated from weftwork/aio/admin/orderer.py by scripts/unasync.py: change that one.

import grpc

from weftwork._sync.closing import Closing
from weftwork._sync.signatures import sign
from weftwork._sync.waiting import Channel, Stream, open_channel
from weftwork.config_update import ConfigUpdate
from weftwork.connection import channel_options, credentials_for
from weftwork.errors import OrdererError
from weftwork.failures import describe
from weftwork.identity import Identity
from weftwork.ledger.blocks import decode_block
from weftwork.options import CallOptions, Options
from weftwork.orderers import broadcast_answer, delivered, seek_payload, status_word
from weftwork.profile import Endpoint
from weftwork.proposals import envelope
from weftwork.signer import Signer
from weftwork.signing import SigningIdentity

_BROADCAST = "/orderer.AtomicBroadcast/Broadcast"
_DELIVER = "/orderer.AtomicBroadcast/Deliver"
_CALL = CallOptions()
_SUCCESS = 200


class Orderer(Closing):
    """An orderer, asked by a member of a channel that it orders.

    Every method raises OrdererError with its address, what was asked, and its answer: the status
    is Fabric's (``common.Status``, numbered like HTTP's), 0 where there was no answer.
    """

    def __init__(
        self, endpoint: Endpoint, identity: Identity, signer: Signer, *, timeout: float = 30
    ) -> None:
        """``endpoint`` is where clients reach it; ``timeout`` in seconds, each call."""
        self.endpoint: Endpoint = endpoint
        self.timeout: float = timeout
        self._identity = identity
        self._signing = SigningIdentity(identity, signer, None)
        self._hash = endpoint.client.hash if endpoint.client else b""
        self._channel: Channel = open_channel(
            endpoint.target, credentials_for(endpoint), channel_options(endpoint, Options())
        )

    def broadcast(self, message: bytes) -> None:
        """Hand in a serialized ``Envelope``, signed, to be ordered.

        When it returns the envelope was accepted; whether what it holds becomes valid shows in a
        block.
        """
        self._broadcast("order an envelope", message, self.timeout)

    def update(self, update: ConfigUpdate) -> None:
        """Hand in a change of a channel's configuration that enough departments have signed.

        Whoever hands it in must be allowed to write to the channel; that is no signature of it.
        A change that makes use of versions that are no longer the newest is refused (400).
        """
        payload = update.payload(self._identity)
        signature, left = sign(self._signing, payload, self.timeout)
        action = f"update the config of {update.channel}"
        self._broadcast(action, envelope(payload, signature), left)

    def block_bytes(self, channel: str, number: int | None = None) -> bytes:
        """A block as the orderer stores it: a serialized ``common.Block``; by default the newest.

        A block that there is not yet has the status 404.
        """
        which = "the newest block" if number is None else f"block {number}"
        blocks = self._deliver(f"give {which} of {channel}", channel, number, number)
        return blocks[0]

    def blocks_bytes(self, channel: str, first: int, last: int) -> list[bytes]:
        """The blocks from ``first`` to ``last``, both included."""
        return self._deliver(f"give blocks of {channel}", channel, first, last)

    def height(self, channel: str) -> int:
        """Number of blocks that the orderer stores."""
        return decode_block(self.block_bytes(channel)).number + 1

    def config_block(self, channel: str) -> bytes:
        """The channel's newest config block: a serialized ``common.Block``.

        With it another orderer joins the channel. Raises LedgerError too.
        """
        newest = decode_block(self.block_bytes(channel))
        return self.block_bytes(channel, newest.metadata.last_config or 0)

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _broadcast(self, action: str, message: bytes, timeout: float | None) -> None:
        stream = self._channel.duplex(_BROADCAST, [message], _CALL, timeout)
        try:
            answer = self._read(action, stream)
        finally:
            stream.cancel()
        status, reason = broadcast_answer(answer)
        if status != _SUCCESS:
            raise OrdererError(self.endpoint.target, action, status, reason)

    def _deliver(
        self, action: str, channel: str, first: int | None, last: int | None
    ) -> list[bytes]:
        payload = seek_payload(
            channel, self._identity.creator, first, last, tls_certificate_hash=self._hash
        )
        signature, left = sign(self._signing, payload, self.timeout)
        signed = envelope(payload, signature)
        stream = self._channel.duplex(_DELIVER, [signed], _CALL, left)
        blocks: list[bytes] = []
        try:
            while True:
                found = delivered(self._read(action, stream))
                if isinstance(found, bytes):
                    blocks.append(found)
                elif found == _SUCCESS and blocks:
                    return blocks
                else:
                    raise OrdererError(self.endpoint.target, action, found, status_word(found))
        finally:
            stream.cancel()

    def _read(self, action: str, stream: Stream) -> bytes:
        try:
            answer = stream.read()
        except grpc.RpcError as error:
            raise OrdererError(self.endpoint.target, action, 0, describe(error)) from error
        if answer is None:
            raise OrdererError(self.endpoint.target, action, 0, "it ended without an answer")
        return answer
