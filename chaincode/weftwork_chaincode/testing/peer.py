"""A department's peer: it runs the chaincodes that are installed, and endorses.

Source: Fabric ``core/endorser/endorser.go`` and ``core/chaincode/chaincode_support.go``.
"""

import asyncio
from datetime import UTC, datetime

from google.protobuf.message import DecodeError

from weftwork_chaincode.session import Handler
from weftwork_chaincode.testing.answer import Answer, Event
from weftwork_chaincode.testing.channel_view import ChannelView
from weftwork_chaincode.testing.definitions import Definition
from weftwork_chaincode.testing.policies import read_envelope
from weftwork_chaincode.testing.proposed import Proposed
from weftwork_chaincode.testing.requests import Invocation
from weftwork_chaincode.testing.rwset import PrivateWrites
from weftwork_chaincode.testing.scripted import ScriptedPeer
from weftwork_chaincode.testing.simulator import Refused, Simulator, WriteInterest
from weftwork_chaincode.testing.versioned import Store
from weftwork_protos import peer_pb2
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage

_TIMEOUT = 30.0
"""Seconds that a chaincode has for one invocation (``chaincode.executetimeout``)."""

_WINDOW = 15 * 60 * 1000
"""Milliseconds that a client's clock may be off (``peer.authentication.timewindow``)."""


class Running:
    """A chaincode as one peer runs it: one stream, any number of invocations."""

    def __init__(self, name: str, handler: Handler, offers: tuple[int, int], peer: "Peer") -> None:
        self.name: str = name
        self._peer = peer
        self._invocations: dict[tuple[str, str], tuple[Invocation, Proposed]] = {}
        self._waiting: dict[tuple[str, str], asyncio.Future[ChaincodeMessage]] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._stream = ScriptedPeer(handler, f"{name}:0", chaincode=name)
        self._stream.on_message = self._heard
        self._stream.send_registered(write_batch=offers[0], multi_get=offers[1])

    async def execute(
        self, channel: str, request: bytes, proposed: Proposed, invocation: Invocation
    ) -> ChaincodeMessage:
        """Runs one invocation to its COMPLETED or ERROR; Refused where it is already in it."""
        key = (channel, proposed.transaction_id)
        if key in self._waiting:
            raise Refused(f"error sending: txid: {key[1]}({channel}) exists")
        done = asyncio.get_running_loop().create_future()
        self._waiting[key] = done
        self._invocations[key] = (invocation, proposed)
        try:
            self._stream.tell(request)
            async with asyncio.timeout(_TIMEOUT):
                return await done
        except TimeoutError:
            raise Refused("error sending: timeout expired while executing transaction") from None
        finally:
            del self._waiting[key]
            del self._invocations[key]

    def _heard(self, message: ChaincodeMessage) -> None:
        kind = message.type
        if kind == ChaincodeMessage.REGISTER:
            return
        key = (message.channel_id, message.txid)
        if kind in (ChaincodeMessage.COMPLETED, ChaincodeMessage.ERROR):
            waiting = self._waiting.get(key)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
            return
        found = self._invocations.get(key)
        if found is None:
            self._refuse(message, "no ledger context")
        elif kind == ChaincodeMessage.INVOKE_CHAINCODE:
            call = asyncio.get_running_loop().create_task(self._call(message, *found))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        else:
            try:
                self._reply(message, found[0].answer(message))
            except Refused as refused:
                self._refuse(message, str(refused))
            except Exception:  # the ledger's own fault: told at once, and by the loop as well
                self._refuse(message, "panic during execution")
                raise

    async def _call(
        self, message: ChaincodeMessage, caller: Invocation, proposed: Proposed
    ) -> None:
        spec = peer_pb2.ChaincodeSpec.FromString(message.payload)
        name, _, channel = spec.chaincode_id.name.partition("/")
        name = name.partition(":")[0]
        try:
            answer = await self._peer.invoke_called(
                name,
                channel or message.channel_id,
                message.channel_id,
                spec.input.SerializeToString(),
                proposed,
                caller.simulator,
            )
        except Refused as refused:
            self._refuse(message, str(refused))
        else:
            self._reply(message, answer.SerializeToString())

    def _reply(self, message: ChaincodeMessage, payload: bytes) -> None:
        self._stream.send(ChaincodeMessage.RESPONSE, message.txid, payload, message.channel_id)

    def _refuse(self, message: ChaincodeMessage, text: str) -> None:
        name = ChaincodeMessage.Type.Name(message.type)
        whole = f"{name} failed: transaction ID: {message.txid}: {text}"
        self._stream.send(ChaincodeMessage.ERROR, message.txid, whole.encode(), message.channel_id)


