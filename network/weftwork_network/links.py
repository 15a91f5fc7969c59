"""Connections for administration: each node asked by an administrator of its own department."""

from contextlib import AsyncExitStack

from weftwork.aio import Gateway, connect
from weftwork.aio.admin import ChannelParticipation, ClientTls, Lifecycle, PeerAdmin
from weftwork.aio.closing import Closing
from weftwork.options import CallOptions, Options
from weftwork.profile import Profile, load_profile
from weftwork.wallet import FileWallet
from weftwork_network.certificates import ADMIN
from weftwork_network.state import State
from weftwork_network.topology import HOST, Member, Node, Topology

# A peer on a busy machine may close a connection before its handshake is done: dial again.
_CALL = CallOptions(timeout=60, wait_for_ready=True)
_PATIENT = Options(evaluate=_CALL, endorse=_CALL, submit=_CALL, commit_status=_CALL)


class Links(Closing):
    """Opened at first use, closed together. Every department acts with its own keys alone."""

    def __init__(self, state: State, topology: Topology) -> None:
        self._state = state
        self._topology = topology
        self._stack = AsyncExitStack()
        self._profiles: dict[str, Profile] = {}
        self._peers: dict[str, PeerAdmin] = {}
        self._orderers: dict[str, ChannelParticipation] = {}
        self._gateways: dict[str, Gateway] = {}

    async def aclose(self) -> None:
        """Closes every connection that was opened."""
        await self._stack.aclose()

    def peer(self, node: Node) -> PeerAdmin:
        """A peer, asked by its department's administrator."""
        if node.id not in self._peers:
            member = self._topology.member(node.department)
            admin = FileWallet(self._state.department(member) / "wallet").get(ADMIN)
            link = PeerAdmin(self._profile(member).peer(node.host), admin.identity, admin.signer())
            self._stack.push_async_exit(link)
            self._peers[node.id] = link
        return self._peers[node.id]

    def orderer(self, node: Node) -> ChannelParticipation:
        """An orderer's admin endpoint, shown the department's operator certificate."""
        if node.id not in self._orderers:
            folder = self._state.operator(self._topology.member(node.department))
            tls = ClientTls(folder / "ca.crt", folder / "client.crt", folder / "client.key")
            link = ChannelParticipation(f"{HOST}:{node.ports['admin']}", tls)
            self._stack.push_async_exit(link)
            self._orderers[node.id] = link
        return self._orderers[node.id]

    def gateway(self, member: Member) -> Gateway:
        """The gateway of a department's first peer, as its administrator."""
        if member.name not in self._gateways:
            link = connect(self._profile(member), ADMIN, options=_PATIENT)
            self._stack.push_async_exit(link)
            self._gateways[member.name] = link
        return self._gateways[member.name]

    def lifecycle(self, member: Member, channel: str) -> Lifecycle:
        """The chaincode lifecycle of a channel, acting as a department."""
        return Lifecycle(self.gateway(member).network(channel), mspid=member.mspid)

    def _profile(self, member: Member) -> Profile:
        if member.name not in self._profiles:
            self._profiles[member.name] = load_profile(
                self._state.department(member) / "profile.json"
            )
        return self._profiles[member.name]
