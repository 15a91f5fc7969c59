"""A connection to the Gateway service of a peer, acting as one user of a department."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import grpc

from weftwork.aio.calls import Calls
from weftwork.aio.closing import Closing
from weftwork.aio.network import Network
from weftwork.aio.waiting import Channel, open_channel
from weftwork.connection import channel_options, credentials_for
from weftwork.errors import ArgumentError, ProfileError
from weftwork.identity import Identity
from weftwork.metrics import ClientMetrics
from weftwork.options import Options
from weftwork.profile import Endpoint, Profile, load_profile
from weftwork.signer import Signer
from weftwork.wallet import FileWallet, User, Wallet


class Gateway(Closing):
    """One user's connection to one peer. Any number of tasks may share it.

    Made by ``connect``, ``connect_endpoint`` or ``Gateway.on_channel``.
    """

    def __init__(
        self, channel: Channel, identity: Identity, signer: Signer, options: Options
    ) -> None:
        self._channel = channel
        self._calls = Calls(channel, identity, signer, options)

    @classmethod
    def on_channel(
        cls,
        channel: Any,
        identity: Identity,
        signer: Signer,
        *,
        options: Options | None = None,
        target: str = "",
    ) -> Self:
        """A gateway on a gRPC channel of the application's own, which stays the application's.

        The sync gateway takes a ``grpc.Channel``, the async one a ``grpc.aio.Channel``.
        ``target`` is what errors call the peer. Raises ArgumentError where one is None.
        """
        for name, given in (("channel", channel), ("identity", identity)):
            if given is None:
                raise ArgumentError(
                    f"a gateway needs a gRPC channel and an identity: {name} is None"
                )
        return cls(Channel(channel, target, owned=False), identity, signer, options or Options())

    @property
    def identity(self) -> Identity:
        """Who acts."""
        return self._calls.identity

    @property
    def target(self) -> str:
        """Address of the peer, ``host:port``."""
        return self._channel.target

    def network(self, channel: str) -> Network:
        """A channel by its name; whether it exists shows at the first call."""
        return Network(self._calls, channel)

    async def aclose(self) -> None:
        """Close the connection, if the gateway opened it."""
        await self._channel.close()


def connect(
    profile: str | Path | Profile,
    user: str | User,
    *,
    wallet: str | Path | Wallet | None = None,
    peer: str | None = None,
    options: Options | None = None,
    metrics: ClientMetrics | None = None,
) -> Gateway:
    """A gateway from a connection profile and a user of its wallet.

    ``user`` is a label in the wallet, ``wallet`` a folder or a wallet (by default the folder that
    the profile names), ``peer`` a name in the profile (by default the department's first),
    ``metrics`` counts in place of those of the options. The connection is made at the first call.

    Raises ProfileError, WalletError, UnknownUserError, IdentityError.
    """
    if not isinstance(profile, Profile):
        profile = load_profile(profile)
    if isinstance(user, str):
        user = _wallet(profile, wallet).get(user)
    options = options or Options()
    if metrics is not None:
        options = replace(options, metrics=metrics)
    return connect_endpoint(profile.peer(peer), user.identity, user.signer(), options=options)


def connect_endpoint(
    endpoint: Endpoint,
    identity: Identity,
    signer: Signer,
    *,
    options: Options | None = None,
    credentials: grpc.ChannelCredentials | None = None,
) -> Gateway:
    """A gateway to one peer, without a profile.

    ``credentials`` replace those made from the endpoint's own CAs, for mutual TLS for example.
    """
    options = options or Options()
    channel = open_channel(
        endpoint.target,
        credentials or credentials_for(endpoint),
        channel_options(endpoint, options),
    )
    return Gateway(channel, identity, signer, options)


def _wallet(profile: Profile, wallet: str | Path | Wallet | None) -> Wallet:
    if isinstance(wallet, str | Path):
        return FileWallet(wallet)
    if wallet is not None:
        return wallet
    if profile.wallet is None:
        raise ProfileError(
            f"{profile.source}: x-weftwork.wallet: is missing, so name the wallet at connect"
        )
    return FileWallet(profile.wallet)
