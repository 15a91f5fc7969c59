"""Connections to the Gateway service of a department's peers, acting as one of its users."""

# Generated from weftwork/aio/gateway.py by scripts/unasync.py: change that one.

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import grpc

from weftwork._sync.calls import Calls
from weftwork._sync.closing import Closing
from weftwork._sync.event_requests import (
    BlockAndPrivateDataEventsRequest,
    BlockEventsRequest,
    ChaincodeEventsRequest,
    FilteredBlockEventsRequest,
)
from weftwork._sync.network import Network
from weftwork._sync.peers import Peers
from weftwork._sync.transaction import Commit, Proposal, Transaction
from weftwork._sync.waiting import Channel, open_channel
from weftwork.client_tls import ClientCertificate
from weftwork.connection import bound_to, channel_options, credentials_for, options_for
from weftwork.errors import ArgumentError, ProfileError
from weftwork.event_requests import split_chaincode_events_request, split_envelope
from weftwork.health import PeerHealth
from weftwork.identity import Identity
from weftwork.metrics import ClientMetrics
from weftwork.options import Options
from weftwork.profile import Endpoint, Profile, load_profile
from weftwork.signer import Signer
from weftwork.travelling import read_commit, read_proposal, read_transaction
from weftwork.wallet import FileWallet, User, Wallet


class Gateway(Closing):
    """One user's connection to a department's peers. Any number of threads may share it.

    Made by ``connect``, ``connect_endpoint`` or ``Gateway.on_channel``.
    """

    def __init__(
        self,
        peers: Peers,
        identity: Identity,
        signer: Signer | None,
        options: Options,
        client: ClientCertificate | None = None,
    ) -> None:
        self._peers = peers
        self._calls = Calls(peers, identity, signer, options, client)

    @classmethod
    def on_channel(
        cls,
        channel: Any,
        identity: Identity,
        signer: Signer | None = None,
        *,
        options: Options | None = None,
        target: str = "",
    ) -> Self:
        """A gateway on a gRPC channel of the application's own, which stays the application's.

        The sync gateway takes a ``grpc.Channel``, that of asyncio a ``grpc.aio.Channel``.
        ``target`` is what errors call the peer. Raises ArgumentError where one is None, or the
        channel is of the other kind.
        """
        for name, given in (("channel", channel), ("identity", identity)):
            if given is None:
                raise ArgumentError(
                    f"a gateway needs a gRPC channel and an identity: {name} is None"
                )
        peers = Peers([Channel(channel, target, owned=False)])
        return cls(peers, identity, signer, options or Options())

    @property
    def identity(self) -> Identity:
        """Who acts."""
        return self._calls.identity

    @property
    def target(self) -> str:
        """Address of the peer that the next call goes to, ``host:port``."""
        return self._peers.target

    @property
    def peers(self) -> tuple[PeerHealth, ...]:
        """The peers and how each has fared, in the order in which they are asked at first."""
        return self._peers.health

    def network(self, channel: str) -> Network:
        """A channel by its name; whether it exists shows at the first call."""
        return Network(self._calls, channel)

    def proposal(self, data: bytes, signature: bytes = b"") -> Proposal:
        """A proposal from its ``to_bytes()``, or another client's; ``signature`` of its digest.

        Without a signature it keeps the one it has, or is signed by this gateway. Raises
        LedgerError.
        """
        found = read_proposal(data)
        return Proposal(
            self._calls,
            found.content,
            found.function,
            found.organizations,
            signature or found.signature,
        )

    def transaction(self, data: bytes, signature: bytes = b"") -> Transaction:
        """An endorsed transaction from its ``to_bytes()``; as ``proposal``."""
        found = read_transaction(data)
        return Transaction(
            self._calls,
            found.transaction_id,
            found.channel,
            "the transaction",
            found.payload,
            signature or found.signature,
        )

    def commit(self, data: bytes, signature: bytes = b"") -> Commit:
        """A commit from its ``to_bytes()``; as ``proposal``."""
        found = read_commit(data)
        return Commit(
            self._calls, found.transaction_id, found.request, signature or found.signature
        )

    def chaincode_events_request(
        self, data: bytes, signature: bytes = b""
    ) -> ChaincodeEventsRequest:
        """A request for a chaincode's events from its ``to_bytes()``; as ``proposal``."""
        message, found = split_chaincode_events_request(data)
        return ChaincodeEventsRequest(self._calls, message, signature or found)

    def block_events_request(self, data: bytes, signature: bytes = b"") -> BlockEventsRequest:
        """A request for blocks from its ``to_bytes()``; as ``proposal``."""
        payload, found = split_envelope(data)
        return BlockEventsRequest(self._calls, payload, signature or found)

    def filtered_block_events_request(
        self, data: bytes, signature: bytes = b""
    ) -> FilteredBlockEventsRequest:
        """A request for filtered blocks from its ``to_bytes()``; as ``proposal``."""
        payload, found = split_envelope(data)
        return FilteredBlockEventsRequest(self._calls, payload, signature or found)

    def block_and_private_data_events_request(
        self, data: bytes, signature: bytes = b""
    ) -> BlockAndPrivateDataEventsRequest:
        """A request for blocks with private data from its ``to_bytes()``; as ``proposal``."""
        payload, found = split_envelope(data)
        return BlockAndPrivateDataEventsRequest(self._calls, payload, signature or found)

    def close(self) -> None:
        """Close the connections that the gateway opened."""
        self._peers.close()


