"""Several chaincodes on one channel of one simulated peer; each call is one transaction."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from weftwork_chaincode import messages
from weftwork_chaincode.contract import Contract
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.messages import Event, Response
from weftwork_chaincode.policy import Policy
from weftwork_chaincode.testing.identities import Identity, identity
from weftwork_chaincode.testing.scripted import ScriptedPeer
from weftwork_chaincode.testing.simulation import Refused, Simulation, State
from weftwork_model import decode, encode
from weftwork_protos import common_pb2, peer_pb2
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage

T = TypeVar("T")

_START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
_TIMEOUT = 30.0
_Values = dict[str, bytes | None]
_Policies = dict[str, Policy]


@dataclass(frozen=True)
class TxResult:
    """What one transaction answered and would write.

    Attributes:
        status: Below 400 it is endorsed.
        message: The refusal's words.
        payload: The result's bytes.
        tx_id: The transaction's id.
        writes: Chaincode → key → value; None deletes.
        private_writes: Chaincode → collection → key → value; None deletes.
        policies: Chaincode → key → the policy it was bound to.
        private_policies: Chaincode → collection → key → the policy it was bound to.
        event: The event of the invoked chaincode.
    """

    status: int
    message: str
    payload: bytes
    tx_id: str = ""
    writes: dict[str, _Values] = field(default_factory=dict[str, _Values])
    private_writes: dict[str, dict[str, _Values]] = field(
        default_factory=dict[str, dict[str, _Values]]
    )
    policies: dict[str, _Policies] = field(default_factory=dict[str, _Policies])
    private_policies: dict[str, dict[str, _Policies]] = field(
        default_factory=dict[str, dict[str, _Policies]]
    )
    event: Event | None = None

    @property
    def ok(self) -> bool:
        """Whether the peer would endorse it."""
        return self.status < 400

    def returns(self, result: type[T]) -> T:
        """The result as a value; AssertionError where the transaction was refused."""
        if not self.ok:
            raise AssertionError(f"{self.status}: {self.message}")
        if result is bytes:
            return cast(T, self.payload)
        return cast(T, self.payload.decode() if result is str else decode(self.payload, result))


class Bench:
    """Contracts by chaincode name, over the real engine and a state in memory.

    ``bench = Bench({"logistics": Logistics()})``, then ``await bench.submit("logistics", "offer",
    "C-1", creator=identity("LogisticsMSP", "clerk"))``. Use it within one event loop.

    Attributes:
        state: The committed state of the channel.
        now: The client's clock, milliseconds since 1970; move it as the test needs.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        *,
        channel: str = "crosswork",
        write_batch: int = 1000,
        multi_get: int = 1000,
    ) -> None:
        self._contracts = dict(contracts)
        self._channel = channel
        self._offers = (write_batch, multi_get)
        self._peers: dict[str, ScriptedPeer] = {}
        self._waiting: dict[tuple[str, str], asyncio.Future[ChaincodeMessage]] = {}
        self._simulations: dict[str, tuple[Simulation, ChaincodeMessage]] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._count = 0
        self.state: State = State()
        self.now: int = _START

    async def submit(
        self,
        chaincode: str,
        function: str,
        *args: object,
        creator: Identity | None = None,
        transient: Mapping[str, bytes] | None = None,
        timestamp: int | None = None,
        commit: bool = True,
    ) -> TxResult:
        """Runs one transaction and, where it is endorsed and ``commit`` is true, commits it.

        ``str`` and ``bytes`` arguments go as they are, anything else as canonical JSON.
        """
        wire = [function.encode(), *(_wire(arg) for arg in args)]
        request = self._request(
            chaincode,
            wire,
            creator if creator is not None else identity("ClientMSP"),
            transient or {},
            timestamp if timestamp is not None else self.now,
        )
        simulation = Simulation(self.state)
        self._simulations[request.txid] = (simulation, request)
        try:
            completed = await self._execute(chaincode, request)
        finally:
            del self._simulations[request.txid]
        if completed.type != messages.COMPLETED:
            raise AssertionError(f"no response: {completed.payload.decode('utf-8', 'replace')}")
        response = Response.decode(completed.payload)
        if commit and response.status < 400:
            self.state.apply(simulation)
        return _result(response, simulation, completed)

    async def evaluate(
        self, chaincode: str, function: str, *args: object, **options: Any
    ) -> TxResult:
        """Runs one transaction and commits nothing."""
        return await self.submit(chaincode, function, *args, commit=False, **options)

    # --- the peer's side

    def _peer(self, chaincode: str) -> ScriptedPeer:
        peer = self._peers.get(chaincode)
        if peer is None:
            contract = self._contracts.get(chaincode)
            if contract is None:
                raise Refused(f"chaincode {chaincode} not found")
            peer = self._peers[chaincode] = ScriptedPeer(Dispatcher(contract), f"{chaincode}:0")
            peer.on_message = lambda message: self._heard(chaincode, message)
            peer.send_registered(write_batch=self._offers[0], multi_get=self._offers[1])
        return peer

    async def _execute(self, chaincode: str, request: ChaincodeMessage) -> ChaincodeMessage:
        simulation, _ = self._simulations[request.txid]
        if chaincode in simulation.active:
            raise Refused(f"txid: {request.txid}({request.channel_id}) exists")
        peer = self._peer(chaincode)
        simulation.active.add(chaincode)
        done = asyncio.get_running_loop().create_future()
        self._waiting[chaincode, request.txid] = done
        try:
            peer.session.message_received(request.SerializeToString())
            return await asyncio.wait_for(done, _TIMEOUT)
        finally:
            simulation.active.discard(chaincode)
            del self._waiting[chaincode, request.txid]

    def _heard(self, chaincode: str, message: ChaincodeMessage) -> None:
        if message.type == messages.REGISTER:
            return
        if message.type in (messages.COMPLETED, messages.ERROR):
            self._waiting[chaincode, message.txid].set_result(message)
        elif message.type == messages.INVOKE_CHAINCODE:
            call = asyncio.get_running_loop().create_task(self._call(chaincode, message))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        else:
            simulation, _ = self._simulations[message.txid]
            try:
                self._reply(chaincode, message, simulation.answer(chaincode, message))
            except Refused as refused:
                self._refuse(chaincode, message, str(refused))

    async def _call(self, chaincode: str, message: ChaincodeMessage) -> None:
        spec = peer_pb2.ChaincodeSpec.FromString(message.payload)
        called, _, channel = spec.chaincode_id.name.partition("/")
        request = ChaincodeMessage()
        request.CopyFrom(self._simulations[message.txid][1])
        request.payload = spec.input.SerializeToString()
        try:
            if channel not in ("", self._channel):
                raise Refused(f"failed to find ledger for channel: {channel}")
            answer = await self._execute(called, request)
        except Refused as refused:
            self._refuse(chaincode, message, f"execute failed: {refused}")
        else:
            self._reply(chaincode, message, answer.SerializeToString())

    def _reply(self, chaincode: str, message: ChaincodeMessage, payload: bytes) -> None:
        self._peers[chaincode].send(messages.RESPONSE, message.txid, payload, self._channel)

    def _refuse(self, chaincode: str, message: ChaincodeMessage, text: str) -> None:
        name = ChaincodeMessage.Type.Name(message.type)
        whole = f"{name} failed: transaction ID: {message.txid}: {text}"
        self._peers[chaincode].send(messages.ERROR, message.txid, whole.encode(), self._channel)

    def _request(
        self,
        chaincode: str,
        args: list[bytes],
        creator: Identity,
        transient: Mapping[str, bytes],
        timestamp: int,
    ) -> ChaincodeMessage:
        self._count += 1
        nonce = self._count.to_bytes(24, "big")
        txid = hashlib.sha256(nonce + creator.creator).hexdigest()
        wire = peer_pb2.ChaincodeInput(args=args)
        channel_header = common_pb2.ChannelHeader(
            type=common_pb2.ENDORSER_TRANSACTION,
            channel_id=self._channel,
            tx_id=txid,
            extension=peer_pb2.ChaincodeHeaderExtension(
                chaincode_id=peer_pb2.ChaincodeID(name=chaincode)
            ).SerializeToString(),
        )
        channel_header.timestamp.FromMilliseconds(timestamp)
        header = common_pb2.Header(
            channel_header=channel_header.SerializeToString(),
            signature_header=common_pb2.SignatureHeader(
                creator=creator.creator, nonce=nonce
            ).SerializeToString(),
        )
        spec = peer_pb2.ChaincodeInvocationSpec(
            chaincode_spec=peer_pb2.ChaincodeSpec(
                chaincode_id=peer_pb2.ChaincodeID(name=chaincode), input=wire
            )
        )
        payload = peer_pb2.ChaincodeProposalPayload(
            input=spec.SerializeToString(), TransientMap=transient
        )
        proposal = peer_pb2.Proposal(
            header=header.SerializeToString(), payload=payload.SerializeToString()
        )
        request = ChaincodeMessage(
            type=ChaincodeMessage.TRANSACTION,
            txid=txid,
            channel_id=self._channel,
            payload=wire.SerializeToString(),
        )
        request.proposal.proposal_bytes = proposal.SerializeToString()
        return request


def _wire(arg: object) -> bytes:
    if isinstance(arg, bytes):
        return arg
    return arg.encode() if isinstance(arg, str) else encode(arg)


def _result(response: Response, simulation: Simulation, completed: ChaincodeMessage) -> TxResult:
    result = TxResult(
        response.status,
        response.message,
        response.payload,
        completed.txid,
        event=Event(completed.chaincode_event.event_name, completed.chaincode_event.payload)
        if completed.HasField("chaincode_event")
        else None,
    )
    for (chaincode, collection, key), value in simulation.writes.items():
        if collection:
            per_chaincode = result.private_writes.setdefault(chaincode, {})
            per_chaincode.setdefault(collection, {})[key] = value
        else:
            result.writes.setdefault(chaincode, {})[key] = value
    for (chaincode, collection, key), data in simulation.policies.items():
        policy = Policy.decode(data)
        if collection:
            private = result.private_policies.setdefault(chaincode, {})
            private.setdefault(collection, {})[key] = policy
        else:
            result.policies.setdefault(chaincode, {})[key] = policy
    return result
