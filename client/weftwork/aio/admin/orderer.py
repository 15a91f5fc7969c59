"""One orderer's own services: envelopes handed in to be ordered, blocks taken out."""

import grpc

from weftwork.aio.closing import Closing
from weftwork.aio.signatures import sign
from weftwork.aio.waiting import Channel, Stream, open_channel
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
from weftwork.signer import AnySigner
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
        self, endpoint: Endpoint, identity: Identity, signer: AnySigner, *, timeout: float = 30
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

    async def broadcast(self, message: bytes) -> None:
        """Hand in a serialized ``Envelope``, signed, to be ordered.

        When it returns the envelope was accepted; whether what it holds becomes valid shows in a
        block.
        """
        await self._broadcast("order an envelope", message, self.timeout)

    async def update(self, update: ConfigUpdate) -> None:
        """Hand in a change of a channel's configuration that enough departments have signed.

        Whoever hands it in must be allowed to write to the channel; that is no signature of it.
        A change that makes use of versions that are no longer the newest is refused (400).
        """
        payload = update.payload(self._identity)
        signature, left = await sign(self._signing, payload, self.timeout)
        action = f"update the config of {update.channel}"
        await self._broadcast(action, envelope(payload, signature), left)

    async def block_bytes(self, channel: str, number: int | None = None) -> bytes:
        """A block as the orderer stores it: a serialized ``common.Block``; by default the newest.

        A block that there is not yet has the status 404.
        """
        which = "the newest block" if number is None else f"block {number}"
        blocks = await self._deliver(f"give {which} of {channel}", channel, number, number)
        return blocks[0]

    async def blocks_bytes(self, channel: str, first: int, last: int) -> list[bytes]:
        """The blocks from ``first`` to ``last``, both included."""
        return await self._deliver(f"give blocks of {channel}", channel, first, last)

    async def height(self, channel: str) -> int:
        """Number of blocks that the orderer stores."""
        return decode_block(await self.block_bytes(channel)).number + 1

    async def config_block(self, channel: str) -> bytes:
        """The channel's newest config block: a serialized ``common.Block``.

        With it another orderer joins the channel. Raises LedgerError too.
        """
        newest = decode_block(await self.block_bytes(channel))
        return await self.block_bytes(channel, newest.metadata.last_config or 0)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def _broadcast(self, action: str, message: bytes, timeout: float | None) -> None:
        stream = self._channel.duplex(_BROADCAST, [message], _CALL, timeout)
        try:
            answer = await self._read(action, stream)
        finally:
            await stream.cancel()
        status, reason = broadcast_answer(answer)
        if status != _SUCCESS:
            raise OrdererError(self.endpoint.target, action, status, reason)

    async def _deliver(
        self, action: str, channel: str, first: int | None, last: int | None
    ) -> list[bytes]:
        payload = seek_payload(
            channel, self._identity.creator, first, last, tls_certificate_hash=self._hash
        )
        signature, left = await sign(self._signing, payload, self.timeout)
        signed = envelope(payload, signature)
        stream = self._channel.duplex(_DELIVER, [signed], _CALL, left)
        blocks: list[bytes] = []
        try:
            while True:
                found = delivered(await self._read(action, stream))
                if isinstance(found, bytes):
                    blocks.append(found)
                elif found == _SUCCESS and blocks:
                    return blocks
                else:
                    raise OrdererError(self.endpoint.target, action, found, status_word(found))
        finally:
            await stream.cancel()

    async def _read(self, action: str, stream: Stream) -> bytes:
        try:
            answer = await stream.read()
        except grpc.RpcError as error:
            raise OrdererError(self.endpoint.target, action, 0, describe(error)) from error
        if answer is None:
            raise OrdererError(self.endpoint.target, action, 0, "it ended without an answer")
        return answer
