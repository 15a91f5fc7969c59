"""Blocks as the in-memory ledger keeps them, with the very bytes a peer would have."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from weftwork.ledger import Block as DecodedBlock
from weftwork.ledger import ValidationCode, decode_block, header_hash
from weftwork_chaincode.testing.answer import Event
from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_protos import common_pb2, msp_pb2, peer_pb2


@dataclass(frozen=True, repr=False)
class Ordered:
    """A transaction in a block.

    Attributes:
        endorsed: What was ordered.
        code: What the peers decided of it.
        block_number: Its block.
        index: Its place in the block.
    """

    endorsed: Endorsed
    code: ValidationCode
    block_number: int
    index: int

    def __repr__(self) -> str:
        named = f"{self.chaincode}.{self.function}"
        return f"<{named} {self.transaction_id[:8]} {self.code.name} in block {self.block_number}>"

    @property
    def transaction_id(self) -> str:
        """Its id."""
        return self.endorsed.proposed.transaction_id

    @property
    def chaincode(self) -> str:
        """The chaincode it invoked."""
        return self.endorsed.proposed.chaincode

    @property
    def function(self) -> str:
        """The function it invoked."""
        return self.endorsed.proposed.function

    @property
    def result(self) -> bytes:
        """What the function returned."""
        return self.endorsed.answer.result

    @property
    def event(self) -> Event | None:
        """Its event; clients hear of it where the transaction is valid."""
        return self.endorsed.answer.event

    @property
    def endorsers(self) -> tuple[str, ...]:
        """MSP ids of the departments that endorsed."""
        return self.endorsed.endorsers


@dataclass(frozen=True, repr=False)
class Block:
    """A block after validation.

    Attributes:
        number: Its number; block 0 is the channel's configuration.
        previous: The block before it; None for block 0.
        transactions: What it holds, in order.
    """

    number: int
    previous: "Block | None"
    transactions: tuple[Ordered, ...]

    def __repr__(self) -> str:
        return f"<block {self.number}: {list(self.transactions)}>"

    @property
    def codes(self) -> tuple[ValidationCode, ...]:
        """The validation codes, in the transactions' order."""
        return tuple(transaction.code for transaction in self.transactions)

    def transaction(self, transaction_id: str) -> Ordered:
        """The transaction of this id, the first where it is in the block twice; LookupError."""
        for found in self.transactions:
            if found.transaction_id == transaction_id:
                return found
        raise LookupError(f"block {self.number} holds no transaction {transaction_id}")

    @cached_property
    def data(self) -> tuple[bytes, ...]:
        """The envelopes' bytes."""
        return tuple(envelope(transaction.endorsed) for transaction in self.transactions)

    @cached_property
    def hash(self) -> bytes:
        """SHA-256 of its header."""
        return header_hash(self.number, self.previous_hash, self.data_hash)

    @property
    def data_hash(self) -> bytes:
        """SHA-256 of its envelopes."""
        return hashlib.sha256(b"".join(self.data)).digest()

    @property
    def previous_hash(self) -> bytes:
        """The hash of the block before it; empty for block 0."""
        return self.previous.hash if self.previous is not None else b""

    @cached_property
    def serialized(self) -> bytes:
        """The bytes of Fabric's ``Block``, validation codes included."""
        message = common_pb2.Block(
            header=common_pb2.BlockHeader(
                number=self.number, previous_hash=self.previous_hash, data_hash=self.data_hash
            ),
            data=common_pb2.BlockData(data=self.data),
            metadata=common_pb2.BlockMetadata(metadata=[b"", b"", bytes(self.codes), b"", b""]),
        )
        return message.SerializeToString()

    def decode(self) -> DecodedBlock:
        """The block as the client's own decoder reads it."""
        return decode_block(self.serialized)


def envelope(endorsed: Endorsed) -> bytes:
    """The ``Envelope`` that a client sends to ordering."""
    proposed = endorsed.proposed
    action = peer_pb2.ChaincodeActionPayload(
        chaincode_proposal_payload=proposed.public_payload,
        action=peer_pb2.ChaincodeEndorsedAction(
            proposal_response_payload=endorsed.answer.payload,
            endorsements=[
                peer_pb2.Endorsement(
                    endorser=msp_pb2.SerializedIdentity(
                        mspid=mspid, id_bytes=f"the peer of {mspid}".encode()
                    ).SerializeToString()
                )
                for mspid in endorsed.endorsers
            ],
        ),
    )
    transaction = peer_pb2.Transaction(
        actions=[
            peer_pb2.TransactionAction(
                header=proposed.header.signature_header, payload=action.SerializeToString()
            )
        ]
    )
    payload = common_pb2.Payload(header=proposed.header, data=transaction.SerializeToString())
    serialized = payload.SerializeToString()
    return common_pb2.Envelope(
        payload=serialized, signature=proposed.creator.sign(serialized)
    ).SerializeToString()
