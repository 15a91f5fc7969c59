"""What is killed comes back, and what was acknowledged is still there."""

import asyncio
import secrets
from collections.abc import Callable

import pytest

import weftwork
from weftwork.aio import connect
from weftwork.aio.departments import Energy
from weftwork.departments import Energy as SyncEnergy
from weftwork_network import Network


async def test_a_chaincode_process_killed_under_load(network: Network) -> None:
    """Transactions fail in words meanwhile, none hangs; acknowledged ones are on every peer."""
    run = secrets.token_hex(3)
    acknowledged: list[str] = []
    refused: list[weftwork.GatewayError] = []

    async with connect(network.profile("Energy"), user="meter-operator") as gateway:
        energy = Energy(gateway.network(network.channel))

        async def one(number: int) -> None:
            meter = f"killed-{run}-{number}"
            try:
                async with asyncio.timeout(60):
                    await energy.register_meter(meter)
            except weftwork.GatewayError as error:
                refused.append(error)
            else:
                acknowledged.append(meter)

        async def load() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(150):
                    group.create_task(one(number))
                    await asyncio.sleep(0.01)

        running = asyncio.create_task(load())
        await asyncio.sleep(0.5)
        network.kill_node("energy-chaincode")
        await asyncio.sleep(0.5)
        await asyncio.to_thread(network.up)
        await running
        await energy.register_meter(f"after-{run}")

    assert acknowledged, "nothing was acknowledged before the kill"
    assert refused, "the kill was not felt: the test proves nothing"
    for error in refused:
        assert "EnergyMSP" in str(error) or "energy" in str(error)
    for department, user in (("Energy", "clerk"), ("Civic", "auditor"), ("Logistics", "clerk")):
        async with connect(network.profile(department), user=user) as gateway:
            reader = Energy(gateway.network(network.channel))
            found = await asyncio.gather(*[reader.read_meter(meter) for meter in acknowledged])
            assert [meter.id for meter in found] == acknowledged


@pytest.mark.parametrize("how", ["down", "kill -9"])
def test_state_survives(own_network: Callable[..., Network], how: str) -> None:
    """`down` and `up`, or every process killed at once and `up`: the same ledger goes on."""
    network = own_network()
    network.up()
    _register(network, "before")
    if how == "down":
        network.down()
    else:
        for node in network.topology.nodes:
            network.kill_node(node.id)
    assert {row.state for row in network.status().nodes} <= {"stopped", "died"}

    result = network.up()

    assert not result.already
    assert not result.changes, "a chaincode was deployed again"
    with weftwork.connect(network.profile("Civic"), user="auditor") as gateway:
        reader = SyncEnergy(gateway.network(network.channel))
        assert reader.read_meter("before").id == "before"
    _register(network, "after")
    assert network.up().already


def test_one_killed_peer_is_started_again(own_network: Callable[..., Network]) -> None:
    network = own_network()
    network.up()
    network.kill_node("property-peer0")
    assert network.up().started == ("property-peer0",)
    _register(network, "after")


def _register(network: Network, meter: str) -> None:
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        SyncEnergy(gateway.network(network.channel)).register_meter(meter)


def test_databases_half_made(own_network: Callable[..., Network]) -> None:
    """A peer ended while it makes its databases panics ever after, unless it may make them anew."""
    network = own_network()
    peer = network.topology.peers[0]
    network.state.first_start(peer).parent.mkdir(parents=True)
    network.state.first_start(peer).touch()
    database = network.state.data(peer) / "ledgersData" / "ledgerProvider"
    database.mkdir(parents=True)
    (database / "MANIFEST-000000").write_text("cut short")  # goleveldb: and no CURRENT

    network.up()

    assert network.status().healthy
