"""Gathers a proof of a transaction: blocks from the gateway's peer, answers from the witnesses'."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import grpc

from weftwork.aio.calls import Calls
from weftwork.aio.contract import Contract
from weftwork.aio.signatures import sign
from weftwork.aio.waiting import Channel, gather, open_channel, sleep
from weftwork.connection import channel_options, credentials_for
from weftwork.deadline import Deadline
from weftwork.errors import PeerError, ProofError
from weftwork.failures import peer_error
from weftwork.ledger.blocks import decode_block
from weftwork.options import CallOptions
from weftwork.profile import Endpoint
from weftwork.proof import Answer, Proof, SignedBlock, Trust, verify
from weftwork.proof.gathering import (
    answer,
    chosen,
    config_number,
    config_of,
    question,
    signed_block,
)
from weftwork.proposals import signed_proposal

_PROCESS_PROPOSAL = "/protos.Endorser/ProcessProposal"
_CALL = CallOptions()
_PAUSE = 0.05


class Prover:
    """Makes proofs on one channel; got by ``network.prove``."""

    def __init__(self, calls: Calls, channel: str, qscc: Contract) -> None:
        self._calls = calls
        self._channel = channel
        self._qscc = qscc

    async def prove(
        self,
        transaction_id: str,
        witnesses: Sequence[str | Endpoint] | None,
        departments: int,
        timeout: float,
    ) -> Proof:
        """The proof, checked as its reader will."""
        serialized = await self._query("GetBlockByTxID", transaction_id)
        blocks = await self._config_blocks()
        newest = config_of(blocks[-1])
        asked = chosen(newest, witnesses)
        first = blocks[0]
        config = [signed_block(found, trusted=found is first) for found in blocks]
        answers = await self._answers(transaction_id, asked, departments, timeout)
        block: SignedBlock = signed_block(serialized)
        proof = Proof(transaction_id, block, tuple(config), tuple(answers))
        verify(proof, Trust.block(first), departments=departments)
        return proof

    async def _config_blocks(self) -> list[bytes]:
        # From the newest back: each block names the config block that was in force.
        newest = decode_block(await self._query("GetBlockByNumber", str(2**64 - 1)))
        number = newest.number if newest.config else config_number(newest)
        found: list[bytes] = []
        while True:
            found.append(await self._query("GetBlockByNumber", str(number)))
            if number == 0:
                return found[::-1]
            before = decode_block(await self._query("GetBlockByNumber", str(number - 1)))
            number = before.number if before.config else config_number(before)

    async def _answers(
        self,
        transaction_id: str,
        witnesses: Sequence[Endpoint],
        departments: int,
        timeout: float,
    ) -> list[Answer]:
        found = await gather(
            [partial(self._try, transaction_id, endpoint, timeout) for endpoint in witnesses]
        )
        answers = [each for each in found if isinstance(each, Answer)]
        if len(answers) < departments:
            refused = [str(each) for each in found if isinstance(each, PeerError)]
            raise ProofError(
                "\n  ".join(
                    [
                        f"{len(answers)} of {len(found)} peers vouched for transaction "
                        f"{transaction_id}, {departments} departments' are needed",
                        *refused,
                    ]
                )
            )
        return answers

    async def _try(
        self, transaction_id: str, endpoint: Endpoint, timeout: float
    ) -> Answer | PeerError:
        # The others' answers may be enough.
        try:
            return await self._ask(transaction_id, endpoint, timeout)
        except PeerError as error:
            return error

    async def _query(self, function: str, argument: str) -> bytes:
        return await self._qscc.evaluate(function, self._channel, argument)

    async def _ask(self, transaction_id: str, endpoint: Endpoint, timeout: float) -> Answer:
        deadline = Deadline(timeout)
        if endpoint.client is None:
            # The channel's configuration, which names witnesses, knows of no certificates.
            endpoint = replace(endpoint, client=self._calls.client)
        channel = open_channel(
            endpoint.target,
            credentials_for(endpoint),
            channel_options(endpoint, self._calls.options),
        )
        try:
            while True:
                given = await self._once(transaction_id, channel, deadline)
                if given is not None:
                    return given
                if deadline.left() == 0:
                    raise PeerError(
                        endpoint.target, "vouch", "NOT_FOUND", "it does not know the transaction"
                    )
                # Its copy of the ledger may lag behind the gateway's peer's.
                await sleep(_PAUSE)
        finally:
            await channel.close()

    async def _once(
        self, transaction_id: str, channel: Channel, deadline: Deadline
    ) -> Answer | None:
        asked = question(self._calls.identity.creator, self._channel, transaction_id)
        signature, left = await sign(self._calls.signing, asked.proposal, deadline.left())
        request = signed_proposal(asked.proposal, signature)
        try:
            given = await channel.unary(_PROCESS_PROPOSAL, request, _CALL, left)
        except grpc.RpcError as error:
            raise peer_error(channel.target, "vouch", error) from error
        return answer(asked, channel.target, given)