def connect(
    profile: str | Path | Profile,
    user: str | User | Identity,
    *,
    signer: Signer | None = None,
    wallet: str | Path | Wallet | None = None,
    peer: str | Sequence[str] | None = None,
    options: Options | None = None,
    metrics: ClientMetrics | None = None,
) -> Gateway:
    """A gateway from a connection profile and a user of its wallet.

    ``user`` is a label in the wallet, ``wallet`` a folder or a wallet (by default the folder that
    the profile names, then the profile's own users), ``options`` replace the timeouts of the
    profile, ``metrics`` counts in place of those of the options. Connections are made at
    the first call.

    Where the key is elsewhere ``user`` is an identity and ``signer`` signs for it; without one
    nothing is sent but what was signed elsewhere. A user's own key gives way to a ``signer``.

    ``peer`` names a peer of the profile, or several in the order in which they shall be asked; by
    default they are all of the user's own department. The first is asked as long as it answers,
    then the next: see ``Gateway.peers``. Another department's peer, which would see transient
    data, is asked only where it is named.

    Raises ProfileError, WalletError, UnknownUserError, IdentityError.
    """
    if not isinstance(profile, Profile):
        profile = load_profile(profile)
    if isinstance(user, str):
        user = _user(profile, user, wallet)
    identity = user if isinstance(user, Identity) else user.identity
    if signer is None and isinstance(user, User):
        signer = user.signer()
    options = options or options_for(profile)
    if metrics is not None:
        options = replace(options, metrics=metrics)
    if peer is None:
        endpoints = profile.peers
    else:
        names = [peer] if isinstance(peer, str) else peer
        endpoints = tuple(profile.peer(name) for name in names)
    return connect_endpoint(endpoints, identity, signer, options=options)


def connect_endpoint(
    endpoint: Endpoint | Sequence[Endpoint],
    identity: Identity,
    signer: Signer | None = None,
    *,
    options: Options | None = None,
    credentials: grpc.ChannelCredentials | None = None,
) -> Gateway:
    """A gateway to one peer, or to several in the order in which they are asked, without a profile.

    ``credentials`` replace those made from each endpoint's own CAs, for mutual TLS for example.
    Without a ``signer`` nothing is sent but what was signed elsewhere: see ``Gateway.proposal``.
    Raises ProfileError for no endpoint at all.
    """
    options = options or Options()
    endpoints = [endpoint] if isinstance(endpoint, Endpoint) else list(endpoint)
    if not endpoints:
        raise ProfileError("a gateway needs at least one peer, none is named")
    options = bound_to(endpoints, options)
    channels = [
        open_channel(
            each.target, credentials or credentials_for(each), channel_options(each, options)
        )
        for each in endpoints
    ]
    peers = Peers(channels, [each.name for each in endpoints], silence=options.silence)
    client = next((each.client for each in endpoints if each.client is not None), None)
    return Gateway(peers, identity, signer, options, client)


def _user(profile: Profile, user: str, wallet: str | Path | Wallet | None) -> User:
    if isinstance(wallet, str | Path):
        return FileWallet(wallet, mspid=profile.mspid).get(user)
    if wallet is not None:
        return wallet.get(user)
    kept = FileWallet(profile.wallet, mspid=profile.mspid) if profile.wallet else None
    if kept is not None and (user not in profile.users or user in kept.labels()):
        return kept.get(user)
    if profile.users:
        return profile.user(user)
    raise ProfileError(
        f"{profile.source}: x-weftwork.wallet: is missing, so name the wallet at connect"
    )
