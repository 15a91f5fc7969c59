"""Discovery: which peers there are, who can endorse what, who orders."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import grpc

from weftwork import discovery
from weftwork.aio.closing import Closing
from weftwork.aio.signatures import sign
from weftwork.aio.waiting import Channel, open_channel
from weftwork.client_tls import ClientCertificate, throwaway
from weftwork.connection import channel_options, credentials_for
from weftwork.discovery import ChaincodeCall, DiscoveredConfig, DiscoveredPeer, Endorsers
from weftwork.errors import ArgumentError, DiscoveryError
from weftwork.failures import describe, status_name
from weftwork.identity import Identity
from weftwork.options import CallOptions, Options
from weftwork.profile import Endpoint
from weftwork.signer import AnySigner
from weftwork.signing import SigningIdentity

T = TypeVar("T")

_DISCOVER = "/discovery.Discovery/Discover"
_CALL = CallOptions()


class Discovery(Closing):
    """Asks one peer what it knows of the others. Any member of a channel may ask of it.

    Every method raises DiscoveryError with the peer's address, what was asked, and its answer;
    LedgerError for an answer that cannot be read.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        identity: Identity,
        signer: AnySigner,
        *,
        timeout: float = 30,
    ) -> None:
        """Asks the peer at ``endpoint``; ``timeout`` is in seconds, for each call.

        A peer with TLS answers only who shows a TLS client certificate, whatever it is: the
        endpoint's, or one made for the occasion where it has none.
        """
        self.endpoint: Endpoint = endpoint
        self.timeout: float = timeout
        self._identity = identity
        self._signing = SigningIdentity(identity, signer, None)
        certificate = _certificate(endpoint)
        self._hash = certificate.hash if certificate else b""
        self._channel: Channel = open_channel(
            endpoint.target,
            credentials_for(
                endpoint,
                client_key=certificate.key if certificate else None,
                client_certificate=certificate.certificate if certificate else None,
            ),
            channel_options(endpoint, Options()),
        )

    async def local_peers(self) -> list[DiscoveredPeer]:
        """Every peer that the peer knows, whatever its channels. For the department's admins."""
        request = discovery.local_peers_request(self._identity.creator, self._hash)
        return await self._ask("list the peers it knows", request, discovery.peers)

    async def peers(self, channel: str, *calls: ChaincodeCall | str) -> list[DiscoveredPeer]:
        """The channel's peers, or those of them that run all of these chaincodes.

        A chaincode's name stands for a call without private data. Raises PolicyError too.
        """
        request = discovery.peers_request(
            channel, _calls(calls), self._identity.creator, self._hash
        )
        return await self._ask(f"list the peers of {channel}", request, discovery.peers)

    async def config(self, channel: str) -> DiscoveredConfig:
        """The channel's MSPs and orderers."""
        request = discovery.config_request(channel, self._identity.creator, self._hash)
        return await self._ask(f"tell the config of {channel}", request, discovery.config)

    async def endorsers(
        self, channel: str, call: ChaincodeCall | str, *called: ChaincodeCall | str
    ) -> Endorsers:
        """Who can endorse a transaction of this chaincode that calls those others.

        A chaincode's name stands for a call without private data. Raises PolicyError too.
        """
        calls = _calls((call, *called))
        request = discovery.endorsers_request(channel, calls, self._identity.creator, self._hash)
        names = ", ".join(found.name for found in calls)
        action = f"find endorsers of {names} on {channel}"
        return await self._ask(action, request, discovery.endorsers)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def _ask(self, action: str, request: bytes, read: Callable[[bytes], T]) -> T:
        signature, left = await sign(self._signing, request, self.timeout)
        signed = discovery.signed(request, signature)
        try:
            answer = await self._channel.unary(_DISCOVER, signed, _CALL, left)
        except grpc.RpcError as error:
            words = describe(error).partition(": ")[2]
            target = self.endpoint.target
            raise DiscoveryError(target, action, status_name(error), words) from error
        refused = discovery.refusal(answer)
        if refused:
            raise DiscoveryError(self.endpoint.target, action, "refused", refused)
        return read(answer)


def _calls(calls: Sequence[ChaincodeCall | str]) -> list[ChaincodeCall]:
    found = [ChaincodeCall(call) if isinstance(call, str) else call for call in calls]
    if any(not call.name for call in found):
        raise ArgumentError("discovery needs a chaincode's name, one is empty")
    return found


def _certificate(endpoint: Endpoint) -> ClientCertificate | None:
    if endpoint.roots is None:
        return None
    return endpoint.client or throwaway()
