"""Chaincode events of valid transactions, and the answers of event streams decoded."""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.blocks import Block, decode_block
from weftwork_protos import common_pb2, gateway_pb2, peer_pb2


@dataclass(frozen=True, slots=True)
class ChaincodeEvent:
    """An event of a valid transaction."""

    block_number: int
    transaction_id: str
    chaincode: str
    name: str
    payload: bytes


def decode_chaincode_events(answer: bytes) -> list[ChaincodeEvent]:
    """One block's events out of a ``ChaincodeEventsResponse``. Raises LedgerError."""
    try:
        message = gateway_pb2.ChaincodeEventsResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the gateway's answer is not a ChaincodeEventsResponse") from None
    return [
        ChaincodeEvent(
            block_number=message.block_number,
            transaction_id=event.tx_id,
            chaincode=event.chaincode_id,
            name=event.event_name,
            payload=event.payload,
        )
        for event in message.events
    ]


def decode_delivery(answer: bytes) -> Block | str:
    """A block out of a ``DeliverResponse``, or the status that ends the stream.

    ``SUCCESS`` comes after the last block that was asked for. Raises LedgerError.
    """
    try:
        message = peer_pb2.DeliverResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the peer's answer is not a DeliverResponse") from None
    if message.WhichOneof("Type") == "block":
        return decode_block(message.block.SerializeToString())
    found = common_pb2.Status.DESCRIPTOR.values_by_number.get(message.status)
    return found.name if found else f"STATUS_{message.status}"
