"""The network's side: real peers, blocks that hold a chosen list in a chosen order."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import weftwork
from tests.differential import probe
from tests.differential.shape import BLOCK, CHAINCODES, DEPARTMENTS, ChaincodeShape
from tests.differential.steps import Block, Call, Entry, Names, Outcome
from weftwork.ledger import Transaction as Committed
from weftwork_network.releases import data_folder
from weftwork_network.testing import FabricNetwork
from weftwork_protos import common_pb2, peer_pb2

_WAIT = 30.0
_OPTIONS = weftwork.Options(lag_pauses=(), gossip_pauses=())


class FabricSide:
    """Three departments with one peer each and one orderer, for as long as the `with` lasts."""

    name = "fabric"

    def __init__(self, fabric: Literal["3.1", "2.5"] = "3.1") -> None:
        """Says which line of Fabric's releases it will be."""
        self._opened = contextlib.ExitStack()
        self._fabric: Literal["3.1", "2.5"] = fabric
        self._names = Names()
        self._calls: dict[str, Call] = {}
        self._endorsed: dict[str, weftwork.Transaction] = {}
        self._gateways: dict[str, weftwork.Gateway] = {}

    def __enter__(self) -> Self:
        """Starts it."""
        with contextlib.ExitStack() as opening:
            folder = Path(tempfile.mkdtemp(prefix="weftwork-differential-"))
            opening.callback(shutil.rmtree, folder)
            for file in ("network.yaml", "configtx.yaml"):
                shutil.copy(data_folder() / file, folder / file)
            shutil.copy(probe.__file__, folder / "probe.py")
            network = opening.enter_context(
                FabricNetwork(
                    backend="process",
                    project=folder,
                    departments=[
                        {"name": name, "orderers": int(name == DEPARTMENTS[0])}
                        for name in DEPARTMENTS
                    ],
                    contracts=[_words(shape) for shape in CHAINCODES],
                    ordering="raft",
                    fabric=self._fabric,
                    batch_timeout="300ms",
                    max_message_count=BLOCK,
                )
            )
            self.channel: str = network.channel
            for name in DEPARTMENTS:
                self._gateways[f"{name}MSP"] = network.connect(name, options=_OPTIONS)
            self._pool = opening.enter_context(ThreadPoolExecutor(8))
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends it."""
        self._opened.__exit__(kind, error, trace)

    def endorse(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Endorses all at once: none of them sees another."""
        return {
            call.label: outcome
            for call, outcome in zip(calls, self._pool.map(self._endorse, calls), strict=True)
        }

    def ask(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Evaluates all at once."""
        return {
            call.label: outcome
            for call, outcome in zip(calls, self._pool.map(self._ask, calls), strict=True)
        }

    def order(self, batches: Sequence[Sequence[str]]) -> list[Block]:
        """Orders one after the other; the blocks are cut as the orderer cuts them.

        A batch of BLOCK transactions is a block, unless the machine is so slow that the orderer's
        clock cuts it before: what was cut is what is told.
        """
        network = self._network(DEPARTMENTS[0] + "MSP")
        height = network.info().height
        ordered = [label for batch in batches for label in batch]
        for label in ordered:
            self._endorsed[label].submit()
        blocks: list[Block] = []
        until = time.monotonic() + _WAIT
        while sum(len(block) for block in blocks) < len(ordered):
            if time.monotonic() > until:
                told = "\n  ".join(str(self._calls[label]) for label in ordered)
                raise TimeoutError(f"of these only {len(blocks)} blocks came:\n  {told}")
            if network.info().height > height:
                found = network.block(height).transactions
                blocks.append(tuple(self._entry(one) for one in found))
                height += 1
            else:
                time.sleep(0.01)
        for mspid in self._gateways:
            while self._network(mspid).info().height < height:
                if time.monotonic() > until:
                    raise TimeoutError(f"the peer of {mspid} has not come to block {height - 1}")
                time.sleep(0.01)
        return blocks

    def _network(self, mspid: str) -> weftwork.Network:
        return self._gateways[mspid].network(self.channel)

    def _proposal(self, call: Call, function: str) -> weftwork.Proposal:
        contract = self._network(call.by).contract(call.chaincode)
        proposal = contract.proposal(
            function,
            call.text,
            transient=call.transient or None,
            endorsing_organizations=call.endorsers,
        )
        self._names.learn(proposal.transaction_id, call.label, _timestamp(proposal))
        return proposal

    def _endorse(self, call: Call) -> Outcome:
        self._calls[call.label] = call
        proposal = self._proposal(call, "run")
        try:
            transaction = proposal.endorse()
        except weftwork.EndorseError as error:
            return self._names.failure(error, proposal.transaction_id)
        self._endorsed[call.label] = transaction
        return self._names.success(call, transaction.result)

    def _ask(self, call: Call) -> Outcome:
        proposal = self._proposal(call, "ask")
        try:
            return self._names.success(call, proposal.evaluate())
        except weftwork.EvaluateError as error:
            return self._names.failure(error, proposal.transaction_id)

    def _entry(self, found: Committed) -> Entry:
        event = found.event
        return Entry(
            label=self._names.label(found.transaction_id),
            code=found.code.name,
            event=(event.chaincode, event.name, event.payload.decode()) if event else None,
        )


def _timestamp(proposal: weftwork.Proposal) -> int:
    header = common_pb2.Header.FromString(
        peer_pb2.Proposal.FromString(proposal._content.proposal).header
    )
    stamp = common_pb2.ChannelHeader.FromString(header.channel_header).timestamp
    return stamp.seconds * 1000 + stamp.nanos // 1_000_000


def _words(shape: ChaincodeShape) -> dict[str, Any]:
    return {
        "name": shape.name,
        "contract": "probe:Probe",
        "policy": shape.policy,
        "collections": [
            {
                "name": one.name,
                "members": [mspid.removesuffix("MSP") for mspid in one.members],
                # every member's peer is sent a copy, one has it before the endorsement is given;
                # what is missing at commit would be fetched later, at a time of its own
                "required": 1,
                "maximum": len(DEPARTMENTS) - 1,
                "block_to_live": one.block_to_live,
                "member_only_read": one.member_only_read,
                "member_only_write": one.member_only_write,
                **({"policy": one.policy} if one.policy else {}),
            }
            for one in shape.collections
        ],
    }
