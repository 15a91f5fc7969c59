"""What a scenario has made so far: gateways, the transaction in hand, what it listens to."""

from dataclasses import dataclass, field
from typing import Any

import weftwork
from tests.scenario.driving import Driver
from tests.scenario.network import Stage
from weftwork.profile import Endpoint, load_profile
from weftwork.wallet import FileWallet, User

BLOCK_KINDS = {
    "block": "block_events",
    "filtered block": "filtered_block_events",
    "block and private data": "block_and_private_data_events",
}
"""What the features call each kind of block events, and the client's method for it."""


@dataclass
class Invocation:
    """A transaction: as it is prepared, and what came of it."""

    action: str
    function: str
    gateway: "GatewayInUse"
    contract: Any
    arguments: list[str] = field(default_factory=list[str])
    transient: dict[str, bytes] | None = None
    organizations: list[str] | None = None
    signer: "User | None" = None
    result: bytes | None = None
    error: weftwork.WeftworkError | None = None
    block: int = 0


class GatewayInUse:
    """A gateway of a scenario, the channel and contract chosen on it, its listeners."""

    def __init__(self, driver: Driver, identity: weftwork.Identity, signer: Any) -> None:
        self.driver = driver
        self.identity = identity
        self.signer = signer
        self.gateway: Any = None
        self.network: Any = None
        self.contract: Any = None
        self.checkpointer: Any = None
        self._streams: dict[tuple[str, str], Any] = {}
        self._checkpointed: set[tuple[str, str]] = set()

    def connect(self, endpoint: Endpoint) -> None:
        """Opens the connection."""
        self.gateway = self.driver.do(
            lambda: self.driver.client.connect_endpoint(endpoint, self.identity, self.signer)
        )

    def use_network(self, channel: str) -> None:
        """Chooses a channel."""
        self.network = self.gateway.network(channel)
        self.contract = None

    def listen(
        self,
        kind: str,
        listener: str,
        *,
        chaincode: str = "",
        start_block: int | None = None,
        checkpointed: bool = False,
    ) -> None:
        """Listens, in place of what the listener listened to before."""
        self.stop_listening(kind, listener)
        options: dict[str, Any] = {}
        if start_block is not None:
            options["start_block"] = start_block
        if checkpointed:
            options["checkpoint"] = self.checkpointer
            self._checkpointed.add((kind, listener))

        def begun() -> Any:
            if kind == "chaincode":
                return self.network.chaincode_events(chaincode, **options)
            return getattr(self.network, BLOCK_KINDS[kind])(**options)

        self._streams[kind, listener] = self.driver.do(begun)

    def next_event(self, kind: str, listener: str) -> Any:
        """The listener's next event; noted by the checkpointer where it listens with one."""
        event = self.driver.following(self._streams[kind, listener])
        if (kind, listener) in self._checkpointed:
            noted = self.checkpointer
            if kind == "chaincode":
                self.driver.do(lambda: noted.checkpoint_chaincode_event(event))
            else:
                self.driver.do(lambda: noted.checkpoint_block(event.number))
        return event

    def stop_listening(self, kind: str, listener: str) -> None:
        """Closes a listener, if there is one."""
        stream = self._streams.pop((kind, listener), None)
        self._checkpointed.discard((kind, listener))
        if stream is not None:
            self.driver.close(stream)

    def close(self) -> None:
        """Closes everything."""
        for kind, listener in list(self._streams):
            self.stop_listening(kind, listener)
        if self.gateway is not None:
            self.driver.close(self.gateway)
        if hasattr(self.signer, "close"):
            self.signer.close()


class World:
    """One scenario."""

    def __init__(self, stage: Stage, driver: Driver) -> None:
        self.stage = stage
        self.driver = driver
        self._gateways: dict[str, GatewayInUse] = {}
        self._gateway: GatewayInUse | None = None
        self._transaction: Invocation | None = None

    def add_gateway(self, name: str, identity: weftwork.Identity, signer: Any) -> None:
        """Makes a gateway, not yet connected, and uses it."""
        self._gateways[name] = self._gateway = GatewayInUse(self.driver, identity, signer)

    def use_gateway(self, name: str) -> None:
        """Goes on with a gateway made before."""
        self._gateway = self._gateways[name]

    def user(self, name: str, mspid: str) -> User:
        """A user of an organisation."""
        network = self.stage.network
        wallet = network.state.department(network.topology.member(mspid)) / "wallet"
        return FileWallet(wallet).get(name)

    def endpoint(self, host: str) -> Endpoint:
        """A peer, as its own organisation's profile has it."""
        node = self.stage.node(host)
        return load_profile(self.stage.network.profile(node.department)).peer(host)

    @property
    def gateway(self) -> GatewayInUse:
        """The gateway in use."""
        assert self._gateway is not None, "no gateway has been created"
        return self._gateway

    @property
    def transaction(self) -> Invocation:
        """The transaction in hand."""
        assert self._transaction is not None, "no transaction has been prepared"
        return self._transaction

    @property
    def error(self) -> weftwork.GatewayError:
        """How the gateway refused the transaction."""
        found = self.transaction.error
        assert isinstance(found, weftwork.GatewayError), f"no error of the gateway: {found!r}"
        return found

    def prepare(self, action: str, function: str) -> None:
        """Begins a transaction on the contract in use."""
        assert action in ("evaluate", "submit")
        self._transaction = Invocation(action, function, self.gateway, self.gateway.contract)

    def invoke(self) -> None:
        """Carries the transaction out, step by step; only the client's own errors are caught."""
        transaction = self.transaction
        transaction.result = transaction.error = None
        try:
            if transaction.action == "evaluate":
                transaction.result = self._evaluate(transaction)
            else:
                transaction.result = self._submit(transaction)
        except weftwork.WeftworkError as error:
            transaction.error = error

    def _evaluate(self, transaction: Invocation) -> bytes:
        proposal = self._proposal(transaction)
        return self.driver.do(proposal.evaluate)

    def _submit(self, transaction: Invocation) -> bytes:
        proposal = self._proposal(transaction)
        gateway, signer = transaction.gateway.gateway, transaction.signer
        endorsed = self.driver.do(proposal.endorse)
        endorsed = _signed(endorsed, gateway.transaction, signer) if signer else endorsed
        commit = self.driver.do(endorsed.submit)
        commit = _signed(commit, gateway.commit, signer) if signer else commit
        status = self.driver.do(commit.status)
        transaction.block = status.block_number
        status.check()
        return endorsed.result

    def _proposal(self, transaction: Invocation) -> Any:
        proposal = transaction.contract.proposal(
            transaction.function,
            *transaction.arguments,
            transient=transaction.transient,
            endorsing_organizations=transaction.organizations,
        )
        if transaction.signer is None:
            return proposal
        return _signed(proposal, transaction.gateway.gateway.proposal, transaction.signer)

    def close(self) -> None:
        """Ends the scenario."""
        for gateway in self._gateways.values():
            gateway.close()
        self._gateways.clear()
        self._gateway = None


def _signed(signable: Any, restored: Any, signer: User) -> Any:
    """The same made anew from its bytes and a signature that somebody else gave of its digest."""
    signature = weftwork.signer_from_key(signer.private_key).sign_digest(signable.digest)
    return restored(signable.to_bytes(), signature)
