"""A client's proposal, with what every peer and the gateway need of it read once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from weftwork.proposals import build_proposal
from weftwork_chaincode.testing.identities import Identity
from weftwork_protos import common_pb2, peer_pb2
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage


@dataclass(frozen=True)
class Proposed:
    """A proposal on its way.

    Attributes:
        transaction_id: SHA-256 of nonce and creator.
        channel: The channel's name.
        chaincode: The chaincode it names.
        arguments: Function and arguments.
        creator: The client.
        timestamp: The client's clock, milliseconds since 1970.
        transient: Data that goes to the endorsing peers alone.
        proposal: The bytes that the client signs.
    """

    transaction_id: str
    channel: str
    chaincode: str
    arguments: tuple[bytes, ...]
    creator: Identity
    timestamp: int
    transient: Mapping[str, bytes]
    proposal: bytes

    @property
    def function(self) -> str:
        """The function's name."""
        return self.arguments[0].decode("utf-8", "replace") if self.arguments else ""

    @cached_property
    def header(self) -> common_pb2.Header:
        """The proposal's header, which the envelope repeats."""
        return common_pb2.Header.FromString(peer_pb2.Proposal.FromString(self.proposal).header)

    @cached_property
    def public_payload(self) -> bytes:
        """The payload without what is transient, as it goes on the chain."""
        payload = peer_pb2.Proposal.FromString(self.proposal).payload
        if not self.transient:
            return payload
        whole = peer_pb2.ChaincodeProposalPayload.FromString(payload)
        return peer_pb2.ChaincodeProposalPayload(input=whole.input).SerializeToString()

    @cached_property
    def hash(self) -> bytes:
        """What an endorsement binds (Fabric ``protoutil.GetProposalHash1``)."""
        header = self.header
        return hashlib.sha256(
            header.channel_header + header.signature_header + self.public_payload
        ).digest()

    @cached_property
    def request(self) -> bytes:
        """The TRANSACTION message that starts the chaincode."""
        message = ChaincodeMessage(
            type=ChaincodeMessage.TRANSACTION,
            txid=self.transaction_id,
            channel_id=self.channel,
            payload=peer_pb2.ChaincodeInput(args=self.arguments).SerializeToString(),
        )
        message.proposal.proposal_bytes = self.proposal
        message.proposal.signature = self.creator.sign(self.proposal)
        return message.SerializeToString()

    def call(self, channel: str, payload: bytes) -> bytes:
        """The message that starts a chaincode which another calls."""
        message = ChaincodeMessage.FromString(self.request)
        message.channel_id = channel
        message.payload = payload
        return message.SerializeToString()


def propose(
    channel: str,
    chaincode: str,
    arguments: Sequence[bytes],
    *,
    creator: Identity,
    nonce: bytes,
    timestamp: int,
    transient: Mapping[str, bytes],
) -> Proposed:
    """Builds a proposal with the client's own code; ``timestamp`` in milliseconds."""
    content = build_proposal(
        creator.creator,
        channel,
        chaincode,
        arguments,
        transient=transient,
        nonce=nonce,
        time_ns=timestamp * 1_000_000,
    )
    return Proposed(
        content.transaction_id,
        channel,
        chaincode,
        tuple(arguments),
        creator,
        timestamp,
        dict(transient),
        content.proposal,
    )
