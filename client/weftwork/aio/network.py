"""A channel and what is on it: contracts, events, blocks and transactions."""

from collections.abc import Sequence

from weftwork.aio.calls import Calls
from weftwork.aio.contract import Contract
from weftwork.aio.event_requests import (
    BlockAndPrivateDataEventsRequest,
    BlockEventsRequest,
    ChaincodeEventsRequest,
    FilteredBlockEventsRequest,
)
from weftwork.aio.events import (
    BlockAndPrivateDataEvents,
    BlockEvents,
    ChaincodeEvents,
    FilteredBlockEvents,
)
from weftwork.aio.proving import Prover
from weftwork.aio.transaction import Commit
from weftwork.arguments import check_text
from weftwork.checkpoint import Checkpoint, place
from weftwork.cursor import Cursor
from weftwork.ledger.blocks import Block, ChainInfo, decode_block, decode_chain_info
from weftwork.ledger.transactions import Transaction
from weftwork.profile import Endpoint
from weftwork.proof import Proof
from weftwork.proposals import chaincode_events_request, deliver_payload
from weftwork.reconnect import Reconnect


class Network:
    """A channel, seen through the gateway's peer."""

    def __init__(self, calls: Calls, name: str) -> None:
        check_text("a channel's name", name)
        self._calls = calls
        self.name: str = name
        """The channel's name."""

    def contract(self, chaincode: str, name: str = "") -> Contract:
        """A chaincode on this channel; ``name`` picks one contract of several within it."""
        return Contract(self._calls, self.name, chaincode, name)

    def chaincode_events(
        self,
        chaincode: str,
        *,
        start_block: int | None = None,
        after_transaction_id: str = "",
        checkpoint: Cursor | Checkpoint | None = None,
        reconnect: bool | Reconnect = True,
        timeout: float | None = None,
    ) -> ChaincodeEvents:
        """A chaincode's events of valid transactions, in order and without end.

        From ``start_block`` on, which may be in the past; by default from the next commit on.
        ``after_transaction_id`` leaves out events of the start block up to that transaction.
        ``checkpoint``, an event's cursor or a checkpointer, counts more than both where it has a
        place: reading goes on with the event after it. ``reconnect`` says how a broken stream is
        opened again; False has the official clients' semantics, the first break is raised.
        ``timeout`` in seconds ends the stream with an EventsError, whatever happens meanwhile.
        """
        cursor = place(checkpoint)
        if cursor is None or not reconnect:
            return self.chaincode_events_request(
                chaincode,
                start_block=start_block,
                after_transaction_id=after_transaction_id,
                checkpoint=cursor,
            ).events(reconnect=reconnect, timeout=timeout)
        request = self.chaincode_events_request(chaincode, start_block=cursor.block)
        return request.events(checkpoint=cursor, reconnect=reconnect, timeout=timeout)

    def block_events(
        self,
        *,
        start_block: int | None = None,
        stop_block: int | None = None,
        checkpoint: Cursor | Checkpoint | None = None,
        reconnect: bool | Reconnect = True,
        timeout: float | None = None,
    ) -> BlockEvents:
        """Blocks as the gateway's peer commits them, from ``start_block`` to ``stop_block``.

        By default from the next commit on, without end; ``checkpoint`` counts more than
        ``start_block``. The rest as of ``chaincode_events``.
        """
        request = self.block_events_request(
            start_block=start_block, stop_block=stop_block, checkpoint=checkpoint
        )
        return request.events(reconnect=reconnect, timeout=timeout)

    def filtered_block_events(
        self,
        *,
        start_block: int | None = None,
        stop_block: int | None = None,
        checkpoint: Cursor | Checkpoint | None = None,
        reconnect: bool | Reconnect = True,
        timeout: float | None = None,
    ) -> FilteredBlockEvents:
        """Which transactions each block holds and how they ended; as ``block_events``."""
        request = self.filtered_block_events_request(
            start_block=start_block, stop_block=stop_block, checkpoint=checkpoint
        )
        return request.events(reconnect=reconnect, timeout=timeout)

    def block_and_private_data_events(
        self,
        *,
        start_block: int | None = None,
        stop_block: int | None = None,
        checkpoint: Cursor | Checkpoint | None = None,
        reconnect: bool | Reconnect = True,
        timeout: float | None = None,
    ) -> BlockAndPrivateDataEvents:
        """Blocks with the private data that the user's department has; as ``block_events``."""
        request = self.block_and_private_data_events_request(
            start_block=start_block, stop_block=stop_block, checkpoint=checkpoint
        )
        return request.events(reconnect=reconnect, timeout=timeout)

    def chaincode_events_request(
        self,
        chaincode: str,
        *,
        start_block: int | None = None,
        after_transaction_id: str = "",
        checkpoint: Cursor | Checkpoint | None = None,
    ) -> ChaincodeEventsRequest:
        """A request for a chaincode's events, to be signed elsewhere or to be sent later."""
        check_text("a chaincode's name", chaincode)
        check_text("after_transaction_id", after_transaction_id)
        cursor = place(checkpoint)
        if cursor is not None:
            start_block, after_transaction_id = cursor.block, cursor.transaction_id
        message = chaincode_events_request(
            self.name,
            chaincode,
            self._calls.identity.creator,
            start_block=start_block,
            after_transaction_id=after_transaction_id,
        )
        return ChaincodeEventsRequest(self._calls, message)

    def block_events_request(
        self,
        *,
        start_block: int | None = None,
        stop_block: int | None = None,
        checkpoint: Cursor | Checkpoint | None = None,
    ) -> BlockEventsRequest:
        """A request for blocks, to be signed elsewhere or to be sent later."""
        return BlockEventsRequest(self._calls, self._seek(start_block, stop_block, checkpoint))

    def filtered_block_events_request(
        self,
        *,
        start_block: int | None = None,
        stop_block: int | None = None,
        checkpoint: Cursor | Checkpoint | None = None,
    ) -> FilteredBlockEventsRequest:
        """A request for filtered blocks, to be signed elsewhere or to be sent later."""
        payload = self._seek(start_block, stop_block, checkpoint)
        return FilteredBlockEventsRequest(self._calls, payload)

    def block_and_private_data_events_request(
        self,
        *,
        start_block: int | None = None,
        stop_block: int | None = None,
        checkpoint: Cursor | Checkpoint | None = None,
    ) -> BlockAndPrivateDataEventsRequest:
        """A request for blocks with private data, to be signed elsewhere or to be sent later."""
        payload = self._seek(start_block, stop_block, checkpoint)
        return BlockAndPrivateDataEventsRequest(self._calls, payload)

    def commit(self, transaction_id: str) -> Commit:
        """The commit of any transaction on this channel, whoever submitted it.

        Its ``status()`` waits until this gateway's own peer has committed the transaction. A
        submit waits for the submitter's peer alone: a department that is told of another's
        transaction waits here before it builds on it.
        """
        return Commit.of(self._calls, self.name, transaction_id)

    async def info(self) -> ChainInfo:
        """How far the peer's copy of the ledger goes. Raises EvaluateError."""
        return decode_chain_info(await self._qscc("GetChainInfo"))

    async def block(self, number: int) -> Block:
        """A block by its number. Raises EvaluateError if the peer has none of that number."""
        return decode_block(await self._qscc("GetBlockByNumber", str(number)))

    async def block_bytes(self, number: int) -> bytes:
        """A block by its number, as the peer stores it: a serialized ``common.Block``."""
        return await self._qscc("GetBlockByNumber", str(number))

    async def block_of(self, transaction_id: str) -> Block:
        """The block that holds a transaction, valid or not. Raises EvaluateError if none does."""
        return decode_block(await self._qscc("GetBlockByTxID", transaction_id))

    async def transaction(self, transaction_id: str) -> Transaction:
        """A transaction as its block records it, with its validation code.

        Raises EvaluateError if the peer has none of that id.
        """
        block = await self.block_of(transaction_id)
        return block.transaction(transaction_id)

    async def prove(
        self,
        transaction_id: str,
        *,
        witnesses: Sequence[str | Endpoint] | None = None,
        departments: int = 2,
        timeout: float = 10,
    ) -> Proof:
        """A proof of a valid transaction that a third party checks offline.

        ``witnesses`` are the peers that vouch for its validity: endpoints, or MSP ids, which mean
        that department's anchor peer in the channel's configuration; by default one of every
        department. One without a TLS client certificate of its own is shown the gateway's.
        ``departments`` is how many departments must answer, ``timeout`` how many seconds each may
        take. The proof is checked as its reader will, starting from its own first config block.

        Raises ProofError, EvaluateError (the gateway's peer has no such transaction), LedgerError.
        """
        prover = Prover(self._calls, self.name, self.contract("qscc"))
        return await prover.prove(transaction_id, witnesses, departments, timeout)

    async def _qscc(self, function: str, *args: str) -> bytes:
        return await self.contract("qscc").evaluate(function, self.name, *args)

    def _seek(
        self,
        start_block: int | None,
        stop_block: int | None,
        checkpoint: Cursor | Checkpoint | None,
    ) -> bytes:
        cursor = place(checkpoint)
        return deliver_payload(
            self.name,
            self._calls.identity.creator,
            start_block=start_block if cursor is None else cursor.block,
            stop_block=stop_block,
            tls_certificate_hash=self._calls.options.tls_certificate_hash,
        )
