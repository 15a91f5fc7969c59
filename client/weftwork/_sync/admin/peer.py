"""Administration of one peer: packages, channels, blocks, snapshots of its ledgers."""

# Generated from weftwork/aio/admin/peer.py by scripts/unasync.py: change that one.

import grpc

from weftwork import lifecycle, snapshots
from weftwork._sync.closing import Closing
from weftwork._sync.signatures import sign
from weftwork._sync.waiting import Channel, open_channel, sleep
from weftwork.connection import channel_options, credentials_for
from weftwork.deadline import Deadline
from weftwork.definition import InstalledChaincode
from weftwork.errors import PeerError
from weftwork.failures import peer_error
from weftwork.identity import Identity
from weftwork.ledger.blocks import Block, ChainInfo, decode_block, decode_chain_info
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.config import ChannelConfig, decode_config
from weftwork.ledger.transactions import Transaction
from weftwork.options import CallOptions, Options
from weftwork.profile import Endpoint
from weftwork.proposals import build_proposal, signed_proposal
from weftwork.responses import Response, processed_transaction, proposal_response
from weftwork.signer import Signer
from weftwork.signing import SigningIdentity
from weftwork.snapshots import JoinStatus

_PROCESS_PROPOSAL = "/protos.Endorser/ProcessProposal"
_SNAPSHOT = "/protos.Snapshot/"
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
        self._signing = SigningIdentity(identity, signer, None)
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

    def package(self, package_id: str) -> bytes:
        """A package that the peer holds, as it was installed."""
        args = [b"GetInstalledChaincodePackage", lifecycle.package_args(package_id)]
        answer = self._call(f"give package {package_id}", "_lifecycle", args)
        return lifecycle.package_of(answer)

    def join(self, block: bytes) -> None:
        """Join a channel by its first block, or by a config block.

        A peer refuses a channel that it has joined already: see ``channels``.
        """
        self._call("join a channel", "cscc", [b"JoinChain", block])

    def join_by_snapshot(self, folder: str) -> None:
        """Join a channel from a snapshot; ``folder`` is a path on the peer's own machine.

        The peer works on after it has answered, and tells nobody but its log what becomes of it:
        see ``wait_joined``.
        """
        self._call("join by a snapshot", "cscc", [b"JoinChainBySnapshot", folder.encode()])

    def join_status(self) -> JoinStatus:
        """Whether the peer is joining a channel from a snapshot; it joins one at a time."""
        answer = self._call("tell of joining", "cscc", [b"JoinBySnapshotStatus"])
        return snapshots.join_status(answer)

    def wait_joined(self, channel: str, *, timeout: float = 300, interval: float = 0.1) -> None:
        """Wait until the peer has joined the channel by a snapshot. Both in seconds.

        Raises PeerError where it has given up (status ``FAILED``), and where it is still at it
        when the time is over (``DEADLINE_EXCEEDED``).
        """
        deadline, action = Deadline(timeout), f"join {channel} by a snapshot"
        while True:
            # In this order: what it has joined between the two answers is not missed.
            status = self.join_status()
            if channel in self.channels():
                return
            if not status.joining:
                words = "it is not joining it: why it gave up, if it had begun, its log says"
                raise PeerError(self.endpoint.target, action, "FAILED", words)
            if deadline.left() == 0:
                words = f"it still reads {status.folder}"
                raise PeerError(self.endpoint.target, action, "DEADLINE_EXCEEDED", words)
            sleep(interval)

    def channels(self) -> list[str]:
        """Names of the channels that the peer has joined, sorted."""
        answer = self._call("list channels", "cscc", [b"GetChannels"])
        return lifecycle.channel_names(answer)

    def info(self, channel: str) -> ChainInfo:
        """How far the peer's copy of a channel goes."""
        args = [b"GetChainInfo", channel.encode()]
        return decode_chain_info(self._call(f"tell the height of {channel}", "qscc", args))

    def block(self, channel: str, number: int) -> Block:
        """A block by its number. Raises LedgerError too."""
        return decode_block(self.block_bytes(channel, number))

    def block_bytes(self, channel: str, number: int) -> bytes:
        """A block as the peer stores it: a serialized ``common.Block``."""
        args = [b"GetBlockByNumber", channel.encode(), str(number).encode()]
        return self._call(f"give block {number} of {channel}", "qscc", args)

    def block_by_hash(self, channel: str, hash: bytes) -> Block:
        """A block by the hash of its header, as ``ChainInfo`` and ``Block`` have it.

        A peer that joined by a snapshot knows none of the blocks before it. Raises LedgerError too.
        """
        args = [b"GetBlockByHash", channel.encode(), hash]
        action = f"give block {hash.hex()} of {channel}"
        return decode_block(self._call(action, "qscc", args))

    def block_of(self, channel: str, transaction_id: str) -> Block:
        """The block that holds a transaction, valid or not. Raises LedgerError too."""
        args = [b"GetBlockByTxID", channel.encode(), transaction_id.encode()]
        action = f"give the block of transaction {transaction_id} of {channel}"
        return decode_block(self._call(action, "qscc", args))

    def transaction(self, channel: str, transaction_id: str) -> Transaction:
        """A transaction as its block records it. Raises LedgerError too."""
        return (self.block_of(channel, transaction_id)).transaction(transaction_id)

    def processed_transaction(
        self, channel: str, transaction_id: str
    ) -> tuple[bytes, ValidationCode]:
        """A transaction's serialized ``Envelope`` and its code, without the rest of its block."""
        args = [b"GetTransactionByID", channel.encode(), transaction_id.encode()]
        action = f"give transaction {transaction_id} of {channel}"
        return processed_transaction(self._call(action, "qscc", args))

    def config_block(self, channel: str) -> bytes:
        """The channel's newest config block: a serialized ``common.Block``."""
        args = [b"GetConfigBlock", channel.encode()]
        return self._call(f"give the config of {channel}", "cscc", args)

    def config(self, channel: str) -> ChannelConfig:
        """The channel's configuration as the peer has it now. Raises LedgerError too."""
        return decode_config(self.config_bytes(channel))

    def config_bytes(self, channel: str) -> bytes:
        """The channel's configuration as configtxlator takes it: a serialized ``Config``."""
        args = [b"GetChannelConfig", channel.encode()]
        return self._call(f"give the config of {channel}", "cscc", args)

    def request_snapshot(self, channel: str, block: int = 0) -> None:
        """Have the peer write a snapshot of a channel once it has committed that block.

        0 is the block that it committed last. A block of the past is refused. It lies on the
        peer's own machine then, below its ``ledger.snapshots.rootDir``:
        ``completed/<channel>/<block>``; see ``wait_snapshot``.
        """
        request = snapshots.snapshot_request(self._identity.creator, channel, block)
        self._snapshot(f"take a snapshot of {channel}", "Generate", request)

    def cancel_snapshot(self, channel: str, block: int) -> None:
        """Take back the request for a snapshot at that block."""
        request = snapshots.snapshot_request(self._identity.creator, channel, block)
        self._snapshot(f"cancel the snapshot of {channel}", "Cancel", request)

    def pending_snapshots(self, channel: str) -> list[int]:
        """The blocks at which a snapshot was requested and is not written yet, in order."""
        request = snapshots.snapshot_query(self._identity.creator, channel)
        action = f"list snapshots of {channel}"
        return snapshots.pending(self._snapshot(action, "QueryPendings", request))

    def wait_snapshot(
        self, channel: str, block: int, *, timeout: float = 300, interval: float = 0.1
    ) -> None:
        """Wait until no snapshot at that block is pending any more. Both in seconds.

        Raises PeerError (``DEADLINE_EXCEEDED``) when the time is over.
        """
        deadline = Deadline(timeout)
        while block in self.pending_snapshots(channel):
            if deadline.left() == 0:
                action = f"take a snapshot of {channel}"
                words = f"block {block} has not been committed, or the snapshot is being written"
                raise PeerError(self.endpoint.target, action, "DEADLINE_EXCEEDED", words)
            sleep(interval)

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
        signature, left = sign(self._signing, content.proposal, self.timeout)
        request = signed_proposal(content.proposal, signature)
        try:
            answer = self._channel.unary(_PROCESS_PROPOSAL, request, _CALL, left)
        except grpc.RpcError as error:
            raise peer_error(self.endpoint.target, action, error) from error
        return proposal_response(answer)

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _snapshot(self, action: str, method: str, request: bytes) -> bytes:
        signature, left = sign(self._signing, request, self.timeout)
        signed = snapshots.signed(request, signature)
        try:
            return self._channel.unary(_SNAPSHOT + method, signed, _CALL, left)
        except grpc.RpcError as error:
            raise peer_error(self.endpoint.target, action, error) from error

    def _call(self, action: str, chaincode: str, args: list[bytes]) -> bytes:
        # These system chaincodes are asked without a channel: the peer itself is meant.
        response = self.propose(action, "", chaincode, args)
        if response.status not in _OK:
            raise PeerError(self.endpoint.target, action, response.status, response.message)
        return response.payload