class Peer:
    """One department's peer on one channel.

    Attributes:
        mspid: Its department.
        address: ``host:port`` as refusals name it; nothing listens there.
        private: The values of the collections of which its department is a member.
    """

    def __init__(self, mspid: str, channel: ChannelView["Peer"]) -> None:
        self.mspid: str = mspid
        self.address: str = f"peer.{mspid.removesuffix('MSP').lower()}:7051"
        self.private: Store = Store()
        self._channel = channel
        self._running: dict[str, Running] = {}

    def install(self, name: str, handler: Handler, offers: tuple[int, int]) -> None:
        """Runs a chaincode here, in place of an earlier one of that name."""
        self._running[name] = Running(name, handler, offers, self)

    async def process(self, proposed: Proposed) -> Answer:
        """Simulates a proposal and endorses it, or refuses."""
        refusal = self._before(proposed)
        if refusal is not None:
            return refusal
        simulator = self._channel.simulator(proposed.transaction_id, self)
        try:
            definition = self._endorsement_info(proposed, simulator)
            answer = await self.simulate(proposed, simulator)
            return self._endorse(proposed, definition, simulator, answer)
        except Refused as refused:
            return Answer(500, str(refused))

    async def simulate(self, proposed: Proposed, simulator: Simulator) -> ChaincodeMessage:
        """Runs the invoked chaincode to its COMPLETED; Refused where there is none."""
        try:
            completed = await self._invoke(
                proposed.chaincode, proposed.channel, proposed.request, proposed, simulator
            )
        except Refused as refused:
            raise Refused(
                "error in simulation: failed to execute transaction "
                f"{proposed.transaction_id}: {refused}"
            ) from None
        if completed.type == ChaincodeMessage.ERROR:
            text = completed.payload.decode("utf-8", "replace")
            raise Refused(f"error in simulation: transaction returned with failure: {text}")
        return completed

    async def invoke_called(
        self,
        chaincode: str,
        channel: str,
        callers_channel: str,
        payload: bytes,
        proposed: Proposed,
        simulator: Simulator,
    ) -> ChaincodeMessage:
        """Runs a chaincode that another calls: on the same channel in the same simulation.

        On another channel it has a simulation of its own, of which nothing is kept.
        """
        peer = self
        if channel != callers_channel:
            other = self._channel.others.get(channel)
            if other is None:
                raise Refused(f"Failed to get policy manager for channel [{channel}]")
            peer = other.peers[self.mspid]
            simulator = other.simulator(proposed.transaction_id, peer)
        return await peer.run(
            chaincode, channel, proposed.call(channel, payload), proposed, simulator
        )

    async def run(
        self,
        chaincode: str,
        channel: str,
        request: bytes,
        proposed: Proposed,
        simulator: Simulator,
    ) -> ChaincodeMessage:
        """Runs a called chaincode here."""
        try:
            return await self._invoke(chaincode, channel, request, proposed, simulator)
        except Refused as refused:
            raise Refused(f"execute failed: {refused}") from None

    # --- the endorser's steps

    def _before(self, proposed: Proposed) -> Answer | None:
        now = self._channel.now
        if abs(proposed.timestamp - now) > _WINDOW:
            return Answer(
                500,
                f"request unauthorized due to incorrect timestamp {_rfc3339(proposed.timestamp)}, "
                f"peer time {_rfc3339(now)}, peer.authentication.timewindow 15m0s",
                before=True,
                rejected=True,
            )
        if proposed.creator.mspid not in self._channel.departments:
            return Answer(
                500,
                f"error validating proposal: access denied: channel [{proposed.channel}] creator "
                "org unknown, creator is malformed",
                before=True,
            )
        if self._channel.knows(proposed.transaction_id):
            return Answer(
                500,
                f"duplicate transaction found [{proposed.transaction_id}]. Creator "
                f"[{proposed.creator.creator.hex()}]",
                before=True,
            )
        return None

    def _endorsement_info(self, proposed: Proposed, simulator: Simulator) -> Definition:
        try:
            return self._defined(proposed.chaincode, proposed.channel, simulator)
        except Refused as refused:
            raise Refused(
                f"make sure the chaincode {proposed.chaincode} has been successfully defined on "
                f"channel {proposed.channel} and try again: {refused}"
            ) from None

    def _defined(self, chaincode: str, channel: str, simulator: Simulator) -> Definition:
        simulator.read_sequence(chaincode)
        definition = self._channel.definitions.get(chaincode)
        if definition is None:
            raise Refused(f"chaincode {chaincode} not found")
        if chaincode not in self._running or self.mspid not in definition.installed:
            raise Refused(
                f"chaincode definition for '{chaincode}' exists, but chaincode is not installed"
            )
        return definition

    async def _invoke(
        self,
        chaincode: str,
        channel: str,
        request: bytes,
        proposed: Proposed,
        simulator: Simulator,
    ) -> ChaincodeMessage:
        try:
            self._defined(chaincode, channel, simulator)
        except Refused as refused:
            raise Refused(
                f"invalid invocation: [channel {channel}] failed to get chaincode container info "
                f"for {chaincode}: {refused}"
            ) from None
        invocation = Invocation(chaincode, proposed.creator.mspid, simulator, self._channel.history)
        running = self._running[chaincode]
        return await running.execute(channel, request, proposed, invocation)

    def _endorse(
        self,
        proposed: Proposed,
        definition: Definition,
        simulator: Simulator,
        completed: ChaincodeMessage,
    ) -> Answer:
        response = peer_pb2.Response.FromString(completed.payload)
        simulator.finish()
        private = simulator.results.private()
        self._distribute(proposed, private)
        interest = simulator.interest()
        _check_policies(interest)
        event = None
        if response.status < 400 and completed.HasField("chaincode_event"):
            event = completed.chaincode_event
        action = peer_pb2.ChaincodeAction(
            results=simulator.results.encode(private),
            response=response,
            chaincode_id=peer_pb2.ChaincodeID(name=definition.name, version=definition.version),
        )
        if event is not None:
            action.events = peer_pb2.ChaincodeEvent(
                chaincode_id=definition.name,
                tx_id=proposed.transaction_id,
                event_name=event.event_name,
                payload=event.payload,
            ).SerializeToString()
        payload = peer_pb2.ProposalResponsePayload(
            proposal_hash=proposed.hash, extension=action.SerializeToString()
        ).SerializeToString()
        return Answer(
            response.status,
            response.message,
            by_chaincode=True,
            payload=payload,
            result=response.payload,
            results=simulator.results,
            private=private,
            event=Event(event.event_name, event.payload) if event is not None else None,
            interest=interest,
            private_reads=frozenset(simulator.private_reads),
        )

    def _distribute(self, proposed: Proposed, private: PrivateWrites) -> None:
        for chaincode, name in private:
            rules = self._channel.collection(chaincode, name)
            if rules is None:
                continue
            others = [
                mspid
                for mspid in self._channel.departments
                if mspid != self.mspid and rules.has_member(mspid, "peer")
            ]
            if len(others) < rules.config.required_peer_count:
                raise Refused(
                    "error in simulation: could not build private data dissemination plan for "
                    f"chaincode {chaincode} and collection {name}: required to disseminate to at "
                    f"least {rules.config.required_peer_count} peers, but know of only "
                    f"{len(others)} eligible peers"
                )


def _check_policies(interest: WriteInterest) -> None:
    for policies in interest.key_policies.values():
        for policy in policies:
            try:
                read_envelope(policy)
            except DecodeError:
                raise Refused(
                    "error in simulation: error unmarshalling SignaturePolicyEnvelope: proto: "
                    "cannot parse invalid wire-format data"
                ) from None


def _rfc3339(milliseconds: int) -> str:
    stamp = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
