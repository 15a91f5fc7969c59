"""Administration of one peer: packages installed on it, channels that it has joined."""

# Generated from weftwork/aio/admin/peer.py by scripts/unasync.py: change that one.

import grpc

from weftwork import lifecycle
from weftwork._sync.closing import Closing
from weftwork._sync.waiting import Channel, open_channel, sleep
from weftwork.connection import channel_options, credentials_for
from weftwork.deadline import Deadline
from weftwork.definition import InstalledChaincode
from weftwork.errors import PeerError
from weftwork.failures import peer_error
from weftwork.identity import Identity
from weftwork.ledger.blocks import ChainInfo, decode_chain_info
from weftwork.options import CallOptions, Options
from weftwork.profile import Endpoint
from weftwork.proposals import build_proposal, signed_proposal
from weftwork.responses import Response, proposal_response
from weftwork.signer import Signer

_PROCESS_PROPOSAL = "/protos.Endorser/ProcessProposal"
_CALL = CallOptions()
_OK = range(200, 400)


class PeerAdmin(Closing):
    """One peer, asked by an administrator of its department.

    Every method raises PeerError with the peer's address, what was asked, and its answer.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        identity: Identity,
        signer: Signer,
        *,
        timeout: float = 60,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        """Administer the peer at ``endpoint``; ``timeout`` is in seconds, for each call."""
        self.endpoint: Endpoint = endpoint
        self.timeout: float = timeout
        self._identity = identity
        self._signer = signer
        self._channel: Channel = open_channel(
            endpoint.target,
            credentials or credentials_for(endpoint),
            channel_options(endpoint, Options()),
        )

    def install(self, package: bytes) -> str:
        """Install a chaincode package; its id. A peer refuses a package that it holds already."""
        args = [b"InstallChaincode", lifecycle.install_args(package)]
        return lifecycle.installed_id(self._call("install chaincode", "_lifecycle", args))

    def installed(self) -> list[InstalledChaincode]:
        """The packages that the peer holds."""
        args = [b"QueryInstalledChaincodes", b""]
        answer = self._call("list packages", "_lifecycle", args)
        return lifecycle.installed_chaincodes(answer)

    def join(self, block: bytes) -> None:
        """Join a channel by its first block, or by a config block.

        A peer refuses a channel that it has joined already: see ``channels``.
        """
        self._call("join a channel", "cscc", [b"JoinChain", block])

    def channels(self) -> list[str]:
        """Names of the channels that the peer has joined, sorted."""
        answer = self._call("list channels", "cscc", [b"GetChannels"])
        return lifecycle.channel_names(answer)

    def info(self, channel: str) -> ChainInfo:
        """How far the peer's copy of a channel goes."""
        args = [b"GetChainInfo", channel.encode()]
        return decode_chain_info(self._call(f"tell the height of {channel}", "qscc", args))

    def block_bytes(self, channel: str, number: int) -> bytes:
        """A block as the peer stores it: a serialized ``common.Block``."""
        args = [b"GetBlockByNumber", channel.encode(), str(number).encode()]
        return self._call(f"give block {number} of {channel}", "qscc", args)

    def config_block(self, channel: str) -> bytes:
        """The channel's newest config block: a serialized ``common.Block``."""
        args = [b"GetConfigBlock", channel.encode()]
        return self._call(f"give the config of {channel}", "cscc", args)

    def wait_ready(self, *, timeout: float = 30, interval: float = 0.05) -> None:
        """Wait until the peer answers. Both in seconds.

        Raises the last PeerError when the time is over, and at once any refusal that waiting
        does not mend, such as a signature that the peer does not accept.
        """
        deadline = Deadline(timeout)
        while True:
            try:
                self.channels()
            except PeerError as error:
                over = deadline.left() == 0
                if over or error.status not in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
                    raise
                sleep(interval)
            else:
                return

    def propose(self, action: str, channel: str, chaincode: str, args: list[bytes]) -> Response:
        """Send a proposal to this peer alone and give its answer, whatever its status.

        ``action`` is what errors call it. Raises PeerError where the peer gives no answer.
        """
        content = build_proposal(self._identity.creator, channel, chaincode, args)
        request = signed_proposal(content.proposal, self._signer(content.proposal))
        try:
            answer = self._channel.unary(_PROCESS_PROPOSAL, request, _CALL, self.timeout)
        except grpc.RpcError as error:
            raise peer_error(self.endpoint.target, action, error) from error
        return proposal_response(answer)

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _call(self, action: str, chaincode: str, args: list[bytes]) -> bytes:
        # These system chaincodes are asked without a channel: the peer itself is meant.
        response = self.propose(action, "", chaincode, args)
        if response.status not in _OK:
            raise PeerError(self.endpoint.target, action, response.status, response.message)
        return response.payload
