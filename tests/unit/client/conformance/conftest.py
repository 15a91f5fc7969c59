"""A gateway on a channel that answers from a table; its signer signs nothing real."""

from collections.abc import Callable

import pytest

import weftwork
from tests.unit.client.conformance.requests import committed, endorsed, evaluated
from tests.unit.client.conformance.stub import COMMIT_STATUS, ENDORSE, EVALUATE, StubChannel
from tests.unit.client.people import user


class Signing:
    """Keeps what it is given to sign."""

    def __init__(self) -> None:
        self.signature = b"SIGNATURE"
        self.given: list[bytes] = []

    def __call__(self, given: bytes) -> bytes:
        self.given.append(given)
        return self.signature


OPTIONS = weftwork.Options(
    evaluate=weftwork.CallOptions(timeout=11),
    endorse=weftwork.CallOptions(timeout=12),
    submit=weftwork.CallOptions(timeout=13),
    commit_status=weftwork.CallOptions(timeout=14),
    chaincode_events=weftwork.CallOptions(timeout=15),
    block_events=weftwork.CallOptions(timeout=16),
    filtered_block_events=weftwork.CallOptions(timeout=17),
    block_and_private_data_events=weftwork.CallOptions(timeout=18),
    tls_certificate_hash=b"TLS_CLIENT_CERTIFICATE_HASH",
    # The official client tells of a submit in doubt at once, and leaves the rest to its caller.
    doubt=0,
)

Connect = Callable[..., weftwork.Gateway]


@pytest.fixture
def channel() -> StubChannel:
    made = StubChannel()
    made.answers[EVALUATE] = evaluated()
    made.answers[ENDORSE] = endorsed
    made.answers[COMMIT_STATUS] = committed()
    return made


@pytest.fixture
def signer() -> Signing:
    return Signing()


@pytest.fixture
def gateway(channel: StubChannel, signer: Signing) -> weftwork.Gateway:
    return weftwork.Gateway.on_channel(channel, user().identity, signer, options=OPTIONS)


@pytest.fixture
def network(gateway: weftwork.Gateway) -> weftwork.Network:
    return gateway.network("CHANNEL_NAME")


@pytest.fixture
def contract(network: weftwork.Network) -> weftwork.Contract:
    return network.contract("CHAINCODE_NAME")
