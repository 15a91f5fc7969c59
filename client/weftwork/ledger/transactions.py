"""Transactions decoded: who created and endorsed them, what was called, read, written, emitted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.codes import ValidationCode
from weftwork.ledger.config import ConfigEntry, decode_config_entry
from weftwork.ledger.members import Member, member_of
from weftwork.ledger.rwsets import NamespaceSet, decode_rwset
from weftwork_protos import common_pb2, peer_pb2

_KINDS = {found.number: found.name for found in common_pb2.HeaderType.DESCRIPTOR.values}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """The event that a transaction emitted; it counts only if the transaction is valid."""

    chaincode: str
    name: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A peer's word that the transaction is what it computed, as recorded: not checked here."""

    endorser: Member
    signature: bytes


@dataclass(frozen=True, slots=True)
class Transaction:
    """An entry of a block. What only an endorsed transaction has is empty in a config entry."""

    transaction_id: str
    """Empty for a config entry."""
    channel: str
    kind: str
    """Fabric's header type: ``ENDORSER_TRANSACTION``, ``CONFIG``, ..."""
    code: ValidationCode
    block_number: int
    index: int
    """Place in the block, from 0."""
    timestamp: datetime
    """The creator's clock, UTC."""
    creator: Member | None
    chaincode: str
    """The chaincode that was invoked; those that it called are namespaces of ``rwset``."""
    function: str
    args: tuple[bytes, ...]
    """Arguments after the function's name."""
    status: int
    """Status of the chaincode's response, 200 for success."""
    result: bytes
    endorsements: tuple[Endorsement, ...]
    rwset: tuple[NamespaceSet, ...]
    event: EmittedEvent | None
    config: ConfigEntry | None
    """The channel's configuration from here on, in a config entry."""

    @property
    def endorsers(self) -> tuple[Member, ...]:
        """The peers that endorsed."""
        return tuple(found.endorser for found in self.endorsements)

    @property
    def successful(self) -> bool:
        """Whether it changed the ledger's state."""
        return self.code is ValidationCode.VALID

    def namespace(self, chaincode: str) -> NamespaceSet | None:
        """What it read and wrote in one chaincode's namespace; None: nothing."""
        return next((part for part in self.rwset if part.namespace == chaincode), None)


def decode_transaction(
    serialized: bytes, code: ValidationCode, *, block_number: int, index: int
) -> Transaction:
    """A transaction out of its envelope's bytes. Raises LedgerError naming block and place."""
    try:
        return _decode(serialized, code, block_number, index)
    except (DecodeError, LedgerError, OverflowError, UnicodeDecodeError) as error:
        where = f"transaction {index} of block {block_number}"
        raise LedgerError(f"{where} cannot be read: {error}") from None


def unreadable_transaction(code: ValidationCode, *, block_number: int, index: int) -> Transaction:
    """A transaction that cannot be read, of the kind ``UNREADABLE``: it has a place and a code."""
    empty = _NOTHING
    return Transaction(
        transaction_id="",
        channel="",
        kind="UNREADABLE",
        code=code,
        block_number=block_number,
        index=index,
        timestamp=_EPOCH,
        creator=None,
        chaincode=empty.chaincode,
        function=empty.function,
        args=empty.args,
        status=empty.status,
        result=empty.result,
        endorsements=empty.endorsements,
        rwset=empty.rwset,
        event=empty.event,
        config=None,
    )


def _decode(serialized: bytes, code: ValidationCode, block_number: int, index: int) -> Transaction:
    payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(serialized).payload)
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    creator = common_pb2.SignatureHeader.FromString(payload.header.signature_header).creator
    action, config = _NOTHING, None
    if header.type == common_pb2.ENDORSER_TRANSACTION:
        action = _action(payload.data)
    elif header.type == common_pb2.CONFIG:
        config = decode_config_entry(payload.data)
    time = header.timestamp
    return Transaction(
        transaction_id=header.tx_id,
        channel=header.channel_id,
        kind=_kind(header.type),
        code=code,
        block_number=block_number,
        index=index,
        timestamp=_EPOCH + timedelta(0, time.seconds, time.nanos // 1000),
        creator=member_of(creator) if creator else None,
        chaincode=action.chaincode,
        function=action.function,
        args=action.args,
        status=action.status,
        result=action.result,
        endorsements=action.endorsements,
        rwset=action.rwset,
        event=action.event,
        config=config,
    )


@dataclass(frozen=True, slots=True)
class _Action:
    chaincode: str = ""
    function: str = ""
    args: tuple[bytes, ...] = ()
    status: int = 0
    result: bytes = b""
    endorsements: tuple[Endorsement, ...] = ()
    rwset: tuple[NamespaceSet, ...] = ()
    event: EmittedEvent | None = None


_NOTHING = _Action()


def _action(data: bytes) -> _Action:
    actions = peer_pb2.Transaction.FromString(data).actions
    if len(actions) != 1:
        # Fabric allows exactly one (core/common/validation/msgvalidation.go).
        raise LedgerError(f"it holds {len(actions)} actions in place of one")
    payload = peer_pb2.ChaincodeActionPayload.FromString(actions[0].payload)
    proposal = peer_pb2.ChaincodeProposalPayload.FromString(payload.chaincode_proposal_payload)
    spec = peer_pb2.ChaincodeInvocationSpec.FromString(proposal.input).chaincode_spec
    response = peer_pb2.ProposalResponsePayload.FromString(payload.action.proposal_response_payload)
    outcome = peer_pb2.ChaincodeAction.FromString(response.extension)
    args = tuple(spec.input.args)
    return _Action(
        # The header decides which chaincode is validated; the outcome repeats it.
        chaincode=outcome.chaincode_id.name or spec.chaincode_id.name,
        function=args[0].decode(errors="replace") if args else "",
        args=args[1:],
        status=outcome.response.status,
        result=outcome.response.payload,
        endorsements=tuple(
            [
                Endorsement(member_of(found.endorser), found.signature)
                for found in payload.action.endorsements
            ]
        ),
        rwset=decode_rwset(outcome.results),
        event=_event(outcome.events),
    )


def _event(serialized: bytes) -> EmittedEvent | None:
    if not serialized:
        return None
    event = peer_pb2.ChaincodeEvent.FromString(serialized)
    return EmittedEvent(event.chaincode_id, event.event_name, event.payload)


def _kind(number: int) -> str:
    return _KINDS.get(number) or f"TYPE_{number}"
