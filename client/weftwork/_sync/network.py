"""A channel and what is on it: contracts, events, blocks and transactions."""

# Generated from weftwork/aio/network.py by scripts/unasync.py: change that one.

from collections.abc import Sequence

from weftwork._sync.calls import Calls
from weftwork._sync.contract import Contract
from weftwork._sync.events import BlockEvents, ChaincodeEvents
from weftwork._sync.proving import Prover
from weftwork._sync.transaction import Commit
from weftwork.ledger.blocks import Block, ChainInfo, decode_block, decode_chain_info
from weftwork.ledger.transactions import Transaction
from weftwork.profile import Endpoint
from weftwork.proof import Proof
from weftwork.proposals import chaincode_events_request, deliver_payload


class Network:
    """A channel, seen through the gateway's peer."""

    def __init__(self, calls: Calls, name: str) -> None:
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
        timeout: float | None = None,
    ) -> ChaincodeEvents:
        """A chaincode's events of valid transactions, in order and without end.

        From ``start_block`` on, which may be in the past; by default from the next commit on.
        ``after_transaction_id`` leaves out events of the start block up to that transaction.
        ``timeout`` in seconds ends the stream with an EventsError.
        """
        request = chaincode_events_request(
            self.name,
            chaincode,
            self._calls.identity.creator,
            start_block=start_block,
            after_transaction_id=after_transaction_id,
        )
        return ChaincodeEvents(self._calls, request, timeout)

    def block_events(
        self, *, start_block: int | None = None, stop_block: int | None = None
    ) -> BlockEvents:
        """Blocks as the gateway's peer commits them, from ``start_block`` to ``stop_block``.

        By default from the next commit on, without end.
        """
        payload = deliver_payload(
            self.name,
            self._calls.identity.creator,
            start_block=start_block,
            stop_block=stop_block,
            tls_certificate_hash=self._calls.options.tls_certificate_hash,
        )
        return BlockEvents(self._calls, payload)

    def commit(self, transaction_id: str) -> Commit:
        """The commit of any transaction on this channel, whoever submitted it.

        Its ``status()`` waits until this gateway's own peer has committed the transaction. A
        submit waits for the submitter's peer alone: a department that is told of another's
        transaction waits here before it builds on it.
        """
        return Commit.of(self._calls, self.name, transaction_id)

    def info(self) -> ChainInfo:
        """How far the peer's copy of the ledger goes. Raises EvaluateError."""
        return decode_chain_info(self._qscc("GetChainInfo"))

    def block(self, number: int) -> Block:
        """A block by its number. Raises EvaluateError if the peer has none of that number."""
        return decode_block(self._qscc("GetBlockByNumber", str(number)))

    def block_bytes(self, number: int) -> bytes:
        """A block by its number, as the peer stores it: a serialized ``common.Block``."""
        return self._qscc("GetBlockByNumber", str(number))

    def block_of(self, transaction_id: str) -> Block:
        """The block that holds a transaction, valid or not. Raises EvaluateError if none does."""
        return decode_block(self._qscc("GetBlockByTxID", transaction_id))

    def transaction(self, transaction_id: str) -> Transaction:
        """A transaction as its block records it, with its validation code.

        Raises EvaluateError if the peer has none of that id.
        """
        block = self.block_of(transaction_id)
        return block.transaction(transaction_id)

    def prove(
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
        department. ``departments`` is how many departments must answer, ``timeout`` how many
        seconds each may take. The proof is checked as its reader will, starting from its own first
        config block.

        Raises ProofError, EvaluateError (the gateway's peer has no such transaction), LedgerError.
        """
        prover = Prover(self._calls, self.name, self.contract("qscc"))
        return prover.prove(transaction_id, witnesses, departments, timeout)

    def _qscc(self, function: str, *args: str) -> bytes:
        return self.contract("qscc").evaluate(function, self.name, *args)
