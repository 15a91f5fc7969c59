"""The low-level view of one transaction: keys, bytes and collections, as Fabric has them.

All of fabric-chaincode-go v2.3's stub (``shim/interfaces.go``). Every read and write of a
transaction goes through here, and so through the guards of :mod:`weftwork_chaincode.access`.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from weftwork_chaincode import messages
from weftwork_chaincode.batch import WriteBuffer
from weftwork_chaincode.called import Written
from weftwork_chaincode.errors import CalledChaincodeError, Invalid, PeerError, WriteInEvaluate
from weftwork_chaincode.identity import ClientIdentity
from weftwork_chaincode.messages import Event, Response
from weftwork_chaincode.private_state import PrivateState
from weftwork_chaincode.proposal import Proposal, SignedProposal
from weftwork_chaincode.public_state import PublicState
from weftwork_chaincode.transaction import Transaction


class Stub(PublicState, PrivateState):
    """What a transaction can ask of its peer.

    Attributes:
        args: The arguments, the function's name first.
        proposal: What the client signed.
        function: The function's name once it is known to exist; for logs.
        decorations: What decorators of the peer have added to the arguments; a stock peer adds
            nothing.
        read_only: True of an ``@evaluate`` function: writes are refused. False of a ``@submit``
            one: pages and private results are refused. None where nobody has said.
    """

    def __init__(
        self,
        transaction: Transaction,
        args: list[bytes],
        proposal: Proposal,
        earlier: Written | None = None,
        decorations: Mapping[str, bytes] = messages.NO_DECORATIONS,
    ) -> None:
        super().__init__(transaction, earlier)
        self._event: Event | None = None
        self._failed_call: CalledChaincodeError | None = None
        self.args = args
        self.proposal = proposal
        self.decorations = decorations

    # --- what the client sent

    @property
    def tx_id(self) -> str:
        """The transaction's id."""
        return self._transaction.txid

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._transaction.channel

    @property
    def creator(self) -> bytes:
        """The client's ``SerializedIdentity``, as signed."""
        return self.proposal.creator

    @cached_property
    def client(self) -> ClientIdentity:
        """The client, read from the creator."""
        return ClientIdentity(self.proposal.creator)

    @property
    def transient(self) -> Mapping[str, bytes]:
        """Data beside the arguments that does not go on the chain."""
        return self.proposal.transient

    @property
    def timestamp(self) -> int:
        """The client's clock, milliseconds since 1970 (UTC): what it says, not what is true."""
        return self.proposal.timestamp

    @property
    def timestamp_ns(self) -> int:
        """The same in nanoseconds, as exact as the client has said it."""
        return self.proposal.timestamp_ns

    @property
    def binding(self) -> bytes:
        """SHA-256 over nonce, creator and epoch: binds other data to this one proposal."""
        return self.proposal.binding

    @property
    def signed_proposal(self) -> SignedProposal:
        """What the client signed, and its signature."""
        return SignedProposal(self.proposal.raw, self.proposal.signature)

    # --- other chaincodes, event

    async def invoke(self, chaincode: str, args: Sequence[bytes], channel: str = "") -> Response:
        """Calls another chaincode; on the same channel it joins this transaction.

        On another channel it only reads, and nothing of it is validated. A response of status 400
        and more fails this transaction too, whatever it returns: what the called chaincode wrote
        stays in the shared simulation.
        """
        if not chaincode:
            raise Invalid("a call needs the name of a chaincode")
        try:
            payload = await self._request(
                messages.INVOKE_CHAINCODE, messages.invoke_chaincode(chaincode, args, channel)
            )
            response = messages.parse_invoked(payload)
        except PeerError as error:
            response = Response(error.status, str(error))
        if response is None:
            response = Response(500, "the called chaincode gave up without a response")
        if response.status >= 400 and self._failed_call is None:
            function = args[0].decode("utf-8", "replace") if args else ""
            self._failed_call = CalledChaincodeError(
                chaincode, function, response.status, response.message
            )
        return response

    def set_event(self, name: str, payload: bytes) -> None:
        """Sets the transaction's one event; clients see only that of the chaincode they called."""
        if self.read_only:
            raise WriteInEvaluate("an @evaluate function cannot emit: nothing of it is committed")
        if not name:
            raise Invalid("an event needs a name")
        if self._event is not None:
            raise Invalid(
                f"a transaction has one event: {self._event.name!r} is set, {name!r} cannot be"
            )
        self._event = Event(name, payload)

    # --- for the session

    @property
    def event(self) -> Event | None:
        """The event set so far."""
        return self._event

    @property
    def failed_call(self) -> CalledChaincodeError | None:
        """The first call of another chaincode that failed: this transaction then fails too."""
        return self._failed_call

    @property
    def has_private_values(self) -> bool:
        """Whether a ``@submit`` function has read private values."""
        return bool(self._private_values)

    @property
    def has_written(self) -> bool:
        """Whether the transaction writes anything."""
        return bool(self._writes)

    @property
    def written(self) -> WriteBuffer:
        """What it writes."""
        return self._writes

    async def flush(self) -> None:
        """Sends the writes; the session calls it once the function has returned well.

        A key of which only the policy is set is read first, so that whatever happens to it before
        the transaction is committed invalidates this one. Without, every peer of Fabric 3.1.1 and
        2.5.9 panics, and again at each restart, where an earlier transaction of the same block has
        deleted the key (``core/ledger/kvledger/txmgmt/validation/tx_ops.go``).
        """
        for collection, key in self._writes.bound_alone():
            if collection:
                hashed = messages.get_state(key, collection)
                await self._request(messages.GET_PRIVATE_DATA_HASH, hashed)
            else:
                await self._request(messages.GET_STATE_METADATA, messages.get_metadata(key))
        if self._writes:
            await self._writes.flush(self._transaction)
