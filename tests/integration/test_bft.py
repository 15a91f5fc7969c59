"""BFT ordering on a real network: four departments order, and one of them may fail."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

import weftwork
from tests.integration.ports import BFT_PORT
from tests.integration.updating import update
from weftwork.aio import connect
from weftwork.aio.departments import Energy
from weftwork.errors import ProofError
from weftwork.proof import Proof, Trust, verify
from weftwork_network import Network
from weftwork_network.doctor import examine
from weftwork_network.errors import NetworkError

pytestmark = pytest.mark.skipif(
    os.environ.get("FABRIC") == "2.5", reason="Fabric 2.5 has no BFT ordering"
)

# What a killed leader may cost. On an idle machine it costs 3 s; a busy one is given more.
GENEROUS = 10.0


@pytest.fixture(scope="module")
def bft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The repository's own four departments under BFT."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ORDERING", "FABRIC"):  # what the other networks of a run may be asked for
            patch.delenv(name, raising=False)
        network = Network.create(tmp_path_factory.mktemp("bft"), base_port=BFT_PORT, ordering="bft")
        try:
            network.up()
            yield network
        finally:
            network.clean()


def leader(network: Network) -> str:
    (name,) = [row.node for row in network.status().nodes if row.leader]
    return name


def test_every_department_orders_and_one_leads(bft: Network) -> None:
    orderers = [row for row in bft.status().nodes if row.kind == "orderer"]
    assert [row.department for row in orderers] == ["Logistics", "Energy", "Property", "Civic"]
    assert len([row for row in orderers if row.leader]) == 1
    assert bft.up().already


def test_the_doctor_finds_no_error(bft: Network) -> None:
    report = examine(bft.project.folder)
    assert not report.waiting
    assert [str(each) for each in report.findings if each.severity == "error"] == []


def test_the_state_remembers_its_ordering(bft: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being told again; another one is refused in words."""
    assert Network.open(bft.project.folder).topology.ordering == "bft"
    monkeypatch.setenv("ORDERING", "raft")
    with pytest.raises(NetworkError, match=r"is ordered by BFT, and ORDERING=raft was asked for"):
        Network.open(bft.project.folder)


def test_a_proof_holds_a_quorum_s_signatures(bft: Network) -> None:
    """Of the block, and of a config block in between; under the first block as it was written."""
    with weftwork.connect(bft.profile("Energy"), user="meter-operator") as gateway:
        channel = gateway.network(bft.channel)
        number = update(bft, gateway)
        made = channel.contract("electricity").proposal("register_meter", "proved").endorse()
        made.submit().status().check()
        proof = channel.prove(made.transaction_id)
    first = bft.project.folder / ".weftwork" / "channel" / f"{bft.channel}.block"
    trust = Trust.block(first.read_bytes())
    found = verify(Proof.from_bytes(proof.to_bytes()), trust)
    assert len({signer.mspid for signer in found.orderers}) >= 3
    assert found.config_block == number
    fewer = replace(proof.block, signatures=proof.block.signatures[:2])
    with pytest.raises(ProofError, match="2 orderers' signatures do not satisfy the policy"):
        verify(replace(proof, block=fewer), trust)


async def test_a_killed_leader(bft: Network, record_property: Callable[..., None]) -> None:
    """A stream of submits goes on after a pause; nothing that was acknowledged is lost."""
    first = await asyncio.to_thread(leader, bft)
    acknowledged: dict[str, float] = {}
    refused: list[weftwork.GatewayError] = []
    stop, resumed = asyncio.Event(), asyncio.Event()
    killed: float | None = None

    async with connect(bft.profile("Energy"), user="meter-operator") as gateway:
        energy = Energy(gateway.network(bft.channel))

        async def one(meter: str) -> None:
            try:
                await energy.register_meter(meter)
            except weftwork.GatewayError as error:
                refused.append(error)
            else:
                acknowledged[meter] = time.monotonic()
                if killed is not None and acknowledged[meter] > killed + 0.5:
                    resumed.set()

        async def stream() -> None:
            async with asyncio.TaskGroup() as group:
                number = 0
                while not stop.is_set():
                    group.create_task(one(f"stream-{number}"))
                    number += 1
                    await asyncio.sleep(0.1)

        streaming = asyncio.create_task(stream())
        await asyncio.sleep(2)
        bft.kill_node(first)
        killed = time.monotonic()
        async with asyncio.timeout(GENEROUS + 30):
            await resumed.wait()
        await asyncio.sleep(2)
        stop.set()
        await streaming

    times = sorted(acknowledged.values())
    pause = max(b - a for a, b in itertools.pairwise(times) if b > killed)
    record_property("pause", pause)
    print(
        f"\nleader {first} killed: {pause:.1f} s without a commit, {len(acknowledged)} of "
        f"{len(acknowledged) + len(refused)} submits acknowledged, {len(refused)} refused"
    )
    assert pause < GENEROUS
    assert not refused, refused[0]
    second = await asyncio.to_thread(leader, bft)
    assert second != first

    result = await asyncio.to_thread(bft.up)
    assert result.started == (first,)
    # It takes itself for the leader that it was, until it takes part in a block again.
    assert await asyncio.to_thread(leader, bft) == second
    for department, user in (("Energy", "clerk"), ("Civic", "auditor"), ("Property", "registrar")):
        async with connect(bft.profile(department), user=user) as gateway:
            reader = Energy(gateway.network(bft.channel))
            found = await asyncio.gather(*[reader.read_meter(meter) for meter in acknowledged])
            assert [meter.id for meter in found] == list(acknowledged)
