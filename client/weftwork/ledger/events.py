"""Chaincode events of valid transactions, and the answers of event streams decoded."""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.cursor import Cursor
from weftwork.errors import LedgerError
from weftwork.ledger.blocks import Block, decode_block
from weftwork.ledger.filtered import FilteredBlock, decode_filtered_block
from weftwork.ledger.private import BlockAndPrivateData, decode_block_and_private_data
from weftwork_protos import common_pb2, gateway_pb2, peer_pb2


@dataclass(frozen=True, slots=True)
class ChaincodeEvent:
    """An event of a valid transaction."""

    block_number: int
    transaction_id: str
    chaincode: str
    name: str
    payload: bytes

    @property
    def cursor(self) -> Cursor:
        """Where a reader stands that has handled this event: a transaction emits one at most."""
        return Cursor(self.block_number, self.transaction_id)


def decode_chaincode_events(answer: bytes) -> list[ChaincodeEvent]:
    """One block's events out of a ``ChaincodeEventsResponse``. Raises LedgerError."""
    try:
        message = gateway_pb2.ChaincodeEventsResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the gateway's answer is not a ChaincodeEventsResponse") from None
    block = message.block_number
    return [
        ChaincodeEvent(block, event.tx_id, event.chaincode_id, event.event_name, event.payload)
        for event in message.events
    ]


def decode_delivery(answer: bytes) -> Block | FilteredBlock | BlockAndPrivateData | str:
    """A block out of a ``DeliverResponse``, or the status that ends the stream.

    ``SUCCESS`` comes after the last block that was asked for. Raises LedgerError.
    """
    # The block's own bytes are cut out: to parse and write them again costs more than the rest.
    kind, content = _only_field(answer)
    match kind:
        case peer_pb2.DeliverResponse.BLOCK_FIELD_NUMBER:
            return decode_block(content)
        case peer_pb2.DeliverResponse.FILTERED_BLOCK_FIELD_NUMBER:
            return decode_filtered_block(content)
        case peer_pb2.DeliverResponse.BLOCK_AND_PRIVATE_DATA_FIELD_NUMBER:
            return decode_block_and_private_data(content)
        case _:
            pass
    try:
        status = peer_pb2.DeliverResponse.FromString(answer).status
    except DecodeError:
        raise LedgerError("the peer's answer is not a DeliverResponse") from None
    found = common_pb2.Status.DESCRIPTOR.values_by_number.get(status)
    return found.name if found else f"STATUS_{status}"


def _only_field(message: bytes) -> tuple[int, bytes]:
    """Number and content of a message's one field of a variable length; (0, b"") for others.

    https://protobuf.dev/programming-guides/encoding/
    """
    if len(message) < 2 or message[0] & 0x87 != 2:  # length-delimited, below 16
        return 0, b""
    length, shift, place = 0, 0, 1
    while place < len(message):
        byte = message[place]
        length |= (byte & 0x7F) << shift
        shift, place = shift + 7, place + 1
        if byte < 0x80:  # the last byte of the length
            break
    if len(message) - place != length:
        raise LedgerError("the peer's answer is not a DeliverResponse")
    return message[0] >> 3, message[place:]
